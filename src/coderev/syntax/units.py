"""Units: how the lines of a file divide among functions, methods, class bodies and top-level regions."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

Kind = Literal["function", "method", "class", "top-level", "window"]

TOP_LEVEL = "<module>"


class Unit(msgspec.Struct, frozen=True):
    """The smallest enclosing function, method, class body or top-level region, or a window of an unknown language.

    The lines are those from its decorators and the comments directly above it to its end. Lines inside that belong to
    a smaller unit are that unit's, so a class has what stands outside its methods. `name` is qualified by the classes,
    functions, namespaces and receivers around it (`Clinic.book`, `outer.inner`), never by a path or package; the
    second of the same name is `name#2`. Top-level regions are all `<module>`. `signature` is the head on one line.
    """

    name: str
    kind: Kind
    start_line: int
    end_line: int
    signature: str = ""


def line_count(source: bytes) -> int:
    """How many lines a file has; an empty file has one."""
    return max(1, source.count(b"\n") + (not source.endswith(b"\n")))


class Layout:
    """The units of one file, and for every line the one that it belongs to.

    A line that several units cover belongs to the one that starts last.
    """

    def __init__(self, defined: Sequence[Unit], last_line: int) -> None:
        """Lay out the defined units, which come in order of their first lines, outer before inner."""
        runs = dict(_runs(defined))  # of two runs that begin on one line, the later holds
        runs.pop(last_line + 1, None)
        self.last_line = last_line
        self._firsts = list(runs)  # the line at which each run of lines begins
        self._owners = [  # the unit that it belongs to
            owner or Unit(TOP_LEVEL, "top-level", first, end - 1)
            for (first, owner), end in zip(runs.items(), [*self._firsts[1:], last_line + 1], strict=True)
        ]
        regions = [unit for unit in self._owners if unit.kind == "top-level"]
        self.units = tuple(sorted([*defined, *regions], key=_first_line))

    def at(self, line: int) -> Unit:
        """The unit that a line belongs to; lines outside the file count as its first or last."""
        return self._owners[max(bisect_right(self._firsts, line) - 1, 0)]

    def within(self, lines: range) -> Iterator[tuple[Unit, range]]:
        """The runs of lines that a range meets, each with its unit."""
        first = min(max(lines.start, 1), self.last_line)
        stop = min(max(lines.stop, first + 1), self.last_line + 1)
        at = bisect_right(self._firsts, first) - 1
        while at < len(self._firsts) and self._firsts[at] < stop:
            end = self._firsts[at + 1] if at + 1 < len(self._firsts) else self.last_line + 1
            yield self._owners[at], range(max(self._firsts[at], first), min(end, stop))
            at += 1


def _first_line(unit: Unit) -> int:
    return unit.start_line


def _runs(units: Sequence[Unit]) -> Iterator[tuple[int, Unit | None]]:
    """Where the owner of the lines changes, and to whom (None: the top level), in order of the lines."""
    yield 1, None
    open_units: list[Unit] = []
    for unit in units:
        yield from _close(open_units, unit.start_line)
        yield unit.start_line, unit
        open_units.append(unit)
    yield from _close(open_units, None)


def _close(open_units: list[Unit], line: int | None) -> Iterator[tuple[int, Unit | None]]:
    """Close the units that end before a line, or all of them; what a unit leaves open goes to the one around it."""
    while open_units and (line is None or open_units[-1].end_line < line):
        end = open_units.pop().end_line
        while open_units and open_units[-1].end_line <= end:
            open_units.pop()
        yield end + 1, open_units[-1] if open_units else None
