"""What the site's own tools found, fitted to the change under review."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from coderev.analysis.intake import Read, files_in_turn
from coderev.analysis.lines import Lines
from coderev.analysis.places import Seen
from coderev.diff import Change
from coderev.finding import AnalyserCoverage


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen in each changed file, by its number in the change, and a line of coverage for each tool."""

    seen: dict[int, tuple[Seen, ...]] = {}
    coverage: tuple[AnalyserCoverage, ...] = ()


def take_in(documents: Sequence[bytes], change: Change, read: Read) -> Imports:
    """Read SARIF documents; what is not about a line of a changed file is counted. Raises UnreadableSarif."""
    if not documents:
        return Imports()
    from coderev.analysis.sarif import fitting, import_sarif

    found = [imported for document in documents for imported in import_sarif(document)]
    named = {path for imported in found for path in imported.sightings}
    lines = dict(_line_counts(change, read, named))
    fitted = [fitting(imported, lines) for imported in found]
    numbers = {file.path: number for number, file in enumerate(change.files)}
    seen: defaultdict[int, list[Seen]] = defaultdict(list)
    for imported in fitted:
        for path, sightings in imported.sightings.items():
            seen[numbers[path]] += [
                Seen(analyser=imported.name, version=imported.version, sighting=sighting) for sighting in sightings
            ]
    return Imports(
        seen={number: tuple(here) for number, here in seen.items()},
        coverage=tuple(
            AnalyserCoverage(name=imported.name, version=imported.version, status="ran", reason=imported.reason)
            for imported in fitted
        ),
    )


def _line_counts(change: Change, read: Read, named: set[str]) -> Iterator[tuple[str, int]]:
    """How many lines the named files have at head."""
    wanted = [file for file in change.files if file.path in named and file.head and file.unread is None]
    for some in files_in_turn(wanted):
        blobs = read(sorted({file.head.oid for file in some if file.head}))
        for file in some:
            if file.head and file.head.oid in blobs:
                yield file.path, len(Lines(blobs[file.head.oid]))
