"""Calling a function of the project: bind what is given, walk it or use its summary, and say what a test proves."""

from collections.abc import Iterable

from coderev.analysis.taint.form import Node, Parameter
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import allocate, cells, class_cells, put, reaching, sequence
from coderev.analysis.taint.run import Run, Unreachable, evaluate, execute
from coderev.analysis.taint.state import State, joined_all
from coderev.analysis.taint.value import (
    CLEAN,
    STAR,
    UNKNOWN,
    ClassSite,
    Fact,
    FunctionSite,
    Library,
    Object,
    Taint,
    Value,
    at,
    constant,
    is_real,
    join_all,
    stepped,
    union,
    unsure,
)

SMALL = 2  # rank by size of a function that is walked again where its arguments tell more than its summary
TINY = 1  # of one that is walked again for a constant
TINIEST = 0  # of such a one that leads to no source and no sink
INLINE_DEPTH = 3  # walks in one another
CLOSURE_DEPTH = 6  # the same for functions that have no summary, since they see the variables of another
NOTHING = constant(None)


def invoke(run: Run, site: FunctionSite, given: Given, node: Node) -> Value:
    """Call a function: walked again with what is given where that tells more, else by its summary."""
    project = run.project
    if len(site.frames) == 1 or all(frame in run.now.frames or project.shared.has(frame) for frame, _ in site.frames):
        project.invoke(site)
    run.project.spend(run.file.path, 2)
    if _walks(run, site, given):
        return inline(run, site, given, node)
    if len(site.frames) > 1 or not project.is_known(site.home):
        return Value(taint=unknown_taint(run, given))
    from coderev.analysis.taint.summaries import apply_summary, summary_of

    return apply_summary(run, site, summary_of(project, site), given, node)


def unknown_taint(run: Run, given: Given) -> Taint:
    """What a call that is not followed hands on."""
    taint = CLEAN
    for value in given.all:
        taint = union(taint, reaching(run, value))
    return unsure(taint)


def _walks(run: Run, site: FunctionSite, given: Given) -> bool:
    active = [key for key in run.key if isinstance(key, tuple) and key and key[0] == "in"]
    deepest = INLINE_DEPTH if len(site.frames) == 1 else CLOSURE_DEPTH
    if len(active) >= CLOSURE_DEPTH and len(site.frames) > 1:
        run.project.cap(run.file.path, "functions in functions that call each other too deep were not followed")
    if len(active) >= deepest or ("in", *site.identity[:3]) in active or run.project.is_spent:
        return False
    if len(site.frames) > 1 or not run.project.is_known(site.home):
        return True
    values = given.all if site.receiver is None else (*given.all, site.receiver)
    tiny = TINY if run.project.matters(site) else TINIEST
    if site.rank <= tiny and not active and (any(value.is_known for value in values) or _takes_defaults(site, given)):
        return True
    return site.rank <= SMALL and (_tell(run, values) or any(_is_function(value) for value in given.all))


def _takes_defaults(site: FunctionSite, given: Given) -> bool:
    """Whether a parameter is left to its default, which is often a constant that decides what happens."""
    wanted = sum(parameter.default is not None for parameter in site.parameters)
    needed = len(site.parameters) - (site.receiver is not None and not site.owner_is_script)
    return wanted > 0 and len(given.positional) + len(given.keywords) < needed


def _is_function(value: Value) -> bool:
    return any(isinstance(each, FunctionSite) for each in value.sites)


def _tell(run: Run, values: tuple[Value, ...]) -> bool:
    """Whether values say more than parameters of a summary can: requests, and objects with what is dangerous."""
    has_objects = is_tainted = False
    for value in values:
        for each in value.sites:
            if isinstance(each, Library) and run.file.catalogue.gives(each.name):
                return True
            has_objects = has_objects or isinstance(each, Object | Library)
        is_tainted = is_tainted or is_real(reaching(run, value)) or _keeps(run, value)
    return has_objects and is_tainted


def _keeps(run: Run, value: Value) -> bool:
    """Whether an instance of the project's own class keeps what is dangerous, for its methods to hand on."""
    own = [site for site in value.sites if isinstance(site, Object) and isinstance(site.type, ClassSite)]
    return any(is_real(held.taint) for site in own for held in cells(run, site).values())


def bind(run: Run, site: FunctionSite, given: Given) -> dict[str, Value]:
    """What each parameter gets. Defaults are evaluated where the function is called: their effects are not known."""
    parameters = list(site.parameters)
    bound = _receiver(run, site, given, parameters)
    index = 0
    for parameter in parameters:
        if parameter.kind == "rest":
            bound[parameter.name] = _rest(run, parameter, given, index)
        elif parameter.kind == "keyword-rest":
            bound[parameter.name] = _keyword_rest(run, parameter, given, bound)
        else:
            value = given.at(index if parameter.kind != "keyword" else -1, parameter.name)
            index += parameter.kind != "keyword"
            bound[parameter.name] = value or default_of(run, site, parameter, bound)
    return bound


def _receiver(run: Run, site: FunctionSite, given: Given, parameters: list[Parameter]) -> dict[str, Value]:
    """JavaScript's `this` and `arguments`, or Python's first parameter, which is then taken from the list."""
    bound: dict[str, Value] = {}
    if run.project.file(site.home).is_script:
        if _own_this(site):
            bound["this"] = site.receiver or UNKNOWN
        if site.takes_all:
            bound["arguments"] = sequence(run, site.identity[1], "list", given.positional)
    elif site.receiver is not None and parameters and parameters[0].kind in ("plain", "positional"):
        bound[parameters.pop(0).name] = site.receiver
    return bound


def default_of(run: Run, site: FunctionSite, parameter: Parameter, bound: dict[str, Value]) -> Value:
    """What a parameter is where nothing is given for it, in the words of where the function stands.

    JavaScript's defaults may use the parameters before them.
    """
    if parameter.default is None:
        return UNKNOWN
    run.project.shared.told("header", site.home)
    outer, frame = (run.file, run.frames), run.project.new_frame()
    run.file, run.frames = run.project.file(site.home), site.frames
    if run.file.is_script and bound:
        run.now.frames[frame] = bound
        run.frames = ((frame, frozenset(bound)), *site.frames)
    try:
        return evaluate(run, site.default(parameter))
    except Unreachable:
        return UNKNOWN
    finally:
        run.file, run.frames = outer
        if run.state is not None:
            run.state.frames.pop(frame, None)


def _rest(run: Run, parameter: Parameter, given: Given, index: int) -> Value:
    held = sequence(run, parameter.start, "list", given.positional[index:])
    if given.rest is not None and isinstance(site := held.sites[0], Object):
        put(run, site, STAR, given.rest, weak=True)
    return held


def _keyword_rest(run: Run, parameter: Parameter, given: Given, bound: dict[str, Value]) -> Value:
    site = allocate(run, parameter.start, "dict")
    run.now.forget(site)
    for name, value in given.keywords.items():
        if name not in bound:
            put(run, site, name, value)
    if given.rest is not None:
        put(run, site, STAR, given.rest, weak=True)
    return at(site)


def inline(run: Run, site: FunctionSite, given: Given, node: Node) -> Value:
    """Walk a function from what is known here. Raises Unreachable where it never returns."""
    project, function = run.project, site.function
    project.shared.told_code(site)
    state = run.now
    frame = project.new_frame()
    inner = Run(
        project=project,
        file=project.file(site.home),
        function=function,
        frames=((frame, function.bound | {"this", "arguments"} if _own_this(site) else function.bound), *site.frames),
        state=state,
        key=(*run.key, (node.start, run.file.path), ("in", *site.identity[:3])),
    )
    inner.raised, inner.loops, inner.root, inner.thrown = run.raised, run.loops, run.root, run.thrown
    values = bind(run, site, given)
    note = f"passed to `{function.name or 'a function'}`"
    state.enter(frame)
    for name, value in values.items():
        told = value if not value.taint or name in ("this", "arguments") else _entered(run, value, node, note)
        state.assign(frame, name, told)
    finish(inner)
    result = returned(inner)
    run.state = joined_all(state for _, state in inner.returns)
    if run.state is None:
        raise Unreachable
    watched = (*given.all, *(() if site.receiver is None else (site.receiver,)))
    facts = shown(inner.returns, watched)
    if not inner.closures:
        run.state.frames.pop(frame, None)
    if result.taint:
        result = result.but(taint=stepped(result.taint, run.place(node), f"returned by `{function.name or 'it'}`"))
    return result.but(facts=facts) if facts else result


def _own_this(site: FunctionSite) -> bool:
    return site.binding != "lexical"


def _entered(run: Run, value: Value, node: Node, note: str) -> Value:
    """The argument as the parameter; a guard on that is one on the argument too (`truths.prove`)."""
    return value.but(taint=stepped(value.taint, run.place(node), note), copied=value)


def finish(inner: Run) -> None:
    """Walk the body; falling off its end returns nothing. Patterns in the place of parameters are taken apart first."""
    from coderev.analysis.taint.statements import assign

    for parameter in inner.function.parameters:
        if parameter.target is not None and inner.state is not None:
            held = inner.state.variable(inner.frames[0][0], parameter.name) or UNKNOWN
            assign(inner, parameter.target, held, parameter)
    execute(inner, inner.function.body)
    if inner.state is not None:
        inner.returns.append((NOTHING, inner.state))
        inner.return_nodes.append(inner.function)
        inner.state = None


def returned(inner: Run) -> Value:
    """What a walk returns: for a generator, something whose elements are what it yields."""
    value = join_all(value for value, _ in inner.returns)
    if not inner.function.is_generator:
        return value
    site = Object((*inner.key, inner.function.start, "yields"), "list", many=True)
    for _, state in inner.returns:
        state.add(site, STAR, join_all(inner.yields))
    return at(site)


def shown(returns: Iterable[tuple[Value, State]], watched: Iterable[Value]) -> tuple[Fact, ...]:
    """What a true or a false result proves of values that the caller still has."""
    kept = list(returns)
    facts: list[Fact] = []
    for value in watched:
        if not value.taint:
            continue
        for on in (True, False):
            seen = [state.seen(value) for result, state in kept if result.truth() in (on, None)]
            if seen and all(narrowed is not value for narrowed in seen):
                facts.append(Fact(on, value, join_all(seen)))
    for result, _ in kept:
        facts += result.facts if len(kept) == 1 else ()
    return tuple(facts)


def construct(run: Run, site: ClassSite | FunctionSite, given: Given, node: Node) -> Value:
    """Make an instance and run its constructor."""
    made = allocate(run, node.start, "instance", site)
    self_value = at(made)
    name = "constructor" if run.project.file(site.home).is_script else "__init__"
    if isinstance(site, FunctionSite):
        bound = site.bound(self_value)
        result = invoke(run, bound, Given(given.positional, given.keywords, given.rest), node)
        return result if any(isinstance(each, Object) for each in result.sites) else self_value
    _fields(run, site, made)
    for value in class_cells(run, site, name):
        for each in value.sites:
            if isinstance(each, FunctionSite):
                invoke(run, each.bound(self_value), Given(given.positional, given.keywords, given.rest), node)
            elif isinstance(each, Library):
                return _of_library(run, site, made, given)
        return self_value
    return _record(run, site, made, given)


def _of_library(run: Run, site: ClassSite, made: Object, given: Given) -> Value:
    """An instance whose constructor is the library's: its fields have what is given for them, all else is anywhere."""
    fields = run.project.fields_of(site)
    for value in (*given.positional[len(fields) :], *(() if given.rest is None else (given.rest,))):
        if value.taint:
            put(run, made, STAR, value, weak=True)
    return _record(run, site, made, given)


def _record(run: Run, site: ClassSite, made: Object, given: Given) -> Value:
    """A class without a constructor, such as a data class: its annotated attributes are given in order."""
    for name, value in zip(run.project.fields_of(site), given.positional, strict=False):
        put(run, made, name, value)
    for name, value in given.keywords.items():
        put(run, made, name, value)
    return at(made)


def _fields(run: Run, site: ClassSite, made: Object) -> None:
    """JavaScript's fields belong to each instance; Python's class attributes are looked up in the class."""
    if run.project.file(site.home).is_script:
        for key, value in list(run.now.cells(site).items()):
            if not any(isinstance(each, FunctionSite) for each in value.sites):
                put(run, made, key, value)
