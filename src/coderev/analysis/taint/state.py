"""What is known at one point of a program: variables, the heap, and what guards have shown. Copied on write."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeVar

from coderev.analysis.taint.contexts import EVERY
from coderev.analysis.taint.value import MAX_PATH, STAR, UNKNOWN, Fact, Key, Label, Mark, Parameter, Site, Value, join

_K = TypeVar("_K", bound=Key)
_N = TypeVar("_N")
_V = TypeVar("_V")
_Heap = dict[Site, dict[Key, Value]]
_NOTHING: dict[Key, Value] = {}
MOST_SHOWN = 64  # narrowed values, before a variable does not tell any more which way was taken
LENGTH = "#length"  # the key of how many elements a sequence has, where that is known


class State:
    """The variables of each frame, the cells of each site, and the values that guards have narrowed.

    A fork shares all of it until one of the two writes. `narrowed` maps the identity of a value to the value and what
    is left of it: a guard is about a value, so its copies are guarded too, and a variable that is assigned anew is not.
    """

    __slots__ = ("escaped", "frames", "heap", "narrowed", "owned")

    def __init__(self) -> None:
        self.frames: dict[int, dict[str, Value]] = {}
        self.heap: _Heap = {}
        self.narrowed: dict[int, tuple[Value, Value]] = {}
        self.escaped: frozenset[Site] = frozenset()
        self.owned: set[int | Site | None] = set()  # frames, sites, and None for the heap

    def fork(self) -> "State":
        """Another state that is equal now."""
        other = State.__new__(State)
        other.frames, other.heap = dict(self.frames), self.heap
        other.narrowed, other.escaped = self.narrowed, self.escaped
        other.owned = set()
        self.owned = set()
        return other

    def take(self, other: "State") -> None:
        """Become what another state is."""
        self.frames, self.heap, self.narrowed, self.escaped = other.frames, other.heap, other.narrowed, other.escaped
        self.owned = set()

    def enter(self, frame: int) -> None:
        """Begin a frame without variables."""
        self.frames[frame] = {}
        self.owned.add(frame)

    def variable(self, frame: int, name: str) -> Value | None:
        """What a variable holds, less what guards have shown."""
        found = self.frames.get(frame, {}).get(name)
        return found if found is None or not self.narrowed else self.seen(found)

    def assign(self, frame: int, name: str, value: Value) -> None:
        """Let a variable hold a value."""
        if frame not in self.owned:
            self.frames[frame] = dict(self.frames.get(frame, {}))
            self.owned.add(frame)
        self.frames[frame][name] = value

    def cell(self, site: Site, key: Key) -> Value | None:
        """What a cell of the heap holds."""
        found = self.heap.get(site, _NOTHING).get(key)
        return found if found is None or not self.narrowed else self.seen(found)

    def put(self, site: Site, key: Key, value: Value) -> None:
        """Overwrite a cell."""
        self._own(site)[key] = value

    def add(self, site: Site, key: Key, value: Value) -> None:
        """Let a cell hold a value as well."""
        cells = self._own(site)
        before = cells.get(key)
        cells[key] = value if before is None else join(before, value)

    def drop(self, site: Site, key: Key) -> None:
        """Forget a cell."""
        self._own(site).pop(key, None)

    def forget(self, site: Site) -> None:
        """Begin a site anew: what is made here is another object than the one that was made here before."""
        if site in self.heap:
            self._own(site).clear()

    def cells(self, site: Site) -> dict[Key, Value]:
        """All cells of a site, in the order of their first store; not to be changed."""
        return self.heap.get(site, _NOTHING)

    def seen(self, value: Value) -> Value:
        """A value, less what guards have shown of it."""
        while (found := self.narrowed.get(id(value))) is not None:
            value = found[1]
        return value

    def narrow(self, value: Value, narrowed: Value) -> None:
        """Know more of a value from here on, besides what was known of it before."""
        seen = self.seen(value)
        if seen is not value:
            value, narrowed = seen, _both_known(seen, narrowed)
        if value is not narrowed and id(narrowed) not in self._chain(value):
            self.narrowed = {**self.narrowed, id(value): (value, narrowed)}

    def _chain(self, value: Value) -> set[int]:
        found = {id(value)}
        while (after := self.narrowed.get(id(value))) is not None:
            value = after[1]
            found.add(id(value))
        return found

    def escape(self, sites: Iterable[Site]) -> None:
        """Code that nobody knows may write to these from now on."""
        self.escaped |= frozenset(sites)

    def _own(self, site: Site) -> dict[Key, Value]:
        if None not in self.owned:
            self.heap = dict(self.heap)
            self.owned.add(None)
        if site not in self.owned:
            self.heap[site] = dict(self.heap.get(site, _NOTHING))
            self.owned.add(site)
        return self.heap[site]


def _both_known(one: Value, other: Value) -> Value:
    """What is left of a value of which two things are known."""
    if one.constants is not None or not one.taint:
        return one
    if other.constants is not None or not other.taint:
        return other
    left = {
        label: Mark(mark.mask & also.mask, mark.sets & also.sets, mark.sure, mark.trace)
        for label, mark in one.taint.items()
        if (also := other.taint.get(label)) is not None and mark.mask & also.mask
    }
    return one.but(taint=left)


class Seen:
    """What is known wherever any of some states was that follow each other: what stayed is not joined again."""

    __slots__ = ("_last", "state")

    def __init__(self, first: State) -> None:
        self.state: State | None = first
        self._last = first

    def add(self, state: State) -> None:
        """One more state; it must not be changed from here on, but by way of a fork."""
        if self._is_as_before(state):
            return
        last, known = self._last, self.state
        here = self._last = state.fork()
        if known is None or known is last or here.narrowed is not last.narrowed:
            self.state = joined(known, here)
            return
        for frame, held in here.frames.items():
            mine: dict[str, Value] | None = known.frames.get(frame)
            if mine is held or last.frames.get(frame) is held:
                continue
            known.frames[frame] = _joined_cells(None, known, mine, here, held)
        known.heap = dict(known.heap)
        for site, _, stored in differing(last.heap, here.heap):
            known.heap[site] = _joined_cells(site, known, known.heap.get(site), here, stored)
        known.escaped |= here.escaped
        known.owned = set()

    def _is_as_before(self, state: State) -> bool:
        last = self._last
        return (
            state.heap is last.heap
            and state.narrowed is last.narrowed
            and state.escaped is last.escaped
            and len(state.frames) == len(last.frames)
            and all(last.frames.get(frame) is held for frame, held in state.frames.items())
        )


def joined(one: State | None, other: State | None) -> State | None:
    """What is known where either came from; None is a place that is not reached."""
    if one is None or one is other:
        return other
    if other is None:
        return one
    both = State.__new__(State)
    both.frames = dict(one.frames)
    for frame, held in other.frames.items():
        mine = one.frames.get(frame)
        if mine is not held:
            both.frames[frame] = _joined_cells(None, one, mine, other, held)
    both.heap = one.heap if one.heap is other.heap else _joined_heap(one, other)
    both.narrowed = _joined_narrowed(one, other)
    both.escaped = one.escaped | other.escaped
    both.owned = set()
    one.owned, other.owned = set(), set()
    return both


def joined_all(states: Iterable[State | None]) -> State | None:
    """What is known where any of them came from."""
    found: State | None = None
    for state in states:
        found = joined(found, state)
    return found


def _joined_heap(one: State, other: State) -> _Heap:
    both = dict(one.heap)
    for site, mine, held in differing(one.heap, other.heap):
        both[site] = _joined_cells(site, one, mine, other, held)
    return both


def differing(one: Mapping[_N, _V], other: Mapping[_N, _V]) -> Iterator[tuple[_N, _V | None, _V]]:
    """The entries of the second that the first does not share, each with what the first has there.

    Both are mostly copies of one mapping, so their entries stand in one order: nothing is looked up before they part.
    """
    theirs = iter(other.items())
    for (name, mine), (key, held) in zip(one.items(), theirs, strict=False):
        if key is not name:
            theirs = chain([(key, held)], theirs)
            break
        if mine is not held:
            yield name, mine, held
    for key, held in theirs:
        found = one.get(key)
        if found is not held:
            yield key, found, held


def _joined_cells(
    site: Site | None, one: State, mine: dict[_K, Value] | None, other: State, yours: dict[_K, Value] | None
) -> dict[_K, Value]:
    """The variables of a frame, or the cells of a site, each less what the guards of its side have shown."""
    if mine is None or yours is None or mine is yours:
        return mine if mine is not None else yours or {}
    both = dict(mine)
    for key, here, value in differing(mine, yours):
        seen = other.seen(value)
        if here is None:
            both[key] = _with_absent(site, key, seen, (one, mine))
            continue
        both[key] = join(one.seen(here), seen)
        if site is None and (here.constants or seen.constants) and len(one.narrowed) + len(other.narrowed) < MOST_SHOWN:
            both[key] = _flag(both[key], ((one, one.seen(here)), (other, seen)))
    if site is not None:
        for key, value in mine.items():
            if key not in yours:
                both[key] = _with_absent(site, key, one.seen(value), (other, yours))
    return both


def _flag(value: Value, ways: tuple[tuple[State, Value], tuple[State, Value]]) -> Value:
    """A variable that tells which way was taken, such as `ok`: what guards have shown on that way, it proves."""
    facts: list[Fact] = []
    (_, one), (_, other) = ways
    if one.truth() == other.truth() or any(each.truth() is None and each.kind != "boolean" for each in (one, other)):
        return value
    for on in (True, False):
        possible = [number for number, (_, held) in enumerate(ways) if held.truth() in (on, None)]
        if len(possible) != 1:
            continue
        state, held = ways[possible[0]]
        elsewhere = ways[1 - possible[0]][0].narrowed
        facts += (fact for fact in held.facts if fact.on == on)
        facts += (
            Fact(on, seen, state.seen(narrowed))
            for name, (seen, narrowed) in state.narrowed.items()
            if elsewhere.get(name, (seen, None))[1] is not narrowed
        )
    return value.but(facts=tuple(facts)) if facts else value


def _with_absent(site: Site | None, key: Key, value: Value, there: tuple[State, Mapping[_K, Value]]) -> Value:
    """What one side lacks, with what would be read there; a variable that one side lacks is not used there."""
    if site is None:
        return value
    if isinstance(site, Parameter):
        return join(value, symbolic(Parameter(site.function, site.index, (*site.keys, key))))
    if key == LENGTH:
        return UNKNOWN
    state, held_there = there
    unknown = next((held for name, held in held_there.items() if name == STAR), None)
    return value if unknown is None or key == STAR else join(value, state.seen(unknown))


def _joined_narrowed(one: State, other: State) -> dict[int, tuple[Value, Value]]:
    """What both sides know; where they know different things, the join of these."""
    if one.narrowed is other.narrowed:
        return one.narrowed
    both: dict[int, tuple[Value, Value]] = {}
    for name, (value, narrowed) in one.narrowed.items():
        theirs = other.narrowed.get(name)
        if theirs is not None:
            both[name] = (value, narrowed if narrowed is theirs[1] else join(one.seen(narrowed), other.seen(theirs[1])))
    return both


def symbolic(site: Parameter) -> Value:
    """What a parameter, or what it holds under some keys, brings in: all that the caller hands over."""
    keys = site.keys[:MAX_PATH]
    label = Label("parameter", function=site.function, index=site.index, keys=keys)
    return Value(taint={label: Mark(EVERY)}, sites=(Parameter(site.function, site.index, keys),))
