"""Calls of the library, by what the rule packs say: sinks, sources, what is handed on, and what a result proves."""

from collections.abc import Callable, Iterable
from itertools import takewhile

from coderev.analysis.taint.callbacks import called
from coderev.analysis.taint.catalogue import Model
from coderev.analysis.taint.conditions import holds
from coderev.analysis.taint.contexts import EVERY, MASK, UNRESOLVED
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.functions import invoke
from coderev.analysis.taint.given import Given, Place, place_of
from coderev.analysis.taint.known import KNOWN
from coderev.analysis.taint.later import is_partial
from coderev.analysis.taint.members import source
from coderev.analysis.taint.memory import MAX_LENGTH, TYPE, cells, elements, get, join_taint, load, put, reaching
from coderev.analysis.taint.methods import call_method
from coderev.analysis.taint.pack import Condition, GuardRow, PropagatorRow, SanitiserRow, SinkRow
from coderev.analysis.taint.races import watched
from coderev.analysis.taint.root import Sink
from coderev.analysis.taint.run import Run, Unreachable
from coderev.analysis.taint.state import joined
from coderev.analysis.taint.value import (
    CLEAN,
    STAR,
    UNKNOWN,
    Fact,
    FunctionSite,
    Library,
    Object,
    Taint,
    Value,
    at,
    cleaned,
    set_again,
    stepped,
    union,
    unsure,
)


class Situation:
    """One call with all that its rows are judged by."""

    def __init__(self, run: Run, name: str, receiver: Value | None, given: Given, node: Node) -> None:
        self.run, self.name, self.receiver, self.given, self.node = run, name, receiver, given, node

    def values(self, where: int | str) -> list[Value]:
        """What stands at a place; a key that nobody knows of gives what any of them may be."""
        place = place_of(where)
        found = (self._inside(value, place) for value in place.top(self.given, self.receiver))
        return [value for value in found if value is not None]

    def _inside(self, value: Value, place: Place) -> Value | None:
        """What an argument holds under the keys of a place; None where it certainly holds nothing there."""
        for key in place.keys:
            if lacks_key(self.run, value, key):
                return None
            value = load(self.run, value, key)
        return value

    def holds(self, condition: Condition) -> bool | None:
        """Whether a condition holds; None where that is open."""
        return holds(self.run, condition, self.values(condition.at))

    def applies(self, when: Iterable[Condition], unless: Iterable[Condition] = ()) -> bool | None:
        """Whether a row applies: True only where all is certain, None where it may."""
        answers = [self.holds(each) for each in when]
        answers += [None if (found := self.holds(each)) is None else not found for each in unless]
        if any(answer is False for answer in answers):
            return False
        return None if any(answer is None for answer in answers) else True


def lacks_key(run: Run, value: Value, key: str | int) -> bool:
    """Whether what is known of a value says that it has no such key: a function, or an object that was written out."""
    if value.taint or not value.sites:
        return value.is_known or value.kind in ("text", "number", "boolean")
    return all(
        isinstance(site, FunctionSite)
        or (
            isinstance(site, Object)
            and site.shape in ("dict", "list", "tuple")
            and not {key, STAR} & cells(run, site).keys()
        )
        for site in value.sites
    )


def call_library(run: Run, name: str, receiver: Value | None, given: Given, node: Node) -> Value:
    """Call what the packs may know by a name."""
    model = run.file.catalogue.named(name)
    is_exact = model is not None and not name.startswith("*.")
    situation = Situation(run, name, receiver, given, node)
    known = KNOWN.get(name)
    result = known(run, receiver, given, node) if known else None
    if model is None and receiver is not None:
        model, result = _of_any(situation, receiver, result)
    if model is None:
        return result if result is not None else _unmodelled(situation)
    _strike(situation, model, is_exact=is_exact)
    _wrong(situation, model)
    for defence in model.defences:
        if situation.applies(defence.when, defence.unless) is True:
            run.project.defences.install(run, defence)
    for entry in model.entries:
        run.project.entries.register(run, entry, situation.values)
    if model.ends:
        run.may_raise()
        raise Unreachable
    if result is None:
        result = _result(situation, model)
    result = _sourced(situation, model, result)
    return _again(situation, model, _proved(situation, model, watched(run, name, receiver, given, node, result)))


def _again(situation: Situation, model: Model, result: Value) -> Value:
    """What only asks, asked again for the same, gives the same value: what a guard showed of it holds."""
    if not result.taint or model.sinks or model.entries or any(row.kind == "local" for row in model.sources):
        return result
    given = situation.given.all
    held = next((value for value in given if value.taint), situation.receiver)
    others = [value.literal for value in given if value is not held]
    if held is None or None in others or (model.sources and not any(isinstance(each, str) for each in others)):
        return result
    return situation.run.now.seen(situation.run.project.parts.again(held, ("call", situation.name, *others), result))


def _of_any(situation: Situation, receiver: Value, result: Value | None) -> tuple[Model | None, Value | None]:
    """What is known of a method whoever has it, and what the language's own of that name gives."""
    member = situation.name.rpartition(".")[2]
    model = situation.run.file.catalogue.method(member)
    if model is not None and result is None and not model.transfers:
        result = call_method(situation.run, receiver, member, situation.given, situation.node)
    return model, result


def judge(run: Run, name: str, given: Given, node: Node, receiver: Value | None = None) -> None:
    """Judge what is no call, or what the language itself knows, by the sinks of a name."""
    model = run.file.catalogue.named(name)
    if model is not None and model.sinks:
        _strike(Situation(run, name, receiver, given, node), model, is_exact=not name.startswith("*."))


def unknown_call(run: Run, callee: Value, given: Given, node: Node) -> Value:
    """A call of what nobody knows: callee and arguments reach its result, callbacks are run, nothing is sure."""
    situation = Situation(run, "", None, given, node)
    taint = _handed_on(situation, callee.taint)
    taint = union(taint, _callbacks(situation, taint))
    return Value(taint=unsure(taint))


def _unmodelled(situation: Situation) -> Value:
    """A library call without a row: the language's own methods first, else all that it gets may come out."""
    run, receiver, given = situation.run, situation.receiver, situation.given
    member = situation.name.rpartition(".")[2]
    if receiver is not None and (receiver.taint or receiver.sites):
        found = call_method(run, receiver, member, given, situation.node)
        if found is not None:
            return found
    taint = _handed_on(situation, CLEAN)
    taint = union(taint, _callbacks(situation, taint))
    _stored(situation, receiver)
    return _instance(situation, Value(taint=unsure(taint)))


def _stored(situation: Situation, receiver: Value | None) -> None:
    """What an unknown method of an object may keep of its arguments."""
    for site in () if receiver is None else receiver.sites:
        if isinstance(site, Object):
            for value in situation.given.all:
                if taint := reaching(situation.run, value):
                    put(situation.run, site, STAR, Value(taint=unsure(taint)), weak=True)


def _handed_on(situation: Situation, taint: Taint) -> Taint:
    if situation.receiver is not None:
        taint = union(taint, reaching(situation.run, situation.receiver))
    for value in situation.given.all:
        taint = union(taint, reaching(situation.run, value))
    return taint


def _callbacks(situation: Situation, taint: Taint) -> Taint:
    """Functions that are handed over are called, with whatever the call may give them."""
    results = CLEAN
    taint = unsure(unsure(taint))  # nobody knows the call, nor what it makes of that for the callback
    for value in situation.given.all:
        for site in value.sites:
            if is_partial(site):
                rest = Given(rest=Value(taint=taint))
                result = attempt(
                    situation.run,
                    lambda site=site, rest=rest: called(  # type: ignore[misc]
                        situation.run, at(site), rest, situation.node
                    ),
                )
                results = union(results, result.taint)
            if isinstance(site, FunctionSite) and len(site.parameters) < 10:  # noqa: PLR2004 - a callback
                handed = Value(taint=taint)
                given = Given(tuple(handed for _ in site.parameters))
                result = attempt(
                    situation.run,
                    lambda site=site, given=given: invoke(  # type: ignore[misc]
                        situation.run, site, given, situation.node
                    ),
                )
                results = union(results, result.taint)
    return results


def attempt(run: Run, way: Callable[[], Value]) -> Value:
    """Do what may or may not happen: what it gives if it does."""
    before = run.now.fork()
    try:
        value = way()
    except Unreachable:
        run.state = before
        return UNKNOWN
    run.state = joined(before, run.state)
    return value


def _instance(situation: Situation, value: Value, type_name: str | None = None) -> Value:
    """What the result is an instance of: what the packs say, the class that was called, or a name of its own."""
    name = situation.name
    if type_name is None:
        if name.startswith("*."):
            return value
        last = name.rpartition(".")[2]
        if not last[:1].isupper() and not situation.given.new:
            return value.but(sites=(*value.sites, Library(f"{name}()"))) if len(name) < 200 else value  # noqa: PLR2004
        type_name = name
    run, node = situation.run, situation.node
    site = Object((*run.key, node.start, "made"), "instance", Library(type_name), many=run.loops > 0)
    return value.but(sites=(site,))


def _strike(situation: Situation, model: Model, *, is_exact: bool) -> None:
    for row in model.sinks:
        applies = situation.applies(row.when, row.unless)
        if applies is False:
            continue
        if row.unless_stored:
            place = situation.run.place(situation.node)
            situation.run.project.mendable(place[0], place[1], row)
        for where in row.at or (0,):
            for value in situation.values(where):
                for part in _options(situation.run, value) if row.context == "argument" else (value,):
                    sure = is_exact and applies is True
                    strike(situation.run, row, part, situation.node, sure=sure, name=situation.name)


def _first_words(run: Run, value: Value) -> list[Value]:
    """What a list begins with whose length is not known."""
    site = value.sites[0] if len(value.sites) == 1 and not value.taint else None
    if not isinstance(site, Object) or site.shape != "list" or site.many:
        return []
    found = (get(run, site, place) for place in range(MAX_LENGTH))
    return [word for word in takewhile(lambda word: word is not None, found) if word is not None]


_TAKING = ("-e", "--regexp", "--expression", "-m", "--message")  # options whose value is the next word, whatever it is


def _options(run: Run, value: Value) -> list[Value]:
    """The words of a list of arguments that may be options: none behind `--`, none that begins with something else."""
    words = elements(run, value)
    if words is None:
        words = _first_words(run, value)
        if all(word.text != "--" for word in words):
            return [value]
    found: list[Value] = []
    for before, word in zip((UNKNOWN, *words), words, strict=False):
        if word.text == "--":
            break
        if before.text not in _TAKING and (not word.begins or word.begins.startswith("-")):
            found.append(word)
    return found


def strike(run: Run, row: SinkRow, value: Value, node: Node, *, sure: bool, name: str = "") -> None:
    """A value arrives at a sink, which is told by its name."""
    taint = value.taint if row.context == "fields" else reaching(run, value)  # of fields only names count
    if not taint:
        return
    path, start, end = run.place(node)
    told = _told(name) if name else ""
    run.root.sink(run, taint, MASK[row.context], row.kinds, Sink(row.rule, path, start, end, told, sure))


def _told(name: str) -> str:
    """A name of a pack as people write it."""
    return "this comparison" if name in ("==", "in") else f"`{name.removeprefix('*.')}`"


def _wrong(situation: Situation, model: Model) -> None:
    for row in model.configuration:
        if situation.applies(row.when, row.unless) is True:
            situation.run.project.misconfigured(situation.run, row.rule, situation.node, _told(situation.name))
    for absent in model.absence:
        if situation.applies(absent.when) is True:
            situation.run.project.missing(situation.run, absent, situation.node, _told(situation.name))


def _result(situation: Situation, model: Model) -> Value:  # noqa: C901 - what a call gives, in the order that decides
    run, given = situation.run, situation.given
    rows = [(row, situation.applies(row.when, row.unless)) for row in model.transfers]
    for row, applies in rows:
        if applies is not False:
            result = _transferred(situation, row)
            if applies is None:
                result = join_taint(result, _handed_on(situation, CLEAN))
            return result
    if model.sinks:
        for value in given.all:
            if any(isinstance(site, FunctionSite) for site in value.sites):
                _callbacks(situation, CLEAN)
        return _instance(situation, Value(), model.result)
    if model.result is None and situation.receiver is not None:
        found = call_method(run, situation.receiver, situation.name.rpartition(".")[2], given, situation.node)
        if found is not None:
            return found
    taint = _handed_on(situation, CLEAN)
    taint = union(taint, _callbacks(situation, CLEAN if model.entries else taint))
    if model.entries or model.guards or any(row.to in (None, "result") for row in model.sources):
        taint = CLEAN
    _stored(situation, situation.receiver)
    return _instance(situation, Value(taint=unsure(taint)), model.result)


def _transferred(situation: Situation, row: PropagatorRow | SanitiserRow) -> Value:
    run = situation.run
    short = situation.name.rpartition(".")[2] if situation.name.startswith("*.") else situation.name
    if isinstance(row, SanitiserRow):
        clears = 0
        for context in row.clears:
            clears |= MASK[context]
        found = [value for where in row.at for value in situation.values(where)]
        taint = CLEAN
        for value in found:
            taint = union(taint, reaching(run, value))
        result = Value(taint=cleaned(taint, clears), without=frozenset(min(ord(each), 128) for each in row.removes))
    else:
        result = Value(taint=_origins(situation, row))
    if result.taint:
        result = result.but(taint=stepped(result.taint, run.place(situation.node), f"goes through `{short}`"))
    type_name = row.type or (situation.run.file.catalogue.named(situation.name) and None)
    if isinstance(row, PropagatorRow):
        _reached(situation, row, result)
    model = run.file.catalogue.named(situation.name)
    type_name = row.type or (model.result if model else None)
    return _instance(situation, result, type_name) if type_name else result


def _origins(situation: Situation, row: PropagatorRow) -> Taint:
    taint = CLEAN
    for where in row.origins:
        for value in situation.values(where):
            taint = union(taint, reaching(situation.run, value))
    sets = 0
    for context in row.sets:
        sets |= MASK[context]
    return set_again(taint, sets) if sets and taint else taint


def _reached(situation: Situation, row: PropagatorRow, result: Value) -> None:
    """What the call writes to its receiver or to an argument; another type only where it certainly is."""
    others = [where for where in row.to if where != "result"]
    kind = row.type if others and situation.applies(row.when, row.unless) is True else None
    for where in others:
        for value in situation.values(where):
            for site in value.sites:
                if kind is not None and isinstance(site, Library):
                    situation.run.now.put(site, TYPE, at(Library(kind)))
                elif kind is not None:
                    put(situation.run, site, TYPE, at(Library(kind)))
                if result.taint:
                    put(situation.run, site, STAR, Value(taint=result.taint), weak=True)


def _sourced(situation: Situation, model: Model, result: Value) -> Value:
    for row in model.sources:
        if situation.applies(row.when, row.unless) is False:
            continue
        taint = source(situation.run, row, situation.node)
        if row.to is None or row.to == "result":
            result = result.but(taint=union(result.taint, taint))
            if row.type is not None:
                result = _instance(situation, result, row.type)
            continue
        for value in situation.values(row.to):
            _pour(situation, value, taint, row.type)
    return result


def _pour(situation: Situation, value: Value, taint: Taint, type_name: str | None) -> None:
    """A source that writes into what it was given: a buffer, or a callback's parameters."""
    typed = (Library(type_name),) if type_name else ()
    for site in value.sites:
        if isinstance(site, FunctionSite):
            handed = Value(taint=taint, sites=typed)
            given = Given(tuple(handed for _ in site.parameters))
            attempt(
                situation.run,
                lambda site=site, given=given: invoke(  # type: ignore[misc]
                    situation.run, site, given, situation.node
                ),
            )
        else:
            put(situation.run, site, STAR, Value(taint=taint, sites=typed), weak=True)


def _proved(situation: Situation, model: Model, result: Value) -> Value:
    facts: list[Fact] = []
    for row in model.guards:
        if situation.applies(row.when, row.unless) is True:
            for value in situation.values(row.at):
                facts += _guarded(situation, row, value)
    return result.but(facts=(*result.facts, *facts), kind="boolean") if facts else result


def _guarded(situation: Situation, row: GuardRow, value: Value) -> list[Fact]:
    clears = 0
    for context in row.clears:
        clears |= MASK[context]
    narrowed = guarded(value, clears)
    if narrowed is None:
        return []
    if row.on == "return":
        situation.run.now.narrow(value, narrowed)
        return []
    return [Fact(row.on == "true", value, narrowed)]


def guarded(value: Value, clears: int) -> Value | None:
    """A value behind a guard. One that only says where a path leads needs a path without `..` and links."""
    if not value.taint:
        return None
    path = MASK["path"]
    if clears != EVERY and clears & path and any(mark.mask & UNRESOLVED for mark in value.taint.values()):
        clears &= ~path
    return value.but(taint=cleaned(value.taint, clears)) if clears else None
