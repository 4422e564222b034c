"""CWE-321: a key is made of constants of the program."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import by_itself, is_constant


def _wrong(record: Record) -> bool:
    return is_constant(record.value)


WEAKNESS = by_itself("CWE-321", {"key"}, _wrong)
