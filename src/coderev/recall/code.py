"""The code that a question is about: its lines as they are shown, and where each token of its structure stands in them.

A quote is told by tokens, so that an answer can be carried from one layout of the same code to another.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from coderev.recall.placing import Place, place, stands
from coderev.report import visible
from coderev.syntax import Structure

TICKED = re.compile(r"`([^`\n]*)`")  # a name in prose


class Anchor(msgspec.Struct, frozen=True, array_like=True):
    """A quote, told by the tokens that it holds: `first` and the one after the last.

    `opens` and `closes` say that it holds all that stands before and after them on its first and last line.
    """

    first: int
    after: int
    opens: bool
    closes: bool


@dataclass(frozen=True)
class Code:
    """Some whole lines of a file as a question shows them.

    `shown` are their bytes, with blanks for what the question does not show; the first of them has the number
    `first_line` and starts at the byte `offset` of the file, in which `structure` counts.
    """

    shown: bytes
    first_line: int
    offset: int = 0
    structure: Structure | None = None

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; bytes that are not UTF-8 stand as U+FFFD."""
        return _decoded(self.shown)

    @cached_property
    def token_lines(self) -> list[int]:
        """The number of the line that each token starts on."""
        return [self._line_at(start - self.offset) for _, start, _ in self._tokens]

    def token_text(self, at: int) -> str:
        """A token as it stands in the source."""
        start, end = self._token(at)
        return self.shown[start:end].decode("utf-8", "replace")

    @property
    def names(self) -> tuple[str, ...]:
        """The local names, which the structure tells by number."""
        return self.structure.names if self.structure else ()

    def by_number(self, prose: str) -> str:
        """Prose with each local name in backticks told by its number: the same for every spelling of the locals."""
        numbers = {name: f"\0{number}" for number, name in enumerate(self.names)}
        return TICKED.sub(lambda found: f"`{numbers.get(found[1], found[1])}`", prose)

    def find(self, quote: str, stated_line: int) -> Place | None:
        """Where a quote stands, as `place` has it."""
        return place(quote, stated_line, self.lines, self.first_line)

    def anchor(self, quote: str, stated_line: int) -> Anchor | None:
        """The tokens that a quote holds; None where it is not there, or does not hold whole tokens."""
        found = self.find(quote, stated_line)
        span = found and self._span(quote, found)
        if not span:
            return None
        start, end = span
        first = bisect_left(self._tokens, start + self.offset, key=_start)
        after = bisect_left(self._tokens, end + self.offset, key=_start)
        if first >= after or (first and self._token(first - 1)[1] > start) or self._token(after - 1)[1] > end:
            return None
        text = self.shown
        opens = not text[text.rfind(b"\n", 0, start) + 1 : start].strip()
        line_end = text.find(b"\n", end)
        closes = not text[end : line_end if line_end >= 0 else len(text)].strip()
        return Anchor(first, after, opens, closes)

    def quote(self, anchor: Anchor) -> tuple[int, str] | None:
        """The quote that an anchor tells in these lines, with the number of its first line; None if it is not there."""
        if not 0 <= anchor.first < anchor.after <= len(self._tokens):
            return None
        start, end = self._token(anchor.first)[0], self._token(anchor.after - 1)[1]
        line_start, line_end = self.shown.rfind(b"\n", 0, start) + 1, self.shown.find(b"\n", end)
        line_end = len(self.shown) if line_end < 0 else line_end
        if anchor.opens and (not anchor.first or self._token(anchor.first - 1)[1] <= line_start):
            start = line_start
        if anchor.closes and (anchor.after == len(self._tokens) or self._token(anchor.after)[0] >= line_end):
            end = line_end
        text = self.shown[start:end].replace(b"\r\n", b"\n").decode("utf-8", "replace").strip()
        line = self.first_line + self.shown.count(b"\n", 0, line_start)
        there = _decoded(self.shown[line_start:line_end])
        return (line, text) if stands(text, line, there, line) == Place(line, line + len(there) - 1) else None

    @property
    def _tokens(self) -> Sequence[tuple[int, int, int]]:
        return self.structure.tokens if self.structure else ()

    def _token(self, at: int) -> tuple[int, int]:
        """Where a token starts and ends in `shown`."""
        _, start, end = self._tokens[at]
        return start - self.offset, end - self.offset

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        while (found := self.shown.find(b"\n", starts[-1])) >= 0:
            starts.append(found + 1)
        return starts

    def _line_at(self, byte: int) -> int:
        return self.first_line + bisect_right(self._line_starts, byte) - 1

    def _span(self, quote: str, found: Place) -> tuple[int, int] | None:
        """The bytes of `shown` that a quote holds where it was found; None where characters stand for others."""
        first, last = found.start_line - self.first_line, found.end_line - self.first_line
        if any(_is_altered(line) for line in self.lines[first : last + 1]):
            return None
        wanted = [" ".join(line.split()) for line in quote.split("\n") if line.strip()]
        head, tail = _Spread(self.lines[first]), _Spread(self.lines[last])
        at = head.normal.find(wanted[0]) if len(wanted) == 1 else len(head.normal) - len(wanted[0])
        stop = at + len(wanted[0]) if len(wanted) == 1 else len(wanted[-1])
        if head.normal[at : at + len(wanted[0])] != wanted[0] or tail.normal[:stop][-len(wanted[-1]) :] != wanted[-1]:
            return None
        start = self._line_starts[first] + head.bytes_before(at)
        return start, self._line_starts[last] + tail.bytes_before(stop - 1) + len(wanted[-1][-1].encode())


def _decoded(text: bytes) -> list[str]:
    return [line.removesuffix(b"\r").decode("utf-8", "replace") for line in text.split(b"\n")]


def _is_altered(line: str) -> bool:
    """Whether a question shows other characters than the file has."""
    return "\ufffd" in line or visible(line, keep="\t") != line


def _start(token: tuple[int, int, int]) -> int:
    return token[1]


class _Spread:
    """A line with its white space told once, and where each character stands in the line itself."""

    def __init__(self, line: str) -> None:
        self._line = line
        self.normal = " ".join(line.split())
        self._columns = [
            column
            for column, character in enumerate(line.rstrip())
            if not character.isspace() or (line[:column].strip() and not line[column - 1].isspace())
        ]

    def bytes_before(self, at: int) -> int:
        return len(self._line[: self._columns[at]].encode())
