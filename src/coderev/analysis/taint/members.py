"""`object.name`: attributes, methods, exports, and what the packs say of reading them."""

from coderev.analysis.taint.contexts import BIT, EVERY, MASK
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.memory import class_cells, elements, get, library_type, lineage, load, put, reaching
from coderev.analysis.taint.pack import SourceRow
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.value import (
    CLEAN,
    UNKNOWN,
    ClassSite,
    FunctionSite,
    Label,
    Library,
    Mark,
    ModuleSite,
    Object,
    Parameter,
    Site,
    Taint,
    Trace,
    Value,
    at,
    cleaned,
    constant,
    join,
    join_all,
    named,
)

SEPARATORS = {"os.sep": "/", "os.path.sep": "/", "path.sep": "/", "os.linesep": "\n", "os.EOL": "\n"}
HOSTS = ("hostname", "host", "netloc", "origin")  # what tells where a URL leads
SCHEMES = ("scheme", "protocol")
WRITTEN = ("__name__", "__qualname__", "__module__", "__class__")  # in Python: what the program's own code says


def member(run: Run, held: Value, name: str, node: Node) -> Value:
    """What `held.name` is. Taint of the whole is taint of what nobody stored to it."""
    if name in WRITTEN and not run.file.is_script:
        held = held.but(taint=CLEAN)
    found = [value for site in held.sites if (value := _of(run, site, name, node, held)) is not None]
    if name == "length" and run.file.is_script and all(isinstance(s, Library) for value in found for s in value.sites):
        return _length(run, held)
    value = join_all(found) if found else UNKNOWN
    if held.taint and not value.taint and not _is_known(value):
        value = value.but(taint=held.taint)
    if held.taint and not value.origin and (origin := _origin(held, name)):
        value = value.but(origin=origin)
    if name == "href" and held.prefix and not value.prefix:  # of a URL whose beginning is known
        value = value.but(prefix=held.prefix)
    if (rows := run.file.catalogue.loose_reads.get(name)) and not _is_own(run, held, value, name):
        for row in rows:
            value = _sourced(value, run, row, node)
    return run.now.seen(run.project.parts.of(held, name, value)) if value.taint else value


def _is_own(run: Run, held: Value, value: Value, name: str) -> bool:
    """Whether the project says itself what an object holds: then a name says nothing."""
    return _is_known(value) or any(
        (isinstance(site, Object) and not isinstance(site.type, Library) and site.shape != "instance")
        or _is_made(run, site, name)
        for site in held.sites
    )


def _is_made(run: Run, site: Site, name: str) -> bool:
    """Whether the constructor of an object's class stores something that it made, not what it was given."""
    owner = site.type if isinstance(site, Object) else None
    if isinstance(site, Parameter) and not site.keys:
        owner = run.project.own_class(site)
    field = run.project.field(owner, name) if isinstance(owner, ClassSite) else None
    return field is not None and field is not UNKNOWN


def _length(run: Run, held: Value) -> Value:
    """How long a text or a list is: a number, which can be dangerous as a size only."""
    if held.text is not None:
        return constant(len(held.text))
    parts = elements(run, held)
    if parts is not None:
        return constant(len(parts))
    return Value(kind="number", taint=cleaned(held.taint, EVERY & ~BIT["size"]), origin=("length", held))


def protocol(run: Run, site: Site, name: str, node: Node) -> list[FunctionSite]:
    """The method of an instance of the project's own class that the language calls for an operator."""
    if not isinstance(site, Object) or not isinstance(site.type, ClassSite):
        return []
    found = _of_instance(run, site.type, name, node, at(site))
    return [each for each in found.sites if isinstance(each, FunctionSite)] if found is not None else []


def as_text(run: Run, value: Value, node: Node) -> Value:
    """A value as it stands in text: an object of the project's own class says itself how."""
    name = "toString" if run.file.is_script else "__str__"
    written = [each for site in value.sites for each in protocol(run, site, name, node)]
    if not written:
        is_made = run.file.is_script and any(isinstance(s, Object) and isinstance(s.type, Library) for s in value.sites)
        return value.but(taint=reaching(run, value)) if is_made else value
    from coderev.analysis.taint.functions import invoke
    from coderev.analysis.taint.given import Given

    return join_all(invoke(run, each, Given(), node) for each in written)


def _is_known(value: Value) -> bool:
    return value.is_known or any(isinstance(site, FunctionSite | ClassSite | Object) for site in value.sites)


def _origin(held: Value, name: str) -> tuple[str, Value] | None:
    if name in ("parent", "suffix") and held.taint:
        return "folder" if name == "parent" else name, held
    if held.origin is None or held.origin[0] != "url":
        return None
    kind = "host" if name in HOSTS else "scheme" if name in SCHEMES else None
    return (kind, held) if kind else None


def _of(  # noqa: PLR0911 - one answer for each sort of site
    run: Run, site: Site, name: str, node: Node, held: Value
) -> Value | None:
    match site:
        case ModuleSite():
            return run.project.exported(site.path, name)
        case Library():
            changed = library_type(run, site)
            return read(run, site if changed in (None, site.name) else Library(changed), name, node)
        case ClassSite():
            return _of_class(run, site, name, held, node)
        case Object():
            return _of_object(run, site, name, node, held)
        case Parameter():
            return _of_parameter(run, site, name, node)
        case FunctionSite():
            return get(run, site, name) or (_prototype(run, site) if name == "prototype" else None)
        case _:
            return None


def read(run: Run, site: Library, name: str, node: Node) -> Value:
    """What the packs say of an attribute of the library."""
    stored = get(run, site, name)
    if stored is not None:
        return stored
    full = f"{site.name}.{name}"
    if full in SEPARATORS:
        return constant(SEPARATORS[full])
    model = run.file.catalogue.named(full)
    if model is None:
        return named(full)
    value = named(model.type or full)
    if not model.reads:
        return value
    for row in model.reads:
        value = _sourced(value.but(sites=(Library(row.type),)) if row.type else value, run, row, node)
    run.now.add(site, name, value)  # read again it is the same value: a guard on it holds
    return value


def _sourced(value: Value, run: Run, row: SourceRow, node: Node) -> Value:
    return value.but(taint={**value.taint, **source(run, row, node)})


def source(run: Run, row: SourceRow, node: Node) -> Taint:
    """The taint of a value that comes from outside here."""
    clean = 0
    for context in row.clean:
        clean |= MASK[context]
    if clean == EVERY:
        return CLEAN
    return labelled(run, row.kind, f"comes from {row.note}", node, EVERY & ~clean)


def labelled(run: Run, kind: str, note: str, node: Node, mask: int = EVERY) -> Taint:
    """The taint of one source, where any sink fears its kind."""
    if kind not in run.project.kinds:
        return CLEAN
    path, start, end = run.place(node)
    label = Label(kind, (path, run.function.qualified, start))
    mask &= ~BIT["container"]
    run.project.met += 1
    return {label: Mark(mask, mask, trace=Trace(None, path, start, end, note))}


def _of_class(run: Run, site: ClassSite, name: str, held: Value, node: Node) -> Value | None:
    found = list(class_cells(run, site, name))
    if found and found[0].names and (inherited := _inherited(run, site, name, node)) is not None:
        return inherited
    return _bound(join_all(found), held, of="class") if found else None


_BOUND = {"class": ("class",), "instance": ("instance", "class"), "object": ("instance", "class", "plain")}


def _bound(value: Value, receiver: Value, *, of: str = "instance") -> Value:
    """Methods get their receiver: of a class only those that want the class, of JavaScript's objects all functions."""
    if not any(isinstance(site, FunctionSite) for site in value.sites):
        return value
    return value.but(sites=tuple(_bound_site(site, receiver, _BOUND[of]) for site in value.sites))


def _bound_site(site: Site, receiver: Value, wants: tuple[str, ...]) -> Site:
    if not isinstance(site, FunctionSite) or site.receiver is not None:
        return site
    return site.bound(receiver) if site.binding in wants else site


def of_super(run: Run, name: str, node: Node) -> tuple[Value, Value]:
    """`super().name`: what the method is called on, and the method of what is above, with the receiver itself."""
    receiver, above = run.project.above(run)
    found = member(run, above, name, node)
    sites = tuple(
        site.bound(receiver) if isinstance(site, FunctionSite) and site.receiver is None else site
        for site in found.sites
    )
    return above.but(taint=receiver.taint), found.but(sites=sites)


def _of_object(run: Run, site: Object, name: str, node: Node, held: Value) -> Value | None:
    stored = get(run, site, name)
    if name == "__dict__" and stored is None:
        return Value(sites=(site, Library(name)))
    if stored is not None:
        return _bound(stored, at(site), of="object") if run.file.is_script else stored
    kind = site.type
    if isinstance(kind, ClassSite):
        is_annotated = site.key[0] == "typed"  # the type of a parameter: what that brings in is the receiver
        return _of_instance(run, kind, name, node, held if is_annotated else at(site))
    if isinstance(kind, FunctionSite):
        found = get(run, kind, name) if name == "constructor" else load(run, _prototype(run, kind), name)
        return _bound(found, at(site), of="object") if found and found is not UNKNOWN else None
    if isinstance(kind, Library):
        changed = library_type(run, site)
        return read(run, kind if changed in (None, kind.name) else Library(changed), name, node)
    return None


def _of_instance(run: Run, kind: ClassSite, name: str, node: Node, receiver: Value) -> Value | None:
    for value in class_cells(run, kind, name):
        if value.names and (inherited := _inherited(run, kind, name, node)) is not None:
            return inherited
        bound = _bound(value, receiver)
        getters = [site for site in bound.sites if isinstance(site, FunctionSite) and site.is_getter]
        if getters:
            from coderev.analysis.taint.functions import invoke
            from coderev.analysis.taint.given import Given

            return join_all(invoke(run, getter, Given(), node) for getter in getters)
        return bound
    return None


def _inherited(run: Run, kind: ClassSite, name: str, node: Node) -> Value | None:
    """An attribute that only a class of the library can have; None where the project's own classes have it."""
    for base in lineage(kind):
        if isinstance(base, Library):
            return read(run, base, name, node)
        if get(run, base, name) is not None:
            return None
    return None


def _of_parameter(run: Run, site: Parameter, name: str, node: Node) -> Value | None:
    """What a parameter holds; of a method's own receiver also what its class says."""
    stored = get(run, site, name)
    if stored is not None:
        return stored
    own = run.project.own_class(site) if not site.keys else None
    if own is None:
        return load(run, at(site), name)
    if (found := _of_instance(run, own, name, node, at(site))) is not None and _is_known(found):
        return found
    value = load(run, at(site), name)
    field = run.project.field(own, name)
    if field is not None:
        value = join(field, value).but(constants=None)
    elif found is not None:
        value = value.but(sites=(*value.sites, *found.sites), taint={**value.taint, **found.taint})
    put(run, site, name, value)
    return value


def _prototype(run: Run, site: FunctionSite) -> Value:
    found = get(run, site, "prototype")
    if found is None:
        found = at(Object(("prototype", *site.identity), "dict"))
        put(run, site, "prototype", found)
    return found
