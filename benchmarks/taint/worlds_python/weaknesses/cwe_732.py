"""CWE-732: everyone may write to a file or folder."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself

_OTHERS_WRITE = 0o002


def _wrong(record: Record) -> bool:
    return bool(record.value & _OTHERS_WRITE)


WEAKNESS = by_itself("CWE-732", {"mode"}, _wrong)
