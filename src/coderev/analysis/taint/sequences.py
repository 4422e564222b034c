"""Methods of lists, mappings and sets: what is put in, what is taken out, and what is where afterwards."""

from collections.abc import Callable
from typing import Any

from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import (
    any_element,
    as_key,
    cells,
    element,
    elements,
    get,
    join_taint,
    put,
    reaching,
    sequence,
)
from coderev.analysis.taint.patterns import cleared_without
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.state import LENGTH
from coderev.analysis.taint.truths import contained, holding, listing
from coderev.analysis.taint.value import (
    ASTERISK,
    BOOLEAN,
    CLEAN,
    NUMBER,
    STAR,
    UNKNOWN,
    Key,
    Library,
    Object,
    Value,
    at,
    cleaned,
    constant,
    join,
    join_all,
)

Method = Callable[[Run, Value, Given, Node], Value | None]
SEQUENCES = ("list", "tuple", "set")
NULL = constant(None)


def _only(receiver: Value) -> Object | None:
    site = receiver.sites[0] if len(receiver.sites) == 1 else None
    return site if isinstance(site, Object) else None


def _known_length(run: Run, site: Object) -> int | None:
    length = get(run, site, LENGTH)
    return length.literal if length is not None and isinstance(length.literal, int) else None


def _append(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    for site in receiver.sites:
        if not isinstance(site, Object):
            continue
        for value in given.positional:
            _push(run, site, value, alone=len(receiver.sites) == 1)
        if given.rest is not None:
            _push_unknown(run, site, given.rest)
    return NUMBER if run.file.is_script else NULL


def _push(run: Run, site: Object, value: Value, *, alone: bool) -> None:
    length = _known_length(run, site)
    if length is None or not alone or site.many or run.loops:
        _push_unknown(run, site, value)
    else:
        put(run, site, length, value)
        put(run, site, LENGTH, constant(length + 1))


def _push_unknown(run: Run, site: Object, value: Value) -> None:
    put(run, site, STAR, value, weak=True)
    if get(run, site, LENGTH) is not None:
        put(run, site, LENGTH, UNKNOWN)


def _add(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    for site in receiver.sites:
        if isinstance(site, Object):
            for value in given.positional[:1]:
                literal = value.literal
                key: Key = f"={literal!r}" if literal is not None and not value.taint else STAR
                put(run, site, key, value, weak=key == STAR)
    return receiver if run.file.is_script else NULL


def _extend(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    for value in given.positional:
        known = elements(run, value)
        if known is not None:
            _append(run, receiver, Given(tuple(known)), node)
        else:
            for site in receiver.sites:
                if isinstance(site, Object):
                    _push_unknown(run, site, join_taint(any_element(run, value), value.taint))
    return NULL


def _insert(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    place, value = given.at(0), given.at(1)
    site = _only(receiver)
    known = elements(run, receiver)
    if value is None or place is None:
        return NULL
    if site is None or known is None or not isinstance(place.literal, int) or run.loops:
        for each in receiver.sites:
            if isinstance(each, Object):
                _push_unknown(run, each, value)
        return NULL
    known.insert(place.literal, value)
    _refill(run, site, known)
    return NULL


def _refill(run: Run, site: Object, values: list[Value]) -> None:
    for key in [key for key in cells(run, site) if isinstance(key, int)]:
        run.now.drop(site, key)
    for key, value in enumerate(values):
        put(run, site, key, value)
    put(run, site, LENGTH, constant(len(values)))


def removed_at(run: Run, site: Object, place: int) -> Value | None:
    """Take one element out of a sequence whose elements are known; the later ones move up."""
    known = elements(run, at(site))
    if known is None or site.many or run.loops or not -len(known) <= place < len(known):
        return None
    value = known.pop(place)
    _refill(run, site, known)
    return value


def _pop(run: Run, receiver: Value, given: Given, _: Node) -> Value | None:
    site = _only(receiver)
    key = given.at(0)
    if site is not None and site.shape == "dict" and key is not None:
        found = element(run, receiver, key)
        if isinstance(key.literal, str | int) and not site.many:
            run.now.drop(site, key.literal)
        return join(found, given.positional[1]) if len(given.positional) > 1 and found is UNKNOWN else found
    place = -1 if key is None else key.literal
    if site is not None and isinstance(place, int) and (found_at := removed_at(run, site, place)) is not None:
        return found_at
    return _another(join_taint(any_element(run, receiver), receiver.taint))


def _another(value: Value) -> Value:
    """One element apart from the others: what is shown of it is not shown of them."""
    return value.but(copied=None) if value.taint else value


def _shift(run: Run, receiver: Value, _: Given, __: Node) -> Value:
    site = _only(receiver)
    found = removed_at(run, site, 0) if site is not None else None
    if found is None and site is not None and (found := get(run, site, 0)) is not None:
        _moved(run, site, -1)
    return found if found is not None else _another(join_taint(any_element(run, receiver), receiver.taint))


def _moved(run: Run, site: Object, by: int) -> bool:
    """Let the known first elements of a sequence of unknown length move; False where that cannot be followed."""
    if site.many or run.loops or site.shape != "list" or run.project.shared.has(site):
        return False
    known = {key: value for key, value in cells(run, site).items() if isinstance(key, int)}
    for key in known:
        run.now.drop(site, key)
    for key, value in known.items():
        if key + by >= 0:
            run.now.put(site, key + by, value)
    return True


def _unshift(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    site = _only(receiver)
    if site is not None and elements(run, receiver) is None and _moved(run, site, len(given.positional)):
        for place, value in enumerate(given.positional):
            run.now.put(site, place, value)
        return NUMBER
    for value in reversed(given.positional):
        _insert(run, receiver, Given((constant(0), value)), node)
    return NUMBER


def _clear(run: Run, receiver: Value, _: Given, __: Node) -> Value:
    site = _only(receiver)
    if site is not None and not site.many:
        for key in list(cells(run, site)):
            run.now.drop(site, key)
        if site.shape in SEQUENCES:
            put(run, site, LENGTH, constant(0))
    return NULL


def _get(run: Run, receiver: Value, given: Given, _: Node) -> Value | None:
    key = given.at(0)
    if key is None:
        return None
    found = element(run, receiver, key)
    default = given.at(1)
    site = _only(receiver)
    literal = key.literal
    is_there = site is not None and literal is not None and get(run, site, as_key(run, receiver, literal)) is not None
    if is_there:
        return found
    if default is None:
        default = NULL
    elif default is key and key.taint:
        default = _unlisted(run, receiver, key)
    return default if found is UNKNOWN and site is not None and not site.many else join(found, default)


def _unlisted(run: Run, receiver: Value, key: Value) -> Value:
    """A character that a table of replacements leaves as it is: none of those that stand in the table."""
    listed = listing(run, receiver)
    letters = () if listed is None else listed.literals
    if not letters or not all(isinstance(each, str) and len(each) == 1 for each in letters):
        return key
    gone = frozenset(min(ord(str(each)), 128) for each in letters)
    return key.but(taint=cleaned(key.taint, cleared_without(gone)))


def _set(run: Run, receiver: Value, given: Given, _: Node) -> Value | None:
    """`map.set(key, value)`, `config.set(section, option, value)`: what is got by the same keys."""
    if len(given.positional) < 2:  # noqa: PLR2004 - a key and a value
        return None
    *keys, value = given.positional
    for site in receiver.sites:
        if isinstance(site, Object):
            key = keyed(keys)
            put(run, site, key, value, weak=key == STAR or len(receiver.sites) != 1)
    return receiver


def keyed(keys: list[Value]) -> Key:
    """The cell of one or more constant keys."""
    literals = [key.literal for key in keys]
    if any(not isinstance(literal, str | int) or isinstance(literal, bool) for literal in literals):
        return STAR
    return literals[0] if len(literals) == 1 else tuple(literals)  # type: ignore[return-value]


def _got(run: Run, receiver: Value, given: Given, node: Node) -> Value | None:
    """`get` of an object of the library that was set with the same keys."""
    site = _only(receiver)
    if site is None or site.shape in ("list", "dict", "tuple"):
        return _get(run, receiver, given, node)
    key = keyed(list(given.positional))
    if key == STAR and site.shape == "set":
        return join(join_taint(any_element(run, receiver), receiver.taint), NULL)
    found = get(run, site, key)
    if found is None:
        return (
            None
            if not receiver.taint and get(run, site, STAR) is None
            else join_taint(any_element(run, receiver), receiver.taint)
        )
    unknown = get(run, site, STAR)
    return found if unknown is None else join(found, unknown)


def _setdefault(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    key, value = given.at(0), given.at(1) or NULL
    found = element(run, receiver, key or UNKNOWN)
    for site in receiver.sites:
        if isinstance(site, Object) and key is not None and get(run, site, as_key(run, receiver, key.literal)) is None:
            put(run, site, as_key(run, receiver, key.literal), value, weak=True)
    return join(found, value)


def _update(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    for site in receiver.sites:
        if not isinstance(site, Object):
            continue
        for name, value in given.keywords.items():
            put(run, site, name, value)
        for value in given.positional:
            for held in value.sites:
                for key, each in cells(run, held).items():
                    put(run, site, key, each, weak=site.shape == "set")
            if value.taint:
                put(run, site, STAR, Value(taint=value.taint), weak=True)
    return NULL


def _items(run: Run, receiver: Value, _: Given, node: Node) -> Value:
    pairs: list[Value] = []
    known = [
        (key, value)
        for site in receiver.sites
        for key, value in cells(run, site).items()
        if key not in (LENGTH, "#empty")
    ]
    for number, (key, value) in enumerate(known[:16]):
        name = key_value(key)
        pairs.append(sequence(run, node.end + number, "tuple", [name, run.now.seen(value)]))
    if receiver.taint or len(known) > 16 or not known:  # noqa: PLR2004 - pairs that are told apart
        tainted = Value(taint=reaching(run, receiver))
        pairs = [sequence(run, node.end, "tuple", [tainted, tainted.but()])]
    return sequence(run, node.start, "list", pairs)


def key_value(key: Key) -> Value:
    """A key of a mapping as a value."""
    if isinstance(key, tuple):
        return constant(STAR) if key == ASTERISK else at(Library(str(key[1]))) if key[0] == "@" else UNKNOWN
    return UNKNOWN if key == STAR else constant(key)


def _values(run: Run, receiver: Value, _: Given, node: Node) -> Value:
    known = [
        run.now.seen(value)
        for site in receiver.sites
        for key, value in cells(run, site).items()
        if key not in (LENGTH, "#empty")
    ]
    if receiver.taint:
        known.append(Value(taint=receiver.taint))
    return sequence(run, node.start, "list", known[:64])


def _keys(run: Run, receiver: Value, _: Given, node: Node) -> Value:
    from coderev.analysis.taint.statements import iterated

    held = Value(sites=receiver.sites, taint=receiver.taint)
    if run.file.is_script:
        from coderev.analysis.taint.statements import keys_of

        one = keys_of(run, held)
    else:
        one = iterated(run, held)
    return sequence(run, node.start, "list", [constant(each) for each in one.literals] or [one])


def _copy(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    del given
    site = _only(receiver)
    known = elements(run, receiver)
    if site is None or (known is None and site.shape != "dict"):
        return receiver
    if known is not None:
        return sequence(run, node.start, site.shape, known)
    made = Object((*run.key, node.start, "copy"), site.shape, site.type, many=run.loops > 0)
    for key, value in cells(run, site).items():
        put(run, made, key, value)
    return Value(sites=(made,), taint=receiver.taint)


def _reverse(run: Run, receiver: Value, _: Given, __: Node) -> Value:
    site, known = _only(receiver), elements(run, receiver)
    if site is not None and known is not None and not site.many:
        _refill(run, site, known[::-1])
    elif site is not None:
        _mingle(run, site)
    return receiver if run.file.is_script else NULL


def _sort(run: Run, receiver: Value, _: Given, __: Node) -> Value:
    for site in receiver.sites:
        if isinstance(site, Object):
            _mingle(run, site)
    return receiver if run.file.is_script else NULL


def _mingle(run: Run, site: Object) -> None:
    """Any element may be at any place."""
    one = any_element(run, at(site))
    for key in [key for key in cells(run, site) if isinstance(key, int)]:
        put(run, site, key, one)


def _concat(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    parts: list[Value] | None = elements(run, receiver)
    for value in given.positional:
        more = elements(run, value) if value.sites else [value]
        parts = None if parts is None or more is None else parts + more
    if parts is not None and given.rest is None:
        return sequence(run, node.start, "list", parts)
    made = sequence(run, node.start, "list", ())
    everything = [join_taint(any_element(run, value), value.taint) for value in (receiver, *given.all)]
    put(run, made.sites[0], STAR, join_all(everything), weak=True)
    put(run, made.sites[0], LENGTH, UNKNOWN)
    return made


def _slice(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    known = elements(run, receiver)
    bounds = [value.literal for value in given.positional]
    if known is not None and all(isinstance(bound, int) for bound in bounds):
        window: Any = (*bounds, None, None)[:2]
        return sequence(run, node.start, "list", known[window[0] : window[1]])
    return join_taint(receiver, CLEAN)


def _splice(run: Run, receiver: Value, given: Given, node: Node) -> Value:
    known, site = elements(run, receiver), _only(receiver)
    bounds = [value.literal for value in given.positional[:2]]
    if known is not None and site is not None and len(bounds) == 2 and all(isinstance(each, int) for each in bounds):  # noqa: PLR2004
        first, count = bounds
        assert isinstance(first, int) and isinstance(count, int)  # noqa: S101, PT018 - both were looked at
        removed = known[first : first + count]
        known[first : first + count] = given.positional[2:]
        _refill(run, site, known)
        return sequence(run, node.start, "list", removed)
    for value in given.positional[2:]:
        if site is not None:
            _push_unknown(run, site, value)
    return receiver


def index_of(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    """Where a value is in a list, or text in text: a number whose facts say what being found proves."""
    value = given.at(0)
    return NUMBER if value is None else NUMBER.but(facts=tuple(contained(run, value, receiver)))


def includes(run: Run, receiver: Value, given: Given, _: Node) -> Value:
    """Whether a list, set, mapping or text holds a value."""
    value = given.at(0)
    if value is not None and (answer := holding(run, value, receiver)) is not None:
        return constant(answer)
    return BOOLEAN if value is None else BOOLEAN.but(facts=tuple(contained(run, value, receiver)))


def _number(_: Run, __: Value, ___: Given, ____: Node) -> Value:
    return NUMBER


METHODS: dict[str, Method] = {
    "append": _append, "push": _append, "appendleft": _unshift, "unshift": _unshift, "add": _add, "extend": _extend,
    "insert": _insert, "pop": _pop, "popleft": _shift, "shift": _shift, "popitem": _items, "clear": _clear,
    "get": _got, "set": _set, "setdefault": _setdefault, "update": _update, "items": _items, "entries": _items,
    "values": _values, "keys": _keys, "copy": _copy, "reverse": _reverse, "sort": _sort, "concat": _concat,
    "slice": _slice, "splice": _splice, "index": _number, "indexOf": index_of, "includes": includes, "has": includes,
    "hasOwnProperty": includes,
}  # fmt: skip
