"""CWE-770: as much is set aside, or waited for, as the request says. The answer tells how much it was."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import Record

_MUCH = 3_000_000  # bytes, items or seconds


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    if record.kind == "size":
        return float(record.value) >= _MUCH
    return str(_MUCH) in str(record.value) or len(str(record.value)) >= _MUCH


WEAKNESS = Weakness(
    cwe="CWE-770", kinds=frozenset({"size", "plain", "html"}), payloads=always(str(_MUCH)), harmful=_harmful
)
