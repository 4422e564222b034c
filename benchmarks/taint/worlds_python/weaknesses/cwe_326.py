"""CWE-326: a key has fewer bits than 2048 of RSA are worth."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself

_LEAST = 2048


def _wrong(record: Record) -> bool:
    return int(record.value) < _LEAST


WEAKNESS = by_itself("CWE-326", {"bits"}, _wrong)
