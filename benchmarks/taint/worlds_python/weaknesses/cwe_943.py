"""CWE-943: a filter holds an operator that the request has put there, or JavaScript that it has changed."""

from collections.abc import Iterator
from typing import Any

from benchmarks.taint.worlds_python.weakness import Benign, Weakness, always, text_of
from benchmarks.taint.worlds_python.world import MARK, Record

_SCRIPTS = ("$where", "$function", "$accumulator", "$expr")


def _operators(value: Any) -> Iterator[tuple[str, Any]]:
    """All operators in a filter, with what they are given."""
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).startswith("$"):
                yield key, item
            yield from _operators(item)
    elif isinstance(value, list):
        for item in value:
            yield from _operators(item)


def _harmful(record: Record, _payload: object, benign: Benign) -> bool:
    own = {name for one in benign.records for name, _ in _operators(one.value)}
    told = [(name, text_of(given)) for name, given in _operators(record.value)]
    return any(MARK in text and (name not in own or (name in _SCRIPTS and "'||'" in text)) for name, text in told)


WEAKNESS = Weakness(
    cwe="CWE-943",
    kinds=frozenset({"nosql"}),
    benign=("7", "alice", "5f2b8c4e9d3a1b0c7e6f1a2b", '{"label": "7"}'),
    payloads=always({"$ne": MARK}, {"$gt": MARK}, f'{{"name": {{"$ne": "{MARK}"}}}}', f"{MARK}'||'1'=='1", MARK),
    harmful=_harmful,
)
