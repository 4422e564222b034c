"""What statements do to what is known."""

from collections import abc
from typing import TypeVar

from coderev.analysis.taint.decorating import annotated
from coderev.analysis.taint.expressions import define, indexed
from coderev.analysis.taint.form import (
    Assert,
    Assign,
    Attribute,
    Branch,
    Break,
    Catch,
    Continue,
    Default,
    Define,
    Delete,
    Element,
    Evaluate,
    Expression,
    Import,
    Loop,
    Mapping,
    Name,
    Node,
    Raise,
    Return,
    Sequence,
    Slice,
    Spread,
    Switch,
    Try,
)
from coderev.analysis.taint.importing import bring_in
from coderev.analysis.taint.library import lacks_key
from coderev.analysis.taint.memory import (
    allocate,
    any_element,
    as_key,
    cells,
    elements,
    join_taint,
    load,
    put,
    reaching,
    sequence,
    store,
)
from coderev.analysis.taint.run import EXECUTORS, Run, Unreachable, evaluate, execute
from coderev.analysis.taint.state import LENGTH, Seen, State, differing, joined
from coderev.analysis.taint.stores import bare_stored, mended, named_store, setting, stored_to
from coderev.analysis.taint.truths import compare, split, tested
from coderev.analysis.taint.value import ASTERISK, STAR, UNKNOWN, Object, Value, at, constants, join, join_all

_T = TypeVar("_T")
_K = TypeVar("_K")
DEEP_LOOPS = 3  # loops in one another; those that are deeper are walked once a round of the outer
ROUNDS = 3  # of a loop, before all that changes is widened
NULL_CONSTANT = frozenset({(type(None), None)})


def _evaluate(run: Run, node: Evaluate) -> None:
    evaluate(run, node.value)


def _assign(run: Run, node: Assign) -> None:
    value = evaluate(run, node.value)
    if node.annotation is not None and not value.sites:
        value = value.but(sites=annotated(run, node.annotation))
    if value.taint and isinstance(node.target, Name) and not isinstance(node.value, Name):
        value = run.told(value, node, f"assigned to `{_spelt(node.target.name)}`")
    assign(run, node.target, value, node)


def _spelt(name: str) -> str:
    return name.partition("@")[0]


def assign(run: Run, target: Expression, value: Value, node: Node) -> None:
    """Let a target have a value: a variable, an attribute, an element, or a pattern of these."""
    match target:
        case Name():
            _assign_variable(run, target.name, value, node)
        case Attribute():
            _assign_attribute(run, target, value, node)
        case Element():
            _assign_element(run, target, value, node)
        case Sequence():
            _unpack(run, target, value, node)
        case Mapping():
            _destructure(run, target, value, node)
        case Default():
            assign(run, target.target, _or_default(run, target, value), node)
        case Spread():
            assign(run, target.value, value, node)
        case _:
            evaluate(run, target)


def _assign_attribute(run: Run, target: Attribute, value: Value, node: Node) -> None:
    held = evaluate(run, target.object)
    stored_to(run, held, target.name, None, value, node)
    mended(run, target, held, None, value)
    named_store(run, target.name, value, node)
    store(run, held, target.name, value)


def _assign_variable(run: Run, name: str, value: Value, node: Node) -> None:
    if run.file.is_script:
        bare_stored(run, name, value, node)
    assign_name(run, name, value)
    named_store(run, name, value, node)
    setting(run, name, value, node)


def assign_name(run: Run, name: str, value: Value) -> None:
    """Let the variable of a name, in the frame that it is bound in, have a value."""
    state = run.now
    for frame, bound in run.frames:
        if name in bound:
            state.assign(frame, name, value)
            if run.project.shared.has(frame):
                run.project.shared.assign(frame, name, value)
            return
    frame = run.frames[-1][0]
    state.assign(frame, name, value)
    if run.project.shared.has(frame):
        run.project.shared.assign(frame, name, value)


def _assign_element(run: Run, target: Element, value: Value, node: Node) -> None:
    held = evaluate(run, target.object)
    if isinstance(target.key, Slice):
        evaluate(run, target.key)
        store(run, held, STAR, join_taint(any_element(run, value), value.taint))
        return
    key = evaluate(run, target.key)
    stored_to(run, held, "", key, value, node)
    mended(run, target, held, key, value)
    named_store(run, key.text or "", value, node)
    if key.constants is None:
        store(run, held, STAR, value)
        return
    for literal in key.literals:
        if len(key.literals) == 1:
            store(run, held, as_key(run, held, literal), value)
        else:
            for site in held.sites:
                put(run, site, as_key(run, held, literal), value, weak=True)


def _or_default(run: Run, target: Default, value: Value) -> Value:
    if value.constants == NULL_CONSTANT:
        return evaluate(run, target.value)
    known = value.is_known or (value.sites and not value.taint)
    return value if known else join(value, evaluate(run, target.value))


def _unpack(run: Run, target: Sequence, value: Value, node: Node) -> None:
    items = target.items
    known = elements(run, value)
    starred = next((place for place, item in enumerate(items) if isinstance(item, Spread)), None)
    if known is None or (starred is None and len(known) < len(items) and not run.file.is_script):
        any_one = join_taint(any_element(run, value), value.taint)
        for place, item in enumerate(items):
            part = any_one if isinstance(item, Spread) else _nth(run, value, place, node)
            if isinstance(item, Spread):
                part = _many(run, item.start, part)
            assign(run, item.value if isinstance(item, Spread) else item, part, node)
        return
    after = len(items) - starred - 1 if starred is not None else 0
    for place, item in enumerate(items):
        if isinstance(item, Spread):
            taken = known[place : len(known) - after]
            assign(run, item.value, sequence(run, item.start, "list", taken), node)
            continue
        place_of_value = place if starred is None or place < starred else len(known) - len(items) + place
        found = known[place_of_value] if 0 <= place_of_value < len(known) else constants([None])
        assign(run, item, found, node)


def _nth(run: Run, value: Value, place: int, node: Node) -> Value:
    """One of the elements of what is unpacked, whose number is not known."""
    if value.names:
        return indexed(run, value, constants([place]), node)
    return join_taint(load(run, value, place) if value.sites else any_element(run, value), value.taint)


def _many(run: Run, start: int, part: Value) -> Value:
    made = sequence(run, start, "list", ())
    if isinstance(site := made.sites[0], Object):
        put(run, site, STAR, part, weak=True)
        put(run, site, LENGTH, UNKNOWN)
    return made


def _destructure(run: Run, target: Mapping, value: Value, node: Node) -> None:
    from coderev.analysis.taint.members import member

    for key, inner in target.entries:
        if key is None:
            assign(run, inner, _others(run, target, value), node)
            continue
        name = evaluate(run, key)
        text = name.text
        found = member(run, value, text, key) if text is not None else indexed(run, value, name, key)
        if text is not None and isinstance(inner, Default) and found is UNKNOWN and lacks_key(run, value, text):
            found = constants([None])
        if found.taint and isinstance(inner, Name | Default):
            found = run.told(found, key, f"taken as `{text}`" if text else "taken from an object")
        assign(run, inner, found, node)


def _others(run: Run, target: Mapping, value: Value) -> Value:
    """What is left of an object whose keys are known, without those that were taken out by name."""
    site = value.sites[0] if len(value.sites) == 1 else None
    if value.taint or not isinstance(site, Object) or site.shape != "dict":
        return value
    taken = {evaluate(run, key).text for key, _ in target.entries if key is not None}
    rest = allocate(run, target.start, "dict")
    for key, held in list(cells(run, site).items()):
        if key not in taken:
            put(run, rest, key, held)
    return at(rest)


def _branch(run: Run, node: Branch) -> None:
    truthy, falsy = tested(run, node.test)
    run.state = truthy
    execute(run, node.then)
    truthy = run.state
    run.state = falsy
    execute(run, node.otherwise)
    run.state = joined(truthy, run.state)


def _switch(run: Run, node: Switch) -> None:
    from coderev.analysis.taint.form import Operation

    evaluate(run, node.subject)
    unmatched: State | None = run.now
    falling: State | None = None
    default: State | None = None
    outer = run.exits
    run.exits = {}
    has_default = any(not case.tests for case in node.cases)
    entries: list[State | None] = []
    for case in node.cases:
        entry: State | None = None
        for test in case.tests:
            if unmatched is None:
                break
            run.state = unmatched
            value = compare(run, Operation(test.start, test.end, "===", (node.subject, test)))
            taken, unmatched = split(run.now, value)
            entry = joined(entry, taken)
        entries.append(entry)
    default = unmatched
    for case, entry in zip(node.cases, entries, strict=True):
        run.state = joined(falling, entry if case.tests else default)
        execute(run, case.body)
        falling = run.state
    after = joined(falling, None if has_default else unmatched)
    run.state = joined(after, _taken(run, "break", node.label))
    _hand_on(outer, run)


def _taken(run: Run, kind: str, label: str | None) -> State | None:
    """The states that leave just this loop or switch."""
    mine = run.exits.pop(kind, None)
    return joined(mine, run.exits.pop(f"{kind} {label}", None)) if label else mine


def _hand_on(outer: dict[str, State | None], run: Run) -> None:
    for name, state in run.exits.items():
        outer[name] = joined(outer.get(name), state)
    run.exits = outer


def _loop(run: Run, node: Loop) -> None:
    outer, run.exits = run.exits, {}
    known = _unrolled(run, node)
    if known is not None:
        after = _rounds_of(run, node, known)
    else:
        run.loops += 1
        try:
            after = _widened(run, node)
        finally:
            run.loops -= 1
    run.state = after
    if after is not None:
        execute(run, node.otherwise)
    run.state = joined(run.state, _taken(run, "break", node.label))
    _hand_on(outer, run)


MAX_UNROLLED = 8  # elements of a known sequence that are walked one by one


def _unrolled(run: Run, node: Loop) -> list[Value] | None:
    """The values of a short sequence that is known, if the loop is over one."""
    if node.iterable is None or node.takes != "items" or run.loops:
        return None
    held = evaluate(run, node.iterable)
    found = elements(run, held)
    return found if found is not None and len(found) <= MAX_UNROLLED else None


def _rounds_of(run: Run, node: Loop, values: list[Value]) -> State | None:
    for value in values:
        if run.state is None:
            break
        if node.target is not None:
            assign(run, node.target, value, node)
        execute(run, node.body)
        run.state = joined(run.state, _taken(run, "continue", node.label))
    return run.state


def _widened(run: Run, node: Loop) -> State | None:
    """Walk until nothing new comes round, at most ROUNDS times, then once more with all constants that changed gone."""
    falsy: State | None = None
    before: State | None = run.now
    rounds = ROUNDS if run.loops <= DEEP_LOOPS else 0
    for count in range(rounds + 1):
        assert before is not None  # noqa: S101 - the loop is entered
        run.state = before.fork()
        stays, leaves, one = _entered(run, node, is_first=count == 0)
        falsy = joined(falsy, leaves)
        run.state = stays
        if stays is not None:
            execute(run, node.body)
        run.state = joined(run.state, _taken(run, "continue", node.label))
        if run.state is not None:
            execute(run, node.update)
        if run.state is None:
            break
        if one is not None and falsy is not None:  # what each round shows of its element holds of all behind the loop
            falsy.narrow(one, run.state.seen(one))
        after = joined(before.fork(), run.state)
        assert after is not None  # noqa: S101 - one of the two is there
        if not _has_changed(before, after):
            break
        before = _without_constants(before, after) if count >= rounds - 1 else after
    if node.post and run.state is not None:
        falsy = joined(falsy, run.state)
    return falsy


def _entered(run: Run, node: Loop, *, is_first: bool) -> tuple[State | None, State | None, Value | None]:
    """Where a round begins, where the loop ends before it, and what of an iterable the round is about."""
    one: Value | None = None
    if node.iterable is not None:
        held = evaluate(run, node.iterable)
        leaves = run.now.fork()
        if node.target is not None:
            one = keys_of(run, held) if node.takes == "keys" else iterated(run, held)
            assign(run, node.target, run.told(one, node, "an element of it"), node)
        return run.state, leaves, one
    if node.test is None or (node.post and is_first):
        return run.now, None, None
    try:
        return *tested(run, node.test), None
    except Unreachable:
        return None, None, None


def iterated(run: Run, held: Value) -> Value:
    """What a loop over something gets: any element, of a mapping in Python any key."""
    found: list[Value] = []
    for site in held.sites:
        if isinstance(site, Object) and site.shape == "dict" and not run.file.is_script:
            found.append(keys_of(run, at(site)))
        elif isinstance(site, Object):
            found.append(any_element(run, at(site)))
        else:
            one = indexed(run, Value(sites=(site,), taint=held.taint), UNKNOWN, _NOWHERE)
            found.append(one)
    value = join_all(found) if found else UNKNOWN
    return join_taint(value, held.taint)


_NOWHERE = Name(0, 0, "")


def keys_of(run: Run, held: Value) -> Value:
    """Any key of what a value refers to."""
    found = [key for site in held.sites for key in cells(run, site) if isinstance(key, str | int) or key == ASTERISK]
    plain = [key if isinstance(key, str | int) else STAR for key in found if key not in (LENGTH, "#empty", STAR)]
    known = constants(plain) if plain and STAR not in found and not held.taint else UNKNOWN
    return join_taint(known, held.taint)


def _has_changed(before: State, after: State) -> bool:
    """Whether a round brought something: labels with more contexts, other constants, more sites."""
    return _differs(before.frames, after.frames) or (
        before.heap is not after.heap and _differs(before.heap, after.heap)
    )


def _differs(before: abc.Mapping[_T, abc.Mapping[_K, Value]], after: abc.Mapping[_T, abc.Mapping[_K, Value]]) -> bool:
    for _, old, held in differing(before, after):
        for _, mine, value in differing({} if old is None else old, held):
            if mine is None or _shape(mine) != _shape(value):
                return True
    return False


def _shape(value: Value) -> object:
    masks = frozenset((label, mark.mask) for label, mark in value.taint.items()) if value.taint else None
    return masks, value.constants, frozenset(value.sites), value.prefix


def _without_constants(before: State, after: State) -> State:
    """What did not settle is not known."""
    wide = after.fork()
    for frame, held in after.frames.items():
        for name, value in held.items():
            old = before.frames.get(frame, {}).get(name)
            if old is not None and old.constants != value.constants:
                wide.assign(frame, name, value.but(constants=None, prefix="", suffix=""))
    for site, cells_of in after.heap.items():
        for key, value in cells_of.items():
            old = before.heap.get(site, {}).get(key)
            if old is None or old.constants != value.constants:
                wide.put(site, key, value.but(constants=None, prefix="", suffix=""))
    return wide


def _return(run: Run, node: Return) -> None:
    value = constants([None]) if node.value is None else evaluate(run, node.value)
    run.returns.append((value, run.now))
    run.return_nodes.append(node)
    run.state = None


def _raise(run: Run, node: Raise) -> None:
    if node.value is not None:
        run.thrown[-1].append(evaluate(run, node.value))
    run.may_raise()
    run.state = None


def _break(run: Run, node: Break) -> None:
    run.leave(f"break {node.label}" if node.label else "break")


def _continue(run: Run, node: Continue) -> None:
    run.leave(f"continue {node.label}" if node.label else "continue")


def _try(run: Run, node: Try) -> None:
    outer_exits, run.exits = run.exits, {}
    returns_before = len(run.returns)
    run.raised.append(Seen(run.now.fork()))
    run.thrown.append([])
    execute(run, node.body)
    run.may_raise()
    raised, thrown = run.raised.pop().state, run.thrown.pop()
    if not node.handlers:
        run.thrown[-1] += thrown
    if run.state is not None:
        execute(run, node.otherwise)
    met = run.state
    for handler in node.handlers:
        run.state = raised.fork() if raised is not None else None
        if run.state is None:
            break
        if handler.target is not None:
            assign(run, handler.target, _caught(run, handler, thrown), handler)
        execute(run, handler.body)
        met = joined(met, run.state)
    run.state = met
    if node.final:
        _finally(run, node, raised, returns_before)
    _hand_on(outer_exits, run)
    if raised is not None and run.raised:
        run.raised[-1].add(raised)


def _caught(run: Run, handler: Catch, thrown: list[Value]) -> Value:
    """What a handler gets: what was raised, and what an exception tells, which is not for everybody."""
    error = run.project.error(run, handler)
    known = join_all(thrown) if thrown else UNKNOWN
    if not run.file.is_script:
        known = Value(taint=reaching(run, known), sites=known.sites)
    return join_taint(known.but(constants=None), error)


def _finally(run: Run, node: Try, raised: State | None, returns_before: int) -> None:
    """The last block runs on every way out: behind, by return, by break, and where something is raised."""
    normal = run.state
    for name, state in list(run.exits.items()):
        run.state = state
        execute(run, node.final)
        run.exits[name] = run.state
    for place in range(returns_before, len(run.returns)):
        value, state = run.returns[place]
        run.state = state.fork()
        execute(run, node.final)
        if run.state is not None:
            run.returns[place] = (value, run.state)
    if not node.handlers and raised is not None:
        run.state = raised.fork()
        execute(run, node.final)
    run.state = normal
    execute(run, node.final)


def _define(run: Run, node: Define) -> None:
    assign_name(run, node.definition.name, define(run, node.definition))


def _import(run: Run, node: Import) -> None:
    bring_in(run, node)


def _delete(run: Run, node: Delete) -> None:
    target = node.target
    if isinstance(target, Attribute | Element):
        held = evaluate(run, target.object)
        key: object = target.name if isinstance(target, Attribute) else evaluate(run, target.key).literal
        for site in held.sites:
            if len(held.sites) == 1 and isinstance(key, str | int) and isinstance(site, Object):
                _remove(run, site, key)


def _remove(run: Run, site: Object, key: str | int) -> None:
    if isinstance(key, int) and site.shape == "list":
        from coderev.analysis.taint.sequences import removed_at

        removed_at(run, site, key)
    else:
        run.now.drop(site, key)


def _assert(run: Run, node: Assert) -> None:
    """It can be switched off, so it proves nothing; its test may have effects."""
    evaluate(run, node.test)


def _register(table: dict[type, object]) -> None:
    for kind, executor in table.items():
        EXECUTORS[kind] = executor  # type: ignore[assignment]


_register(
    {
        Evaluate: _evaluate,
        Assign: _assign,
        Branch: _branch,
        Switch: _switch,
        Loop: _loop,
        Return: _return,
        Raise: _raise,
        Break: _break,
        Continue: _continue,
        Try: _try,
        Define: _define,
        Import: _import,
        Delete: _delete,
        Assert: _assert,
    }
)
