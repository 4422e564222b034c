"""Loads and stores: what an object holds under a key, and what a store to it changes."""

from collections.abc import Iterable, Iterator, Mapping

from coderev.analysis.taint.form import Node
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.state import LENGTH, symbolic
from coderev.analysis.taint.value import (
    ASTERISK,
    STAR,
    UNKNOWN,
    ClassSite,
    Key,
    Library,
    Object,
    Parameter,
    Site,
    Taint,
    Value,
    at,
    constant,
    join_all,
    union,
)

HELD = 3  # levels of containers in containers, where all that they hold is asked for
MAX_LENGTH = 64  # elements of a sequence that are told apart
TYPE = "#type"  # the key of what a call made of an object (a parser that was told to resolve entities)
SEQUENCES = ("list", "tuple")


class Parts:
    """What was read of values: asked for again it is the same value, so that what a guard has shown of it holds."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Key], tuple[Value, Value]] = {}

    def clear(self) -> None:
        """Begin a walk from the top."""
        self._known.clear()

    def of(self, held: Value, key: Key, value: Value) -> Value:
        """The part that was read before, if it is equal to the one that is read now, and else that."""
        known = self._known.get((id(held), key))
        if known is not None and known[0] is held and known[1].sites == value.sites and known[1].taint == value.taint:
            return known[1]
        self._known[id(held), key] = held, value
        return value

    def again(self, held: Value, key: Key, value: Value) -> Value:
        """What was first got so, whatever is got now."""
        known = self._known.setdefault((id(held), key), (held, value))
        return known[1] if known[0] is held else value


def allocate(run: Run, node_start: int, shape: str, made: Site | None = None) -> Object:
    """The site of what is made here. In a loop one site stands for many objects."""
    return Object((*run.key, node_start, shape), shape, made, many=run.loops > 0)  # type: ignore[arg-type]


def allocate_as(run: Run, node: Node, word: str) -> Object:
    """An instance of something that the engine itself knows, such as a promise."""
    return Object((*run.key, node.start, word), "instance", many=run.loops > 0)


def is_made(site: Object, word: str) -> bool:
    """Whether a site is of that sort, also where a summary handed it on under another name."""
    key = site.key
    while isinstance(key[-1], tuple) and key[-1]:
        key = key[-1]
    return key[-1] == word


def library_type(run: Run, site: Object | Library) -> str | None:
    """The library's type of an object, as calls that changed it have left it."""
    kind = site if isinstance(site, Library) else site.type
    if not isinstance(kind, Library):
        return None
    changed = run.now.cell(site, TYPE) if isinstance(site, Library) else get(run, site, TYPE)
    return changed.names[0] if changed is not None and changed.names else kind.name


def cells(run: Run, site: Site) -> Mapping[Key, Value]:
    """What a site holds, from here or from when its module was loaded."""
    found = run.now.heap.get(site)
    return found if found is not None else run.project.shared.cells(site)


def get(run: Run, site: Site, key: Key) -> Value | None:
    """What a cell holds, less what guards have shown; None where it was never stored to."""
    state = run.now
    found = state.cell(site, key)
    if found is None and (site not in state.heap or isinstance(site, Library)):
        shared = run.project.shared.cell(site, key)
        return shared if shared is None else state.seen(shared)
    return found


def put(run: Run, site: Site, key: Key, value: Value, *, weak: bool = False) -> None:
    """Store to a cell: over what it holds, if there is just one such object that nobody else may write to."""
    state = run.now
    if site not in state.heap and run.project.shared.has(site):
        for name, held in run.project.shared.cells(site).items():
            state.put(site, name, held)
    many = isinstance(site, Object) and site.many
    if key == STAR:
        for name in [name for name in state.cells(site) if not _is_about(name)]:
            state.add(site, name, value)
            if run.project.shared.has(site):
                run.project.shared.store(site, name, value)
    if weak or many or key == STAR or site in state.escaped:
        state.add(site, key, value)
    else:
        state.put(site, key, value)
    if run.project.shared.has(site) or isinstance(site, Library):
        run.project.shared.store(site, key, value)


def _is_about(key: Key) -> bool:
    """Whether a cell tells of the object and is none of its elements."""
    return key == STAR or (isinstance(key, str) and key.startswith("#"))


def store(run: Run, target: Value, key: Key, value: Value) -> None:
    """`target[key] = value`, whatever it refers to. An unknown key joins; a tainted key taints nothing."""
    weak = len(target.sites) != 1
    for site in target.sites:
        put(run, site, key, value, weak=weak)
        if isinstance(site, Object) and site.shape in SEQUENCES and isinstance(key, int):
            _lengthen(run, site, key)


def _lengthen(run: Run, site: Object, key: int) -> None:
    length = get(run, site, LENGTH)
    known = length.literal if length else None
    if isinstance(known, int) and key >= known:
        put(run, site, LENGTH, constant(key + 1) if key < MAX_LENGTH else UNKNOWN)


def element(run: Run, held: Value, key: Value) -> Value:
    """`held[key]`: by each constant that the key can be, else any element."""
    if key.constants is None:
        return join_taint(any_element(run, held), held.taint)
    return join_all(load(run, held, as_key(run, held, literal)) for literal in key.literals)


def as_key(run: Run, held: Value, literal: object) -> Key:
    """The cell that a literal names: negative positions count from the end, where that is known."""
    if isinstance(literal, bool) or literal is None or isinstance(literal, float | bytes):
        return repr(literal)
    if isinstance(literal, int) and literal < 0:
        for site in held.sites:
            length = get(run, site, LENGTH)
            if length is not None and isinstance(length.literal, int):
                return length.literal + literal
        return STAR
    return ASTERISK if literal == STAR else literal  # type: ignore[return-value]


def load(run: Run, held: Value, key: Key) -> Value:
    """What is held under a known key. Taint of the whole is taint of each part, unless the part is known."""
    if key == STAR:
        return join_taint(any_element(run, held), held.taint)
    found = [value for site in held.sites if (value := _load_one(run, site, key)) is not None]
    if found and not held.taint:
        return found[0] if len(found) == 1 else join_all(found)
    if found:
        return join_taint(join_all(found), held.taint)
    if not held.taint:
        return UNKNOWN
    return run.now.seen(run.project.parts.of(held, key, Value(taint=held.taint, origin=held.origin)))


def _load_one(run: Run, site: Site, key: Key) -> Value | None:
    found = get(run, site, key)
    if found is not None:
        return found
    if isinstance(site, Parameter):
        value = symbolic(Parameter(site.function, site.index, (*site.keys, key)))
        put(run, site, key, value)  # the same value is read again: a guard on it holds
        return value
    found = get(run, site, STAR)
    if found is None or not found.taint or not isinstance(key, int) or run.project.shared.has(site):
        return found
    found = found.but(copied=None)  # what is shown of one element is not shown of all
    run.now.put(site, key, found)
    return found


def any_element(run: Run, held: Value) -> Value:
    """What any element may be."""
    found: list[Value] = []
    for site in held.sites:
        if isinstance(site, Parameter):
            found.append(load_symbolic(run, site))
        elif isinstance(site, Object):
            found += (run.now.seen(value) for key, value in cells(run, site).items() if key != LENGTH)
    return join_all(found) if found else UNKNOWN


def load_symbolic(run: Run, site: Parameter) -> Value:
    """Any element of what a parameter refers to."""
    found = get(run, site, STAR)
    if found is None:
        found = symbolic(Parameter(site.function, site.index, (*site.keys, STAR)))
        put(run, site, STAR, found, weak=True)
    return found


def join_taint(value: Value, taint: Taint) -> Value:
    """A value that more taint reaches."""
    return value.but(taint=union(value.taint, taint)) if taint and value.taint is not taint else value


def reaching(run: Run, value: Value) -> Taint:
    """The taint of a value and of all that it contains: what a callee can see of a list, tuple, set or dict."""
    taint, here = value.taint, [value]
    seen: set[Site] = set()
    known = {id(taint)}  # many cells share one taint
    for _ in range(HELD):
        inner: list[Value] = []
        for held in _inside(run, here, seen):
            if id(held.taint) not in known:
                known.add(id(held.taint))
                taint = union(taint, held.taint)
            if held.sites:
                inner.append(held)
        if not inner:
            break
        here = inner
    return taint


def _inside(run: Run, holders: list[Value], seen: set[Site]) -> Iterator[Value]:
    """What the objects hold that some values refer to, each object once however many ways lead to it."""
    for holder in holders:
        for site in holder.sites:
            if isinstance(site, Object) and site not in seen and _contains(site):
                seen.add(site)
                for key, held in cells(run, site).items():
                    if key != LENGTH and (held.taint or held.sites):
                        yield run.now.seen(held)


def _contains(site: Object) -> bool:
    """Whether an object is a container: an instance of the project's own class hands on what its methods say."""
    return site.shape != "module" and not isinstance(site.type, ClassSite)


def sequence(run: Run, start: int, shape: str, items: Iterable[Value]) -> Value:
    """A new sequence of known elements."""
    site = allocate(run, start, shape)
    run.now.forget(site)
    length = 0
    for value in items:
        key: Key = length if length < MAX_LENGTH else STAR
        run.now.add(site, key, value)
        length += 1
    run.now.put(site, LENGTH, constant(length) if length <= MAX_LENGTH else UNKNOWN)
    return at(site)


def elements(run: Run, held: Value) -> list[Value] | None:
    """The elements of a sequence whose length is known, in order; None where it is not."""
    if held.taint or len(held.sites) != 1 or not isinstance(site := held.sites[0], Object):
        return None
    if site.shape not in SEQUENCES:
        return None
    length = get(run, site, LENGTH)
    count = length.literal if length else None
    if not isinstance(count, int) or get(run, site, STAR) is not None:
        return None
    return [get(run, site, place) or UNKNOWN for place in range(count)]


def class_cells(run: Run, site: ClassSite, key: Key) -> Iterator[Value]:
    """What a class, or the first of its bases that has it, holds under a name."""
    for each in lineage(site):
        if isinstance(each, Library):
            yield at(Library(f"{each.name}.{key}"))
            return
        found = get(run, each, key)
        if found is not None:
            yield found
            return


def lineage(site: ClassSite) -> list[ClassSite | Library]:
    """A class and all that it derives from, nearest first; cycles end."""
    found: list[ClassSite | Library] = []
    waiting: list[Site] = [site]
    while waiting and len(found) < 32:  # noqa: PLR2004 - deeper hierarchies are hostile
        each = waiting.pop(0)
        if isinstance(each, ClassSite) and each not in found:
            found.append(each)
            waiting[:0] = [base for value in each.bases for base in value.sites]
        elif isinstance(each, Library) and each not in found:
            found.append(each)
    return sorted(found, key=lambda each: isinstance(each, Library))
