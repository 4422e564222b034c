"""Tests: which way a branch goes, and what each way proves. A guard counts where it dominates, with its polarity."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from coderev.analysis.taint.contexts import BIT, EVERY, MASK, UNRESOLVED
from coderev.analysis.taint.form import Expression, Operation
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.memory import any_element, cells, get, reaching
from coderev.analysis.taint.run import Run, Unreachable, evaluate
from coderev.analysis.taint.state import LENGTH, State, joined, joined_all
from coderev.analysis.taint.value import (
    ASTERISK,
    BOOLEAN,
    STAR,
    Fact,
    Key,
    Library,
    Object,
    Parameter,
    Value,
    cleaned,
    constants,
    join,
)

LEADS = MASK["request"] | MASK["redirect"] | MASK["href"]
_NEGATED = {"!=": "==", "!==": "===", "is not": "is", "not in": "in"}
_ORDERED = {"<", "<=", ">", ">="}
LACKING: tuple[tuple[str, int], ...] = (  # text that a value must have to be dangerous
    ("..", BIT["path"]),
    ("../", BIT["path"]),
    ("/", BIT["path"] | BIT["path-absolute"]),
    ("\n", BIT["header"] | BIT["log"]),
    ("\r", BIT["header"]),
    ("<", BIT["html"]),
    ("<!", BIT["xml-document"]),
    ("<!DOCTYPE", BIT["xml-document"]),
    ("<!ENTITY", BIT["xml-document"]),
    ("__proto__", BIT["key"]),
    ("$", BIT["object"]),  # what JavaScript's readers of objects know functions by
    ("<!doctype", BIT["xml-document"]),
    ("\\", BIT["key-escaped"]),
    ("\\u", BIT["key-escaped"]),
)


def tested(run: Run, test: Expression) -> tuple[State | None, State | None]:
    """What is known where a test is true, and where it is false; None where that cannot be. Raises Unreachable."""
    if isinstance(test, Operation):
        if test.operator == "not":
            truthy, falsy = tested(run, test.operands[0])
            return falsy, truthy
        if test.operator == "and":
            return _all(run, test.operands)
        if test.operator == "or":
            return _any(run, test.operands)
    value = evaluate(run, test)
    return split(run.now, value)


def split(state: State, value: Value) -> tuple[State | None, State | None]:
    """The two ways behind a test that was evaluated."""
    truth = value.truth()
    return (
        None if truth is False else _proved(state.fork(), value, on=True),
        None if truth is True else _proved(state.fork(), value, on=False),
    )


def _proved(state: State, value: Value, *, on: bool) -> State:
    for fact in value.facts:
        if fact.on == on:
            prove(state, fact.value, fact.narrowed)
    if not on and value.origin is not None and value.origin[0] == "host":  # an address without a host stays here
        for whole in addresses(value):
            prove(state, whole, whole.but(taint=cleaned(whole.taint, LEADS)))
    return state


def prove(state: State, value: Value, narrowed: Value) -> None:
    """Know more of a value, and of the one that it was made from without a change that matters here."""
    state.narrow(value, narrowed)
    while (inner := value.same) is not None:
        clears = _lost(value, narrowed)
        value = inner
        narrowed = value.but(taint=cleaned(value.taint, clears))
        state.narrow(value, narrowed)


def addresses(part: Value) -> Iterator[Value]:
    """The URL that a part was taken from, and the text that the URL was made of."""
    if part.origin is not None:
        whole = part.origin[1]
        yield whole
        if whole.origin is not None and whole.origin[0] == "url":
            yield whole.origin[1]


def _lost(value: Value, narrowed: Value) -> int:
    """The contexts that a guard has cleaned."""
    left = before = 0
    for mark in narrowed.taint.values():
        left |= mark.mask
    for mark in value.taint.values():
        before |= mark.mask
    return before & ~left


def _all(run: Run, operands: Sequence[Expression]) -> tuple[State | None, State | None]:
    falsy: State | None = None
    for operand in operands:
        if run.state is None:
            break
        run.state, other = tested(run, operand)
        falsy = joined(falsy, other)
    return run.state, falsy


def _any(run: Run, operands: Sequence[Expression]) -> tuple[State | None, State | None]:
    truthy: State | None = None
    for operand in operands:
        if run.state is None:
            break
        other, run.state = tested(run, operand)
        truthy = joined(truthy, other)
    return truthy, run.state


def short_circuit(run: Run, node: Operation) -> Value:
    """The value of `a and b`, `a or b`, `a ?? b`: the first that decides, and what it proves."""
    stops = node.operator == "or"
    result: Value | None = None
    met: list[State | None] = []
    facts: list[Fact] = []
    for number, operand in enumerate(node.operands):
        try:
            value = evaluate(run, operand)
        except Unreachable:
            run.state = None
            break
        truthy, falsy = split(run.now, value)
        facts += (fact for fact in value.facts if fact.on != stops)
        is_last = number == len(node.operands) - 1
        if node.operator == "??" and not is_last:
            may_lack = value.constants is None or any(each is None for each in value.literals)
            truthy = run.now.fork() if value.kind != "nothing" else None
            falsy = run.now.fork() if may_lack else None
        stay, go = (truthy, falsy) if stops or node.operator == "??" else (falsy, truthy)
        if is_last or stay is not None:
            result = value if result is None else join(result, value)
            met.append(run.now if is_last else stay)
        run.state = go
        if go is None:
            break
    run.state = joined_all(met)
    if result is None or run.state is None:
        raise Unreachable
    return result.but(facts=tuple(facts))


def compare(run: Run, node: Operation) -> Value:
    """A comparison: decided where constants decide it, and what either answer proves."""
    values = [evaluate(run, operand) for operand in node.operands]
    operator = node.operator
    if operator == "not":
        truth = values[0].truth()
        flipped = tuple(Fact(not fact.on, fact.value, fact.narrowed) for fact in values[0].facts)
        return (BOOLEAN if truth is None else constants([not truth])).but(facts=flipped)
    if operator == "delete":
        _delete(run, node)
        return BOOLEAN
    if len(values) != 2:  # noqa: PLR2004 - what did not parse
        return BOOLEAN
    positive = _NEGATED.get(operator, operator)
    flips = positive != operator
    one, other = values
    if positive in _DECIDING and (one.taint or other.taint):
        _decides(run, _DECIDING[positive], one, other, node)
    if run.file.is_script and operator in _ORDERED:
        _confused(run, node, one, other)
    answer = _decided(run, positive, one, other)
    if answer is not None:
        return constants([answer != flips])
    facts = tuple(Fact(fact.on != flips, fact.value, fact.narrowed) for fact in _facts(run, positive, one, other))
    return BOOLEAN.but(facts=facts)


_DECIDING = {"==": "==", "===": "==", "in": "in"}  # what a comparison is called in packs


def _decides(run: Run, name: str, one: Value, other: Value, node: Operation) -> None:
    """Judge a comparison: access may rest upon it."""
    from coderev.analysis.taint.library import judge

    judge(run, name, Given((one, other)), node)


def _confused(run: Run, node: Operation, one: Value, other: Value) -> None:
    """A length that is compared is that of a list, where a list is sent for text (the sink `str.length`)."""
    from coderev.analysis.taint.given import Given
    from coderev.analysis.taint.library import judge

    for value, limit in ((one, other), (other, one)):
        is_limit = isinstance(limit.literal, int) and limit.literal > 1
        if is_limit and value.origin is not None and value.origin[0] == "length":
            judge(run, "str.length", Given(), node, value.origin[1])


def _delete(run: Run, node: Operation) -> None:
    from coderev.analysis.taint.form import Delete
    from coderev.analysis.taint.run import EXECUTORS

    EXECUTORS[Delete](run, Delete(node.start, node.end, node.operands[0]))


def _decided(run: Run, operator: str, one: Value, other: Value) -> bool | None:
    if operator == "in":
        return holding(run, one, other)
    if operator == ">=" and other.literal == 0 and one.origin is not None and one.origin[0] == "length":
        return True
    if one.constants is None or other.constants is None or one.sites or other.sites:
        return None
    answers = {_answer(operator, mine, yours) for mine, yours in product(one.literals, other.literals)}
    return answers.pop() if len(answers) == 1 else None


def _answer(operator: str, one: Any, other: Any) -> bool | None:  # noqa: PLR0911 - one answer for each operator
    try:
        match operator:
            case "==" | "===" | "is":
                return bool(one == other)
            case "<":
                return bool(one < other)
            case "<=":
                return bool(one <= other)
            case ">":
                return bool(one > other)
            case ">=":
                return bool(one >= other)
    except TypeError:
        return None
    return None


def holding(run: Run, one: Value, other: Value) -> bool | None:
    """Whether a container, or text, certainly holds something; None where that is open."""
    if isinstance(other.literal, str) and isinstance(one.literal, str):
        return one.literal in other.literal
    listed = listing(run, other)
    if listed is None or one.constants is None or one.sites:
        return None
    answers = {any(_answer("==", mine, yours) for yours in listed.literals) for mine in one.literals}
    return answers.pop() if len(answers) == 1 and len(listed.literals) > 0 else None


def listing(run: Run, held: Value) -> Value | None:
    """The constants that a container holds (of a mapping: its keys), if these are all and known."""
    found: list[object] = []
    for site in held.sites:
        if not isinstance(site, Object) or site.shape not in ("list", "tuple", "set", "dict"):
            return None
        if site in run.now.escaped or get(run, site, STAR) is not None or site.many:
            return None
        if site.shape == "dict":
            found += [STAR if key == ASTERISK else key for key in cells(run, site) if key not in (LENGTH, "#empty")]
            continue
        held_by = _listed(site, cells(run, site))
        if held_by is None:
            return None
        found += held_by
    return Value(constants=frozenset((type(each), each) for each in found)) if held.sites else None  # type: ignore[misc]


def _listed(site: Object, held: Mapping[Key, Value]) -> list[object] | None:
    """The constants of a list or set, and the keys of a map."""
    found: list[object] = []
    for key, value in held.items():
        if site.shape == "set" and isinstance(key, str) and key[:1] not in ("=", "#"):
            found.append(key)
        elif key != LENGTH:
            if value.constants is None:
                return None
            found += value.literals
    return found


def _facts(run: Run, operator: str, one: Value, other: Value) -> Iterator[Fact]:
    if operator in ("==", "===", "is"):
        yield from equal(one, other)
        yield from _positions(operator, one, other)
    elif operator in _ORDERED:
        yield from _positions(operator, one, other)
        yield from _bounded(operator, one, other)
    elif operator == "in":
        yield from contained(run, one, other)
    elif operator == "instanceof" and set(other.names) & {"Number", "Boolean"}:
        yield Fact(on=True, value=one, narrowed=one.but(taint=cleaned(one.taint, EVERY)))


def equal(one: Value, other: Value) -> Iterator[Fact]:
    """What it proves that two values are equal."""
    yield from _equal(one, other)
    yield from _equal(other, one)
    yield from _truths(one, other)
    yield from _truths(other, one)


def _truths(one: Value, other: Value) -> Iterator[Fact]:
    """`match is None`, `ok === false`: what equality with a truth, or with nothing, proves where a test would."""
    is_nothing = other.kind == "nothing" and one.kind != "boolean"
    if len(other.literals) == 1 and (is_nothing or other.kind == "boolean"):
        yield from (Fact(fact.on == bool(other.literal), fact.value, fact.narrowed) for fact in one.facts)


def _equal(one: Value, other: Value) -> Iterator[Fact]:
    """What equality with a clean value proves of a tainted one, and of what that was got from."""
    if one.origin is not None and one.origin[0] == "mac":
        message = one.origin[1]
        yield Fact(on=True, value=message, narrowed=message.but(taint={}))
    if other.taint:
        return
    if one.origin is not None and one.origin[0] == "start":
        yield from begins_without(one.origin[1], other.literals)
    if other.text == "__proto__" and one.taint:
        yield Fact(on=False, value=one, narrowed=one.but(taint=cleaned(one.taint, BIT["key"])))
    if one.taint and (other.is_known or not any(isinstance(site, Parameter) for site in other.sites)):
        narrowed = Value(constants=other.constants, kind=other.kind) if other.is_known else one.but(taint={})
        yield Fact(on=True, value=one, narrowed=narrowed)
    if one.origin is not None:
        yield from _of_origin(one, one.origin, other)


def _of_origin(one: Value, origin: tuple[str, Value], other: Value) -> Iterator[Fact]:
    kind, value = origin
    if kind == "typeof" and other.text == "object" and value.taint:  # neither an object nor an array
        plain = cleaned(value.taint, MASK["nosql"] | MASK["type"] | MASK["fields"])
        yield Fact(on=False, value=value, narrowed=value.but(taint=plain))
    clears = _shown_by(kind, value, other)
    for whole in addresses(one) if kind in ("host", "scheme") else (value,):
        if clears and whole.taint:
            yield Fact(on=True, value=whole, narrowed=whole.but(taint=cleaned(whole.taint, clears)))


# What equality with something of ours shows of what a value was got from.
_SHOWN = {"host": LEADS, "scheme": MASK["href"], "suffix": BIT["upload"], "digest": EVERY}


def _shown_by(kind: str, value: Value, other: Value) -> int:
    if kind == "typeof":
        clears = EVERY if other.text in ("number", "boolean", "bigint", "undefined") else 0
        return clears | (MASK["nosql"] | MASK["type"] | MASK["fields"] if other.text == "string" else 0)
    if kind in ("common", "folder"):
        return 0 if any(mark.mask & UNRESOLVED for mark in value.taint.values()) else MASK["path"]
    return _of_type(other.names) if kind == "type" else _SHOWN.get(kind, 0)


def _of_type(names: Sequence[str]) -> int:
    """What needs not be feared of a value whose type is exactly one of some."""
    if not names or not {"int", "float", "bool", "str", "bytes"}.issuperset(names):
        return 0
    return MASK["nosql"] | MASK["type"] | MASK["object"] | MASK["fields"] if {"str", "bytes"} & set(names) else EVERY


def _bounded(operator: str, one: Value, other: Value) -> Iterator[Fact]:
    """`n < limit`: what is not larger than something of ours takes no more than that."""
    if operator in (">", ">="):
        one, other = other, one
    for value, on in ((one, True), (other, False)):
        limit = other if value is one else one
        if value.taint and not limit.taint:
            yield Fact(on=on, value=value, narrowed=value.but(taint=cleaned(value.taint, BIT["size"])))


def _positions(operator: str, one: Value, other: Value) -> Iterator[Fact]:
    """`indexOf(x) !== -1` and its kin: the facts of what `indexOf` gave say what being found proves."""
    if one.kind != "number" or not one.facts or not isinstance(other.literal, int):
        return
    found = {("==", -1): False, ("===", -1): False, (">", -1): True, (">=", 0): True, ("<", 0): False}
    answer = found.get((operator, other.literal))
    if answer is not None:
        yield from (Fact(fact.on == answer, fact.value, fact.narrowed) for fact in one.facts)


def contained(run: Run, one: Value, held: Value) -> Iterator[Fact]:
    """What `one in held` proves: of a member of a clean container all, of text that lacks something what that needs."""
    if held.taint and (text := _as_text(one)) is not None:
        yield from lacks(held, text, on=False)
    if one.origin is not None and one.origin[0] == "start":
        yield from begins_without(one.origin[1], _choices(run, held))
    if _is_clean(run, held):
        listed = listing(run, held)
        if one.taint and listed is not None and "__proto__" in listed.literals:
            yield Fact(on=False, value=one, narrowed=one.but(taint=cleaned(one.taint, BIT["key"])))
        if one.taint:
            narrowed = listed if listed is not None and listed.constants else None
            narrowed = None if narrowed is not None and len(narrowed.constants or ()) > 8 else narrowed  # noqa: PLR2004
            yield Fact(on=True, value=one, narrowed=narrowed or one.but(taint={}))
        kinds = {"host": LEADS, "scheme": MASK["href"], "suffix": BIT["upload"]}
        if one.origin is not None and (clears := kinds.get(one.origin[0], 0)):
            for whole in addresses(one):
                yield Fact(on=True, value=whole, narrowed=whole.but(taint=cleaned(whole.taint, clears)))


def _as_text(value: Value) -> str | None:
    literal = value.literal
    return literal.decode("latin-1") if isinstance(literal, bytes) else value.text


def _choices(run: Run, held: Value) -> tuple[object, ...]:
    """The members of a container, or the characters of a text, if these are all and known."""
    if held.text is not None:
        return tuple(held.text)
    listed = listing(run, held)
    return () if listed is None else listed.literals


def _is_clean(run: Run, held: Value) -> bool:
    """Whether nothing from outside is in a container. What is not known is taken to be a list of what is allowed."""
    if held.taint or any(isinstance(site, Parameter) for site in held.sites):
        return False
    if held.is_known:
        return isinstance(held.literal, str)
    if any(isinstance(site, Object) and site.shape == "dict" for site in held.sites):
        return get_star_clean(run, held)
    return not reaching(run, held) and not any_element(run, held).taint


def get_star_clean(run: Run, held: Value) -> bool:
    """Whether all keys of a mapping are known: only these can be found in it."""
    return all(
        get(run, site, STAR) is None or not (get(run, site, STAR) or Value()).taint
        for site in held.sites
        if isinstance(site, Object | Library)
    )


def lacks(value: Value, text: str, *, on: bool) -> Iterator[Fact]:
    """What it proves of a value that it does not have some text (where a test is `on`)."""
    clears = lacking(text)
    if clears:
        yield Fact(on=on, value=value, narrowed=value.but(taint=cleaned(value.taint, clears)))
        if value.origin is not None and value.origin[0] == "relative" and text == "..":
            whole = value.origin[1]
            yield Fact(on=on, value=whole, narrowed=whole.but(taint=cleaned(whole.taint, MASK["path"])))


def lacking(text: str) -> int:
    """The contexts that need not fear what does not have some text; of words that both languages read in any case."""
    clears = 0
    for wanted, contexts in LACKING:
        if text == wanted or (wanted == "<!doctype" and text.lower() == wanted):
            clears |= contexts
    return clears


BEGINNINGS: tuple[tuple[str, str], ...] = (  # contexts, and what dangerous text must begin with one of
    ("argument", "-"),
    ("csv", "=+-@"),
    ("path-absolute", "/"),
    ("redirect-slashes", "/"),
)


def begins_without(value: Value, texts: Iterable[object]) -> Iterator[Fact]:
    """What it proves of a value, where a test is false, that it begins with none of some texts."""
    gone = {text for text in texts if isinstance(text, str)}
    clears = 0
    for context, needed in BEGINNINGS:
        if gone.issuperset(needed):
            clears |= BIT[context]
    if clears and value.taint:
        yield Fact(on=False, value=value, narrowed=value.but(taint=cleaned(value.taint, clears)))
