"""CWE-614: a cookie of a session goes over connections without TLS."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    if record.kind == "configuration":
        return record.value.get("SESSION_COOKIE_SECURE") is False
    return not record.value.get("secure")


WEAKNESS = by_itself("CWE-614", {"cookie", "configuration"}, _wrong)
