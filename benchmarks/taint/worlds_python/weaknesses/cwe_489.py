"""CWE-489: an application runs with its debugger on."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    return record.value.get("debug", record.value.get("DEBUG")) is True


WEAKNESS = by_itself("CWE-489", {"configuration"}, _wrong)
