"""CWE-843: a list or object passes a check that refuses the same text: all payloads are refused as text."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return MARK in text_of(record.value)


WEAKNESS = Weakness(
    cwe="CWE-843", kinds=frozenset({"path", "argv"}), payloads=always(f"-../../../../{MARK}"), harmful=_harmful
)
