"""The reviewed diff as rows of a table, with each finding at its place. Pure; every line may be hostile.

A file shows at most a page of lines, and a line at most `ROOM` characters: a change may have ten thousand hunks.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from coderev.diff import Change, FileChange, Hunk, UnreadablePatch, parse_patch
from coderev.finding import SEVERITIES, Finding

ROOM = 400  # characters of a line
PAGE = 1_000  # lines of diff on one page
CUT = "…"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the diff, or a hunk's head (`@`); numbers are None on the side that has not this line."""

    mark: Literal[" ", "-", "+", "@", "\\"]
    old: int | None
    new: int | None
    text: str
    findings: tuple[
        tuple[int, Finding], ...
    ] = ()  # with their numbers in the result; here is the last of their lines that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One changed file as it is shown. `elsewhere` are findings on lines that the diff does not show here."""

    path: str
    old_path: str | None
    kind: str
    unread: str  # why its text is not shown, if it is not
    lines: int  # of its diff
    rows: tuple[Row, ...] = ()
    start: int = 0  # the first row is this one of the file's
    elsewhere: tuple[tuple[int, Finding], ...] = ()

    @property
    def left(self) -> int:
        """How many lines stand after those that are shown."""
        return max(0, self.lines - self.start - sum(1 for _ in self.rows))


Placed = dict[str, list[tuple[int, Finding]]]  # findings with their numbers, by path


def read_diff(text: bytes) -> Change | None:
    """The change that a kept diff holds; None where it cannot be read, which is said and hides nothing else."""
    try:
        return parse_patch(text)
    except UnreadablePatch:
        return None


def by_path(findings: Sequence[Finding]) -> Placed:
    """The findings of each file with their numbers (the first of a result is 1), worst first."""
    placed: defaultdict[str, list[tuple[int, Finding]]] = defaultdict(list)
    for number, finding in enumerate(findings, 1):
        placed[finding.path].append((number, finding))
    return dict(placed)


def in_order(change: Change, placed: Placed) -> tuple[FileChange, ...]:
    """The files as a reader should see them: those with the worst new findings first, then by path."""

    def key(file: FileChange) -> tuple[int, int, str]:
        new = [finding for _, finding in placed.get(file.path, ()) if finding.status == "new"]
        worst = min((SEVERITIES.index(finding.severity) for finding in new), default=len(SEVERITIES))
        return worst, -len(new), file.path

    return tuple(sorted(change.files, key=key))


def view_of(file: FileChange, found: Sequence[tuple[int, Finding]], *, start: int = 0, most: int = PAGE) -> FileView:
    """A file's rows from `start`, at most `most`; a finding on none of them is told as *elsewhere*."""
    ends: defaultdict[int, list[tuple[int, Finding]]] = defaultdict(list)
    for numbered in found:
        ends[_end(file.hunks, numbered[1])].append(numbered)
    rows = tuple(islice(_rows(file.hunks, ends), start, start + most))
    shown = {number for row in rows for number, _ in row.findings}
    return FileView(
        path=file.path,
        old_path=file.old_path,
        kind=file.kind,
        unread=file.unread.reason if file.unread else "",
        lines=lines_of(file),
        rows=rows,
        start=start,
        elsewhere=tuple(numbered for numbered in found if numbered[0] not in shown),
    )


def lines_of(file: FileChange) -> int:
    """How many rows a file's diff has."""
    return sum(1 + len(hunk.lines) for hunk in file.hunks)


def _end(hunks: Sequence[Hunk], finding: Finding) -> int:
    """The last line of a finding that a hunk shows; 0 where none does."""
    after = bisect_right(hunks, finding.end_line, key=lambda hunk: hunk.new_start)
    if not after:
        return 0
    hunk = hunks[after - 1]
    last = min(finding.end_line, hunk.new_start + hunk.new_lines - 1)
    return last if last >= finding.start_line else 0


def _rows(hunks: Iterable[Hunk], ends: dict[int, list[tuple[int, Finding]]]) -> Iterator[Row]:
    for hunk in hunks:
        old, new = hunk.old_start or 1, hunk.new_start or 1
        head = f"@@ -{hunk.old_start},{hunk.old_lines} +{hunk.new_start},{hunk.new_lines} @@"
        yield Row("@", None, None, head)
        for line in hunk.lines:
            text = _shown(line[1:])
            match line[:1]:
                case b"-":
                    yield Row("-", old, None, text)
                    old += 1
                case b"+":
                    yield Row("+", None, new, text, tuple(ends.get(new, ())))
                    new += 1
                case b"\\":
                    yield Row("\\", None, None, text)
                case _:
                    yield Row(" ", old, new, text, tuple(ends.get(new, ())))
                    old, new = old + 1, new + 1


def _shown(line: bytes) -> str:
    text = line[: 4 * ROOM].decode(errors="backslashreplace").removesuffix("\r")
    return text if len(text) <= ROOM and len(line) <= 4 * ROOM else text[:ROOM] + CUT
