"""CWE-113: line ends of the request begin headers of the answer."""

import re

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record

_HEADER = re.compile(rf"[\r\n]x-{MARK}:", re.IGNORECASE)


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    named = record.kind == "header" and record.sink.lower().endswith(f".x-{MARK}")
    return named or bool(_HEADER.search(text_of(record.value)))


WEAKNESS = Weakness(
    cwe="CWE-113",
    kinds=frozenset({"header", "head"}),
    payloads=always(f"7\r\nX-{MARK}: 1", f"7\nX-{MARK}: 1"),
    harmful=_harmful,
)
