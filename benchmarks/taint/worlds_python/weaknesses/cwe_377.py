"""CWE-377: a temporary file has a name that others can guess, or take first."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    return record.kind == "temporary" or str(record.value).startswith("/tmp/")


WEAKNESS = by_itself("CWE-377", {"temporary", "path"}, _wrong)
