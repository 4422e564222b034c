"""CWE-494: what was fetched from elsewhere is run."""

from benchmarks.taint.worlds_python.weakness import text_of
from benchmarks.taint.worlds_python.world import Record, world
from benchmarks.taint.worlds_python.wrong import by_itself


def _wrong(record: Record) -> bool:
    if record.kind == "argv":
        return record.value[0] in world.state.get("fetched", ())
    return "fetched" in text_of(record.value)


WEAKNESS = by_itself("CWE-494", {"code", "ran", "argv"}, _wrong)
