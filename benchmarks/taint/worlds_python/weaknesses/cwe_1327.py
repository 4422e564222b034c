"""CWE-1327: a server listens at every address of its host."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself

_ALL = ("", "0.0.0.0", "::")


def _wrong(record: Record) -> bool:
    address = record.value.get("host", "127.0.0.1") if record.kind == "configuration" else record.value
    return address in _ALL


WEAKNESS = by_itself("CWE-1327", {"bind", "configuration"}, _wrong)
