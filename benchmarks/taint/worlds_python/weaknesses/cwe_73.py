"""CWE-73: the request names the file, or the folder that it is in."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, payload: object, _benign: Benign) -> bool:
    path = str(record.value)
    return MARK in path and (path.startswith(str(payload)) or ".." in path.split("/"))


WEAKNESS = Weakness(
    cwe="CWE-73",
    kinds=frozenset({"path"}),
    payloads=always(f"/etc/{MARK}", f"../../{MARK}", f"{MARK}.ini"),
    harmful=_harmful,
)
