"""Where a quote stands: the quote decides, not the line number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from coderev.report import normal_lines

MAX_QUOTE_LINES = 100  # a longer quote points at nothing


@dataclass(frozen=True, slots=True)
class Place:
    """The lines of the file that hold a quote, 1-based, inclusive."""

    start_line: int
    end_line: int


def place(quote: str, stated_line: int, lines: Sequence[str], first_line: int = 1) -> Place | None:
    """Find a quote in a unit's lines, the first of which has the number `first_line`.

    Unique in the unit: placed there. Not unique: only if it stands on the stated line. Not there: None.
    White space at the ends of lines, its amount within a line, and blank lines do not count; a quote without a letter
    or digit says nothing and is never placed. Takes time linear in the lines.
    """
    wanted = normal_lines(quote)
    if len(wanted) > MAX_QUOTE_LINES or not any(character.isalnum() for line in wanted for character in line):
        return None
    numbers, have = [], []
    for number, line in enumerate(lines, first_line):
        for text in normal_lines(line):
            numbers.append(number)
            have.append(text)
    found = [at for at in range(len(have) - len(wanted) + 1) if _stands_at(wanted, have, at)]
    at = found[0] if len(found) == 1 else next((at for at in found if numbers[at] == stated_line), None)
    return None if at is None else Place(numbers[at], numbers[at + len(wanted) - 1])


def stands(quote: str, line: int, lines: Sequence[str], first_line: int = 1) -> Place | None:
    """Where a quote that begins on a line stands, looking at no other line; None if it is not there.

    It is where `place` puts it when that line is stated.
    """
    wanted = normal_lines(quote)
    have: list[str] = []
    last = line - first_line
    while len(have) < len(wanted) and last < len(lines):
        have += normal_lines(lines[last])
        last += 1
    return Place(line, last + first_line - 1) if wanted and have and _stands_at(wanted, have, 0) else None


def _stands_at(wanted: Sequence[str], have: Sequence[str], at: int) -> bool:
    if len(wanted) == 1:
        return wanted[0] in have[at]
    if len(have) - at < len(wanted):
        return False
    if not have[at].endswith(wanted[0]) or not have[at + len(wanted) - 1].startswith(wanted[-1]):
        return False
    return all(wanted[step] == have[at + step] for step in range(1, len(wanted) - 1))
