"""Values as bytes and back, each with all that it refers to, so that the walks of another run go on with them.

A guard is about one value, wherever it was copied to: so it is written down which values are one. A value that was
written before, in another cell, is written as a reference to its place there; what comes back has the same values in
the same places. Code is never written: functions and classes are named by their places, and read when they are walked.

What is written is a list of nodes, each after those that it refers to by their numbers. Two things that say the same
are written as the same bytes, wherever they come from: their digest tells whether a cell has changed.
"""

from collections.abc import Callable, Hashable
from typing import Any, Protocol

import msgspec

from coderev.analysis.taint import callbacks, expressions, functions, sequences
from coderev.analysis.taint.form import Constant, Expression
from coderev.analysis.taint.outline import Outline
from coderev.analysis.taint.root import Hit, Sink
from coderev.analysis.taint.summaries import Proof, Summary
from coderev.analysis.taint.value import (
    BOOLEAN,
    CLEAN,
    NUMBER,
    UNKNOWN,
    ClassSite,
    Fact,
    FunctionSite,
    Label,
    Library,
    Mark,
    ModuleSite,
    Object,
    Parameter,
    Resolver,
    Site,
    Taint,
    Trace,
    Value,
)

Place = tuple[bytes, int]  # of a value: the digest of the cell that it was first written in, and its number there
Node = list[Any]
UNWRITABLE = (ValueError, OverflowError, RecursionError, TypeError)  # what writing something odd raises
_ALONE = (
    UNKNOWN,
    NUMBER,
    BOOLEAN,
    functions.NOTHING,
    callbacks.NULL,
    expressions.NULL,
    sequences.NULL,
)  # of the engine
_ALONE_BY_IDENTITY = {id(value): number for number, value in enumerate(_ALONE)}
(
    _ALONE_NODE, _AT, _VALUE, _FACT, _TAINT, _LABEL, _MARK, _TRACE, _LIBRARY, _OBJECT, _PARAMETER, _FUNCTION, _CLASS,
    _MODULE, _RESOLVER, _FRAME_OF, _FRAME, _SUMMARY, _OUTLINES, _TUPLE, _PLAIN, _ROW,
) = range(22)  # fmt: skip # what the first of a node says
_SCALARS = (str, bytes, int, float, bool, type(None))
_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder()
_outlines = msgspec.msgpack.Decoder(list[Outline])


class Names(Protocol):
    """Who knows what was written where."""

    def place(self, thing: object) -> Place | None:
        """Where a value, or the frame of this number, was written before."""


class Code(Protocol):
    """Who knows code by names, and finds it again."""

    def frame(self, number: int) -> str | None:
        """The path of the file whose variables a frame holds; None for that of a function."""

    def form(self, site: FunctionSite | ClassSite) -> bytes:
        """A digest of the head of a function, or of the code of a class without its functions."""

    def row(self, row: object) -> list[object]:
        """The name of a row of a pack."""

    def frame_of(self, path: str) -> tuple[int, frozenset[str]]:
        """The frame of a file's variables, and the names that are bound there."""

    def new_frame(self) -> int:
        """The number of another frame."""

    def function(self, *parts: Any) -> Callable[..., FunctionSite]:
        """What makes a function by its place."""

    def class_of(self, *parts: Any) -> ClassSite:
        """A class by its place."""

    def row_of(self, *parts: Any) -> object:
        """A row of a pack by its name."""


class Written:
    """The bytes of one cell, and the values and frames that are new in it, in their order."""

    def __init__(self, content: object, names: Names, code: Code) -> None:
        self._names, self._code = names, code
        self._nodes: list[Node] = []
        self._same: dict[Hashable, int] = {}
        self._known: dict[int, int] = {}
        self.new: list[object] = []
        self.refers: dict[bytes, None] = {}
        self._kept: list[object] = []  # what was numbered by its identity lives as long
        self._any(content)
        self.body = _encoder.encode(self._nodes)

    def _add(self, node: Node) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _once(self, name: tuple[Any, ...]) -> int:
        """The number of a node that is told by what it says; `name` is that, and hashable."""
        found = self._same.get(name)
        if found is None:
            found = self._same[name] = self._add(list(name))
        return found

    def _by_identity(self, thing: object, write: Callable[[Any], int]) -> int:
        found = self._known.get(id(thing))
        if found is None:
            found = self._known[id(thing)] = write(thing)
            self._kept.append(thing)
        return found

    def _any(self, content: object) -> int:  # noqa: PLR0911 - one answer for each sort of content
        match content:
            case Value():
                return self._value(content)
            case Summary():
                return self._summary(content)
            case FunctionSite() | ClassSite():
                return self._site(content)
            case list():
                return self._add([_OUTLINES, _encoder.encode(content)])
            case tuple() if all(isinstance(each, str | int) for each in content):
                return self._add([_PLAIN, content])
            case tuple():
                return self._add([_TUPLE, [self._any(each) for each in content]])
            case None | bool() | int() | str():
                return self._add([_PLAIN, content])
            case _:
                return self._add([_ROW, *self._code.row(content)])

    # --- values

    def _value(self, value: Value) -> int:
        waiting = [value]
        while (copied := waiting[-1].copied) is not None and id(copied) not in self._known:
            waiting.append(copied)  # a value may be a copy of a copy, many times
        while len(waiting) > 1:
            self._by_identity(waiting.pop(), self._new_value)
        return self._by_identity(value, self._new_value)

    def _new_value(self, value: Value) -> int:
        alone = _ALONE_BY_IDENTITY.get(id(value))
        if alone is not None:
            return self._once((_ALONE_NODE, alone))
        place = self._names.place(value)
        if place is not None:
            return self._at(place)
        node: Node = [
            _VALUE,
            _literals(value.constants),
            value.prefix,
            value.suffix,
            self._taint(value.taint) if value.taint else -1,
            [self._site(site) for site in value.sites],
            value.kind,
            [self._fact(fact) for fact in value.facts],
            None if value.origin is None else [value.origin[0], self._value(value.origin[1])],
            sorted(value.without),
            None if value.copied is None else self._value(value.copied),
        ]
        self.new.append(value)
        return self._add(node)

    def _at(self, place: Place) -> int:
        self.refers[place[0]] = None
        return self._once((_AT, *place))

    def _fact(self, fact: Fact) -> int:
        return self._once((_FACT, fact.on, self._value(fact.value), self._value(fact.narrowed)))

    def _taint(self, taint: Taint) -> int:
        return self._by_identity(taint, self._new_taint)

    def _new_taint(self, taint: Taint) -> int:
        marks = tuple(part for label, mark in taint.items() for part in (self._label(label), self._mark(mark)))
        return self._once((_TAINT, *marks))

    def _label(self, label: Label) -> int:
        return self._once((_LABEL, label.kind, *label.place, label.function, label.index, label.keys))

    def _mark(self, mark: Mark) -> int:
        return self._once((_MARK, mark.mask, mark.sets, mark.sure, self._trace(mark.trace)))

    def _trace(self, trace: Trace | None) -> int:
        path: list[Trace] = []
        while trace is not None and id(trace) not in self._known:
            path.append(trace)
            trace = trace.before
        number = -1 if trace is None else self._known[id(trace)]
        for each in reversed(path):
            number = self._once((_TRACE, number, each.path, each.start, each.end, each.note))
            self._known[id(each)] = number
            self._kept.append(each)
        return number

    # --- sites

    def _site(self, site: Site) -> int:  # noqa: PLR0911 - one answer for each sort of site
        match site:
            case Library():
                return self._once((_LIBRARY, site.name))
            case Object():
                kind = -1 if site.type is None else self._site(site.type)
                return self._once((_OBJECT, site.key, site.shape, kind, site.many))
            case Parameter():
                return self._once((_PARAMETER, site.function, site.index, site.keys))
            case FunctionSite():
                return self._function(site)
            case ClassSite():
                bases = tuple(self._value(base) for base in site.bases)
                return self._once((_CLASS, *site.identity, self._code.form(site), bases))
            case ModuleSite():
                return self._once((_MODULE, site.path))
            case Resolver():
                return self._once((_RESOLVER, self._site(site.promise)))

    def _function(self, site: FunctionSite) -> int:
        frames = tuple((self._frame(number), self._bound(number, bound)) for number, bound in site.frames)
        owner = -1 if site.owner is None else self._site(site.owner)
        receiver = -1 if site.receiver is None else self._value(site.receiver)
        head = _head(site)
        return self._once((_FUNCTION, *site.identity[:3], head, self._code.form(site), frames, owner, receiver))

    def _bound(self, number: int, bound: frozenset[str]) -> tuple[str, ...] | None:
        return None if self._code.frame(number) is not None else tuple(sorted(bound))

    def _frame(self, number: int) -> int:
        path = self._code.frame(number)
        if path is not None:
            return self._once((_FRAME_OF, path))
        name = (_FRAME, number)
        found = self._same.get(name)
        if found is None:
            place = self._names.place(number)
            if place is not None:
                found = self._at(place)
            else:
                self.new.append(number)
                found = self._add([_FRAME])
            self._same[name] = found
        return found

    # --- summaries

    def _summary(self, summary: Summary) -> int:
        ends = [None if each is None else self._value(each) for each in (summary.returns, summary.raises)]
        heap = [
            [self._site(site), [[key, self._value(value)] for key, value in held.items()]]
            for site, held in summary.heap.items()
        ]
        variables = [
            [self._frame(frame), [[name, self._value(value)] for name, value in held.items()]]
            for frame, held in summary.variables.items()
        ]
        hits = [
            [self._label(hit.label), self._mark(hit.mark), hit.mask, hit.kinds, *msgspec.structs.astuple(hit.sink)]
            for hit in summary.hits
        ]
        proofs = [[self._label(each.label), each.on, each.clears, _literals(each.constants)] for each in summary.proofs]
        head = [summary.name, summary.is_default, summary.met]
        return self._add([_SUMMARY, head, ends, heap, variables, hits, proofs])


def _default(default: Expression | None) -> tuple[object, ...] | bool:
    """A literal as it is; of anything else, whether there is one."""
    if isinstance(default, Constant) and (default.value is None or isinstance(default.value, str | bool)):
        return default.start, default.end, default.value
    return default is not None


def _head(site: FunctionSite) -> tuple[object, ...]:
    parameters = tuple((each.start, each.end, each.name, each.kind, _default(each.default)) for each in site.parameters)
    return site.name, site.binding, site.rank, site.is_getter, site.takes_all, parameters


def _literals(constants: frozenset[tuple[type, object]] | None) -> list[object] | None:
    """Constants in an order of their own. Raises TypeError for what would not come back as it is."""
    if constants is None:
        return None
    if any(kind not in _SCALARS for kind, _ in constants):
        raise TypeError(constants)
    return [value for _, value in sorted(constants, key=repr)]


class Recalled:
    """What was written as some bytes: `content`, and the values and frames that are new in it."""

    def __init__(self, body: bytes, code: Code, at: Callable[[bytes, int], Any]) -> None:
        self._code, self._at = code, at
        self.new: list[object] = []
        self._made: list[Any] = []
        for node in _decoder.decode(body):
            self._made.append(_READERS[node[0]](self, *node[1:]))
        self.content = self._made[-1]

    def _optional(self, number: int | None) -> Any:
        return None if number is None or number < 0 else self._made[number]

    def _value(  # noqa: PLR0913, PLR0917 - the parts of a value
        self, constants: Any, prefix: str, suffix: str, taint: int, sites: Any, kind: Any, facts: Any, origin: Any,
        without: Any, copied: Any,
    ) -> Value:  # fmt: skip
        made = self._made
        value = Value(
            constants=None if constants is None else frozenset((type(each), each) for each in constants),
            prefix=prefix,
            suffix=suffix,
            taint=CLEAN if taint < 0 else made[taint],
            sites=tuple(made[site] for site in sites),
            kind=kind,
            facts=tuple(made[fact] for fact in facts),
            origin=None if origin is None else (origin[0], made[origin[1]]),
            without=frozenset(without),
        )
        value.copied = self._optional(copied)
        self.new.append(value)
        return value

    def _taint(self, *parts: int) -> Taint:
        made = self._made
        return {made[parts[place]]: made[parts[place + 1]] for place in range(0, len(parts), 2)}

    def _frame(self) -> int:
        number = self._code.new_frame()
        self.new.append(number)
        return number

    def _function(self, *parts: Any) -> FunctionSite:
        home, start, qualified, head, form, frames, owner, receiver = parts
        found = tuple(self._framed(frame, bound) for frame, bound in frames)
        inner = self._optional(owner), self._optional(receiver)
        return self._code.function(home, (start, qualified), head, form)(found, *inner)

    def _framed(self, frame: int, bound: list[str] | None) -> tuple[int, frozenset[str]]:
        return self._made[frame] if bound is None else (self._made[frame], frozenset(bound))

    def _class(self, *parts: Any) -> ClassSite:
        home, start, qualified, form, bases = parts
        return self._code.class_of(home, (start, qualified), form, tuple(self._made[base] for base in bases))

    def _cells(self, cells: Any) -> dict[Any, Value]:
        return {key_of(key): self._made[value] for key, value in cells}

    def _summary(self, head: Any, ends: Any, heap: Any, variables: Any, hits: Any, proofs: Any) -> Summary:
        made = self._made
        name, is_default, met = head
        return Summary(
            name=name,
            returns=self._optional(ends[0]),
            raises=self._optional(ends[1]),
            heap={made[site]: self._cells(held) for site, held in heap},
            variables={made[frame]: self._cells(held) for frame, held in variables},
            hits=[
                Hit(made[label], made[mark], mask, tuple(kinds), Sink(*sink))
                for label, mark, mask, kinds, *sink in hits
            ],
            proofs=tuple(
                Proof(made[label], on, clears, None if held is None else frozenset((type(each), each) for each in held))
                for label, on, clears, held in proofs
            ),
            is_default=is_default,
            met=met,
        )


def key_of(key: Any) -> Any:
    """A key as it was written."""
    return tuple(key_of(each) for each in key) if isinstance(key, list) else key


_READERS: dict[int, Callable[..., Any]] = {
    _ALONE_NODE: lambda _, number: _ALONE[number],
    _AT: lambda made, digest, number: made._at(digest, number),  # noqa: SLF001 - its own reader
    _VALUE: Recalled._value,  # noqa: SLF001
    _FACT: lambda made, on, value, narrowed: Fact(on, made._made[value], made._made[narrowed]),  # noqa: SLF001
    _TAINT: Recalled._taint,  # noqa: SLF001
    _LABEL: lambda _, kind, path, unit, start, function, index, keys: Label(
        kind, (path, unit, start), function=function, index=index, keys=key_of(keys)
    ),
    _MARK: lambda made, mask, sets, sure, trace: Mark(mask, sets, sure, made._optional(trace)),  # noqa: SLF001
    _TRACE: lambda made, before, path, start, end, note: Trace(made._optional(before), path, start, end, note),  # noqa: SLF001
    _LIBRARY: lambda _, name: Library(name),
    _OBJECT: lambda made, key, shape, kind, many: Object(key_of(key), shape, made._optional(kind), many),  # noqa: SLF001
    _PARAMETER: lambda _, function, index, keys: Parameter(function, index, key_of(keys)),
    _FUNCTION: Recalled._function,  # noqa: SLF001
    _CLASS: Recalled._class,  # noqa: SLF001
    _MODULE: lambda _, path: ModuleSite(path),
    _RESOLVER: lambda made, promise: Resolver(made._made[promise]),  # noqa: SLF001
    _FRAME_OF: lambda made, path: made._code.frame_of(path),  # noqa: SLF001
    _FRAME: Recalled._frame,  # noqa: SLF001
    _SUMMARY: Recalled._summary,  # noqa: SLF001
    _OUTLINES: lambda _, told: _outlines.decode(told),
    _TUPLE: lambda made, parts: tuple(made._made[part] for part in parts),  # noqa: SLF001
    _PLAIN: lambda _, content: key_of(content),
    _ROW: lambda made, *name: made._code.row_of(*name),  # noqa: SLF001
}
