"""CWE-319: a secret is sent over a connection that everyone on the way reads."""

from benchmarks.taint.worlds_python.world import Record
from benchmarks.taint.worlds_python.wrong import holds_mark, of_secrets


def _told(record: Record) -> bool:
    return holds_mark(record) and (record.kind == "clear" or str(record.value["url"]).startswith("http://"))


WEAKNESS = of_secrets("CWE-319", {"exchange", "clear"}, _told)
