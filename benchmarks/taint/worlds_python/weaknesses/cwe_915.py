"""CWE-915: the request sets attributes that the program did not mean to be set."""

import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_OWN = ("is_admin", "owner", "credit", "role")


def _set() -> Iterator[tuple[str, Any]]:
    """What the objects of the program's module hold."""
    for value in vars(sys.modules["__main__"]).values():
        if type(value).__module__ == "__main__":
            yield from vars(value).items()


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    held = record.value.items() if record.kind == "fields" else _set()
    return any(MARK in str(value) for name, value in held if name in _OWN)


WEAKNESS = Weakness(
    cwe="CWE-915", kinds=frozenset({"plain", "html", "fields"}), payloads=always(MARK), harmful=_harmful
)
