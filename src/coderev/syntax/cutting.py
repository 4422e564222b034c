"""Cutting a changed file into the units that a change touches."""

from collections.abc import Sequence

from coderev.syntax.parsed import parse
from coderev.syntax.units import Unit, line_count

WINDOW = 20  # lines before and after touched lines, where no grammar knows the units


def cut(source: bytes, language: str | None, touched: Sequence[range]) -> tuple[Unit, ...]:
    """The units that the touched lines fall in, in order; windows of lines for a language that we do not know.

    Lines outside the file count as its first or last. Raises TooHard, TooManyMatches.
    """
    return parse(source, language).cut(touched) if language is not None else _windows(source, touched)


def _windows(source: bytes, touched: Sequence[range]) -> tuple[Unit, ...]:
    last_line = line_count(source)
    windows: list[tuple[int, int]] = []
    for lines in sorted(touched, key=lambda lines: lines.start):
        first = min(max(lines.start, 1), last_line)
        last = min(max(lines.stop - 1, first), last_line)
        start, end = max(first - WINDOW, 1), min(last + WINDOW, last_line)
        if windows and start <= windows[-1][1] + 1:
            windows[-1] = (windows[-1][0], max(windows[-1][1], end))
        else:
            windows.append((start, end))
    return tuple(Unit(f"lines {start}-{end}", "window", start, end) for start, end in windows)
