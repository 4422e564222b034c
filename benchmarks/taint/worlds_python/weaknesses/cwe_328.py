"""CWE-328: a digest is taken with a function that is broken, where security depends on it."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself

_BROKEN = {"md4", "md5", "sha1"}


def _wrong(record: Record) -> bool:
    return record.value["name"] in _BROKEN and record.value.get("secure", True)


WEAKNESS = by_itself("CWE-328", {"hash"}, _wrong)
