"""CWE-117: line ends of the request begin lines of a log."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    text = str(record.value)
    return MARK in text and ("\n" in text or "\r" in text)


WEAKNESS = Weakness(
    cwe="CWE-117",
    kinds=frozenset({"log"}),
    payloads=always(f"7\nINFO {MARK}", f"7\rINFO {MARK}", f"7\r\nINFO {MARK}"),
    harmful=_harmful,
)
