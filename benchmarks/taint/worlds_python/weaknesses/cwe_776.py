"""CWE-776: a parser of the request's document expands the entities that the document declares.

lxml expands those of the document unless it is told not to; its limits hold unless `huge_tree` lifts them.
"""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import MARK, Record

_TIMES = 100
_DECLARED = f'<!ENTITY a "{MARK}"><!ENTITY b "{"&a;" * 10}"><!ENTITY c "{"&b;" * 10}">'


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    if record.kind == "expanded":
        return str(record.value).count(MARK) >= _TIMES
    given = record.value
    return bool(given["huge_tree"] and given["resolve_entities"] and "<!ENTITY" in given["text"])


WEAKNESS = Weakness(
    cwe="CWE-776",
    kinds=frozenset({"xml", "expanded"}),
    benign=("<r>7</r>",),
    payloads=always(f"<!DOCTYPE r [{_DECLARED}]><r>&c;</r>"),
    harmful=_harmful,
)
