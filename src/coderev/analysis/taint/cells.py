"""What every cell holds now, and how often it was written to: by numbers, so that repeating a walk compares numbers."""

from collections.abc import Hashable
from typing import Any

from coderev.analysis.taint.records import Numbers, Past

NOTHING = -1  # in the place of a digest's number
EXISTS = None  # the key of no cell: whether a holder has any
Undo = tuple[int, int, int, bool]  # a cell, what it held, how often it was written to, and whether its holder is new


class Cells:
    """The cells of all holders. A holder is the name of a site or frame, or a sort of what is noted."""

    def __init__(self, past: Past | None) -> None:
        self.numbers = Numbers(past)
        self.now = [NOTHING] * len(self.numbers.cells)  # by the number of a cell, that of the digest of what it holds
        self.counts = [0] * len(self.numbers.cells)
        self.held: dict[bytes, dict[int, None]] = {}  # by holder, the cells that hold something, in order

    def number(self, holder: bytes, key: Hashable) -> int:
        """The number of a cell."""
        found = self.numbers.of_cells.get((holder, key))
        if found is None:
            found = self.numbers.cell((holder, key))
            self.now.append(NOTHING)
            self.counts.append(0)
        return found

    def put(self, cell: int, number: int) -> Undo:
        """Let a cell hold what has a digest of some number, or nothing; what takes that back."""
        holder, key = self.numbers.cells[cell]
        held = self.held.get(holder)
        before = (cell, self.now[cell], self.counts[cell], held is None)
        if held is None:
            held = self.held[holder] = {}
        self.counts[cell] += 1
        if key is not EXISTS:
            self.now[cell] = number
            if number < 0:
                held.pop(cell, None)
            elif before[1] < 0:
                held[cell] = None
        return before

    def take_back(self, undo: list[Undo]) -> None:
        """Let cells hold what they held before; the last first."""
        for cell, number, count, is_new in reversed(undo):
            holder = self.numbers.cells[cell][0]
            if is_new:
                del self.held[holder]
            elif number < 0:
                self.held[holder].pop(cell, None)
            elif self.now[cell] < 0:
                self.held[holder][cell] = None
            self.now[cell], self.counts[cell] = number, count

    def of(self, holder: bytes) -> list[tuple[Any, int]]:
        """The keys of a holder, and the numbers of the digests of what it holds under them, in their order."""
        cells, now = self.numbers.cells, self.now
        return [(cells[cell][1], now[cell]) for cell in self.held.get(holder, ())]
