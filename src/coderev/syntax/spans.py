"""Where something stands: lines, columns that count code points, bytes."""

import codecs
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

import msgspec
import tree_sitter

STEP = 1024  # bytes between two known counts
_NOT_A_START = bytes(range(0x80, 0xC0))  # UTF-8 continuation bytes


class Span(msgspec.Struct, frozen=True):
    """A piece of source. Lines and columns are 1-based, columns count code points; ends of columns and bytes exclude.

    In bytes that are not UTF-8, columns are those of `line.decode("utf-8", errors="replace")`.
    """

    start_line: int
    end_line: int
    start_column: int
    end_column: int
    start_byte: int
    end_byte: int


class Spans:
    """Makes spans of one source. A column costs the same wherever it is, however long the line."""

    def __init__(self, source: bytes) -> None:
        self._source = source

    def of_all(self, nodes: Iterable[tree_sitter.Node]) -> list[Span]:
        """The spans of some nodes, in order of their starts."""
        return sorted(map(self._of, nodes), key=lambda span: (span.start_byte, span.end_byte))

    def _of(self, node: tree_sitter.Node) -> Span:
        (start_row, start_column), (end_row, end_column) = node.start_point, node.end_point
        start, end = node.start_byte, node.end_byte
        return Span(
            start_row + 1,
            end_row + 1,
            self._count(start - start_column, start) + 1,
            self._count(end - end_column, end) + 1,
            start,
            end,
        )

    def _count(self, start: int, end: int) -> int:
        """Code points between two places."""
        return end - start if self._ascii else self._before(end) - self._before(start)

    def _before(self, place: int) -> int:
        step = place // STEP
        return self._known[step] + _starts(self._countable[step * STEP : place])

    @cached_property
    def _ascii(self) -> bool:
        return self._source.isascii()

    @cached_property
    def _known(self) -> list[int]:
        text = self._countable
        return list(accumulate((_starts(text[at : at + STEP]) for at in range(0, len(text), STEP)), initial=0))

    @cached_property
    def _countable(self) -> bytes:
        """The source, as long as it is, where every piece that is not UTF-8 is one start and continuations."""
        return self._source.decode("utf-8", errors=_COUNTABLE).encode("utf-8", errors="surrogateescape")


def _starts(piece: bytes) -> int:
    """How many code points start in a piece."""
    return len(piece.translate(None, _NOT_A_START))


def _one_start(error: UnicodeError) -> tuple[str, int]:
    """Stand in for the piece that `errors="replace"` makes one character of."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" + "\udc80" * (error.end - error.start - 1), error.end


_COUNTABLE = "coderev.countable"
codecs.register_error(_COUNTABLE, _one_start)
