"""CWE-942: pages of every origin may read the answer."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    if record.kind == "configuration":
        return "*" in record.value.get("allow_origins", record.value.get("origins", ()))
    text = text_of(record.value)
    return record.sink.endswith("Access-Control-Allow-Origin") and (text == "*" or MARK in text)


WEAKNESS = Weakness(
    cwe="CWE-942",
    kinds=frozenset({"header", "configuration"}),
    payloads=always(f"https://{MARK}.test", f"https://{MARK}example.com"),
    harmful=_harmful,
)
