"""CWE-338: a secret is drawn from a generator that can be guessed."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    return str(record.value).startswith("random.")


WEAKNESS = by_itself("CWE-338", {"guessable"}, _wrong)
