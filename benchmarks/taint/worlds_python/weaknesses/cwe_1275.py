"""CWE-1275: a cookie of a session goes with requests of other sites."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    if record.kind == "configuration":
        return str(record.value.get("SESSION_COOKIE_SAMESITE", "Lax")) == "None"
    return str(record.value.get("samesite")).lower() == "none"


WEAKNESS = by_itself("CWE-1275", {"cookie", "configuration"}, _wrong)
