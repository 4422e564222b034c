"""The steps of one bundle on this host, as the site's custody records them: scanned, verified, installed.

Clauses 10.2 to 10.4 of spec/bundle.md. Every step has a line for each medium that was named, and gives the digest of
the last one, which the journal keeps: so lines that are missing at the end of custody are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coderev.bundle.custody import Custody, Step, record, travelled_on
from coderev.bundle.labels import medium_of
from coderev.bundle.scanning import Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Records what is done with one bundle at `at`; `manifest` is the SHA-256 of MANIFEST.json.

    Every method raises what `Custody.add` raises.
    """

    custody: Custody
    manifest: str
    media: tuple[Path, ...]  # their folders
    at: datetime

    def scanned(self, scans: Sequence[Scan]) -> str:
        """What the scanner said of each medium, also that it was not scanned (10.6)."""
        return self._add("scanned", [scan.details for scan in scans])

    def verified(self, details: Mapping[str, str]) -> str:
        """That the bundle was proved, or in `details` how far; joined to the custody that came with it (10.4)."""
        travelled = travelled_on(self.media[0])
        told = {**details, "custody": travelled.fault} if travelled.fault else details
        return self._add("verified", [told] * len(self.media), travelled.head)

    def installed(self, details: Mapping[str, str]) -> str:
        """That the bundle is live."""
        return self._add("installed", [details] * len(self.media))

    def _add(self, step: Step, details: Sequence[Mapping[str, str]], travelled: str | None = None) -> str:
        first, *more = (
            record(
                step,
                self.manifest,
                self.at,
                medium=medium_of(folder),
                travelled=travelled if number == 0 else None,
                details={"from": str(folder), **each},
            )
            for number, (folder, each) in enumerate(zip(self.media, details, strict=True))
        )
        return self.custody.add(first, *more).digest
