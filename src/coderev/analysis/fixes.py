"""A fix is safe when it was tried: the file still parses, and no analyser sees what it did not see before."""

from collections import Counter
from collections.abc import Sequence
from io import StringIO
from itertools import islice

import msgspec

from coderev.analysis.analyser import SourceFile
from coderev.analysis.crew import Crew
from coderev.analysis.examine import look, made, source_file
from coderev.analysis.intake import Read, Text
from coderev.diff import Change
from coderev.errors import Unavailable
from coderev.finding import Finding, Fix

MOST_TRIED = 50  # fixes of one review; the rest are offered as not safe
MOST_FILES = 200  # of a change whose fixes are tried: who reviews a whole tree takes none of them with one click


def with_tried_fixes(findings: Sequence[Finding], change: Change, read: Read, crew: Crew) -> tuple[Finding, ...]:
    """Try the fixes of new findings that claim to be safe; of no other finding is the fix safe."""
    claimed = (number for number, each in enumerate(findings) if each.fix and each.fix.safe and each.status == "new")
    most = MOST_TRIED if len(change.files) < MOST_FILES else 0
    wanted = {number: findings[number] for number in islice(claimed, most)}
    safe = _survivors(wanted, _sources(change, read, {each.path for each in wanted.values()}), crew)
    return tuple(_settled(finding, is_safe=number in safe) for number, finding in enumerate(findings))


def _sources(change: Change, read: Read, paths: set[str]) -> dict[str, bytes]:
    oids = {file.path: file.head.oid for file in change.files if file.path in paths and file.head}
    blobs = read(sorted(set(oids.values()))) if oids else {}
    return {path: blobs.get(oid, b"") for path, oid in oids.items()}


def _survivors(wanted: dict[int, Finding], sources: dict[str, bytes], crew: Crew) -> frozenset[int]:
    before = {path: _file("before", path, sources[path]) for path in sorted({each.path for each in wanted.values()})}
    after = {number: _fixed(number, each, sources[each.path]) for number, each in wanted.items()}
    files = [*before.values(), *(file for file in after.values() if file)]
    seen: dict[str, Counter[str]] = {file.key: Counter() for file in files}
    failed: set[str] = set()
    for name in crew.able if files else ():
        looked = look(made(name, crew.seconds), files)
        failed |= looked.failed.keys()
        for key, sightings in looked.sightings.items():
            seen[key].update(sighting.rule.id for sighting in sightings)
    return frozenset(
        number
        for number, file in after.items()
        if file and file.key not in failed and _is_no_worse(file, before[wanted[number].path], seen)
    )


def _is_no_worse(after: SourceFile, before: SourceFile, seen: dict[str, Counter[str]]) -> bool:
    return seen[after.key] <= seen[before.key] and _broken(after) <= _broken(before)


def _broken(file: SourceFile) -> int:
    try:
        return len(file.parsed.broken) if file.parsed else 0
    except Unavailable:
        return len(file.source)  # worse than any count


def _file(prefix: str, path: str, source: bytes) -> SourceFile:
    return source_file(f"{prefix}:{path}", Text(path=path, source=source))


def _fixed(number: int, finding: Finding, source: bytes) -> SourceFile | None:
    try:
        lines = list(StringIO(source.decode(), newline="\n"))
    except UnicodeDecodeError:
        return None  # the replacement is text: it cannot stand among other bytes
    fix = finding.fix or Fix(start_line=1, end_line=0, replacement="")
    lines[fix.start_line - 1 : fix.end_line] = [fix.replacement]
    return _file(f"after {number}", finding.path, "".join(lines).encode())


def _settled(finding: Finding, *, is_safe: bool) -> Finding:
    if finding.fix is None or finding.fix.safe == is_safe:
        return finding
    return msgspec.structs.replace(finding, fix=msgspec.structs.replace(finding.fix, safe=is_safe))
