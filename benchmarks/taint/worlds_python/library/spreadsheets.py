"""Spreadsheets: each row that is written as CSV is recorded as `csv`."""

import csv
from typing import Any

from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world

_writer = csv.writer


class _Writer:
    """A writer that tells."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self.real = _writer(*args, **named)

    def writerow(self, row: Any) -> Any:
        """Record a row and write it."""
        cells = list(row)
        world.record("csv", "csv.writer.writerow", cells)
        return self.real.writerow(cells)

    def writerows(self, rows: Any) -> None:
        """Record rows and write them."""
        for row in rows:
            self.writerow(row)


def install() -> None:
    """Watch what is written."""
    replace(csv, writer=_Writer)
