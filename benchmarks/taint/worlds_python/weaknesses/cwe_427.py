"""CWE-427: where programs and libraries are searched is what the request says."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return MARK in str(record.value)


WEAKNESS = Weakness(cwe="CWE-427", kinds=frozenset({"search-path"}), payloads=always(f"/tmp/{MARK}"), harmful=_harmful)
