"""Methods that call what they are given: on every element, on a promise, or with another receiver."""

from collections.abc import Callable

from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import (
    any_element,
    elements,
    join_taint,
    put,
    sequence,
)
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.state import LENGTH
from coderev.analysis.taint.value import (
    BOOLEAN,
    NUMBER,
    STAR,
    UNKNOWN,
    FunctionSite,
    Value,
    constant,
    join,
)

Method = Callable[[Run, Value, Given, Node], Value | None]
NULL = constant(None)
FEW = 8  # elements for which a function is run one by one


def _each(result: str) -> Method:
    """Methods that run a function on every element; `result` says what they give."""

    def method(run: Run, receiver: Value, given: Given, node: Node) -> Value | None:
        callback = given.at(0)
        if callback is None:
            return None
        from coderev.analysis.taint.library import attempt

        one = join_taint(any_element(run, receiver), receiver.taint)
        known = elements(run, receiver)
        outcomes: list[Value] = []
        few = known if known is not None and len(known) <= FEW else None
        if result == "fold":
            return _folded(run, callback, given, (one, few), node)
        for place, value in enumerate(few if few is not None and result in ("list", "nothing") else [one]):
            handed = (value, NUMBER if few is None or value is one else constant(place), receiver)
            outcomes.append(attempt(run, lambda handed=handed: called(run, callback, Given(handed), node)))  # type: ignore[misc]
        return _of_each(run, receiver, one, outcomes or [UNKNOWN], result, node)

    return method


def _folded(run: Run, callback: Value, given: Given, held: tuple[Value, list[Value] | None], node: Node) -> Value:
    """`list.reduce(function, first)`: element by element where all are known, else as often as brings something."""
    from coderev.analysis.taint.library import attempt

    one, known = held
    begins = given.positional[1:2]
    if known and not run.loops:
        gathered, rest = (begins[0], known) if begins else (known[0], known[1:])
        for value in rest:
            gathered = called(run, callback, Given((gathered, value, NUMBER)), node)
        return gathered
    gathered = begins[0] if begins else one
    run.loops += 1
    try:
        for _ in range(2):
            now = (gathered, one, NUMBER)
            outcome = attempt(run, lambda now=now: called(run, callback, Given(now), node))  # type: ignore[misc]
            gathered = join(gathered, outcome)
    finally:
        run.loops -= 1
    return gathered


def _of_each(run: Run, receiver: Value, one: Value, outcomes: list[Value], result: str, node: Node) -> Value:
    if result == "list":
        if len(outcomes) > 1 or elements(run, receiver) is not None:
            return sequence(run, node.start, "list", outcomes)
        return some_list(run, node.start, outcomes[0])
    if result == "kept":
        return some_list(run, node.start, _kept(one, outcomes[0]))
    if result in ("some", "every", "number"):  # that none is, or that all are, is shown of each element
        yes = result == "every"
        facts = tuple(fact for fact in outcomes[0].facts if fact.on == yes or not _is_of(fact.value, one))
        return (NUMBER if result == "number" else BOOLEAN).but(facts=facts)
    if result == "one":
        found = _kept(one, outcomes[0])
        facts = tuple(fact for fact in outcomes[0].facts if not fact.on or not _is_of(fact.value, one))
        return (found.but() if found is one and one.taint else found).but(facts=facts)
    return NULL


def _kept(one: Value, outcome: Value) -> Value:
    """An element for which the function said yes."""
    for fact in outcome.facts:
        if fact.on and _is_of(fact.value, one):
            return fact.narrowed
    return one


def _is_of(value: Value, one: Value) -> bool:
    """Whether a value is the element, or what a parameter holds of it."""
    while value is not one and value.same is not None:
        value = value.same
    return value is one


def some_list(run: Run, start: int, one: Value) -> Value:
    """A list of who knows how many of such elements."""
    made = sequence(run, start, "list", ())
    put(run, made.sites[0], STAR, one, weak=True)
    put(run, made.sites[0], LENGTH, UNKNOWN)
    return made


def called(run: Run, callback: Value, given: Given, node: Node) -> Value:
    """What a callback gives."""
    from coderev.analysis.taint.calls import apply

    return apply(run, callback, given, node)


def _call(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    rebound = receiver
    if given.positional:
        rebound = Value(
            sites=tuple(
                site.bound(given.positional[0])
                if isinstance(site, FunctionSite) and site.binding != "lexical"
                else site
                for site in receiver.sites
            )
        )
    return called(run, rebound, Given(given.positional[1:], {}, given.rest), node)


def _apply(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    listed = given.at(1)
    known = elements(run, listed) if listed is not None else []
    rest = None if known is not None or listed is None else join_taint(any_element(run, listed), listed.taint)
    return _call(run, receiver, Given((*given.positional[:1], *(known or ())), {}, rest), node)


def _bound(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    from coderev.analysis.taint.later import bound

    if not given.positional:
        return receiver
    made = Value(
        sites=tuple(
            site.bound(given.positional[0]) if isinstance(site, FunctionSite) else site for site in receiver.sites
        )
    )
    return bound(run, made, Given(given.positional[1:]), node) if len(given.positional) > 1 else made


def _delayed(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    """`task.delay(x)`: somebody calls the function later, with the same arguments."""
    from coderev.analysis.taint.library import attempt

    attempt(run, lambda: called(run, receiver, given, node))
    return UNKNOWN


def _sent(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    """`task.apply_async(args, kwargs)`."""
    listed = given.at(0, "args")
    known = elements(run, listed) if listed is not None else []
    rest = None if known is not None or listed is None else join_taint(any_element(run, listed), listed.taint)
    return _delayed(run, receiver, Given(tuple(known or ()), {}, rest), node)


def _then(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    """`promise.then(done, failed)`: what the functions give, or what the promise held."""
    from coderev.analysis.taint.expressions import settled
    from coderev.analysis.taint.library import attempt

    value = settled(run, receiver)
    done = given.at(0)
    result = value if done is None or not done.sites else called(run, done, Given((value,)), node)
    if (failed := given.at(1)) is not None:
        result = join(result, attempt(run, lambda: called(run, failed, Given((UNKNOWN,)), node)))
    return result


def _catch(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    from coderev.analysis.taint.library import attempt

    failed = given.at(0)
    error = Value(taint=run.project.error(run, node))
    if failed is None:
        return receiver
    result = attempt(run, lambda: called(run, failed, Given((error,)), node))
    return join(receiver, result) if result is not UNKNOWN else receiver


def _at_last(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    if (function := given.at(0)) is not None:
        called(run, function, Given(), node)
    return receiver


OF_FUNCTIONS: dict[str, Method] = {
    "call": _call, "apply": _apply, "bind": _bound, "delay": _delayed, "apply_async": _sent,
}  # fmt: skip
OF_PROMISES: dict[str, Method] = {"then": _then, "catch": _catch, "finally": _at_last}
OF_ELEMENTS: dict[str, Method] = {
    "map": _each("list"), "flatMap": _each("list"), "forEach": _each("nothing"), "filter": _each("kept"),
    "find": _each("one"), "findLast": _each("one"), "findIndex": _each("number"), "some": _each("some"),
    "every": _each("every"), "reduce": _each("fold"), "reduceRight": _each("fold"),
}  # fmt: skip
