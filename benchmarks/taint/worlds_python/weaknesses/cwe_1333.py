"""CWE-1333: the request writes a pattern, or one of the program takes exponential time. The latter is measured."""

import re
import time

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_SHORT, _LONG = 12, 20  # letters
_TIMES = 20  # the time for eight letters more, of a pattern that backtracks over each
_match, _clock = re.match, time.perf_counter


def _takes(pattern: str, letters: int) -> float:
    start = _clock()
    _match(pattern, "a" * letters + "!")
    return _clock() - start


def _harmful(record: Record, payload: object, _benign: Benign) -> bool:
    if MARK in record.value:
        return str(payload) in record.value
    return min(_takes(record.value, _LONG) for _ in range(3)) > _TIMES * max(_takes(record.value, _SHORT), 1e-5)


WEAKNESS = Weakness(cwe="CWE-1333", kinds=frozenset({"pattern"}), payloads=always(f"({MARK}+)+$"), harmful=_harmful)
