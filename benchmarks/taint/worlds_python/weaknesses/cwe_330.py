"""CWE-330: a secret is made of the clock, or of an identifier that holds it."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    return record.value in ("time.time", "uuid.uuid1")


WEAKNESS = by_itself("CWE-330", {"guessable"}, _wrong)
