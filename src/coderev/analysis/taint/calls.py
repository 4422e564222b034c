"""A call: what is called, with what, and what comes of it."""

from collections.abc import Callable

import msgspec

from coderev.analysis.taint.expressions import indexed
from coderev.analysis.taint.form import Argument, Attribute, Call, Element, Expression, Name, Node
from coderev.analysis.taint.functions import construct, invoke
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.later import completed, is_partial
from coderev.analysis.taint.library import call_library, judge, strike, unknown_call
from coderev.analysis.taint.members import member, of_super, protocol
from coderev.analysis.taint.memory import any_element, cells, elements, library_type, put
from coderev.analysis.taint.methods import call_method
from coderev.analysis.taint.run import EVALUATORS, Run, Unreachable, branches, evaluate
from coderev.analysis.taint.stores import named_store
from coderev.analysis.taint.value import (
    STAR,
    UNKNOWN,
    ClassSite,
    FunctionSite,
    Library,
    Object,
    Resolver,
    Site,
    Value,
    at,
    join_all,
)


def call(run: Run, expression: Call) -> Value:
    """Evaluate a call. What is called comes first, then its arguments in their order."""
    function = expression.function
    receiver, name = None, ""
    if isinstance(function, Attribute) and _is_super(function.object):
        name = function.name
        receiver, callee = of_super(run, name, function)
    elif isinstance(function, Attribute):
        receiver, name = evaluate(run, function.object), function.name
        callee = member(run, receiver, name, function)
    elif isinstance(function, Name) and function.name == "super" and run.file.is_script:
        name = "constructor"
        receiver, callee = of_super(run, name, function)
    elif isinstance(function, Element) and run.file.is_script:
        receiver, name, callee = _chosen(run, function)
    else:
        callee = evaluate(run, function)
        name = function.name if isinstance(function, Name) else ""
    given = arguments(run, expression.arguments)
    given = msgspec.structs.replace(given, new=expression.new)
    return apply(run, callee, given, expression, receiver=receiver, name=name)


def _chosen(run: Run, function: Element) -> tuple[Value | None, str, Value]:
    """`object[key](…)`: a method of a known name, or one that who gives the key chooses (the sink `Object[]`)."""
    held, key = evaluate(run, function.object), evaluate(run, function.key)
    model = run.file.catalogue.named("Object[]")
    for row in model.sinks if model is not None and key.taint else ():
        strike(run, row, key, function, sure=True)
    callee = indexed(run, held, key, function)
    return (held, key.text, callee) if key.text is not None else (None, "", callee)


def _is_super(inner: Expression) -> bool:
    """`super()`, or JavaScript's `super`."""
    word = inner.function if isinstance(inner, Call) else inner
    return isinstance(word, Name) and word.name == "super"


def arguments(run: Run, written: tuple[Argument, ...]) -> Given:
    """The arguments of a call, spread as far as their number is known."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    rest: list[Value] = []
    mappings: list[Value] = []
    for argument in written:
        value = evaluate(run, argument.value)
        if argument.spread == 1:
            known = elements(run, value)
            if known is None:
                rest.append(any_element(run, value).but(taint=value.taint or any_element(run, value).taint))
            else:
                positional += known
        elif argument.spread:
            mappings.append(Value(taint=value.taint))
            _spread_keywords(run, value, keywords, rest)
        elif argument.name is not None:
            keywords[argument.name] = value
            if value.taint:
                named_store(run, argument.name, value, argument)
        else:
            positional.append(value)
    whole = join_all(mappings) if mappings else None
    return Given(tuple(positional), keywords, join_all(rest) if rest else None, mapping=whole)


def _spread_keywords(run: Run, value: Value, keywords: dict[str, Value], rest: list[Value]) -> None:
    for site in value.sites:
        if isinstance(site, Object):
            held = cells(run, site)
            keywords |= {key: each for key, each in held.items() if isinstance(key, str) and key.isidentifier()}
            if STAR in held:
                rest.append(Value(taint=held[STAR].taint))
    if value.taint or not value.sites:
        rest.append(Value(taint=value.taint))


def apply(run: Run, callee: Value, given: Given, node: Node, *, receiver: Value | None = None, name: str = "") -> Value:
    """Call everything that may be meant; what nobody knows hands on all that it gets."""
    found_ways = (_way(run, site, given, node, receiver) for site in callee.sites)
    ways = [way for way in found_ways if way is not None]
    if not ways and receiver is not None:
        return _unknown_method(run, receiver, name, given, node)
    if not ways:
        return unknown_call(run, callee, given, node)
    if len(ways) == 1:
        return ways[0]()
    found = branches(run, *ways)
    if found is None:
        raise Unreachable
    return found


def _way(  # noqa: PLR0911 - one answer for each sort of site
    run: Run, site: Site, given: Given, node: Node, receiver: Value | None
) -> Callable[[], Value] | None:
    match site:
        case FunctionSite():
            if given.new:
                return lambda: construct(run, site, given, node)
            return lambda: invoke(run, site, given, node)
        case ClassSite():
            if given.mapping is not None and given.mapping.taint:
                judge(run, "object.__call__", given, node, at(site))
            return lambda: construct(run, site, given, node)
        case Library():
            return lambda: _call_library(run, site, given, node, receiver)
        case Resolver():
            return lambda: _resolve(run, site, given)
        case Object():
            return _way_of_object(run, site, given, node)
        case _:
            return None


def _way_of_object(run: Run, site: Object, given: Given, node: Node) -> Callable[[], Value] | None:
    """A function with some of its arguments, or an instance of a class that can be called."""
    if is_partial(site):
        return lambda: apply(run, *completed(run, site, given), node)
    if (called := _called_as(run, site)) is not None:
        return lambda: call_library(run, called, at(site), given, node)
    if site.shape != "instance" or not isinstance(site.type, ClassSite):
        return None
    methods = protocol(run, site, "__call__", node)
    return (lambda: invoke(run, methods[0], given, node)) if methods else None


def _called_as(run: Run, site: Object) -> str | None:
    """The name under which packs know the call of an instance; JavaScript's is that of its type."""
    kind = library_type(run, site)
    if kind in ("Function", "AsyncFunction", "GeneratorFunction"):  # the function that was made
        return None
    name = kind if run.file.is_script else f"{kind}.__call__"
    return name if kind is not None and run.file.catalogue.named(str(name)) is not None else None


def _call_library(run: Run, site: Library, given: Given, node: Node, receiver: Value | None) -> Value:
    if site.name == "jsx" and (component := _component(given)) is not None:
        return apply(run, component, Given(given.positional[1:2]), node)
    if (candidates := _by_name(run, site, receiver)) is not None:
        return apply(run, candidates, given, node)
    return call_library(run, site.name, receiver, given, node)


def _component(given: Given) -> Value | None:
    """The function or class of the project that a JSX element names: it is called with the props."""
    tag = given.at(0)
    is_own = tag is not None and any(isinstance(site, FunctionSite | ClassSite) for site in tag.sites)
    return tag if is_own else None


def _resolve(run: Run, site: Resolver, given: Given) -> Value:
    put(run, site.promise, "value", given.positional[0] if given.positional else UNKNOWN, weak=True)
    return UNKNOWN


def _unknown_method(run: Run, receiver: Value, name: str, given: Given, node: Node) -> Value:
    """A method of something without a known member of that name: the language's own, then the project's by name."""
    known = call_method(run, receiver, name, given, node)
    if known is not None:
        judge(run, f"*.{name}", given, node, receiver)
        return known
    candidates = _candidates(run, receiver, name)
    if candidates is not None:
        return apply(run, candidates, given, node)
    return call_library(run, f"*.{name}", receiver, given, node)


def _candidates(run: Run, receiver: Value, name: str) -> Value | None:
    """The project's few methods of a name that says something."""
    found = run.project.methods_named(name)
    if not found:
        return None
    return Value(sites=tuple(site.bound(receiver) for site in found))


def _by_name(run: Run, site: Library, receiver: Value | None) -> Value | None:
    """A method of what a library's unknown function or element gave: perhaps one of the project's objects."""
    owner, _, name = site.name.rpartition(".")
    if receiver is None or not owner.endswith(("()", "[]")):
        return None
    if run.file.catalogue.named(site.name) is not None or run.file.catalogue.method(name) is not None:
        return None
    return _candidates(run, receiver, name)


EVALUATORS[Call] = call  # type: ignore[assignment]
