"""Walks from the top: handlers that a framework calls, with what it hands them."""

import msgspec

from coderev.analysis.taint.annotations import calls_in, is_enforced, is_text, leaves, names_of
from coderev.analysis.taint.callbacks import some_list
from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.contexts import BIT, EVERY, MASK
from coderev.analysis.taint.decorating import annotated, leftover
from coderev.analysis.taint.form import Assign, Call, Constant, Element, Expression, Name, Parameter, Sequence
from coderev.analysis.taint.functions import construct, finish
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.library import attempt, strike
from coderev.analysis.taint.members import labelled
from coderev.analysis.taint.memory import elements, library_type, lineage, put, sequence
from coderev.analysis.taint.pack import EntryRow, Returned, SinkRow
from coderev.analysis.taint.pack import Given as GivenRow
from coderev.analysis.taint.patterns import cleared_by
from coderev.analysis.taint.run import Run, Unreachable, evaluate
from coderev.analysis.taint.value import (
    NUMBER,
    STAR,
    UNKNOWN,
    ClassSite,
    FunctionSite,
    Library,
    Object,
    Site,
    Taint,
    Value,
    cleaned,
    join_all,
)

ROUTE_MATCHES = 32  # parameters of one route
NUMBERS = ("int", "float")
DEPENDENCY = 30  # levels of nesting that a function which a framework calls for a parameter counts for
DEPENDENT = 300  # levels below which none is followed any more


def walk_entry(run: Run, site: FunctionSite, row: EntryRow, route: str) -> Value:
    """Walk a handler with what its framework hands it, and judge what it returns."""
    project, function = run.project, site.function
    project.shared.told_code(site)
    file = project.file(site.home)
    frame = project.new_frame()
    inner = Run(
        project=project,
        file=file,
        function=function,
        frames=((frame, function.bound | {"this", "arguments"}), *site.frames),
        state=run.now,
        key=(site.home, function.start, "entry"),
    )
    inner.root = run.root
    outer, inner.root.cleared = inner.root.cleared, project.defences.cleared(site)
    inner.now.enter(frame)
    project.defences.enforce(inner, site, row)
    for name, value in _handed(inner, site, row, route).items():
        inner.now.assign(frame, name, value)
    finish(inner)
    inner.root.cleared = outer
    for (value, state), node in zip(inner.returns, inner.return_nodes, strict=False):
        inner.state = state
        for returned in row.returns:
            _judge(inner, value, returned, node)
    leftover(inner)
    from coderev.analysis.taint.state import joined_all

    run.state = joined_all(state for _, state in inner.returns)
    if run.state is None:
        raise Unreachable
    return join_all(inner.yields if function.is_generator else (value for value, _ in inner.returns))


def _handed(run: Run, site: FunctionSite, row: EntryRow, route: str) -> dict[str, Value]:
    parameters = list(site.function.parameters)
    values: dict[str, Value] = {}
    if site.binding in ("instance", "class") and not run.file.is_script and parameters:
        receiver = site.receiver or UNKNOWN
        if site.receiver is None and site.owner is not None:
            receiver = construct(run, site.owner, Given(), site.function)
        values[parameters.pop(0).name] = receiver
    if run.file.is_script and site.binding != "lexical":
        values["this"] = site.receiver or UNKNOWN
    clean = _enforced(row, route)
    for number, parameter in enumerate(parameters):
        given = row.by_name.get(parameter.name)
        if given is None and number < len(row.parameters):
            given = row.parameters[number]
        if given is None:
            given = row.others
        if parameter.name in clean:
            given = None
        values[parameter.name] = _value(run, row, parameter, given)
    return values


def _enforced(row: EntryRow, route: str) -> frozenset[str]:
    """The parameters that the route itself makes harmless."""
    if row.route is None or not route:
        return frozenset()
    pattern = compiled(row.route.pattern)
    found = []
    for match in list(pattern.finditer(route))[:ROUTE_MATCHES]:
        groups = match.groupdict()
        if groups.get("type") in row.route.enforced:
            found.append(groups.get("name") or "")
    return frozenset(found)


def _value(run: Run, row: EntryRow, parameter: Parameter, given: GivenRow | None) -> Value:
    annotation = parameter.annotation
    sites = annotated(run, annotation) if annotation is not None else ()
    if given is not None and (call := _injected(run, row, parameter)) is not None:
        return _provided(run, row, parameter, call, given)
    if given is None:
        return Value(sites=sites)
    if row.annotations and is_enforced(run, annotation, row.annotations):
        return _amount(run, parameter, given) if is_enforced(run, annotation, NUMBERS) else Value(sites=sites)
    if isinstance(annotation, Call) and _is_piped(run, annotation, row):
        return Value()
    return _from_outside(run, row, parameter, given, sites)


def _from_outside(run: Run, row: EntryRow, parameter: Parameter, given: GivenRow, sites: tuple[Site, ...]) -> Value:
    """What is handed over as it came, in an object that the framework fills, or of a type of its own."""
    if row.models and (model := _model(run, row, parameter, given)) is not None:
        return model
    if given.type is not None:
        sites = (Library(given.type),)
    if given.kind is None:
        return Value(sites=sites)
    clean = _shown_by(parameter.annotation) | _shown_by(parameter.default)
    is_plain = bool(row.annotations) and is_text(run, parameter.annotation)
    for context in (*given.clean, *(("nosql", "type") if is_plain else ())):
        clean |= MASK[context]
    return _tainted(run, parameter, given, clean, sites)


def _amount(run: Run, parameter: Parameter, given: GivenRow) -> Value:
    """A number that the framework converted: it says how much, unless the framework knows a limit."""
    written = (parameter.default, *calls_in(parameter.annotation))
    names = {argument.name for call in written if isinstance(call, Call) for argument in call.arguments}
    if given.kind is None or not names.isdisjoint(("le", "lt")):
        return NUMBER
    return _tainted(run, parameter, given, EVERY & ~BIT["size"], ()).but(kind="number")


def _is_piped(run: Run, decorator: Call, row: EntryRow) -> bool:
    """Whether a parameter's decorator names something that converts it: `@Query("page", ParseIntPipe)`."""
    sites = [site for argument in decorator.arguments for site in evaluate(run, argument.value).sites]
    named = {library_type(run, site) for site in sites if isinstance(site, Object | Library)}
    return not named.isdisjoint(row.annotations)


def _tainted(run: Run, parameter: Parameter, given: GivenRow, clean: int, sites: tuple[Site, ...]) -> Value:
    """What comes from outside in a parameter; what takes all further ones is a container of that."""
    assert given.kind is not None  # noqa: S101 - only such are sources
    taint = labelled(run, given.kind, f"`{parameter.name}` is {given.note}", parameter, EVERY & ~clean)
    if parameter.kind == "keyword-rest":
        site = Object((*run.key, parameter.start, "keywords"), "dict")
        put(run, site, STAR, Value(taint=taint), weak=True)
        return Value(sites=(site,))
    if parameter.kind == "rest":
        return sequence(run, parameter.start, "list", [Value(taint=taint)])
    return Value(taint=taint, sites=sites)


def _injected(run: Run, row: EntryRow, parameter: Parameter) -> Call | None:
    """The call that names the function whose result the framework hands over."""
    if row.injected:
        written = [parameter.default] if isinstance(parameter.default, Call) else []
        for call in (*written, *calls_in(parameter.annotation)):
            if not set(evaluate(run, call.function).names).isdisjoint(row.injected):
                return call
    return None


def _provided(run: Run, row: EntryRow, parameter: Parameter, call: Call, given: GivenRow) -> Value:
    """What the function returns, or the instance of the class, that the framework itself calls for a parameter."""
    made: list[Value] = []
    inner = msgspec.structs.replace(row, returns=(), route=None, parameters=(), by_name={})
    for site in _providers(run, parameter, call):
        if run.project.depth > DEPENDENT:
            run.project.shared.spoil()
            return _tainted(run, parameter, given, 0, ()) if given.kind is not None else UNKNOWN
        run.project.depth += DEPENDENCY
        try:
            if isinstance(site, FunctionSite):
                made.append(attempt(run, lambda site=site: walk_entry(run, site, inner, "")))  # type: ignore[misc]
            elif isinstance(site, ClassSite) and given.kind is not None:
                rest = _tainted(run, parameter, given, 0, ())
                made.append(attempt(run, lambda site=site, rest=rest: construct(run, site, Given(rest=rest), call)))  # type: ignore[misc]
        finally:
            run.project.depth -= DEPENDENCY
    return join_all(made)


def _providers(run: Run, parameter: Parameter, call: Call) -> tuple[Site, ...]:
    """What is called for a parameter: the argument of the call, or without one what the annotation names."""
    if call.arguments:
        return evaluate(run, call.arguments[0].value).sites
    found = [] if parameter.annotation is None else [leaf for leaf, _ in leaves(run, parameter.annotation)]
    return evaluate(run, found[0]).sites if found else ()


def _model(run: Run, row: EntryRow, parameter: Parameter, given: GivenRow) -> Value | None:
    """A parameter that the framework makes an object of: its fields come from outside, save those of enforced types."""
    if parameter.annotation is None or given.kind is None:
        return None
    clean = 0
    for context in given.clean:
        clean |= MASK[context]
    for leaf, is_part in leaves(run, parameter.annotation):
        if names_of(run, leaf).isdisjoint(row.models):
            continue
        taint = labelled(run, given.kind, f"`{parameter.name}` is {given.note}", parameter, EVERY & ~clean)
        made = [_made(run, row, site, taint) for site in evaluate(run, leaf).sites if isinstance(site, ClassSite)]
        if made:
            return some_list(run, parameter.start, join_all(made)) if is_part else join_all(made)
    return None


def _made(run: Run, row: EntryRow, site: ClassSite, taint: Taint) -> Value:
    """An object of a class whose annotated fields the framework fills."""
    made = Object(("model", *site.identity), "instance", site)
    for base in lineage(site):
        for field in base.definition.body if isinstance(base, ClassSite) else ():
            if isinstance(field, Assign) and isinstance(field.target, Name) and field.annotation is not None:
                put(run, made, field.target.name, _field(run, row, field, taint))
    return Value(sites=(made,))


def _field(run: Run, row: EntryRow, field: Assign, taint: Taint) -> Value:
    if is_enforced(run, field.annotation, row.annotations):
        return UNKNOWN
    text = MASK["nosql"] | MASK["type"] if is_text(run, field.annotation) else 0
    return Value(taint=cleaned(taint, text | _shown_by(field.annotation) | _shown_by(field.value)))


def _shown_by(written: Expression | None) -> int:
    """What a pattern that the framework enforces shows: `Field(pattern=…)`, `Annotated[str, Query(regex=…)]`."""
    if isinstance(written, Element):
        inner = written.key.items if isinstance(written.key, Sequence) else (written.key,)
        return max((_shown_by(each) for each in inner), default=0)
    if isinstance(written, Call):
        for argument in written.arguments:
            text = argument.value.value if isinstance(argument.value, Constant) else None
            if argument.name in ("pattern", "regex") and isinstance(text, str):
                return cleared_by(text, whole=False)
    return 0


def _is_typed(run: Run, types: tuple[str, ...]) -> bool:
    """Whether one of the parameters is of one of some types now."""
    held = [run.now.variable(run.frames[0][0], parameter.name) for parameter in run.function.parameters]
    sites = [site for value in held if value is not None for site in value.sites]
    return any(library_type(run, site) in types for site in sites if isinstance(site, Object | Library))


def _judge(run: Run, value: Value, returned: Returned, node: object) -> None:
    """What a handler returns is what a client reads; the first of a tuple is the body."""
    body = value
    if returned.context == "disclosure":  # what an object holds is told as well
        row = SinkRow(context=returned.context, rule=returned.rule, kinds=returned.kinds)
        strike(run, row, value, node, sure=True)  # type: ignore[arg-type]
        return
    if returned.where_typed and not _is_typed(run, returned.where_typed):
        return
    for site in value.sites:
        if isinstance(site, Object) and site.shape == "tuple":
            parts = elements(run, value)
            body = parts[0] if parts else UNKNOWN
        elif isinstance(site, Object):
            return
    names = set(body.names)
    for name in list(names):
        names |= run.file.catalogue.inherits(name)
    if any(isinstance(site, Object) for site in body.sites) or names & set(returned.unless_types):
        return
    row = SinkRow(context=returned.context, rule=returned.rule, kinds=returned.kinds)
    strike(run, row, Value(taint=body.taint), node, sure=True)  # type: ignore[arg-type]
