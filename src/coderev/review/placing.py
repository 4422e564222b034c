"""Where a quote stands: the quote decides, not the line number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from coderev.report import visible

MAX_QUOTE_LINES = 100  # a longer quote points at nothing


@dataclass(frozen=True, slots=True)
class Place:
    """The lines of the file that hold a quote, 1-based, inclusive."""

    start_line: int
    end_line: int


def place(quote: str, stated_line: int, lines: Sequence[str], first_line: int = 1) -> Place | None:
    """Find a quote in a unit's lines, the first of which has the number `first_line`.

    Unique in the unit: placed there. Not unique: only if it stands on the stated line. Not there: None.
    White space at the ends of lines and its amount within a line do not count; a quote without a letter or digit
    says nothing and is never placed. Takes time linear in the lines.
    """
    wanted = normal_lines(quote)
    starts = [first_line + index for index in _indices(wanted, lines)]
    if len(starts) == 1 or stated_line in starts:
        start = starts[0] if len(starts) == 1 else stated_line
        return Place(start, start + len(wanted) - 1)
    return None


def normal_lines(text: str) -> list[str]:
    """The lines of a text as they are compared: as questions show them, with white space told once."""
    return [_normal(line) for line in text.strip().split("\n")]


def _indices(wanted: Sequence[str], lines: Sequence[str]) -> list[int]:
    if len(wanted) > MAX_QUOTE_LINES or not any(character.isalnum() for line in wanted for character in line):
        return []
    have = [_normal(line) for line in lines]
    return [index for index in range(len(have) - len(wanted) + 1) if _stands_at(wanted, have, index)]


def _stands_at(wanted: Sequence[str], have: Sequence[str], index: int) -> bool:
    if len(wanted) == 1:
        return wanted[0] in have[index]
    if not have[index].endswith(wanted[0]) or not have[index + len(wanted) - 1].startswith(wanted[-1]):
        return False
    return all(wanted[at] == have[index + at] for at in range(1, len(wanted) - 1))


def _normal(line: str) -> str:
    return " ".join(visible(line.removesuffix("\r"), keep="\t").split())
