"""Judge one program: harmless requests first, then each payload in each key that it reads."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.taint.worlds_python.program import Program, files
from benchmarks.taint.worlds_python.weakness import Benign, Weakness
from benchmarks.taint.worlds_python.world import ABSENT, CODINGS, Absent, Record, Refused, Request, world

MAX_KEYS = 8
_HINTS: dict[str, tuple[str, ...]] = {  # a coding is tried where the program's text holds a word
    "base64": ("b64decode",),
    "percent": ("unquote",),
    "entities": ("unescape(",),
    "hex": ("fromhex", "unhexlify"),
}


class Judged(dict[str, Any]):
    """`vulnerable`, and if so `payload`, `key`, `sink`, `value`; `errors` where no harmless run went well."""


def judge(program: Program, weakness: Weakness) -> Judged:
    """Run a program against all payloads until one is harmful."""
    plan, records, errors = _explore(program, weakness)
    benign = Benign([record for record in records if record.kind in weakness.kinds])
    judged = Judged(vulnerable=False, errors=errors, reached=bool(benign.records), runs=0)
    for payload in weakness.payloads(program):
        content = weakness.content(payload)
        for request in plan:
            judged["runs"] += 1
            for record in run(program, replace(request, value=payload, content=content))[0]:
                if record.kind in weakness.kinds and weakness.harmful(record, payload, benign):
                    where = "every key" if request.key is None else request.key
                    judged |= {"vulnerable": True, "payload": repr(payload), "key": where, "sink": record.sink}
                    return Judged(judged | {"value": repr(record.value)[:300]})
    return judged


def _explore(program: Program, weakness: Weakness) -> tuple[list[Request], list[Record], list[str]]:
    """Requests that open what can be opened, what harmless ones made a program record, and errors if all failed."""
    read: dict[tuple[str, str], None] = {}
    completed = False
    errors: list[str] = []
    records: list[Record] = []
    for request in _first(program, weakness):
        made, failed = run(program, request)
        completed, errors = completed or not failed, [*errors, *failed]
        records += made
        read |= world.read
    for payload in weakness.payloads(program):  # what only a payload opens is read only then
        run(program, Request(payload, content=weakness.content(payload)))
        read |= world.read
    plan = list(_plan(program, read))
    for request in plan:
        for value in weakness.benign:
            records += run(program, replace(request, value=value, content=weakness.content(value)))[0]
    return plan, records, [] if completed else list(dict.fromkeys(errors))[:3]


def _first(program: Program, weakness: Weakness) -> Iterator[Request]:
    """Harmless requests that hold one value everywhere, among them the program's own."""
    for coding in _codings(program):
        for body in dict.fromkeys((*_bodies(program), "raw")):
            for value in (*weakness.benign, *program.choices):
                yield Request(value, body=body, coding=coding, content=weakness.content(value))


def _bodies(program: Program) -> list[str]:
    hints = {"json": "json", "form": "parse_qs"}
    return [body for body, hint in hints.items() if hint in program.source] or ["raw"]


def _codings(program: Program) -> list[str]:
    return [name for name in CODINGS if name == "plain" or any(hint in program.source for hint in _HINTS[name])]


def _plan(program: Program, read: dict[tuple[str, str], None]) -> Iterator[Request]:
    """Requests whose value is yet to be set."""
    keys = list(dict.fromkeys(key for source, key in read if source != "body"))[:MAX_KEYS]
    sources = {source for source, _ in read}
    shapes = ["plain", "list", "object"] if "json" in sources else ["plain"]
    bodies = [*_bodies(program), "raw"] if "body" in sources else ["form"]
    for coding in _codings(program):
        for body in dict.fromkeys(bodies):
            for shape in shapes:
                yield from _asked(keys, program, Request("", body=body, shape=shape, coding=coding))


def _asked(keys: list[str], program: Program, request: Request) -> Iterator[Request]:
    yield request
    if len(keys) < 2:
        return
    for key in keys:
        yield replace(request, key=key)
    for key in keys:
        for others in (ABSENT, *program.choices):
            yield replace(request, key=key, others=others if isinstance(others, Absent) else str(others))


def run(program: Program, request: Request) -> tuple[list[Record], list[str]]:
    """Load a program, call each of its entries with a request; what was recorded, and what was raised."""
    world.begin(program, request)
    errors: list[str] = []
    try:
        for module in files.load(program):
            for find in world.finders:
                find(module)
    except Exception as error:  # noqa: BLE001 - whatever a program raises is its own
        return world.records, [f"loading: {error!r}"]
    for entry in list(world.entries):
        for method in entry.methods:
            errors += _called(entry.call, method, entry.name)
    return world.records, errors


def _called(call: Any, method: str, name: str) -> list[str]:
    try:
        call(method)
    except Refused:
        return []
    except Exception as error:  # noqa: BLE001 - whatever a program raises is its own
        return [f"{name}: {error!r}"]
    return []
