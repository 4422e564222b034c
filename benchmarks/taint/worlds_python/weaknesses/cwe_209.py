"""CWE-209: the answer holds what an exception of Python tells, or its trace."""

import re

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_TOLD = re.compile(
    r"Traceback|File \\?\"|invalid literal|could not convert|Expecting value|Extra data|division by zero|"
    r"Invalid isoformat|Error\("
)


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    return bool(_TOLD.search(str(record.value)))


WEAKNESS = Weakness(
    cwe="CWE-209",
    kinds=frozenset({"plain", "html"}),
    benign=("7", "2026-01-02"),
    payloads=always(f"x{MARK}", "0", "{"),
    harmful=_harmful,
)
