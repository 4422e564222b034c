"""What a variable may hold: constants, a known beginning and end, taint, sites, and what a test of it would prove.

Values never change; equal values may be different objects, and that is used: a guard is about one value, wherever it
was copied to (`State.narrowed`). The empty value knows nothing and is clean.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

import msgspec

from coderev.analysis.taint.contexts import EVERY
from coderev.analysis.taint.form import Binding, Class, Expression, Function
from coderev.analysis.taint.form import Parameter as FormParameter

MAX_CONSTANTS = 8
MAX_SITES = 4
MAX_LABELS = 8  # of one value, before paths into parameters are cut short
MAX_AFFIX = 200  # characters of a known beginning or end
SIZES = (250, 600, 3_000)  # bytes of functions, by which they are ranked
MAX_PATH = 3  # keys into a parameter
FADING = ("secret", "weak-random")  # kinds of sources: a tunnel that a password opened is no password

Scalar = str | bytes | int | float | bool | None
Kind = Literal["text", "number", "boolean", "nothing"]
Key = str | int | tuple[object, ...]
STAR = "*"  # the key of elements whose keys nobody knows
ASTERISK: Key = ("text", STAR)  # the key of the element whose key is this text


class Trace(msgspec.Struct, frozen=True, gc=False):
    """The last step of a value on its way, and the steps before it."""

    before: "Trace | None"
    path: str
    start: int
    end: int
    note: str


class Label:
    """Where taint comes from: a source in the code, or a parameter of the function under summary.

    Of a source `kind` is one of KINDS and `place` is (path, unit, first byte); of a parameter `index` and `keys` say
    which, and `function` whose.
    """

    __slots__ = ("_hash", "function", "index", "keys", "kind", "place")

    def __init__(
        self,
        kind: str,
        place: tuple[str, str, int] = ("", "", 0),
        *,
        function: str = "",
        index: int = -1,
        keys: tuple[Key, ...] = (),
    ) -> None:
        self.kind, self.place, self.function, self.index, self.keys = kind, place, function, index, keys
        self._hash = hash((kind, place, function, index, keys))

    def __eq__(self, other: object) -> bool:
        """By all of it."""
        return self is other or (
            isinstance(other, Label)
            and self._hash == other._hash
            and self.kind == other.kind
            and self.place == other.place
            and self.index == other.index
            and self.keys == other.keys
            and self.function == other.function
        )

    def __hash__(self) -> int:
        """By all of it."""
        return self._hash

    def __repr__(self) -> str:
        """For people who debug."""
        return f"Label({self.kind!r}, {self.place!r}, {self.function!r}, {self.index}, {self.keys!r})"


class Mark(msgspec.Struct, frozen=True, gc=False):
    """How dangerous a label still is: the contexts of `mask`, of which those in `sets` whatever came in.

    For a parameter, what comes in with mask m goes out with (m & mask) | sets. `sure`: every step is known.
    """

    mask: int
    sets: int = 0
    sure: bool = True
    trace: Trace | None = None


Taint = dict[Label, Mark]
CLEAN: Taint = {}


class Library(msgspec.Struct, frozen=True, gc=False):
    """Something that the packs may know, by its canonical name."""

    name: str


class Object:
    """What one place of the code allocates. `key` tells sites apart; `many`: made in a loop, so never overwritten.

    The hash is computed once: sites are looked up far more often than made.
    """

    __slots__ = ("_hash", "key", "many", "shape", "type")

    def __init__(
        self,
        key: tuple[object, ...],
        shape: Literal["list", "tuple", "set", "dict", "instance", "module"],
        type: "ClassSite | FunctionSite | Library | None" = None,  # noqa: A002 - it is one
        many: bool = False,  # noqa: FBT001, FBT002 - the last of four
    ) -> None:
        self.key, self.shape, self.type, self.many = key, shape, type, many
        self._hash = hash(key)

    def __eq__(self, other: object) -> bool:
        """By its place, and what stands there."""
        if self is other:
            return True
        return (
            isinstance(other, Object)
            and self._hash == other._hash
            and self.key == other.key
            and self.shape == other.shape
            and self.type == other.type
        )

    def __hash__(self) -> int:
        """By its place alone."""
        return self._hash

    def __repr__(self) -> str:
        """For people who debug."""
        return f"Object({self.key!r}, {self.shape!r}, {self.type!r})"


class Parameter:
    """What a parameter of the function under summary refers to, or what that holds under some keys."""

    __slots__ = ("_hash", "function", "index", "keys")

    def __init__(self, function: str, index: int, keys: tuple[Key, ...] = ()) -> None:
        self.function, self.index, self.keys = function, index, keys
        self._hash = hash((function, index, keys))

    def __eq__(self, other: object) -> bool:
        """By all of it."""
        return self is other or (
            isinstance(other, Parameter)
            and self._hash == other._hash
            and self.index == other.index
            and self.keys == other.keys
            and self.function == other.function
        )

    def __hash__(self) -> int:
        """By all of it."""
        return self._hash

    def __repr__(self) -> str:
        """For people who debug."""
        return f"Parameter({self.function!r}, {self.index}, {self.keys!r})"


class FunctionSite:
    """A function of the project, with the frames around it, perhaps bound to a receiver. Same place, same site."""

    __slots__ = ("frames", "function", "home", "identity", "owner", "receiver")

    def __init__(
        self,
        function: Function,
        home: str,
        frames: "Frames",
        owner: "ClassSite | None" = None,
        receiver: "Value | None" = None,
    ) -> None:
        self.function, self.home, self.frames = function, home, frames
        self.owner, self.receiver = owner, receiver
        self.identity = (home, function.start, function.qualified, receiver is not None)

    @property
    def binding(self) -> Binding:
        """What its first parameter is."""
        return self.function.binding

    @property
    def name(self) -> str:
        """What it is called."""
        return self.function.name

    @property
    def parameters(self) -> tuple[FormParameter, ...]:
        """Its parameters; what they default to is asked for by `default`."""
        return self.function.parameters

    def default(self, parameter: FormParameter) -> Expression:
        """What one of its parameters is where nothing is given for it, which has such."""
        found = next(each.default for each in self.function.parameters if each.name == parameter.name)
        assert found is not None  # noqa: S101 - as the caller knows
        return found

    @property
    def takes_all(self) -> bool:
        """Whether it uses all its arguments under JavaScript's name for them."""
        return "arguments" in self.function.mentions

    @property
    def is_getter(self) -> bool:
        """Whether reading it calls it."""
        return self.function.accessor == "get"

    @property
    def rank(self) -> int:
        """Which of the SIZES its code exceeds: the number of these."""
        size = self.function.end - self.function.start
        return sum(size > limit for limit in SIZES)

    @property
    def owner_is_script(self) -> bool:
        """Whether the receiver is `this`, which is no parameter."""
        return not self.home.endswith((".py", ".pyi", ".pyw"))

    @property
    def walk(self) -> tuple[object, ...]:
        """Which function it is, and in a function which walk of that defined it."""
        return (*self.identity[:3], self.frames[0][0] if len(self.frames) > 1 else 0)

    def bound(self, receiver: "Value") -> "FunctionSite":
        """The same function with its receiver."""
        return FunctionSite(self.function, self.home, self.frames, self.owner, receiver)

    def __eq__(self, other: object) -> bool:
        """By place, and by the receiver itself."""
        return isinstance(other, FunctionSite) and self.identity == other.identity and self.receiver is other.receiver

    def __hash__(self) -> int:
        """By place."""
        return hash(self.identity)


class ClassSite:
    """A class of the project: its methods and attributes are cells of the site itself."""

    __slots__ = ("bases", "definition", "home", "identity")

    def __init__(self, definition: Class, home: str, bases: "tuple[Value, ...]") -> None:
        self.definition, self.home, self.bases = definition, home, bases
        self.identity = (home, definition.start, definition.qualified)

    def __eq__(self, other: object) -> bool:
        """By place."""
        return isinstance(other, ClassSite) and self.identity == other.identity

    def __hash__(self) -> int:
        """By place."""
        return hash(self.identity)


class ModuleSite(msgspec.Struct, frozen=True, gc=False):
    """A file of the project."""

    path: str


class Resolver(msgspec.Struct, frozen=True):
    """`resolve` of a promise: what it is called with becomes the promise's value."""

    promise: Object


Frames = tuple[tuple[int, frozenset[str]], ...]  # innermost first, each with the names that are bound in it
Site = Library | Object | Parameter | FunctionSite | ClassSite | ModuleSite | Resolver


class Fact(msgspec.Struct, frozen=True):
    """If a test comes out as `on`, then what `value` holds is `narrowed`."""

    on: bool
    value: "Value"
    narrowed: "Value"


class Value:
    """What is known of what a variable holds; see the module.

    `constants`: every value that it can be, as (type, value), or None where that is not known. `origin` is how it was
    got from another value that a test of this one also tells of, such as the `host` of a URL. `without` are characters
    that were all taken out of the text. `copied`: another value that is the same, on which its tests tell as much.
    """

    __slots__ = ("constants", "copied", "facts", "kind", "origin", "prefix", "sites", "suffix", "taint", "without")

    def __init__(  # noqa: PLR0913 - the parts of a value, all by name
        self,
        *,
        constants: frozenset[tuple[type, Scalar]] | None = None,
        prefix: str = "",
        suffix: str = "",
        taint: Taint = CLEAN,
        sites: tuple[Site, ...] = (),
        kind: Kind | None = None,
        facts: tuple[Fact, ...] = (),
        origin: "tuple[str, Value] | None" = None,
        without: frozenset[int] = frozenset(),
    ) -> None:
        self.constants, self.prefix, self.suffix = constants, prefix, suffix
        self.taint, self.sites, self.kind = taint, sites, kind
        self.facts, self.origin, self.without = facts, origin, without
        self.copied: Value | None = None

    def but(self, **changes: object) -> "Value":
        """Another value that differs in some parts."""
        made = Value.__new__(Value)
        made.constants, made.prefix, made.suffix = self.constants, self.prefix, self.suffix
        made.taint, made.sites, made.kind = self.taint, self.sites, self.kind
        made.facts, made.origin, made.without = self.facts, self.origin, self.without
        made.copied = self.copied
        for name, part in changes.items():
            setattr(made, name, part)
        return made

    @property
    def same(self) -> "Value | None":
        """The value that it is a copy of, or was made from without a change that matters to a test."""
        return self.copied or (self.origin[1] if self.origin is not None and self.origin[0] == "same" else None)

    @property
    def literals(self) -> tuple[Scalar, ...]:
        """The constants without their types, in a stable order; empty where they are not known."""
        return tuple(value for _, value in sorted(self.constants, key=repr)) if self.constants is not None else ()

    @property
    def literal(self) -> Scalar | None:
        """The one constant; None also where there are more or none."""
        return next(iter(self.constants))[1] if self.constants is not None and len(self.constants) == 1 else None

    @property
    def text(self) -> str | None:
        """The one constant, if it is text."""
        found = self.literal
        return found if isinstance(found, str) else None

    @property
    def begins(self) -> str:
        """The known beginning, a constant's own text included."""
        return self.text or self.prefix

    @property
    def ends(self) -> str:
        """The known end."""
        return self.text or self.suffix

    @property
    def names(self) -> tuple[str, ...]:
        """The library names that it may stand for."""
        return tuple(site.name for site in self.sites if isinstance(site, Library))

    @property
    def is_known(self) -> bool:
        """Whether all that it can be is in its constants and sites."""
        return self.constants is not None

    def truth(self) -> bool | None:
        """Whether it is true in a test; None where that is open."""
        if self.constants:
            answers = {bool(value) for _, value in self.constants}
            return answers.pop() if len(answers) == 1 and not self.sites else None
        return True if self.sites and all(isinstance(site, FunctionSite | ClassSite) for site in self.sites) else None


UNKNOWN = Value()
NUMBER = Value(kind="number")
BOOLEAN = Value(kind="boolean")


def constant(value: Scalar) -> Value:
    """The value of a literal."""
    return Value(constants=frozenset({(type(value), value)}), kind=kind_of(value))


def constants(values: Iterable[Scalar]) -> Value:
    """One of some literals, or text or numbers where there are too many."""
    found = frozenset((type(value), value) for value in values)
    kinds = {kind_of(value) for _, value in found}
    kind = kinds.pop() if len(kinds) == 1 else None
    return Value(constants=found if 0 < len(found) <= MAX_CONSTANTS else None, kind=kind)


def kind_of(value: Scalar) -> Kind:
    """What sort of literal it is."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str | bytes):
        return "text"
    return "nothing" if value is None else "number"


def named(name: str, taint: Taint = CLEAN) -> Value:
    """Something of the library."""
    return Value(sites=(Library(name),), taint=taint)


def at(*sites: Site) -> Value:
    """What refers to some sites."""
    return Value(sites=sites)


def join(one: Value, other: Value) -> Value:
    """What may be either."""
    if one is other:
        return one
    if (
        one.constants is None
        and not other.sites
        and one.kind is None
        and not one.prefix
        and not one.suffix
        and not one.facts
        and one.origin is None
        and one.copied is None
        and not one.without
        and (not other.taint or union(one.taint, other.taint) is one.taint)
    ):
        return one
    joined = Value.__new__(Value)
    joined.constants = _either(one.constants, other.constants)
    joined.prefix = joined.suffix = ""
    if joined.constants is None and (one.prefix or one.constants) and (other.prefix or other.constants):
        joined.prefix = _shared(one.begins, other.begins)
    if joined.constants is None and (one.suffix or one.constants) and (other.suffix or other.constants):
        joined.suffix = _shared(one.ends[::-1], other.ends[::-1])[::-1]
    joined.taint = union(one.taint, other.taint)
    joined.sites = _both(one.sites, other.sites)
    joined.kind = one.kind if one.kind == other.kind else None
    joined.facts = one.facts if one.facts == other.facts else ()
    joined.origin = _origin(one, other)
    joined.without = one.without & other.without
    joined.copied = one.copied if one.copied is other.copied else None
    return joined


def join_all(values: Iterable[Value]) -> Value:
    """What may be any of them; of none nothing is known."""
    found: Value | None = None
    for value in values:
        found = value if found is None else join(found, value)
    return found or UNKNOWN


def union(one: Taint, other: Taint) -> Taint:
    """Each label as dangerous as in either, by the trace of the first."""
    if one is other or not other:
        return one
    if not one:
        return other
    if len(other) <= len(one) and _covers(one, other):
        return one
    joined = dict(one)
    for label, mark in other.items():
        mine = joined.get(label)
        joined[label] = mark if mine is None else _stronger(mine, mark)
    return _widened(joined) if len(joined) > MAX_LABELS else joined


def _covers(one: Taint, other: Taint) -> bool:
    """Whether nothing of the other is more than what is there."""
    for label, mark in other.items():
        mine = one.get(label)
        if mine is None or mark.mask & ~mine.mask or mark.sets & ~mine.sets or (mark.sure and not mine.sure):
            return False
    return True


def _widened(taint: Taint) -> Taint:
    """Fewer labels that say more: what a parameter holds under some keys becomes all that it holds."""
    length = MAX_PATH - 1
    while length and len({_cut(label, length) for label in taint}) > MAX_LABELS:
        length -= 1
    wide: Taint = {}
    for label, mark in taint.items():
        name = _cut(label, length)
        mine = wide.get(name)
        wide[name] = mark if mine is None else _stronger(mine, mark)
    return wide


@lru_cache(maxsize=1 << 16)
def _cut(label: Label, length: int) -> Label:
    if len(label.keys) <= length:
        return label
    return Label(label.kind, label.place, function=label.function, index=label.index, keys=label.keys[:length])


def _stronger(one: Mark, other: Mark) -> Mark:
    mask, sets = one.mask | other.mask, one.sets | other.sets
    if (mask, sets) == (one.mask, one.sets) and one.sure:
        return one
    return Mark(mask, sets, one.sure or other.sure, one.trace if one.sure or not other.sure else other.trace)


def is_real(taint: Taint) -> bool:
    """Whether some of it comes from a source, and not only from a parameter."""
    return any(label.kind != "parameter" for label in taint)


def cleaned(taint: Taint, contexts: int) -> Taint:
    """Taint that some contexts need not fear any more."""
    if not taint:
        return taint
    keep = EVERY & ~contexts
    kept = {
        label: Mark(mark.mask & keep, mark.sets & keep, mark.sure, mark.trace)
        for label, mark in taint.items()
        if mark.mask & keep
    }
    return kept or CLEAN


def set_again(taint: Taint, contexts: int) -> Taint:
    """Taint after a decoder: some contexts must fear it again."""
    return {
        label: Mark(mark.mask | contexts, mark.sets | contexts, mark.sure, mark.trace) for label, mark in taint.items()
    }


def unsure(taint: Taint) -> Taint:
    """Taint that took a step which nobody knows. What matters only while it is that very text fades at the second."""
    return {
        label: Mark(mark.mask, mark.sets, False, mark.trace)  # noqa: FBT003 - sure
        for label, mark in taint.items()
        if mark.sure or label.kind not in FADING
    }


def stepped(taint: Taint, where: tuple[str, int, int], note: str) -> Taint:
    """Taint that took one more step worth telling."""
    path, start, end = where
    return {
        label: Mark(mark.mask, mark.sets, mark.sure, Trace(mark.trace, path, start, end, note))
        for label, mark in taint.items()
    }


def steps(trace: Trace | None) -> Iterator[Trace]:
    """The steps from the source on."""
    found = []
    while trace is not None:
        found.append(trace)
        trace = trace.before
    return reversed(found)


_OF_ONE_WAY = ("there", "missing", "judged", "same")  # what a test has shown (`races`), and copies


def _origin(one: Value, other: Value) -> "tuple[str, Value] | None":
    """How both were got; a literal in the place of one (`url.host or ""`) does not hide how the other was."""
    if one.origin == other.origin:
        return one.origin
    if any(each.origin is not None and each.origin[0] in _OF_ONE_WAY for each in (one, other)):
        return None
    if other.is_known:
        return one.origin
    if one.origin is not None and other.origin is not None and one.origin[0] == other.origin[0]:
        return one.origin if not other.origin[1].taint else other.origin if not one.origin[1].taint else None
    return other.origin if one.is_known else None


def _either(
    one: frozenset[tuple[type, Scalar]] | None, other: frozenset[tuple[type, Scalar]] | None
) -> frozenset[tuple[type, Scalar]] | None:
    if one is None or other is None:
        return None
    both = one | other
    return both if len(both) <= MAX_CONSTANTS else None


def _shared(one: str, other: str) -> str:
    length = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        length += 1
    return one[:length]


def _both(one: tuple[Site, ...], other: tuple[Site, ...]) -> tuple[Site, ...]:
    if one == other or not other:
        return one
    merged = dict.fromkeys((*one, *other))
    return tuple(merged)[:MAX_SITES]
