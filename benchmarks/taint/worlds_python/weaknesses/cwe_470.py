"""CWE-470: the request names a class, function, attribute or module that nobody meant."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, payload: object, _benign: Benign) -> bool:
    return str(payload) in str(record.value)


WEAKNESS = Weakness(
    cwe="CWE-470",
    kinds=frozenset({"name"}),
    benign=("7", "json", "start", "utf_8"),
    payloads=always("__class__", "__init__", f"x{MARK}", "subprocess", "__builtins__"),
    harmful=_harmful,
)
