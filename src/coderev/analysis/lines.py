"""Where the lines of a file begin and end, in bytes. Lines end at line feeds only, as in git."""

from bisect import bisect_right
from itertools import accumulate, count
from operator import add


class Lines:
    """The lines of a file; a line feed at the very end begins no further line."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        texts = source.split(b"\n")
        if len(texts) > 1 and not texts[-1]:
            texts.pop()
        before = accumulate(map(len, texts[:-1]), initial=0)  # without the line feeds, one for each line before
        self._starts = list(map(add, before, count()))

    def __len__(self) -> int:
        return len(self._starts)

    def number(self, offset: int) -> int:
        """The 1-based line in which a byte lies."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """The 1-based column of a byte in its line, in code points."""
        start = self._starts[self.number(offset) - 1]
        return len(self._source[start:offset].decode(errors="replace")) + 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The bytes of whole lines, without the last line end."""
        end = self._starts[last] if last < len(self._starts) else len(self._source)
        start = self._starts[first - 1]
        return start, start + len(self._source[start:end].rstrip(b"\r\n"))
