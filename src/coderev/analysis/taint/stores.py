"""Sinks and settings that are stored to: `element.innerHTML = x`, `session["user"] = x`, `o[k1][k2] = x`."""

from coderev.analysis.taint.catalogue import Model
from coderev.analysis.taint.conditions import compiled
from coderev.analysis.taint.contexts import BIT
from coderev.analysis.taint.form import Assign, Attribute, Element, Name, Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.library import Situation, strike
from coderev.analysis.taint.memory import library_type
from coderev.analysis.taint.pack import SinkRow
from coderev.analysis.taint.root import Sink
from coderev.analysis.taint.run import Run, evaluate
from coderev.analysis.taint.value import Library, Object, Value

NESTED = "Object[]"  # the row of stores whose object and key anybody chooses


def stored_to(run: Run, held: Value, name: str, key: Value | None, value: Value, node: Node) -> None:
    """Judge a store to an attribute `name`, or to the element `key`."""
    situation = Situation(run, name, held, _given(key, value), node)
    for model, is_exact in _models(run, held, name, key):
        for row in model.stores:
            applies = situation.applies(row.when, row.unless)
            if applies is not False:
                _strike(situation, row, sure=is_exact and applies is True)
        for wrong in model.stored:
            if situation.applies(wrong.when, wrong.unless) is True:
                run.project.misconfigured(run, wrong.rule, node, _told(name, key))
        for entry in model.entered:
            run.project.entries.enter(run, value, entry)
    if run.file.is_script and held.taint and (key is None or key.taint or not key.is_known) and not _is_this(node):
        _polluted(run, held, node)


def _is_this(node: Node) -> bool:
    """Whether a method stores an attribute of its own object, which no key from outside has reached."""
    target = node.target if isinstance(node, Assign) else node
    return isinstance(target, Attribute) and isinstance(target.object, Name) and target.object.name == "this"


def bare_stored(run: Run, name: str, value: Value, node: Node) -> None:
    """Judge JavaScript's assignment to a name that no scope binds, such as `location = x`."""
    if not any(name in bound for _, bound in run.frames) and (model := run.file.catalogue.named(name)) is not None:
        situation = Situation(run, name, None, _given(None, value), node)
        for row in model.stores:
            if situation.applies(row.when, row.unless) is not False:
                _strike(situation, row, sure=True)
        for entry in model.entered:
            run.project.entries.enter(run, value, entry)


def named_store(run: Run, name: str, value: Value, node: Node) -> None:
    """Judge what gets a value by its name: a variable, an attribute, a key or a keyword."""
    if value.taint:
        kinds = {label.kind for label in value.taint}
        for row in run.file.catalogue.named_sinks:
            if not kinds.isdisjoint((*row.kinds, "parameter")) and compiled(row.names or "").search(name):
                strike(run, row, value, node, sure=True, name=name)


def mended(run: Run, target: Attribute | Element, held: Value, key: Value | None, value: Value) -> None:
    """Take back what was said of the call that made the object, if this store makes it harmless (clause 8.2)."""
    inner = target.object
    whole = evaluate(run, inner.object) if isinstance(inner, Attribute) and isinstance(inner.object, Name) else held
    made = whole.sites[0] if len(whole.sites) == 1 else None
    if not isinstance(made, Object) or made.key[-1] != "made":
        return
    path, start = run.file.path, made.key[-2]
    if not isinstance(start, int) or not (rows := run.project.mendable(path, start)):
        return
    situation = Situation(run, "", held, _given(key, value), target)
    names = _names(run, held, target.name if isinstance(target, Attribute) else None)
    for row in rows:
        for stored in row.unless_stored:
            if not names.isdisjoint(stored.store) and situation.applies(stored.when) is True:
                run.project.mend(path, start, row.rule)


def _names(run: Run, held: Value, name: str | None) -> frozenset[str]:
    """What packs may call an attribute, or an element, of something."""
    owners = _types_of(run, held)
    kinds = frozenset[str]().union(*(run.file.catalogue.inherits(owner) for owner in owners))
    return frozenset(f"{kind}[]" if name is None else f"{kind}.{name}" for kind in kinds)


def _types_of(run: Run, held: Value) -> list[str]:
    return [kind for site in held.sites if isinstance(site, Object | Library) and (kind := library_type(run, site))]


def setting(run: Run, name: str, value: Value, node: Node) -> None:
    """Judge what a variable of a module is assigned, where frameworks read their settings from there."""
    if run.function.name or run.function is not run.project.module(run.file.path).body:
        return
    for row in run.file.catalogue.assigned.get(name, ()):
        situation = Situation(run, name, None, Given((value,), {"value": value}), node)
        is_there = row.files is None or compiled(row.files).search(run.file.path)
        if is_there and situation.applies(row.when, row.unless) is True:
            run.project.misconfigured(run, row.rule, node, f"`{name}`")


def _told(name: str, key: Value | None) -> str:
    """What is stored to, for a message."""
    text = name or (key.text if key is not None else None)
    return f"`{text}`" if text else ""


def _given(key: Value | None, value: Value) -> Given:
    named = {"value": value} if key is None else {"value": value, "key": key}
    return Given((value,), named)


def _models(run: Run, held: Value, name: str, key: Value | None) -> list[tuple[Model, bool]]:
    catalogue = run.file.catalogue
    names = _types_of(run, held)
    member = name if key is None else key.text if run.file.is_script else None
    found: list[tuple[Model, bool]] = []
    for owner in names:
        full = f"{owner}.{member}" if member else f"{owner}[]"
        has_keys = key is not None or run.file.is_script  # JavaScript's `o.name` is `o["name"]`
        model = catalogue.named(full) or (catalogue.named(f"{owner}[]") if has_keys else None)
        found += [(model, True)] if model else []
    if not found and member and not _is_own(held):
        model = catalogue.method(member)
        found += [(model, False)] if model else []
    return found


def _is_own(held: Value) -> bool:
    """An object of the project's own: what its attributes are called says nothing."""
    return any(isinstance(site, Object) and not isinstance(site.type, Library) for site in held.sites)


def _strike(situation: Situation, row: SinkRow, *, sure: bool) -> None:
    for where in row.at or ("value",):
        for value in situation.values(where):
            name = situation.name or next((key.text for key in situation.values("key") if key.text), "")
            strike(situation.run, row, value, situation.node, sure=sure, name=name)


def _polluted(run: Run, held: Value, node: Node) -> None:
    """`o[a][b] = v` with `a` from outside: `o[a]` may be the prototype of everything (CWE-1321)."""
    model = run.file.catalogue.named(NESTED)
    path, start, end = run.place(node)
    for row in model.stores if model is not None else ():
        kinds = (*row.kinds, "parameter")
        run.root.sink(run, held.taint, BIT["container"], kinds, Sink(row.rule, path, start, end))
