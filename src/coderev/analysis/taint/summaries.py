"""Summaries: what a function does with its parameters, found once and applied wherever it is called.

A summary is the function's walk with symbolic parameters: what it returns, what it stores where, which sinks a
parameter reaches, and what a normal, a true or a false return proves. Applying it puts what is given in their place.
"""

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.contexts import BIT, EVERY, MASK
from coderev.analysis.taint.decorating import annotated, leftover
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import any_element, cells, load, put, reaching
from coderev.analysis.taint.root import Hit
from coderev.analysis.taint.run import DEEPEST, Run, Unreachable
from coderev.analysis.taint.shared import Walked, gives
from coderev.analysis.taint.state import LENGTH, State, joined_all, symbolic
from coderev.analysis.taint.value import (
    CLEAN,
    FADING,
    MAX_PATH,
    STAR,
    UNKNOWN,
    Fact,
    FunctionSite,
    Key,
    Label,
    Library,
    Mark,
    Object,
    Parameter,
    Resolver,
    Site,
    Taint,
    Trace,
    Value,
    cleaned,
    join,
    join_all,
    steps,
    union,
    unsure,
)

if TYPE_CHECKING:
    from coderev.analysis.taint.project import Project

CONTAINER = BIT["container"]
ROUNDS = 4  # of a recursive function, before the default
CHAIN = 40  # functions that are summed up inside of one another
DEEP = DEEPEST * 3 // 4  # levels of their code: below these there is room for all that one function nests
TRIES = 2  # to sum a function up again, once what was put off is known
MAX_KEPT = 40  # objects that a summary hands to its caller
MAX_CELLS = 64  # of one of them
MAX_WRITTEN = 32  # tainted places that a summary writes, before they are told apart no more
DEEPEST_KEY = 8  # calls that hand on what one of them made, before they are told apart no more
MAX_TOLD = 24  # steps inside a callee, the first and the last of them


class Proof(msgspec.Struct, frozen=True):
    """What a return proves of a parameter: contexts that need not fear it, or the constants that it is.

    `on` None: any normal return.
    """

    label: Label
    on: bool | None
    clears: int
    constants: frozenset[tuple[type, object]] | None = None


class Summary(msgspec.Struct):
    """What a function does; see the module. `returns` None: it never returns."""

    name: str
    returns: Value | None = None
    heap: dict[Site, dict[Key, Value]] = {}
    variables: dict[int, dict[str, Value]] = {}
    hits: list[Hit] = []
    proofs: tuple[Proof, ...] = ()
    raises: Value | None = None
    is_default: bool = False  # recursion or a budget: all that goes in may come out
    met: bool = False  # a source, in it or in what it calls


def summary_of(project: "Project", site: FunctionSite) -> Summary:
    """The summary of a function, made when first asked for.

    A chain of more than CHAIN calls, or of fewer that stand deep in each other's code, is summed up from its far end:
    what is too far is put off, summed up for itself, and what was made without it is made again.
    """
    name = site.identity[:3]
    shared = project.shared
    if not shared.is_noted("summary", name):
        if len(project.under_way) >= CHAIN or (project.under_way and project.depth >= DEEP):
            shared.spoil()
            shared.asked(name, "summary", name)
            project.put_off[name] = site
            project.made_without |= project.under_way.keys()
            return Summary(name=function_name(site), is_default=True)
        make(project, site)
    elif name in project.under_way:
        shared.mark("recursive", name)
    shared.asked(name, "summary", name)
    return shared.noted("summary", name)  # type: ignore[return-value]


def known_summary(project: "Project", site: FunctionSite) -> Summary | None:
    """The summary of a function, if it was made."""
    return project.shared.noted("summary", site.identity[:3])  # type: ignore[return-value]


def sum_up(project: "Project", name: Walked) -> Summary:
    """The summary of a function of a module, or of a class of one, by its identity."""
    if not project.shared.is_noted("summary", name):
        remake(project, name)
    return project.shared.noted("summary", name)  # type: ignore[return-value]


def remake(project: "Project", name: Walked) -> None:
    """Sum a function up that is known by its identity only."""
    site = project.top(name)
    assert site is not None  # noqa: S101 - it was defined
    make(project, site)


def make(project: "Project", site: FunctionSite) -> None:
    """Sum a function up, and what had to be put off for it."""
    if project.under_way:
        _make(project, site)
    else:
        _from_the_end(project, site)


def _from_the_end(project: "Project", site: FunctionSite) -> None:
    waiting = [site]
    tries: Counter[tuple[object, ...]] = Counter()
    while waiting:
        each = waiting[-1]
        name = each.identity[:3]
        project.put_off.clear()
        project.made_without.clear()
        if not project.shared.is_noted("summary", name):
            _make(project, each)
        later = [put for put in project.put_off.values() if tries[put.identity[:3]] < TRIES]
        tries[name] += 1
        if not later or tries[name] > TRIES:
            waiting.pop()
            continue
        for unfinished in project.made_without:
            project.shared.note("summary", unfinished, None)
        waiting += later
    if not project.shared.is_noted("summary", site.identity[:3]):
        _make(project, site)


def _make(project: "Project", site: FunctionSite) -> None:
    name = site.identity[:3]

    def work() -> None:
        known = project.top(name)  # it may be asked for by a value that says less of it
        if known is None:
            project.shared.spoil()
        project.shared.note("summary", name, Summary(name=function_name(site), is_default=True))
        project.under_way[name] = None
        try:
            _rounds(project, known or site)
        finally:
            del project.under_way[name]

    project.walk(("summary", *name), name, work)


def _rounds(project: "Project", site: FunctionSite) -> None:
    """Sum a function up; where it calls itself, until nothing changes, ROUNDS times at most."""
    name, shared = site.identity[:3], project.shared
    catalogue = project.file(site.home).catalogue
    made: Summary | None = None
    for _ in range(ROUNDS):
        project.met, before = 0, made
        made = _summarise(project, site)
        made.met = project.met > 0 or any(
            each is not None and gives(each, catalogue) for each in (made.returns, made.raises)
        )
        shared.note("summary", name, made)
        if not shared.is_marked("recursive", name) or (before is not None and digest(made) == digest(before)):
            break
    assert made is not None  # noqa: S101 - there is a round
    shared.note("outcome", name, (made.met, *sorted(_stored(made, catalogue))))


def _stored(summary: Summary, catalogue: Catalogue) -> frozenset[str]:
    """The names under which something from a source was stored."""
    cells = (cell for held in summary.heap.values() for cell in held.items())
    return frozenset(key for key, value in cells if isinstance(key, str) and gives(value, catalogue))


def function_name(site: FunctionSite) -> str:
    """The name of a function in labels: its path and place."""
    return f"{site.home}\0{site.identity[1]}"


def digest(summary: Summary) -> object:
    """What a summary says to its callers: equal for two that say the same."""
    cells = frozenset((site, key, _shape(value)) for site, held in summary.heap.items() for key, value in held.items())
    hits = frozenset((hit.label, hit.mark.mask, hit.sink.start) for hit in summary.hits)
    ends = tuple(None if value is None else _shape(value) for value in (summary.returns, summary.raises))
    return ends, cells, hits, frozenset(summary.proofs), summary.met


def _shape(value: Value) -> object:
    sites = tuple(site.identity if isinstance(site, FunctionSite) else site for site in value.sites)
    return frozenset((label, mark.mask) for label, mark in value.taint.items()), value.constants, sites


def _summarise(project: "Project", site: FunctionSite) -> Summary:
    from coderev.analysis.taint.functions import finish, returned

    name, function = function_name(site), site.function
    project.shared.told_code(site)
    frame = project.new_frame()
    state = State()
    state.enter(frame)
    run = Run(
        project=project,
        file=project.file(site.home),
        function=function,
        frames=((frame, function.bound | {"this", "arguments"}), *site.frames),
        state=state,
        key=(name,),
    )
    for variable, value in symbolic_parameters(run, site).items():
        state.assign(frame, variable, value)
    finish(run)
    leftover(run)
    raises = join_all(run.thrown[0]) if run.thrown[0] else None
    if not run.returns:
        return Summary(name=name, hits=run.root.hits, raises=raises)
    value = returned(run)
    final = joined_all(state for _, state in run.returns)
    assert final is not None  # noqa: S101 - there is a return
    captured = {frame: final.frames[frame]} if run.closures and frame in final.frames else {}
    kept = _reachable(final, name, [value, *(each for held in captured.values() for each in held.values())])
    return Summary(
        name=name,
        returns=value,
        heap=_bounded(run, kept),
        variables=captured,
        hits=run.root.hits,
        raises=raises,
        proofs=_proofs(run, final),
    )


def _reachable(final: State, name: str, held: list[Value]) -> dict[Site, dict[Key, Value]]:
    """What the caller can see afterwards: what parameters refer to, if it was changed, and all that it leads to."""
    kept: dict[Site, dict[Key, Value]] = {}
    for site, stored in final.heap.items():
        if isinstance(site, Parameter) and site.function == name:
            written = {key: value for key, value in stored.items() if not _is_only_read(site, key, value)}
            if written:
                kept[site] = written
                held += written.values()
    waiting = [site for value in held for site in value.sites]
    while waiting and len(kept) < MAX_KEPT:
        site = waiting.pop()
        if site in kept or site not in final.heap or isinstance(site, Parameter):
            continue
        kept[site] = dict(list(final.heap[site].items())[:MAX_CELLS])
        waiting += [inner for value in kept[site].values() for inner in value.sites]
    return kept


def _bounded(run: Run, kept: dict[Site, dict[Key, Value]]) -> dict[Site, dict[Key, Value]]:
    """Where a function writes to too many places, each of them that is tainted holds what any of them holds."""
    tainted = [value for held in kept.values() for value in held.values() if value.taint]
    if len(tainted) <= MAX_WRITTEN:
        return kept
    run.project.cap(run.file.path, "what functions write to many places at once was not told apart")
    taint = CLEAN
    for value in tainted:
        taint = union(taint, value.taint)
    taint = unsure(taint)
    return {
        site: {
            key: value.but(taint=taint, facts=(), origin=None) if value.taint else value for key, value in held.items()
        }
        for site, held in kept.items()
    }


def _is_only_read(site: Parameter, key: Key, value: Value) -> bool:
    """Whether a cell of a parameter still holds just what the caller handed over."""
    label = Label("parameter", function=site.function, index=site.index, keys=(*site.keys, key)[:MAX_PATH])
    own = value.taint.get(label)
    return own is not None and own.mask == EVERY and len(value.taint) == 1 and not own.sets


def symbolic_parameters(run: Run, site: FunctionSite) -> dict[str, Value]:
    """Each parameter as itself, with what its annotation or its class says of it."""
    name = function_name(site)
    values: dict[str, Value] = {}
    shift = 0
    if run.file.is_script:
        values["this"] = symbolic(Parameter(name, -1))
    run.project.own(Parameter(name, -1 if run.file.is_script else 0), site)
    for number, parameter in enumerate(site.function.parameters):
        value = symbolic(Parameter(name, number + shift))
        if parameter.annotation is not None:
            types = annotated(run, parameter.annotation)
            value = value.but(sites=(*value.sites, *types))
        values[parameter.name] = value
    return values


def _proofs(run: Run, final: State) -> tuple[Proof, ...]:
    proofs: list[Proof] = []
    watched = [value for value, _ in final.narrowed.values() if _own_label(value) is not None]
    watched += [value for _, state in run.returns for value, _ in state.narrowed.values() if _own_label(value)]
    watched += [fact.value for result, _ in run.returns for fact in result.facts if _own_label(fact.value)]
    for value in {id(value): value for value in watched}.values():
        for on in (None, True, False):
            seen = [
                _after(state, result, value, on)
                for result, state in run.returns
                if on is None or result.truth() in (on, None)
            ]
            if seen:
                proofs += _proof(value, on, seen)
    return tuple(proofs)


def _after(state: State, result: Value, value: Value, on: bool | None) -> Value:  # noqa: FBT001 - the polarity of a test
    """What is left of a value after one return; a result that is itself a test proves what the test does."""
    for fact in result.facts if on is not None else ():
        if fact.on == on and fact.value is value:
            return fact.narrowed
    return state.seen(value)


def _own_label(value: Value) -> Label | None:
    if len(value.taint) == 1:
        label = next(iter(value.taint))
        return label if label.kind == "parameter" else None
    return None


def _proof(value: Value, on: bool | None, seen: list[Value]) -> list[Proof]:  # noqa: FBT001 - as above
    label = _own_label(value)
    assert label is not None  # noqa: S101 - only such are watched
    left = 0
    for each in seen:
        mark = each.taint.get(label)
        left |= mark.mask if mark else 0
    together = seen[0]
    for each in seen[1:]:
        together = join(together, each)
    clears = value.taint[label].mask & ~left
    return [Proof(label, on, clears, together.constants)] if clears else []


class _Applied:
    """One application of a summary: the values in the place of its parameters, and its sites under other names."""

    def __init__(self, run: Run, summary: Summary, values: dict[int, Value], node: Node, note: str) -> None:
        self.run, self.summary, self.values, self.node, self.note = run, summary, values, node, note
        self.sites: dict[Site, Site] = {}
        self.done: dict[int, Value] = {}
        self._tainted: dict[tuple[int, bool], Taint] = {}
        self._actual: dict[tuple[int, tuple[Key, ...]], Value] = {}
        self._reached: dict[tuple[int, tuple[Key, ...]], Taint] = {}
        self._passed: dict[tuple[int, int, tuple[Key, ...], bool], Taint] = {}

    def reached(self, label: Label) -> Taint:
        """The taint of what is given for a parameter, and of all that it holds."""
        name = (label.index, label.keys)
        if name not in self._reached:
            self._reached[name] = reaching(self.run, self.actual(label))
        return self._reached[name]

    def names(self, label: Label) -> Taint:
        """The taint of the names under which what is given holds something: known names are not tainted by values."""
        actual = self.actual(label)
        held = (cells(self.run, site).get(STAR, UNKNOWN) for site in actual.sites if isinstance(site, Object))
        return join_all((Value(taint=actual.taint), *held)).taint

    def actual(self, label: Label | Parameter) -> Value:
        """What is given for a parameter, or what that holds, before the call."""
        name = (label.index, label.keys)
        if name not in self._actual:
            self._actual[name] = self._found(label)
        return self._actual[name]

    def _found(self, label: Label | Parameter) -> Value:
        value = self.values.get(label.index, UNKNOWN)
        for key in label.keys:
            value = any_element(self.run, value) if key == STAR and not value.taint else load(self.run, value, key)
        return value

    def value(self, value: Value) -> Value:
        """A value of the summary, in the words of the caller."""
        if not value.taint and not value.sites and not value.facts and value.origin is None:
            return value
        found = self.done.get(id(value))
        if found is None:
            origin = self._origin(value)
            deep = not any(isinstance(site, Parameter) for site in value.sites)
            sites, more = self._sites(value)
            taint = union(self._taint_of(value, deep=deep), more)
            found = self.done[id(value)] = value.but(taint=taint, sites=sites, facts=(), origin=origin)
        return found

    def _origin(self, value: Value) -> tuple[str, Value] | None:
        """How the callee got a value from a parameter: a test of it tells of what was given for that."""
        if value.origin is None or value.origin[0] == "same":
            return None
        kind, inner = value.origin
        label = _own_label(inner)
        if label is not None and label.function == self.summary.name and inner.taint[label].mask == EVERY:
            return kind, self.actual(label)
        return kind, self.value(inner)

    def _taint_of(self, value: Value, *, deep: bool) -> Taint:
        """The taint of a value of the summary, many of which may share one."""
        name = (id(value.taint), deep)
        found = self._tainted.get(name)
        if found is None:
            found = self._tainted[name] = self.taint(value.taint, deep=deep)
        return found

    def taint(self, taint: Taint, *, deep: bool) -> Taint:
        made: Taint = CLEAN
        for label, mark in taint.items():
            if label.kind != "parameter" or label.function != self.summary.name:
                made = union(made, {label: mark})
                continue
            made = union(made, self._through(label, mark, deep=deep))
        return made

    def _through(self, label: Label, mark: Mark, *, deep: bool) -> Taint:
        """What comes of a parameter by one mark, which many values of a summary share."""
        name = (id(mark), label.index, label.keys, deep)
        found = self._passed.get(name)
        if found is None:
            given = self.reached(label) if deep else self.actual(label).taint
            found = self._passed[name] = through(given, mark, (*self.run.place(self.node), self.note))
        return found

    def _sites(self, value: Value) -> tuple[tuple[Site, ...], Taint]:
        found: list[Site] = []
        taint: Taint = CLEAN
        for site in value.sites:
            if isinstance(site, Parameter) and site.function == self.summary.name:
                actual = self.actual(site)
                found += actual.sites
            else:
                found.append(self.renamed(site))
        return tuple(dict.fromkeys(found))[:4], taint

    def renamed(self, site: Site) -> Site:
        """A site that the callee made, as made by this call."""
        if isinstance(site, FunctionSite) and site.receiver is not None:
            return site.bound(self.value(site.receiver))
        if isinstance(site, Resolver):
            promise = self.renamed(site.promise)
            return Resolver(promise) if isinstance(promise, Object) else site
        if not isinstance(site, Object) or self.run.project.shared.has(site):
            return site
        if site not in self.summary.heap and site.key[0] != self.summary.name:
            return site
        if site not in self.sites:
            key: tuple[object, ...] = (self.run.place(self.node), site.key)
            nested = sum(isinstance(part, tuple) for part in _flat(key))
            if nested > DEEPEST_KEY:
                key = site.key if site.key[0] == "deep" else ("deep", site.key)
            made = Object(key, site.shape, site.type, site.many or self.run.loops > 0)
            self.sites[site] = made
        return self.sites[site]

    def effects(self) -> None:
        """What the callee stored: to what it was given, and to what it made."""
        for frame, variables in self.summary.variables.items():
            for name, value in variables.items():
                self.run.now.assign(frame, name, self.value(value))
        for site, held in self.summary.heap.items():
            if isinstance(site, Parameter):
                if site.function == self.summary.name:
                    self._mutate(site, held)
            elif isinstance(site, Object) and not self.run.project.shared.has(site):
                target = self.renamed(site)
                for key, value in held.items():
                    put(self.run, target, key, self.value(value))

    def _mutate(self, site: Parameter, held: dict[Key, Value]) -> None:
        actual: Value | None = None
        for key, value in held.items():
            actual = actual or self.actual(site)
            stored = self.value(value)
            for target in actual.sites:
                if not isinstance(target, Library):
                    put(self.run, target, key, stored, weak=len(actual.sites) != 1 or key in (STAR, LENGTH))


def _flat(key: object) -> list[object]:
    found: list[object] = []
    waiting = [key]
    while waiting and len(found) < 64:  # noqa: PLR2004 - a bound for keys that nest
        each = waiting.pop()
        if isinstance(each, tuple):
            found.append(each)
            waiting += each
    return found


def _told(trace: Trace | None) -> tuple[Trace, ...]:
    """The steps inside a callee that are told: the first and the last where there are many."""
    found = tuple(steps(trace))
    return found if len(found) <= MAX_TOLD else (*found[: MAX_TOLD // 2], *found[-MAX_TOLD // 2 :])


def through(given: Taint, mark: Mark, step: tuple[str, int, int, str] | None) -> Taint:
    """Taint that went through a function which lets pass what a mark says, with the steps inside it."""
    made: Taint = {}
    inside = _told(mark.trace) if given else ()
    for label, came in given.items():
        if label.kind in FADING and not came.sure and not mark.sure:
            continue
        sets = mark.sets
        if sets & CONTAINER and not came.mask & (CONTAINER | BIT["key"]):  # it was no key from outside
            sets &= ~CONTAINER
        mask = (came.mask & mark.mask) | sets
        if not mask:
            continue
        trace = came.trace
        if step is not None:
            path, start, end, note = step
            trace = Trace(trace, path, start, end, note)
        for each in inside:
            trace = Trace(trace, each.path, each.start, each.end, each.note)
        made[label] = Mark(mask, (came.sets & mark.mask) | sets, came.sure and mark.sure, trace)
    return made or CLEAN


def apply_summary(run: Run, site: FunctionSite, summary: Summary, given: Given, node: Node) -> Value:
    """What a call does, by its summary. Raises Unreachable where the function never returns."""
    from coderev.analysis.taint.functions import bind

    run.project.met += summary.met
    if summary.is_default:
        return _default(run, given, site)
    values = _by_index(run, site, bind(run, site, given))
    applied = _Applied(run, summary, values, node, f"passed to `{site.name or 'a function'}`")
    for hit in summary.hits:
        given_there = applied.names(hit.label) if hit.mask == MASK["fields"] else applied.reached(hit.label)
        run.root.strike(run, through(given_there, hit.mark, (*run.place(node), applied.note)), hit)
    if summary.raises is not None:
        run.thrown[-1].append(Value(taint=applied.taint(summary.raises.taint, deep=True)))
    if summary.returns is None:
        raise Unreachable
    applied.effects()
    result = applied.value(summary.returns)
    facts = _facts(run, applied)
    return result.but(facts=facts) if facts else result


def _by_index(run: Run, site: FunctionSite, bound: dict[str, Value]) -> dict[int, Value]:
    values = {number: bound.get(each.name, UNKNOWN) for number, each in enumerate(site.parameters)}
    if run.project.file(site.home).is_script:
        values[-1] = bound.get("this", UNKNOWN)
    return values


def _facts(run: Run, applied: _Applied) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for proof in applied.summary.proofs:
        actual = applied.actual(proof.label)
        if not actual.taint:
            continue
        if proof.constants is not None:
            narrowed = actual.but(taint=CLEAN, constants=proof.constants)
        else:
            narrowed = actual.but(taint=cleaned(actual.taint, proof.clears))
        if proof.on is None:
            run.now.narrow(actual, narrowed)
        else:
            facts.append(Fact(proof.on, actual, narrowed))
    return tuple(facts)


def _default(run: Run, given: Given, site: FunctionSite) -> Value:
    taint: Taint = CLEAN if site.receiver is None else site.receiver.taint
    for value in given.all:
        taint = union(taint, reaching(run, value))
    return Value(taint=unsure(taint))
