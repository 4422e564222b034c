"""What expressions give. Operators and tests are in `operations`, calls in `calls`."""

import builtins

import msgspec

from coderev.analysis.taint.catalogue import is_of_receiver
from coderev.analysis.taint.contexts import BIT, MASK
from coderev.analysis.taint.decorating import decorated
from coderev.analysis.taint.form import (
    Attribute,
    Await,
    Bind,
    Block,
    Choice,
    Class,
    Closure,
    Constant,
    Default,
    Element,
    Enter,
    Function,
    Mapping,
    Name,
    Node,
    Sequence,
    Slice,
    Spread,
    Text,
    Unknown,
    Yield,
)
from coderev.analysis.taint.functions import invoke
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.known import KNOWN
from coderev.analysis.taint.library import Situation, call_library, judge
from coderev.analysis.taint.members import as_text, member, protocol, read
from coderev.analysis.taint.memory import (
    allocate,
    any_element,
    as_key,
    cells,
    element,
    elements,
    get,
    is_made,
    join_taint,
    put,
    reaching,
    sequence,
)
from coderev.analysis.taint.operations import joined_text, sliced
from coderev.analysis.taint.run import EVALUATORS, Run, Unreachable, evaluate, execute
from coderev.analysis.taint.state import LENGTH
from coderev.analysis.taint.truths import tested
from coderev.analysis.taint.value import (
    CLEAN,
    STAR,
    UNKNOWN,
    ClassSite,
    FunctionSite,
    Key,
    Library,
    Mark,
    Object,
    Value,
    at,
    cleaned,
    constant,
    join,
    join_all,
    named,
    union,
)

NULL = constant(None)
FIRST = constant(0).constants
SPECIAL = ("__proto__", "constructor", "prototype")  # keys that every object of JavaScript has


def _constant(_: Run, node: Constant) -> Value:
    return constant(node.value)


def _name(run: Run, node: Name) -> Value:
    name = node.name
    state = run.now
    hidden = False
    for frame, bound in run.frames:
        found = state.variable(frame, name)
        if found is not None:
            return found
        found = run.project.shared.variable(frame, name)
        if found is not None:
            return state.seen(found)
        hidden = hidden or name in bound
    if name == "undefined":
        return NULL
    if not hidden and (stars := run.project.stars(run.file.path)):
        return _starred(run, node, stars)
    return UNKNOWN if hidden else named(name)


def _starred(run: Run, node: Name, stars: tuple[str, ...]) -> Value:
    """A name that may come from a library module of which all names were brought in; later ones go before."""
    for module in reversed(stars):
        if run.file.catalogue.named(f"{module}.{node.name}") or not hasattr(builtins, node.name):
            return read(run, Library(module), node.name, node)
    return named(node.name)


def _attribute(run: Run, node: Attribute) -> Value:
    held = evaluate(run, node.object)
    value = member(run, held, node.name, node)
    if node.name in run.file.catalogue.parts and value.names:
        return _part(run, held, value, node)
    return value


def _part(run: Run, held: Value, value: Value, node: Node) -> Value:
    """What an attribute of a library's type hands on of its owner (clause 8.5)."""
    for name in value.names:
        model = run.file.catalogue.named(name)
        if model is not None and any(is_of_receiver(row) for row in model.transfers):
            return call_library(run, name, held, Given(), node).but(origin=value.origin)
    return value


def _element(run: Run, node: Element) -> Value:
    held = evaluate(run, node.object)
    if isinstance(node.key, Slice):
        return sliced(run, held, node.key)
    key = evaluate(run, node.key)
    return indexed(run, held, key, node)


def indexed(run: Run, held: Value, key: Value, node: Node) -> Value:
    """`held[key]`; an element of something of the library is read like an attribute named `[]`."""
    libraries = [site for site in held.sites if isinstance(site, Library)]
    libraries += [site.type for site in held.sites if isinstance(site, Object) and isinstance(site.type, Library)]
    if held.is_known and key.is_known and isinstance(held.text, str) and isinstance(key.literal, int):
        text, place = held.text, key.literal
        return constant(text[place]) if -len(text) <= place < len(text) else UNKNOWN
    getters = [each for site in held.sites for each in protocol(run, site, "__getitem__", node)]
    if getters:
        return join_all(invoke(run, each, Given((key,)), node) for each in getters)
    if not libraries:
        value = element(run, held, key)
        if run.file.is_script and key.constants is None:
            value = value if value.taint else join(value, NULL)  # there may be no such key
            return reached_by(held, key, value)
        if held.taint and key.constants == FIRST and not value.origin and not value.sites:
            return value.but(origin=("start", held))
        return value if value.taint or value.sites or value.is_known else _member_by_text(run, held, key, node)
    stored = _stored_element(run, held, key)
    return stored or join_all(_library_element(run, site, held, key, node) for site in libraries)


def _stored_element(run: Run, held: Value, key: Value) -> Value | None:
    """What the project itself has put under a known key into an instance of a library's type."""
    if key.literal is None or run.file.is_script:
        return None
    found = [get(run, site, as_key(run, held, key.literal)) for site in held.sites if isinstance(site, Object)]
    known = [value for value in found if value is not None]
    return join_all(known) if known and len(known) == len(held.sites) else None


def reached_by(held: Value, key: Value, value: Value) -> Value:
    """What was found by a key from outside may be the prototype of everything, unless the object has none."""
    has_none = held.sites and all(isinstance(site, Object) and site.key[-1] == "bare" for site in held.sites)
    if key.prefix and not any(word.startswith(key.prefix) for word in SPECIAL):
        return value
    chosen = {
        label: Mark(BIT["container"], BIT["container"] if label.kind == "parameter" else 0, mark.sure, mark.trace)
        for label, mark in key.taint.items()
        if mark.mask & BIT["key"]
    }
    return value if has_none or not chosen else join_taint(value, chosen)


def _member_by_text(run: Run, held: Value, key: Value, node: Node) -> Value:
    """JavaScript's `o["name"]` is `o.name`: methods and exports too."""
    if run.file.is_script and key.text is not None and held.sites:
        return member(run, held, key.text, node)
    return UNKNOWN


def _library_element(run: Run, site: Library, held: Value, key: Value, node: Node) -> Value:
    literal = key.literal
    if run.file.is_script and isinstance(literal, str):
        return member(run, held.but(sites=(site,)) if len(held.sites) > 1 else held, literal, node)
    if (known := KNOWN.get(f"{site.name}.__getitem__")) is not None:
        return known(run, held, Given((key,)), node) or UNKNOWN
    name = f"[{literal!r}]" if literal is not None else "[]"
    stored = get(run, site, name)
    if stored is not None:
        return stored
    value = _read_element(run, site, held, key, node)
    if key.taint:
        judge(run, f"{site.name}.__getitem__", Given((key,)), node, held)
    if literal is not None and held.taint:  # read again it is the same value: a guard on it holds
        return run.now.seen(run.project.parts.again(held, name, value))
    if literal is not None and value.taint:
        run.now.add(site, name, value)
    return value


def _read_element(run: Run, site: Library, held: Value, key: Value, node: Node) -> Value:
    """What the packs say of an element of the library."""
    from coderev.analysis.taint.members import source

    model = run.file.catalogue.named(f"{site.name}[]")
    if model is None:
        return Value(taint=held.taint, sites=(Library(f"{site.name}[]"),))
    value = Value(taint=held.taint, sites=(Library(model.type or f"{site.name}[]"),))
    situation = Situation(run, site.name, held, Given((), {"key": key}), node)
    for row in model.reads:
        if not (row.when or row.unless) or situation.applies(row.when, row.unless) is not False:
            if row.type is not None:
                value = Value(sites=(Library(row.type),))
            value = value.but(taint=union(value.taint, source(run, row, node)))
    return value


def _text(run: Run, node: Text) -> Value:
    parts = [as_text(run, evaluate(run, part), part) for part in node.parts]
    return run.told(joined_text(parts), node, "built into text")


def _sequence(run: Run, node: Sequence) -> Value:
    if not any(isinstance(item, Spread) for item in node.items):
        return sequence(run, node.start, node.kind, [evaluate(run, item) for item in node.items])
    first: list[Value] = []  # what stands before all that is spread
    values: list[Value] = []
    unknown: list[Value] = []
    for item in node.items:
        value = evaluate(run, item.value if isinstance(item, Spread) else item)
        spread = elements(run, value) if isinstance(item, Spread) else None
        if spread is not None:
            values += spread
        elif isinstance(item, Spread):
            first = values[:] if not unknown else first
            unknown.append(join_taint(any_element(run, value), value.taint))
        else:
            values.append(value)
    made = sequence(run, node.start, node.kind, first if unknown else values)
    if unknown and isinstance(site := made.sites[0], Object):
        run.now.add(site, STAR, join_all([*unknown, *values[len(first) :]]))  # those before it keep their places
        put(run, site, LENGTH, UNKNOWN)
    return made


def _compared(run: Run, key: Node | None, value: Value) -> Value:
    """What a query compares with `$eq` is compared as it is, whatever it holds."""
    if not isinstance(key, Constant) or key.value != "$eq" or not (taint := reaching(run, value)):
        return value
    return Value(taint=cleaned(taint, MASK["nosql"]))


def _mapping(run: Run, node: Mapping) -> Value:
    site = allocate(run, node.start, "dict")
    run.now.forget(site)
    taint = CLEAN
    for key, written in node.entries:
        value = _compared(run, key, evaluate(run, written))
        if key is None:
            taint = union(taint, cleaned(value.taint, BIT["container"]))  # a copy is nobody's prototype
            for held in value.sites:
                for held_key, each in cells(run, held).items():
                    put(run, site, held_key, each)
            continue
        name = evaluate(run, key)
        literal = name.literal
        if value.taint and isinstance(literal, str):
            from coderev.analysis.taint.stores import named_store

            named_store(run, literal, value, written)
        key_of = _key_of(run, name)
        if key_of == STAR:
            put(run, site, key_of, value)
        else:
            run.now.put(site, key_of, value)
    if not node.entries:
        run.now.put(site, "#empty", constant(value=True))
    return Value(sites=(site,), taint=taint)


def _key_of(run: Run, name: Value) -> Key:
    """The cell of a key that is written out: a constant, or a name of the library."""
    if isinstance(name.literal, str | int):
        return as_key(run, UNKNOWN, name.literal)
    return ("@", name.names[0]) if name.names else STAR


def _choice(run: Run, node: Choice) -> Value:
    truthy, falsy = tested(run, node.test)
    values: list[Value] = []
    met = None
    from coderev.analysis.taint.state import joined

    for state, way in ((truthy, node.then), (falsy, node.otherwise)):
        if state is None:
            continue
        run.state = state
        try:
            values.append(evaluate(run, way))
        except Unreachable:
            continue
        met = joined(met, run.state)
    run.state = met
    if not values:
        raise Unreachable
    return join_all(values)


def define(run: Run, definition: Function | Class) -> Value:
    """The value of a definition, with its decorators. Unknown decorators are transparent."""
    if isinstance(definition, Function):
        site = FunctionSite(definition, run.file.path, run.frames)
        run.project.defined(run, site)
        value = at(site)
    else:
        value = _class(run, definition)
    for decorator in reversed(definition.decorators):
        value = decorated(run, decorator, value)
    return value


def _class(run: Run, definition: Class) -> Value:
    bases = tuple(evaluate(run, base) for base in definition.bases)
    site = ClassSite(definition, run.file.path, bases)
    frame = run.project.new_frame()
    run.now.enter(frame)
    bound = frozenset(_bound_in(definition))
    outer, run.frames = run.frames, ((frame, bound), *run.frames)
    try:
        execute(run, definition.body)
        variables = run.now.frames.pop(frame, {})
    finally:
        run.frames = outer
    for name, value in variables.items():
        owned = tuple(
            FunctionSite(_as_method(each.function), each.home, outer, site, each.receiver)
            if isinstance(each, FunctionSite)
            and definition.start <= each.identity[1]
            and each.function.end <= definition.end
            else each
            for each in value.sites
        )
        put(run, site, name, value.but(sites=owned))
    run.project.classes(run, site)
    return at(site)


def _as_method(function: Function) -> Function:
    """An arrow function that is a field of a class has the instance as its `this`, as a method has."""
    return msgspec.structs.replace(function, binding="instance") if function.binding == "lexical" else function


def _bound_in(definition: Class) -> set[str]:
    from coderev.analysis.taint.form import Assign, Define, Import

    found: set[str] = set()
    for statement in definition.body:
        if isinstance(statement, Define):
            found.add(statement.definition.name)
        elif isinstance(statement, Assign) and isinstance(statement.target, Name):
            found.add(statement.target.name)
        elif isinstance(statement, Import):
            found.add(statement.alias)
    return found


def _closure(run: Run, node: Closure) -> Value:
    return define(run, node.definition)


def _bind(run: Run, node: Bind) -> Value:
    from coderev.analysis.taint.statements import assign

    value = evaluate(run, node.value)
    assign(run, node.target, value, node)
    return value


def _await(run: Run, node: Await) -> Value:
    return settled(run, evaluate(run, node.value))


def settled(run: Run, value: Value) -> Value:
    """What a promise holds; other values are themselves."""
    found = [get(run, site, "value") for site in value.sites if isinstance(site, Object) and is_made(site, "promise")]
    known = [each for each in found if each is not None]
    return join_all(known) if known else value


def _yield(run: Run, node: Yield) -> Value:
    value = UNKNOWN if node.value is None else evaluate(run, node.value)
    run.yields.append(join_taint(any_element(run, value), value.taint) if node.delegate else value)
    return UNKNOWN


def _enter(run: Run, node: Enter) -> Value:
    value = evaluate(run, node.value)
    entered = [site for site in value.sites if isinstance(site, Object) and isinstance(site.type, ClassSite)]
    if not entered:
        return value
    from coderev.analysis.taint.calls import apply

    method = member(run, value, "__enter__", node)
    return apply(run, method, Given(), node) if method.sites else value


def _block(run: Run, node: Block) -> Value:
    execute(run, node.body)
    if run.state is None:
        raise Unreachable
    return evaluate(run, node.value)


def _unknown(run: Run, node: Unknown) -> Value:
    from coderev.analysis.taint.memory import reaching
    from coderev.analysis.taint.value import unsure

    taint = CLEAN
    for operand in node.operands:
        taint = union(taint, reaching(run, evaluate(run, operand)))
    return Value(taint=unsure(taint))


def _slice(run: Run, node: Slice) -> Value:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            evaluate(run, part)
    return UNKNOWN


def _inner(run: Run, node: Spread | Default) -> Value:
    return evaluate(run, node.value)


def _register(table: dict[type, object]) -> None:
    for kind, evaluator in table.items():
        EVALUATORS[kind] = evaluator  # type: ignore[assignment]


_register(
    {
        Constant: _constant,
        Name: _name,
        Attribute: _attribute,
        Element: _element,
        Slice: _slice,
        Text: _text,
        Spread: _inner,
        Default: _inner,
        Sequence: _sequence,
        Mapping: _mapping,
        Choice: _choice,
        Closure: _closure,
        Bind: _bind,
        Await: _await,
        Yield: _yield,
        Enter: _enter,
        Block: _block,
        Unknown: _unknown,
    }
)
