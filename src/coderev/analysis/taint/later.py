"""What is called or known later: promises, timers, functions with some arguments bound, modules of an expression."""

from collections.abc import Callable

from coderev.analysis.taint.callbacks import called, some_list
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import (
    allocate,
    allocate_as,
    any_element,
    cells,
    elements,
    get,
    is_made,
    join_taint,
    load,
    put,
    sequence,
    store,
)
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.state import LENGTH
from coderev.analysis.taint.value import (
    BOOLEAN,
    NUMBER,
    STAR,
    UNKNOWN,
    ClassSite,
    FunctionSite,
    Library,
    Object,
    Resolver,
    Value,
    at,
    constant,
    join_all,
    named,
)

Known = Callable[[Run, Value | None, Given, Node], Value | None]
_FUNCTION = "#function"  # the cell of what a partial call calls


def _promised(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    site = allocate_as(run, node, "promise")
    executor = given.at(0)
    put(run, site, "value", UNKNOWN)
    if executor is not None:
        run.now.drop(site, "value")
        called(run, executor, Given((at(Resolver(site)), UNKNOWN)), node)
    return at(site)


def _all_of(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    from coderev.analysis.taint.expressions import settled

    held = given.at(0) or UNKNOWN
    found = elements(run, held)
    if found is None:
        return some_list(run, node.start, settled(run, join_taint(any_element(run, held), held.taint)))
    return sequence(run, node.start, "list", [settled(run, value) for value in found])


def _gathered(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    """`asyncio.gather(one, two)`: its arguments are what JavaScript's `Promise.all` has in an array."""
    if given.rest is not None:
        return some_list(run, node.start, join_all(given.all))
    return _all_of(run, receiver, Given((sequence(run, node.end, "list", given.positional),)), node)


def any_of(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    """Any element of what is given, as it is once its promise is settled."""
    from coderev.analysis.taint.expressions import settled

    held = given.at(0) or UNKNOWN
    return settled(run, join_taint(any_element(run, held), held.taint))


def _deferred(run: Run, _: Value | None, given: Given, node: Node) -> Value | None:
    """`setTimeout(function, …)`: the function is called."""
    function = given.at(0)
    if function is not None and any(isinstance(site, FunctionSite) or is_partial(site) for site in function.sites):
        from coderev.analysis.taint.library import attempt

        attempt(run, lambda: called(run, function, Given(given.positional[2:]), node))
        return NUMBER
    return None


def is_partial(site: object) -> bool:
    """Whether a site is a function with some of its arguments."""
    return isinstance(site, Object) and is_made(site, "partial")


def bound(run: Run, function: Value, given: Given, node: Node) -> Value:
    """A function with some of its arguments: the call with the others has them all."""
    site = allocate_as(run, node, "partial")
    put(run, site, _FUNCTION, function)
    for number, value in enumerate(given.positional):
        put(run, site, number, value)
    put(run, site, LENGTH, constant(len(given.positional)))
    for name, value in given.keywords.items():
        put(run, site, name, value)
    return at(site)


def completed(run: Run, site: Object, given: Given) -> tuple[Value, Given]:
    """What a call of such a function calls, and with what."""
    function, length = get(run, site, _FUNCTION) or UNKNOWN, get(run, site, LENGTH) or UNKNOWN
    count = length.literal if isinstance(length.literal, int) else 0
    first = tuple(get(run, site, number) or UNKNOWN for number in range(count))
    names = {key: value for key, value in run.now.cells(site).items() if isinstance(key, str) and key[:1] != "#"}
    return function, Given((*first, *given.positional), {**names, **given.keywords}, given.rest)


def _partial(run: Run, _: Value | None, given: Given, node: Node) -> Value | None:
    function = given.at(0)
    if function is None or not any(isinstance(site, FunctionSite | ClassSite | Library) for site in function.sites):
        return None
    return bound(run, function, Given(given.positional[1:], given.keywords, given.rest), node)


def _required(run: Run, _: Value | None, given: Given, __: Node) -> Value | None:
    """`require` and `import` in an expression: what a file of the project exports, else something of the library."""
    module = (given.at(0) or UNKNOWN).text
    if module is None or not run.file.is_script:
        return None
    path = run.project.script(module, run.file.path)
    if path is not None and path != run.file.path:
        return run.project.exported(path, "")
    return named(module.removeprefix("node:"))


def _listened(run: Run, receiver: Value | None, given: Given, node: Node) -> Value | None:
    """`emitter.on(name, function)`: whoever emits the name calls it; somebody may do so with who knows what."""
    from coderev.analysis.taint.library import attempt

    name, function = given.at(0), given.at(1)
    if receiver is None or name is None or function is None:
        return None
    for site in receiver.sites:
        put(run, site, ("listener", name.literal), function, weak=True)
    attempt(run, lambda: called(run, function, Given(rest=UNKNOWN), node))
    return receiver


def _emitted(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    from coderev.analysis.taint.library import attempt

    name = given.at(0) or UNKNOWN
    for site in () if receiver is None else receiver.sites:
        if (function := get(run, site, ("listener", name.literal))) is not None:
            attempt(run, lambda function=function: called(run, function, Given(given.positional[1:]), node))  # type: ignore[misc]
    return BOOLEAN


def _defaulted(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """`defaultdict(factory)`: under every key that nothing was stored to is what the factory makes."""
    site = allocate(run, node.start, "dict")
    run.now.forget(site)
    if (factory := given.at(0)) is not None and factory.sites:
        put(run, site, STAR, called(run, factory, Given(), node), weak=True)
    return at(site)


def _property(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    """`Object.defineProperty(object, name, { value })`."""
    held, name, described = given.at(0) or UNKNOWN, given.at(1), given.at(2)
    if name is not None and described is not None:
        store(run, held, name.text if name.text is not None else STAR, load(run, described, "value"))
    return held


def _as_mapping(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """`dataclasses.asdict(instance)`: its attributes by name. A parameter has them under the same keys."""
    held = given.at(0) or UNKNOWN
    site = allocate(run, node.start, "dict")
    run.now.forget(site)
    for each in held.sites:
        for key, value in cells(run, each).items() if isinstance(each, Object) else ():
            put(run, site, key, value)
    others = tuple(each for each in held.sites if not isinstance(each, Object))
    return Value(sites=(site, *others), taint=held.taint)


_EMITTERS = ("events", "events.EventEmitter", "EventEmitter", "eventemitter3")


def _awaited(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    """`await (x).y()`, which the grammar takes for a call of `await`."""
    from coderev.analysis.taint.expressions import settled

    return settled(run, given.at(0) or UNKNOWN)


LATER: dict[str, Known] = {
    "await": _awaited,
    **{f"{name}.{method}": _listened for name in _EMITTERS for method in ("on", "once", "addListener")},
    **{f"{name}.emit": _emitted for name in _EMITTERS},
    "collections.defaultdict": _defaulted,
    **dict.fromkeys(("dataclasses.asdict", "attr.asdict", "attrs.asdict"), _as_mapping),
    "Object.defineProperty": _property,
    **dict.fromkeys(("require", "import"), _required),
    "functools.partial": _partial,
    "Promise": _promised,
    **dict.fromkeys(("Promise.all", "Promise.allSettled"), _all_of),
    "asyncio.gather": _gathered,
    **dict.fromkeys(("Promise.race", "Promise.any"), any_of),
    **dict.fromkeys(("setTimeout", "setImmediate", "process.nextTick", "queueMicrotask", "setInterval"), _deferred),
}
