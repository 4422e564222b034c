"""CWE-347: a token is read whose signature nobody checks."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    given = record.value
    return "verified" in given and (not given["verified"] or "none" in map(str.lower, given["algorithms"]))


WEAKNESS = by_itself("CWE-347", {"configuration"}, _wrong)
