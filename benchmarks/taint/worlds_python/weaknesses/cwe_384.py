"""CWE-384: whoever logs in keeps the session of before, or gets the identifier that the request names."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record, world


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    if record.kind == "cookie":
        return MARK in str(record.value["value"])
    return "user" in str(record.value[0]) and not any(one.kind == "renewed" for one in world.records)


WEAKNESS = Weakness(
    cwe="CWE-384", kinds=frozenset({"session", "cookie"}), payloads=always(f"{MARK}sid"), harmful=_harmful
)
