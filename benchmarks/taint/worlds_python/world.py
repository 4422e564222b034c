"""What a program under judgement lives in: the request it reads, and the record of what reached its sinks.

There is one world in a process, `world`. The stand-ins of frameworks (`modules/`) and of the standard library
(`library/`) ask it for what the request holds and tell it what reached them; `running` sets it up for each run.
"""

import asyncio
import base64
import html
import json
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from benchmarks.taint.worlds_python.program import Program

MARK = "zq7"  # in every payload: what holds it came from the request
ONE_LINE = frozenset({"header", "cookie"})  # sources whose values hold no line end


class Absent:
    """What a request does not hold."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Record:
    """What reached a sink: the kind of the sink (`sql`, `shell`, `html` …), its name, and what it got."""

    kind: str
    sink: str
    value: Any


@dataclass(frozen=True, slots=True)
class Request:
    """What one request holds: `value` under `key` (None: everywhere), `others` elsewhere.

    `shape` is what a JSON value is: `plain`, in a `list`, in an `object`. `body` is how a raw body is written: `form`,
    `json`, `raw`. `coding` is how the value is encoded: `plain`, `base64`, `percent`, `entities`, `hex`.
    """

    value: Any
    key: str | None = None
    others: str | Absent = "7"
    shape: str = "plain"
    body: str = "form"
    coding: str = "plain"
    content: bytes | None = None  # of an uploaded file

    def encoded(self) -> Any:
        """The value as it is sent; what is no text is sent as it is."""
        return CODINGS[self.coding](self.value) if isinstance(self.value, str) else self.value


CODINGS: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "entities": lambda text: "".join(letter if letter.isalnum() else f"&#{ord(letter)};" for letter in text),
    "hex": lambda text: text.encode().hex(),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a framework calls when a request comes: `call` gets the method, and records what it answers."""

    name: str
    methods: tuple[str, ...]
    call: Callable[[str], Any]


class Loop(asyncio.BaseEventLoop):  # as asyncio names it
    """A loop without sockets, which are replaced: it waits for nothing but threads."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: float | None) -> list[object]:
        """No socket is ready; a thread may be soon."""
        if timeout != 0:
            _sleep(0.000_1)
        return []

    def _process_events(self, _events: list[object]) -> None:
        """Nothing."""

    def _write_to_self(self) -> None:
        """Nothing waits in `select`."""


_sleep = time.sleep


@dataclass
class World:
    """The state of one run."""

    program: Program = field(default_factory=lambda: Program.of({}))
    request: Request = field(default_factory=lambda: Request("7"))
    records: list[Record] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    read: dict[tuple[str, str], None] = field(default_factory=dict)  # (source, key) in order
    state: dict[str, Any] = field(default_factory=dict)  # what stand-ins keep for one run: sessions, settings
    finders: list[Callable[[ModuleType], None]] = field(default_factory=list)  # look for entries in a loaded module
    loop: asyncio.AbstractEventLoop | None = None

    def begin(self, program: Program, request: Request) -> None:
        """Forget the last run."""
        self.program, self.request = program, request
        self.records, self.entries, self.read, self.state = [], [], {}, {}

    def record(self, kind: str, sink: str, value: Any) -> None:
        """Tell that something reached a sink."""
        self.records.append(Record(kind, sink, value))

    def enter(self, name: str, methods: tuple[str, ...], call: Callable[[str], Any]) -> None:
        """Tell of an entry."""
        self.entries.append(Entry(name, methods, call))

    def value(self, source: str, key: str) -> Any:
        """What the request holds under a key of a source: text, ABSENT, or for the source `json` any value."""
        self.read[source, key] = None
        asked = self.request
        if asked.key not in (None, key):
            return asked.others
        value = asked.encoded()
        if source == "json":
            return self._shaped(value)
        if not isinstance(value, str):
            return value if source == "structured" else asked.others
        return asked.others if source in ONE_LINE and ("\n" in value or "\r" in value) else value

    def _shaped(self, value: Any) -> Any:
        match self.request.shape:
            case "list":
                return [value]
            case "object":
                return dict.fromkeys(self.keys(), value)
            case _:
                return value

    def text(self, source: str, key: str) -> str:
        """What the request holds, `7` where it holds nothing."""
        value = self.value(source, key)
        return value if isinstance(value, str) else "7"

    def keys(self) -> tuple[str, ...]:
        """Names under which a request may hold something: the words among the program's constants."""
        return self.program.keys

    def query(self) -> str:
        """The query string: each key with its value."""
        held = {key: self.value("query", key) for key in self.keys()}
        return urlencode({key: value for key, value in held.items() if isinstance(value, str)})

    def body(self) -> bytes:
        """The raw body, written as the request says."""
        self.read["body", ""] = None
        if self.request.body == "raw":
            return self.text("raw", "").encode()
        source = "json" if self.request.body == "json" else "form"
        held = {key: self.value(source, key) for key in self.keys()}
        held = {key: value for key, value in held.items() if value is not ABSENT}
        return (json.dumps(held) if source == "json" else urlencode(held)).encode()

    def content(self, key: str) -> bytes:
        """What an uploaded file holds."""
        value = self.text("file", key)
        return self.request.content if self.request.content and self.request.key in (None, key) else value.encode()

    def wait(self, answer: Any) -> Any:
        """The result of a coroutine; what is none is its own."""
        if not isinstance(answer, Coroutine):
            return answer
        if self.loop is None:
            self.loop = Loop()
        return self.loop.run_until_complete(answer)


world = World()


class Refused(Exception):
    """The stand-in of a framework answers an error instead of calling on: no fault of the program."""


class Given(Mapping[str, Any]):
    """What a request holds in one of its parts, for any key that is asked for."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __getitem__(self, key: str) -> Any:
        value = world.value(self.source, key)
        if value is ABSENT:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        held = world.keys()
        return iter([key for key in held if world.value(self.source, key) is not ABSENT])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, key: object) -> bool:
        return world.value(self.source, str(key)) is not ABSENT

    def get(self, key: str, default: Any = None, type: Callable[[Any], Any] | None = None) -> Any:  # noqa: A002 - as Werkzeug names it
        """The value of a key; the default where there is none, or where it cannot be converted."""
        value = world.value(self.source, key)
        if value is ABSENT:
            return default
        try:
            return value if type is None else type(value)
        except ValueError:
            return default

    def getlist(self, key: str, type: Callable[[Any], Any] | None = None) -> list[Any]:  # noqa: A002 - as Werkzeug names it
        """All values of a key."""
        value = self.get(key, ABSENT, type)
        return [] if value is ABSENT else [value]

    getall = get_list = getlist

    def to_dict(self, flat: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - as Werkzeug names it
        """A plain dictionary of it."""
        return {key: value if flat else [value] for key, value in self.items()}

    dict = to_dict


def unescaped(text: str) -> str:
    """Text without its entities."""
    return html.unescape(text)
