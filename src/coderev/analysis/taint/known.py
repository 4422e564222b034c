"""Functions of the languages' own libraries whose meaning no row can say: paths, patterns, types, objects, promises."""

from coderev.analysis.taint.callbacks import called, some_list
from coderev.analysis.taint.contexts import BIT, EVERY, MASK, NUMERIC, UNRESOLVED
from coderev.analysis.taint.form import Node
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.later import LATER, Known, any_of
from coderev.analysis.taint.members import as_text as written
from coderev.analysis.taint.memory import (
    allocate,
    any_element,
    cells,
    elements,
    join_taint,
    put,
    reaching,
    sequence,
)
from coderev.analysis.taint.methods import call_method
from coderev.analysis.taint.operations import as_text, path_joined
from coderev.analysis.taint.parts import PARTS
from coderev.analysis.taint.run import Run
from coderev.analysis.taint.searching import SEARCHING
from coderev.analysis.taint.value import (
    BOOLEAN,
    CLEAN,
    NUMBER,
    STAR,
    UNKNOWN,
    Fact,
    Library,
    Object,
    Value,
    at,
    cleaned,
    constant,
    join,
    join_all,
    set_again,
    stepped,
    union,
)

CONVERTERS = {"int": int, "float": float, "bool": bool, "len": len, "ord": ord, "abs": abs, "round": round}
CLEAN_TYPES = frozenset(
    [
        "int",
        "float",
        "bool",
        "complex",
        "Number",
        "Boolean",
        "BigInt",
        "uuid.UUID",
        "decimal.Decimal",
        "datetime.date",
        "datetime.datetime",
    ]
)


def _convert(name: str) -> Known:
    def known(run: Run, _: Value | None, given: Given, __: Node) -> Value:
        value = given.at(0)
        if name == "len" and value is not None:
            found = elements(run, value)
            if found is not None:
                return constant(len(found))
        if value is not None and value.literal is not None and len(given.positional) == 1:
            try:
                return constant(CONVERTERS[name](value.literal))  # type: ignore[operator]
            except (TypeError, ValueError, OverflowError):
                return NUMBER
        if name == "bool":
            return BOOLEAN
        kept = BIT["size"] if name == "len" else NUMERIC  # how long a secret is tells little
        return Value(kind="number", taint=cleaned(CLEAN if value is None else value.taint, EVERY & ~kept))

    return known


def _number(_: Run, __: Value | None, given: Given, ___: Node) -> Value:
    value = given.at(0)
    return NUMBER if value is None else NUMBER.but(taint=cleaned(value.taint, EVERY & ~NUMERIC))


def _truth(_: Run, __: Value | None, ___: Given, ____: Node) -> Value:
    return BOOLEAN


def _authenticated(place: int) -> Known:
    """A message authentication code: who shows that it is right shows that the message is ours."""

    def known(run: Run, _: Value | None, given: Given, node: Node) -> Value:
        message = given.at(place, "msg")
        kind = "hmac.HMAC" if not run.file.is_script else "crypto.Hmac"
        site = Object((*run.key, node.start, "mac"), "instance", Library(kind))
        return Value(sites=(site,), origin=None if message is None else ("mac", message))

    return known


def _hashed(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """Node's hash of a text: who shows that its digest is one of ours shows that the text is."""
    message = given.at(0)
    site = Object((*run.key, node.start, "hash"), "instance", Library("crypto.Hash"), many=run.loops > 0)
    return Value(sites=(site,), origin=None if message is None else ("digest", message))


def _digested(_: Run, receiver: Value | None, __: Given, ___: Node) -> Value:
    return Value(kind="text", origin=None if receiver is None else receiver.origin)


def _same_digest(_: Run, __: Value | None, given: Given, ___: Node) -> Value:
    """A comparison in constant time proves what `==` does."""
    from coderev.analysis.taint.truths import equal

    one, other = given.at(0), given.at(1)
    return BOOLEAN if one is None or other is None else BOOLEAN.but(facts=tuple(equal(one, other)))


def _text(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    value = given.at(0, "object")
    if value is None:
        return constant("")
    value = written(run, value, node)
    if value.literal is not None and not isinstance(value.literal, bytes | bool):
        return constant(as_text(value.literal))
    clears = MASK["nosql"] | MASK["type"] | MASK["fields"]
    made = Value(taint=cleaned(reaching(run, value), clears), kind="text", prefix=value.prefix, suffix=value.suffix)
    is_same = value.taint and (value.origin is None or value.origin[0] == "same")
    return made.but(origin=("same", value) if is_same else value.origin)


def _written_out(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    """`repr`: a literal of the language on one line, which its own reader takes as one."""
    value = given.at(0)
    clears = BIT["code"] | MASK["nosql"] | MASK["type"] | MASK["log"] | MASK["header"]
    return UNKNOWN if value is None else Value(taint=cleaned(reaching(run, value), clears), kind="text")


def _least(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    """`min`: not more than what of ours is among them."""
    found = _one_of(run, receiver, given, node)
    has_limit = len(given.positional) > 1 and any(not value.taint for value in given.positional)
    return found.but(taint=cleaned(found.taint, BIT["size"])) if has_limit and found.taint else found


def _one_of(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    """One of several arguments, or any element of the only one."""
    if len(given.positional) > 1:
        return join_all(given.positional)
    return any_of(run, receiver, given, node)


def _resolved(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    """A path without `..` and links: where it begins now says where it is."""
    value = receiver if receiver is not None and not given.positional else path_joined(run, given.all)
    taint = cleaned(reaching(run, value), UNRESOLVED)
    sites = value.sites
    return Value(taint=stepped(taint, run.place(node), "resolved to a path"), sites=sites)


def _path_joined(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    parts = [*([receiver] if receiver is not None and receiver.sites and _is_path(receiver) else []), *given.all]
    made = path_joined(run, parts)
    if run.file.is_script and len(parts) > 1:  # Node's `path.join` does not begin anew at an absolute part
        made = made.but(taint=cleaned(made.taint, BIT["path-absolute"]) if not parts[0].taint else made.taint, sites=())
    return run.told(made, node, "joined to a path")


def _is_path(value: Value) -> bool:
    return any("Path" in name for name in value.names) or any(
        isinstance(site, Object) and isinstance(site.type, Library) and "Path" in site.type.name for site in value.sites
    )


def _path(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    made = path_joined(run, given.all)
    site = Object((*run.key, node.start, "path"), "instance", Library("pathlib.Path"), many=run.loops > 0)
    origin = ("same", given.positional[0]) if len(given.positional) == 1 and made.taint else None
    return Value(taint=made.taint, sites=(site,), origin=origin)


def _common(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    parts = given.at(0)
    known = elements(run, parts) if parts is not None else None
    tainted = [value for value in (known if known is not None else given.all) if value.taint]
    if len(tainted) != 1:
        return Value(taint=join_all(tainted).taint if tainted else CLEAN)
    return Value(kind="text", origin=("common", tainted[0]))


def _folder(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    """The folder of a path: if that is ours, so is the path."""
    path = given.at(0)
    if path is None:
        return UNKNOWN
    return Value(taint=reaching(run, path), kind="text", origin=("folder", path))


def _relative(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    target = given.at(1) if run.file.is_script else given.at(0)
    if target is None:
        return UNKNOWN
    return Value(taint=reaching(run, target), kind="text", origin=("relative", target))


def _is_inside(run: Run, receiver: Value | None, given: Given, _: Node) -> Value:
    """`path.is_relative_to(base)`."""
    if receiver is None or any(reaching(run, value) for value in given.all):
        return BOOLEAN
    from coderev.analysis.taint.library import guarded

    narrowed = guarded(receiver, MASK["path"])
    return BOOLEAN.but(facts=(Fact(on=True, value=receiver, narrowed=narrowed),)) if narrowed is not None else BOOLEAN


def _must_be_inside(run: Run, receiver: Value | None, given: Given, node: Node) -> Value:
    """`path.relative_to(base)` raises where it is not inside."""
    for fact in _is_inside(run, receiver, given, node).facts:
        run.now.narrow(fact.value, fact.narrowed)
    if receiver is None:
        return UNKNOWN
    seen = run.now.seen(receiver)
    return Value(taint=seen.taint, sites=seen.sites)


def _url(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    value = given.at(0)
    if value is None:
        return UNKNOWN
    type_name = "URL" if run.file.is_script else "urllib.parse.ParseResult"
    site = Object((*run.key, node.start, "url"), "instance", Library(type_name), many=run.loops > 0)
    taint, begins = reaching(run, value), value
    if given.new and (base := given.at(1)) is not None:
        taint, begins = union(taint, reaching(run, base)), base
    return Value(taint=taint, sites=(site,), origin=("url", value), prefix=begins.begins)


# --- types and containers


def _is_instance(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    value, kinds = given.at(0), given.at(1)
    if value is None or kinds is None:
        return BOOLEAN
    wanted = set(kinds.names)
    for each in elements(run, kinds) or ():
        wanted |= set(each.names)
    if not value.taint or not wanted:
        return BOOLEAN
    if wanted <= CLEAN_TYPES:
        return BOOLEAN.but(facts=(Fact(on=True, value=value, narrowed=value.but(taint=CLEAN)),))
    if wanted <= {"str", "bytes"}:
        narrowed = value.but(taint=cleaned(value.taint, MASK["nosql"] | MASK["type"]))
        return BOOLEAN.but(facts=(Fact(on=True, value=value, narrowed=narrowed),))
    return BOOLEAN


def _listed(shape: str) -> Known:
    def known(run: Run, _: Value | None, given: Given, node: Node) -> Value:
        value = given.at(0)
        if value is None:
            return sequence(run, node.start, shape, ())
        found = elements(run, value)
        if found is not None:
            return sequence(run, node.start, shape, found)
        from coderev.analysis.taint.statements import iterated

        made = some_list(run, node.start, iterated(run, value))
        return join_taint(made, CLEAN)

    return known


def _mapped(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    site = allocate(run, node.start, "dict")
    for value in given.positional:
        for held in value.sites:
            for key, each in cells(run, held).items():
                put(run, site, key, each)
    for name, value in given.keywords.items():
        put(run, site, name, value)
    taint = CLEAN
    for value in given.positional:
        taint = union(taint, value.taint)
    return Value(sites=(site,), taint=taint)


def _mixed(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """`sorted`, `reversed`, `filter`: any of the elements."""
    held = given.positional[-1] if given.positional else UNKNOWN
    return some_list(run, node.start, join_taint(any_element(run, held), held.taint))


def _enumerated(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    held = given.at(0) or UNKNOWN
    found = elements(run, held)
    if found is not None and len(found) <= 8:  # noqa: PLR2004 - pairs that are told apart
        pairs = [sequence(run, node.end + n, "tuple", [constant(n), each]) for n, each in enumerate(found)]
        return sequence(run, node.start, "list", pairs)
    from coderev.analysis.taint.statements import iterated

    return some_list(run, node.start, sequence(run, node.end, "tuple", [NUMBER, iterated(run, held)]))


def _zipped(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    columns = [join_taint(any_element(run, value), value.taint) for value in given.positional]
    return some_list(run, node.start, sequence(run, node.end, "tuple", columns))


def _map(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    function, *held = given.positional or (UNKNOWN,)
    columns = [join_taint(any_element(run, value), value.taint) for value in held]
    return some_list(run, node.start, called(run, function, Given(tuple(columns)), node))


def _next(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    del node
    held = given.at(0) or UNKNOWN
    found = join_taint(any_element(run, held), held.taint)
    return join(found, given.positional[1]) if len(given.positional) > 1 else found


def _attribute_got(run: Run, _: Value | None, given: Given, node: Node) -> Value | None:
    held, name = given.at(0), given.at(1)
    if held is None or name is None or name.text is None:
        return None
    from coderev.analysis.taint.members import member

    found = member(run, held, name.text, node)
    return join(found, given.positional[2]) if len(given.positional) > 2 else found  # noqa: PLR2004 - a default


def _attribute_set(run: Run, _: Value | None, given: Given, __: Node) -> Value | None:
    held, name, value = given.at(0), given.at(1), given.at(2)
    if held is None or name is None or value is None:
        return None
    from coderev.analysis.taint.memory import store

    store(run, held, name.text if name.text is not None else STAR, value)
    return None


def _same(_: Run, __: Value | None, given: Given, ___: Node) -> Value:
    return given.at(0) or UNKNOWN


def _nothing(_: Run, __: Value | None, ___: Given, ____: Node) -> Value:
    return constant(None)


# --- JavaScript's objects and promises


def _assigned(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    target, *others = given.positional or (UNKNOWN,)
    taint = target.taint
    for value in others:
        taint = union(taint, value.taint)
        for held in value.sites:
            for key, each in cells(run, held).items():
                for site in target.sites:
                    put(run, site, key, each, weak=len(target.sites) != 1)
    return target.but(taint=taint)


def _of_object(name: str) -> Known:
    def known(run: Run, _: Value | None, given: Given, node: Node) -> Value | None:
        held = given.at(0)
        if held is None:
            return None
        taint = cleaned(held.taint, MASK["type"]) if name == "keys" else held.taint  # a list of texts, whatever came in
        return call_method(run, at(*held.sites).but(taint=taint), name, Given(), node)

    return known


def _own_property(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    from coderev.analysis.taint.truths import contained

    held, key = given.at(0), given.at(1)
    if held is None or key is None:
        return BOOLEAN
    own = Fact(on=True, value=key, narrowed=key.but(taint=cleaned(key.taint, BIT["key"])))  # what it inherits is not
    return BOOLEAN.but(facts=(*contained(run, key, held), *((own,) if key.taint else ())))


def _created(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    base = given.at(0)
    is_bare = base is not None and base.constants is not None and base.kind == "nothing"
    site = Object((*run.key, node.start, "bare" if is_bare else "created"), "dict", many=run.loops > 0)
    for held in base.sites if base is not None else ():
        for key, each in cells(run, held).items():
            put(run, site, key, each)
    return at(site)


def _parsed(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """JSON that is read: what was text may be an object again, and have any key, unless a function drops it."""
    taint = reaching(run, given.positional[0]) if given.positional else CLEAN
    if not taint:
        return UNKNOWN
    escaped = {label: mark for label, mark in taint.items() if mark.mask & (BIT["key-escaped"] | BIT["key"])}
    made = union(set_again(taint, MASK["nosql"] | MASK["type"]), set_again(escaped, MASK["key"]))
    reviver = given.at(1)
    if run.file.is_script and reviver is not None and reviver.sites:
        kept = called(run, reviver, Given((constant("__proto__"), Value(taint=made))), node)
        made = cleaned(made, MASK["key"]) if kept.kind == "nothing" and not kept.taint else made
    return Value(taint=made)


def _printed(run: Run, _: Value | None, given: Given, __: Node) -> Value:
    taint = CLEAN
    for value in given.positional[:1]:
        taint = union(taint, reaching(run, value))
    clears = MASK["nosql"] | MASK["type"] | BIT["script"] | MASK["code"] | MASK["log"] | MASK["header"]
    return Value(taint=cleaned(taint, clears), kind="text")


def _key_value(run: Run, _: Value | None, given: Given, node: Node) -> Value:
    """`new Map(pairs)`, `new Set(list)`."""
    site = Object((*run.key, node.start, "keyed"), "set", many=run.loops > 0)
    held = given.at(0)
    for number, each in enumerate((elements(run, held) if held is not None else None) or ()):
        pair = elements(run, each)
        if pair is not None and len(pair) == 2 and pair[0].literal is not None:  # noqa: PLR2004 - key and value
            put(run, site, pair[0].literal, pair[1])  # type: ignore[arg-type]
        else:
            put(run, site, number, each)
    if held is not None and elements(run, held) is None and (held.sites or held.taint):
        put(run, site, STAR, join_taint(any_element(run, held), held.taint), weak=True)
    return at(site)


KNOWN: dict[str, Known] = {
    **LATER,
    **SEARCHING,
    **PARTS,
    **{name: _convert(name) for name in CONVERTERS},
    **dict.fromkeys(("Number", "parseInt", "parseFloat", "BigInt", "hash", "id", "sum", "Math.floor"), _number),
    **dict.fromkeys(
        ("Number.parseInt", "Number.parseFloat", "Math.round", "Math.trunc", "Math.abs", "Date.now"), _number
    ),
    **dict.fromkeys(("callable", "hasattr", "issubclass", "all", "any", "Boolean", "Array.isArray"), _truth),
    **dict.fromkeys(("str", "String", "unicode"), _text),
    "repr": _written_out,
    **dict.fromkeys(("os.path.realpath", "os.path.abspath", "path.resolve", "path.posix.resolve"), _resolved),
    **dict.fromkeys(
        ("fs.realpathSync", "fs.realpathSync.native", "fs/promises.realpath", "fs.promises.realpath"), _resolved
    ),
    **dict.fromkeys(("pathlib.Path.resolve", "pathlib.Path.absolute"), _resolved),
    **dict.fromkeys(("os.path.normpath", "path.normalize"), _resolved),
    **dict.fromkeys(
        ("os.path.join", "posixpath.join", "path.join", "path.posix.join", "pathlib.Path.joinpath"), _path_joined
    ),
    **dict.fromkeys(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"), _path),
    **dict.fromkeys(("os.path.dirname", "path.dirname"), _folder),
    "os.path.commonpath": _common,
    "os.path.commonprefix": _common,
    **dict.fromkeys(("path.relative", "os.path.relpath"), _relative),
    "pathlib.Path.is_relative_to": _is_inside,
    "pathlib.Path.relative_to": _must_be_inside,
    **dict.fromkeys(("urllib.parse.urlparse", "urllib.parse.urlsplit", "URL", "url.parse", "url.URL"), _url),
    "isinstance": _is_instance,
    **{
        name: _listed(shape)
        for name, shape in (("list", "list"), ("tuple", "tuple"), ("set", "set"), ("frozenset", "set"))
    },
    "Array.from": _listed("list"),
    "dict": _mapped,
    **dict.fromkeys(("collections.OrderedDict", "types.MappingProxyType"), _mapped),
    **dict.fromkeys(("sorted", "reversed", "filter"), _mixed),
    "enumerate": _enumerated,
    "zip": _zipped,
    "map": _map,
    "next": _next,
    "iter": _same,
    "getattr": _attribute_got,
    "setattr": _attribute_set,
    "max": _one_of,
    "min": _least,
    **dict.fromkeys(
        (
            "copy.copy",
            "copy.deepcopy",
            "structuredClone",
            "Object.freeze",
            "Object.seal",
            "typing.cast",
            "util.promisify",
            "util.promisify",
            "functools.wraps",
        ),
        _same,
    ),
    "hmac.new": _authenticated(1),
    "hmac.HMAC.update": _authenticated(0),
    "crypto.Hmac.update": _authenticated(0),
    "crypto.Hash.update": _hashed,
    **dict.fromkeys(("hmac.HMAC.hexdigest", "hmac.HMAC.digest", "crypto.Hmac.digest", "crypto.Hash.digest"), _digested),
    **dict.fromkeys(("hmac.compare_digest", "secrets.compare_digest", "crypto.timingSafeEqual"), _same_digest),
    "print": _nothing,
    "Object.assign": _assigned,
    "Object.keys": _of_object("keys"),
    "Object.values": _of_object("values"),
    "Object.entries": _of_object("entries"),
    **dict.fromkeys(("Object.hasOwn", "Object.prototype.hasOwnProperty.call"), _own_property),
    "Object.create": _created,
    **dict.fromkeys(("JSON.parse", "json.loads"), _parsed),
    **dict.fromkeys(("JSON.stringify", "json.dumps"), _printed),
    "Promise.resolve": _same,
    **dict.fromkeys(("Map", "Set", "WeakMap"), _key_value),
}
