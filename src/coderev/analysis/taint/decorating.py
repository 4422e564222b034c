"""What stands around a definition: decorators, annotations, and functions in it that nobody calls."""

from typing import TYPE_CHECKING

from coderev.analysis.taint.form import Call, Expression, Name
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.pack import EntryRow
from coderev.analysis.taint.registry import convention
from coderev.analysis.taint.run import Run, evaluate
from coderev.analysis.taint.value import UNKNOWN, ClassSite, FunctionSite, Library, Object, Site, Value, at

if TYPE_CHECKING:
    from coderev.analysis.taint.library import Situation


def decorated(run: Run, decorator: Expression, value: Value) -> Value:
    """A decorated definition: an entry of a framework, what a decorator of the project makes of it, or itself."""
    from coderev.analysis.taint.calls import apply, arguments
    from coderev.analysis.taint.library import Situation, attempt

    is_call = isinstance(decorator, Call)
    function = evaluate(run, decorator.function if isinstance(decorator, Call) else decorator)
    given = arguments(run, decorator.arguments) if isinstance(decorator, Call) else Given()
    for site in function.sites or (Library(_last_name(decorator)),):
        if isinstance(site, Library):
            _of_library(run, Situation(run, site.name, None, given, decorator), decorator, value)
    if not any(isinstance(site, FunctionSite | ClassSite) for site in function.sites):
        return value
    if is_call:
        function = attempt(run, lambda: apply(run, function, given, decorator))
    made = attempt(run, lambda: apply(run, function, Given((value,)), decorator))
    return made if any(isinstance(site, FunctionSite) for site in made.sites) else value


def _of_library(run: Run, situation: "Situation", decorator: Expression, value: Value) -> None:
    """A decorator of the library may make an entry, or be wrong by itself."""
    name = situation.name
    model = run.file.catalogue.named(name) or run.file.catalogue.method(name.rpartition(".")[2])
    for row in model.decorators if model else ():
        if isinstance(row, EntryRow):
            if row.when and situation.applies(row.when) is not True:
                continue
            route = next((v.text for v in situation.values(row.route.at)), None) if row.route else None
            run.project.entries.enter(run, value, row, route or "")
        elif situation.applies(row.when, row.unless) is True:
            run.project.misconfigured(run, row.rule, decorator)


def leftover(run: Run) -> None:
    """Functions that a walk defined and nobody called: somebody will, with who knows what."""
    from coderev.analysis.taint.functions import inline
    from coderev.analysis.taint.library import attempt
    from coderev.analysis.taint.state import joined_all

    waiting = [site for site in run.closures if site.walk not in run.project.invoked]
    if not waiting or not run.returns:
        return
    run.state = joined_all(state for _, state in run.returns)
    if run.state is None:
        return
    run.state = run.state.fork()
    for site in waiting:
        run.project.invoke(site)
        entry = convention(run.file, site)
        if entry is not None:
            run.project.entries.enter(run, at(site), entry)
        else:
            given = Given(tuple(UNKNOWN for _ in site.function.parameters))
            attempt(run, lambda site=site, given=given: inline(run, site, given, site.function))  # type: ignore[misc]


def annotated(run: Run, annotation: Expression) -> tuple[Site, ...]:
    """What instances of an annotation's type are."""
    if not isinstance(annotation, Name) and annotation.__class__.__name__ not in ("Attribute", "Constant"):
        return ()
    value = evaluate(run, annotation)
    found: list[Site] = []
    for site in value.sites:
        if isinstance(site, Library) and site.name.rpartition(".")[2][:1].isupper():
            found.append(site)
        elif isinstance(site, ClassSite):
            found.append(Object(("typed", *site.identity), "instance", site, many=True))
    return tuple(found)


def _last_name(expression: Expression) -> str:
    inner = expression.function if isinstance(expression, Call) else expression
    name = getattr(inner, "name", "")
    return f"*.{name}" if name else "*"
