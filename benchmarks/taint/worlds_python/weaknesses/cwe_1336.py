"""CWE-1336: text of the request is part of a template's source."""

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always
from benchmarks.taint.worlds_python.world import Record


def _harmful(record: Record, payload: object, _benign: Benign) -> bool:
    return str(payload) in str(record.value)


WEAKNESS = Weakness(cwe="CWE-1336", kinds=frozenset({"template"}), payloads=always("{{ 7 * 191 }}"), harmful=_harmful)
