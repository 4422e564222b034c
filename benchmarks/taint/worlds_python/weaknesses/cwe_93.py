"""CWE-93: line ends of the request begin lines of a mail's head, or commands of a protocol of lines."""

from collections.abc import Hashable

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes, text_of
from benchmarks.taint.worlds_python.world import MARK, Record


def structure(record: Record) -> Hashable:
    """How many lines the head has; a protocol of lines is all head."""
    text = text_of(record.value).replace("\r\n", "\n").replace("\r", "\n")
    return len((text.partition("\n\n")[0] if record.kind == "mail" else text).split("\n"))


WEAKNESS = Weakness(
    cwe="CWE-93",
    kinds=frozenset({"mail", "line"}),
    payloads=always(f"7\r\nBcc: {MARK}@example.org", f"7\n{MARK}", f"7\r{MARK}"),
    harmful=changes(structure),
)
