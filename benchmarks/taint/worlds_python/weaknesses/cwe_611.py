"""CWE-611: a parser of the request's document resolves external entities."""

from typing import Any

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record

_ENTITY = f'<!DOCTYPE r [<!ENTITY e SYSTEM "/srv/{MARK}">]>'


def _harmful(record: Record, _payload: object, _benign: Benign) -> bool:
    if record.kind == "path":
        return MARK in str(record.value)
    given: dict[str, Any] = record.value
    return given["resolve_entities"] in (True, 1) and MARK in text_of(given["text"]) and "<!ENTITY" in given["text"]


WEAKNESS = Weakness(
    cwe="CWE-611",
    kinds=frozenset({"xml", "path"}),
    benign=("<r><id>7</id></r>", '{"a": 7}'),
    payloads=always(f"{_ENTITY}<r><id>&e;</id></r>"),
    harmful=_harmful,
)
