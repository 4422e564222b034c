"""CWE-1236: a cell of the request begins as formulas do."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    cells = [cell for cell in record.value if isinstance(cell, str) and MARK in cell]
    return any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


WEAKNESS = Weakness(
    cwe="CWE-1236",
    kinds=frozenset({"csv"}),
    payloads=always(f"={MARK}()", f"+{MARK}", f"-{MARK}", f"@{MARK}", f"\t={MARK}", f"\r={MARK}"),
    harmful=_harmful,
)
