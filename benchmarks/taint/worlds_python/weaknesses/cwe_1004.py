"""CWE-1004: a cookie of a session can be read by scripts."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    if record.kind == "configuration":
        return record.value.get("SESSION_COOKIE_HTTPONLY") is False
    return not record.value.get("httponly")


WEAKNESS = by_itself("CWE-1004", {"cookie", "configuration"}, _wrong)
