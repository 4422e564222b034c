"""The part of the code that a reader is shown: the quoted lines with their marked columns, and a fix as a diff.

A line longer than there is room keeps what is marked and loses the rest to `…`.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from coderev.finding import Finding
from coderev.report.visible import visible

TAB = 4  # cells between tab stops
LONGEST_FIX = 2000  # replaced lines that are compared; the rest is counted
CUT = "…"
UNQUOTED = "(as it stands)"  # a line that a fix replaces and the evidence does not quote


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of evidence in three parts; `marked` is what the finding is about."""

    number: int
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a fix; `number` counts in the file as it is, or as the fix leaves it; None where lines are left out."""

    mark: Literal[" ", "-", "+"]
    number: int | None
    code: str


def cells(character: str) -> int:
    """How many cells of a terminal a character takes; an unseen one is counted as it is shown, a tab as its most."""
    if character.isascii() and character.isprintable():
        return 1
    if character == "\t":
        return TAB
    if (shown := visible(character)) != character:
        return len(shown)
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() and text.isprintable() else sum(map(cells, text))


def head(text: str, room: int) -> str:
    """The beginning of a text that fits into `room` cells, with `…` where it was cut."""
    if len(text) <= room and width(text) <= room:
        return text
    return "".join(_fitting(text, room - 1)) + CUT


def shortened(text: str, most: int) -> str:
    """The first `most` characters of a text, with `…` where it was cut."""
    return text if len(text) <= most else text[:most] + CUT


def tail(text: str, room: int) -> str:
    """The end of a text that fits into `room` cells, with `…` where it was cut."""
    if len(text) <= room and width(text) <= room:
        return text
    return CUT + "".join(_fitting(reversed(text), room - 1))[::-1]


def _fitting(characters: Iterator[str] | str, room: int) -> Iterator[str]:
    for character in characters:
        room -= max(1, cells(character))  # combining marks count, or one cell could hold a million of them
        if room < 0:
            return
        yield character


def code_lines(finding: Finding, *, room: int, most: int) -> tuple[CodeLine, ...]:
    """At most `most` lines of the evidence, none wider than `room` cells by more than the cut marks."""
    lines = _lines(finding.evidence)
    shown = enumerate(lines[:most], finding.start_line)
    return tuple(_fitted(number, line, *_marked(finding, number, line), room) for number, line in shown)


def lines_left(finding: Finding, *, most: int) -> int:
    """How many lines of the evidence `code_lines` leaves out."""
    return max(0, len(_lines(finding.evidence)) - most)


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.split("\n")]


def _marked(finding: Finding, number: int, line: str) -> tuple[int, int]:
    """Where the marked part of a line starts and ends: 0-based code points, end exclusive."""
    start, end = len(line) - len(line.lstrip()), len(line.rstrip())
    if number == finding.start_line and finding.start_column is not None:
        start = min(finding.start_column - 1, len(line))
    if number == finding.end_line and finding.end_column is not None:
        end = min(finding.end_column - 1, len(line))
    return start, max(start, end)


def _fitted(number: int, line: str, start: int, end: int, room: int) -> CodeLine:
    before, marked, after = line[:start], line[start:end], line[end:]
    if len(line) > room or width(line) > room:
        before = tail(before, room // 2)
        marked = head(marked, room - width(before))
        after = head(after, max(1, room - width(before) - width(marked))) if after else ""
    return CodeLine(number, before, marked, after)


def diff_lines(finding: Finding, *, room: int, most: int) -> tuple[DiffLine, ...]:
    """The finding's fix against its evidence, without the lines that both share; empty where there is no fix."""
    if finding.fix is None:
        return ()
    quoted = dict(enumerate(_lines(finding.evidence), finding.start_line))
    end = min(finding.fix.end_line, finding.fix.start_line + LONGEST_FIX)
    old = [(number, quoted.get(number)) for number in range(finding.fix.start_line, end + 1)]
    new = _lines(finding.fix.replacement.removesuffix("\n")) if finding.fix.replacement else []
    first = _shared([code for _, code in old], new)
    last = _shared([code for _, code in reversed(old[first:])], new[first:][::-1])
    out = old[first : len(old) - last]
    brought = enumerate(new[first : len(new) - last], finding.fix.start_line + first)
    changed = [
        *(DiffLine("-", number, UNQUOTED if code is None else code) for number, code in out),
        *(DiffLine("+", number, code) for number, code in brought),
    ]
    shown = [DiffLine(line.mark, line.number, head(line.code, room)) for line in changed[:most]]
    left = len(changed) - len(shown) + finding.fix.end_line - end
    return (*shown, *([DiffLine(" ", None, f"{CUT} {left} more lines")] if left else []))


def _shared(old: list[str | None], new: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
