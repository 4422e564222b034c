"""CWE-598: a secret stands in the query of an address that is asked or sent."""

from benchmarks.taint.worlds_python.weakness import text_of
from benchmarks.taint.worlds_python.world import MARK, Record
from benchmarks.taint.worlds_python.wrong import of_secrets


def _told(record: Record) -> bool:
    if record.kind == "redirect":
        return MARK in str(record.value).partition("?")[2]
    return MARK in text_of([record.value["url"], record.value.get("params")])


WEAKNESS = of_secrets("CWE-598", {"exchange", "redirect"}, _told)
