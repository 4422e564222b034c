"""What a weakness is to those who judge: its payloads, and which records are harmful."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.taint.worlds_python.program import Program
from benchmarks.taint.worlds_python.world import MARK, Record

Structure = Callable[[Record], Hashable]


@dataclass
class Benign:
    """What harmless requests made a program record."""

    records: list[Record]
    _structures: dict[Structure, frozenset[Hashable]] = field(default_factory=dict)

    def structures(self, structure: Structure) -> frozenset[Hashable]:
        """The structures of the records, for one notion of structure."""
        if structure not in self._structures:
            self._structures[structure] = frozenset(structure(record) for record in self.records)
        return self._structures[structure]


Harmful = Callable[[Record, Any, Benign], bool]


def _encoded(payload: Any) -> bytes:
    return str(payload).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """`kinds` of records count; `harmful(record, payload, benign)` says whether one shows the weakness.

    `payloads` gives the list, which may be made from the program's constants. `benign` are harmless values of the same
    use. `content` is what an uploaded file holds.
    """

    cwe: str
    kinds: frozenset[str]
    payloads: Callable[[Program], Sequence[Any]]
    harmful: Harmful
    benign: Sequence[Any] = ("7", "alice")
    content: Callable[[Any], bytes] = _encoded


def always(*payloads: Any) -> Callable[[Program], Sequence[Any]]:
    """The same payloads for every program."""
    return lambda _program: payloads


def changes(structure: Structure) -> Harmful:
    """Harmful where the request reached the sink and the structure is none that a harmless request made."""

    def harmful(record: Record, _payload: Any, benign: Benign) -> bool:
        return marked(record.value) and structure(record) not in benign.structures(structure)

    return harmful


def marked(value: Any) -> bool:
    """Whether a value holds something of a payload, in whatever case."""
    return MARK in text_of(value).casefold()


def text_of(value: Any) -> str:
    """All text in a value."""
    match value:
        case str():
            return value
        case bytes() | bytearray():
            return bytes(value).decode("utf-8", "replace")
        case dict():
            return text_of([*value, *value.values()])
        case list() | tuple() | set() | frozenset():
            return "\n".join(text_of(item) for item in value)
        case _:
            return str(value)
