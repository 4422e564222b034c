"""CWE-501: what the request says is kept in the session as if the program had found it out."""

from typing import Any

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, marked
from benchmarks.taint.worlds_python.world import MARK, Record


def harmful(record: Record, _payload: Any, _benign: Benign) -> bool:
    """Whether a key or a value of the session holds what the request sent."""
    return marked(record.value)


WEAKNESS = Weakness(
    cwe="CWE-501",
    kinds=frozenset({"session"}),
    payloads=always(f"{MARK}", f"{MARK}@example.org", f"/{MARK}", f"{MARK} admin", f"{MARK}-1"),
    harmful=harmful,
)
