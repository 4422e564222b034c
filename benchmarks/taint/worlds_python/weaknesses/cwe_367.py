"""CWE-367: a path is used after something was asked of it, so that it may be another file by then."""

from benchmarks.taint.worlds_python.library.questions import ABSENT
from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import Record, world


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    before = world.records[: next(place for place, one in enumerate(world.records) if one is record)]
    return any(one.kind == "asked" and one.value == record.value for one in before)


WEAKNESS = Weakness(cwe="CWE-367", kinds=frozenset({"path"}), payloads=always("7", ABSENT), harmful=_harmful)
