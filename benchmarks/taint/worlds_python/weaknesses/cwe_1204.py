"""CWE-1204: a vector or nonce is the same each time."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import Record


def _harmful(record: Record, _payload: object, benign: Benign) -> bool:
    return any(record.value == before.value for before in benign.records)


WEAKNESS = Weakness(cwe="CWE-1204", kinds=frozenset({"vector"}), payloads=always("7"), harmful=_harmful)
