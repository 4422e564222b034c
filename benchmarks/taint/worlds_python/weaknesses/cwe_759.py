"""CWE-759: a password is hashed alone: all that the function is fed is the password."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import Record, world
from benchmarks.taint.worlds_python.wrong import SECRET


def _harmful(record: Record, payload: object, _benign: Benign) -> bool:
    return text_of(record.value["data"]) in (payload, *world.program.texts)


WEAKNESS = Weakness(cwe="CWE-759", kinds=frozenset({"hash"}), payloads=always(SECRET), harmful=_harmful)
