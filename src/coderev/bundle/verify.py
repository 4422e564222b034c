"""Reading a bundle once and saying everything: who signed it, for whom it is, what it would install, and every fault.

Clauses 4.11, 4.12, 6.10 and 6.11 of spec/bundle.md. Nothing is written. What `verify` proves of a part are its stored
bytes; that they unpack to the content that was signed is proved again, for each content, when it is installed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coderev.bundle.format.parts import part_name
from coderev.bundle.format.reading import Chunk, Fault, PartReader, missing
from coderev.bundle.host.store import Watch
from coderev.bundle.judge import Judge, Verified
from coderev.bundle.media import Media, MediumUnreadable, Metadata
from coderev.bundle.planning import length_fault
from coderev.bundle.site import utc
from coderev.trust import openpgp

REPORT = "coderev-verification/1"
Seen = Callable[[Metadata], None]  # is told of the metadata before it is judged, and may end everything by raising


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found. It is *verified* where every part was read and nothing was wrong (6.10)."""

    verified: Verified
    faults: tuple[Fault, ...]
    unseen: tuple[int, ...]  # parts that are on no medium that was named
    incomplete: tuple[int, ...]  # of a spool: parts that have not wholly arrived (1.7)
    bytes: int  # that were read and right
    stale: bool  # advisories that are older than they may be (6.11)

    @property
    def complete(self) -> bool:
        """Whether every part was there."""
        return not (self.unseen or self.incomplete)

    @property
    def proved(self) -> bool:
        """Whether the bundle is verified: all of it, and nothing wrong."""
        return self.complete and not self.faults

    def report(self, at: datetime, media: Sequence[str]) -> dict[str, Any]:
        """Everything as plain values of canonical JSON, for `--format json` and for a signed report."""
        manifest = self.verified.manifest
        return {
            "report": REPORT,
            "at": _time(at),
            "media": list(media),
            "verified": self.proved,
            "manifest": self.verified.digest,
            "kind": manifest.kind,
            "product": manifest.product,
            "channel": manifest.channel,
            "site": manifest.site,
            "architecture": manifest.architecture,
            "seq": manifest.seq,
            "version": manifest.version,
            "from": None if manifest.origin is None else manifest.origin.seq,
            "created": _time(manifest.created),
            "expires": _time(manifest.expires),
            "stale": self.stale,
            "tuf": {role: list(ids) for role, ids in self.verified.tuf.items()} or None,
            "openpgp": [_signer(one) for one in self.verified.openpgp] or None,
            "expired": list(self.verified.expired),
            "files": len(manifest.tree),
            "parts": len(manifest.parts),
            "bytes": self.bytes,
            "unseen": [_part(number, manifest.parts[number].medium) for number in self.unseen],
            "incomplete": [_part(number, manifest.parts[number].medium) for number in self.incomplete],
            "faults": [_fault(fault) for fault in self.faults],
        }


def verify(
    media: Media, judge: Judge, at: datetime, watch_of: Callable[[int], Watch], seen: Seen = lambda _: None
) -> Verification:
    """Judge the metadata, then read every part that is there, once. Raises as `Media.read` and `Judge.judge`.

    `watch_of` is called when it is known how many bytes the parts have, and gives what is told of each that was read.
    """
    files = media.read()
    seen(files)
    verified = judge.judge(files, at, floor="shown")
    manifest = verified.manifest
    watch = watch_of(sum(part.size for part in manifest.parts))
    reader = PartReader(manifest.parts, manifest.blobs)
    faults: list[Fault] = []
    unseen: list[int] = []
    incomplete: list[int] = []
    total = 0
    for number in range(len(manifest.parts)):
        for found in _read(reader, number, media, verified):
            if isinstance(found, Chunk):
                total += found.span.length
                watch(found.span.length)
            elif found.kind == "missing":
                (incomplete if media.spool else unseen).append(number)
            elif found.kind == "short" and media.spool:
                incomplete.append(number)
            else:
                faults.append(found)
    return Verification(
        verified=verified,
        faults=tuple(faults),
        unseen=tuple(unseen),
        incomplete=tuple(incomplete),
        bytes=total,
        stale=_is_stale(verified, at),
    )


def _read(reader: PartReader, number: int, media: Media, verified: Verified) -> Iterator[Chunk | Fault]:
    part = verified.manifest.parts[number]
    try:
        with media.part(number) as handle:
            if handle is None:
                yield missing(number, part)
            elif media.spool and (fault := length_fault(handle, number, verified.manifest)) and fault.kind == "short":
                yield fault  # it is still arriving, so what it holds so far says nothing
            else:
                yield from reader.read(number, handle)
    except MediumUnreadable:
        yield Fault(kind="unreadable", part=number, offset=0, length=part.size)


def _is_stale(verified: Verified, at: datetime) -> bool:
    """6.11."""
    days = verified.manifest.maximum_age_days
    return days is not None and verified.manifest.created + timedelta(days=days) < at


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "part": fault.part,
        "name": part_name(fault.part),
        "offset": fault.offset,
        "length": fault.length,
        "blob": fault.blob,
        "said": str(fault),
        "advice": fault.advice,
    }


def _part(number: int, medium: int) -> dict[str, Any]:
    return {"part": number, "name": part_name(number), "medium": medium}


def _signer(signer: openpgp.OpenPgpSigner) -> dict[str, str]:
    return {
        "fingerprint": signer.fingerprint,
        "primary": signer.primary,
        "made": _time(signer.made),
        "algorithm": signer.algorithm,
        "hash": signer.hash,
    }


def _time(moment: datetime) -> str:
    return f"{utc(moment):%Y-%m-%dT%H:%M:%SZ}"
