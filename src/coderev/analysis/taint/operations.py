"""Operators: constants are computed, text keeps its taint and its known beginning, numbers and truths carry none."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from coderev.analysis.taint.contexts import BIT, EVERY, MASK, NUMERIC, UNRESOLVED
from coderev.analysis.taint.form import Name, Operation, Slice
from coderev.analysis.taint.given import Given
from coderev.analysis.taint.markup import placed
from coderev.analysis.taint.members import as_text as as_written
from coderev.analysis.taint.memory import any_element, cells, elements, join_taint, library_type, reaching, sequence
from coderev.analysis.taint.quoting import cleared_in_quotes
from coderev.analysis.taint.run import EVALUATORS, Run, evaluate
from coderev.analysis.taint.value import (
    CLEAN,
    MAX_AFFIX,
    MAX_CONSTANTS,
    NUMBER,
    STAR,
    UNKNOWN,
    Mark,
    Object,
    Taint,
    Value,
    cleaned,
    constant,
    constants,
    join_all,
    union,
)

COMPARISONS = frozenset(
    ("==", "!=", "===", "!==", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "instanceof", "not", "delete")
)
MAX_COMPUTED = 10_000  # characters of a computed text, or the size of a number's exponent

_COMPUTE: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b if b < 64 else None,  # noqa: PLR2004 - wider shifts are no constants of ours
    ">>": lambda a, b: a >> b,
    "**": lambda a, b: a**b if abs(b) < 64 and abs(a) < 1 << 16 else None,  # noqa: PLR2004 - as above
}


def _operation(run: Run, node: Operation) -> Value:  # noqa: PLR0911 - one answer for each sort of operator
    operator = node.operator
    if operator in ("and", "or", "??") or operator in COMPARISONS:
        return _test(run, node)
    values = [evaluate(run, operand) for operand in node.operands]
    if operator in _METHODS and (made := _of_method(run, node, values)) is not None:
        return made
    if operator == "+" and len(values) > 1:
        return _plus(run, values, node)
    if operator == "%" and not run.file.is_script and _may_be_text(values[0]):
        return run.told(_percent(run, values), node, "formatted into text")
    if operator == "/" and any(value.sites for value in values) and not run.file.is_script:
        return path_joined(run, values)
    if operator == ",":
        return values[-1]
    if operator == "typeof":
        return UNKNOWN.but(kind="text", origin=("typeof", values[0]))
    return _computed(operator, values, is_script=run.file.is_script)


def _plus(run: Run, values: list[Value], node: Operation) -> Value:
    parts = [as_written(run, value, node) for value in values] if run.file.is_script else values
    made = _added(run, parts, node.start)
    return run.told(made, node, "joined to text") if any(part.taint for part in parts) else made


def _test(run: Run, node: Operation) -> Value:
    from coderev.analysis.taint.truths import compare, short_circuit

    return compare(run, node) if node.operator in COMPARISONS else short_circuit(run, node)


_METHODS = {"+": "__add__", "%": "__mod__", "*": "__mul__"}


def _of_method(run: Run, node: Operation, values: Sequence[Value]) -> Value | None:
    """What an operator gives that a type defines itself; of the language's own types it is only judged."""
    if values[0].sites and (made := _of_library(run, node, values)) is not None:
        return made
    if node.operator != "+" and not run.file.is_script:
        _judged(run, node, values)
    return None


def _of_library(run: Run, node: Operation, values: Sequence[Value]) -> Value | None:
    """An operator on an instance of a library's type is a call of its method (clause 2.7)."""
    kinds = [kind for site in values[0].sites if isinstance(site, Object) and (kind := library_type(run, site))]
    for kind in (*values[0].names, *kinds):
        name = f"{kind}.{_METHODS[node.operator]}"
        model = run.file.catalogue.named(name)
        if model is not None and model.transfers:
            from coderev.analysis.taint.library import call_library

            return call_library(run, name, values[0], Given(tuple(values[1:])), node)
    return None


def _judged(run: Run, node: Operation, values: Sequence[Value]) -> None:
    """A format from outside, or so many copies of something as somebody outside wants."""
    from coderev.analysis.taint.library import judge

    if node.operator == "%" and values[0].taint and values[0].kind != "number" and values[-1].kind != "number":
        judge(run, "str.__mod__", Given(tuple(values[1:])), node, values[0])
    for one, other in ((values[0], values[-1]), (values[-1], values[0])) if node.operator == "*" else ():
        is_list = any(isinstance(site, Object) and site.shape in ("list", "tuple") for site in one.sites)
        if other.taint and (one.kind == "text" or is_list):
            judge(run, "list.__mul__", Given((other,)), node, one)


def _percent(run: Run, values: Sequence[Value]) -> Value:
    """`text % value`, `text % (a, b)`, `text % {"name": value}`."""
    template, given = values[0], values[1]
    parts = elements(run, given)
    names = {
        key: value
        for site in given.sites
        if isinstance(site, Object) and site.shape == "dict"
        for key, value in cells(run, site).items()
        if isinstance(key, str)
    }
    return formatted(run, [template, *(parts if parts is not None else [given])], names)


def _may_be_text(value: Value) -> bool:
    return value.kind != "number"


def _computed(operator: str, values: Sequence[Value], *, is_script: bool) -> Value:
    if len(values) == 2 and operator in _COMPUTE:  # noqa: PLR2004 - two operands
        found = _folded(_COMPUTE[operator], values)
        if found is not None:
            return found
        if operator == "|" and any(value.sites for value in values):
            return join_all(values)
        if operator == "*" and not is_script and any(value.kind == "text" or value.sites for value in values):
            return Value(taint=union(values[0].taint, values[1].taint), sites=values[0].sites or values[1].sites)
    if len(values) == 1 and operator == "-" and isinstance(values[0].literal, int | float):
        return constant(-values[0].literal)
    taint = CLEAN
    for value in values:
        taint = union(taint, value.taint)
    return NUMBER.but(taint=cleaned(taint, EVERY & ~NUMERIC)) if taint else NUMBER


def _folded(compute: Callable[[Any, Any], Any], values: Sequence[Value]) -> Value | None:
    """All results of an operator on constants, where they are few and small."""
    if any(value.constants is None for value in values):
        return None
    pairs = list(product(*(value.literals for value in values)))
    if len(pairs) > MAX_CONSTANTS or any(_is_large(each) for pair in pairs for each in pair):
        return None
    results = []
    for pair in pairs:
        try:
            results.append(compute(*pair))
        except (TypeError, ValueError, ArithmeticError, MemoryError):
            return None
    return None if any(_is_large(result) or result is None for result in results) else constants(results)


def _is_large(value: object) -> bool:
    if isinstance(value, str | bytes):
        return len(value) > MAX_COMPUTED
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > MAX_COMPUTED**2


def _added(run: Run, values: Sequence[Value], start: int) -> Value:
    sequences = [elements(run, value) for value in values]
    if all(found is not None for found in sequences):
        return sequence(run, start, "list", [each for found in sequences for each in found or ()])
    if any(isinstance(site, Object) and site.shape in ("list", "tuple") for value in values for site in value.sites):
        joined = join_all([*(any_element(run, value) for value in values), *(Value(taint=v.taint) for v in values)])
        made = sequence(run, start, "list", ())
        from coderev.analysis.taint.memory import put

        put(run, made.sites[0], STAR, joined, weak=True)
        put(run, made.sites[0], "#length", UNKNOWN)
        return made
    if all(value.kind == "number" for value in values):
        total = values[0]
        for value in values[1:]:
            total = _folded(_COMPUTE["+"], [total, value]) or NUMBER
        return total
    return joined_text(values)


def joined_text(values: Sequence[Value]) -> Value:
    """Text of several parts: what it can be, else how it begins and ends, and all taint of its parts."""
    parts = [value.literals if value.is_known else None for value in values]
    if all(part for part in parts):
        count = 1
        for part in parts:
            count *= len(part or ())
        if count <= MAX_CONSTANTS:
            return constants(
                "".join(map(as_text, combination)) for combination in product(*(part or () for part in parts))
            )
    taint: Taint = CLEAN
    before, prefix = "", _affix(values)
    for value in values:
        if value.taint:
            closed = cleared_in_quotes(value.without, before) if value.without else 0
            inner = _inside(cleaned(value.taint, closed) if closed else value.taint, before, prefix[:1])
            taint = union(taint, cleaned(inner, closed) if closed else inner)
        before += value.text if value.text is not None else f"{value.prefix}?{value.suffix}"
    return Value(taint=taint, kind="text", prefix=prefix, suffix=_affix(values[::-1], end=True))


_OPTION = frozenset("-")  # what an option begins with
_CELL = re.compile(r"(?:^|[\n\r,;\t])[\s\"]*(?:[=+@?-][^\n\r,;\t]*)?$")  # a formula may begin, or has begun, at the end


def _inside(taint: Taint, before: str, first: str = "") -> Taint:
    """Text after other text: it cannot begin a path or an address anew, and its place must be resolved again.

    `first` is the character that the whole begins with, where it is known.
    """
    absolute = (BIT["path-absolute"] if before else 0) | MASK["nosql"] | MASK["type"]
    if before and first:
        absolute |= 0 if first in _OPTION else BIT["argument"]
    if before and not _CELL.search(before):
        absolute |= BIT["csv"]
    if _HOST.match(before):
        absolute |= MASK["request"] | MASK["redirect"] | MASK["href"]
    if before.startswith("/"):
        absolute |= BIT["redirect"]
        absolute |= BIT["redirect-slashes"] if before[1:2] not in ("", "/", "\\") else 0
    return {
        label: Mark(
            placed(mark.mask & ~absolute, before) | (UNRESOLVED if mark.mask & BIT["path"] else 0),
            mark.sets,
            mark.sure,
            mark.trace,
        )
        for label, mark in taint.items()
    }


def as_text(value: object) -> str:
    """A constant as it stands in text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)


def _affix(values: Sequence[Value], *, end: bool = False) -> str:
    """The beginning (or the end) that is known of parts in a row."""
    found = ""
    for value in values:
        if value.constants is not None and len(value.constants) == 1:
            text = as_text(value.literal)
            found = text + found if end else found + text
            continue
        found = value.suffix + found if end else found + value.prefix
        break
    return found[-MAX_AFFIX:] if end else found[:MAX_AFFIX]


_HOST = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\\]+[/?#]")
_PLACE = Name(0, 0, "")  # of what a format writes out
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?([sdrifxXeEgGc%])|\{(\w*)(?:![rsa])?(?::[^{}]*)?\}")
MAX_PARTS = 64  # of a template that is taken apart


def _template_parts(template: Value, values: Sequence[Value], names: Mapping[str, Value]) -> list[Value] | None:
    """A constant template with the values in its places; None where it is not simple enough to say which is where."""
    text = template.text
    if text is None or len(text) > MAX_COMPUTED:
        return None
    parts: list[Value] = []
    last = count = 0
    for match in _PLACEHOLDER.finditer(text):
        name = match[1] or match[3] or ""
        if match[2] == "%":
            continue
        index = int(name) if name.isdigit() else count if not name else -1
        value = names.get(name) if index < 0 else values[index] if index < len(values) else None
        if value is None or len(parts) > MAX_PARTS:
            return None
        count += not name
        parts += [constant(text[last : match.start()]), NUMBER if match[2] in ("d", "i", "f") else value]
        last = match.end()
    return [*parts, constant(text[last:])] if parts else None


def formatted(run: Run, values: Sequence[Value], names: Mapping[str, Value] | None = None) -> Value:
    """`text % values` and `text.format(values)`: the text's own beginning stays, everything else reaches the result."""
    values = [values[0], *(as_written(run, value, _PLACE) for value in values[1:])]
    template = values[0]
    if template.kind == "number" and not template.taint:
        return NUMBER
    begins = template.begins
    parts = _template_parts(template, values[1:], names or {})
    if parts is not None:
        return joined_text([part if part.is_known else part.but(taint=reaching(run, part)) for part in parts])
    cut = min((place for place in (begins.find("%"), begins.find("{")) if place >= 0), default=len(begins))
    taint = template.taint
    for value in values[1:]:
        taint = union(taint, _inside(reaching(run, value), begins[:cut], begins[: min(cut, 1)]))
    ends = template.ends
    tail = ends[max(ends.rfind("}"), ends.rfind("%s") + 1, ends.rfind("%d") + 1) + 1 :]
    return Value(taint=taint, kind="text", prefix=begins[:cut], suffix=tail)


def path_joined(run: Run, values: Sequence[Value]) -> Value:
    """Parts of a path in a row (`base / name`, `os.path.join`): an absolute part begins anew, so all bits stay."""
    texts = [value.text for value in values]
    if texts and all(text is not None and not value.sites for text, value in zip(texts, values, strict=True)):
        return constant(posixpath.join(*(text or "" for text in texts)))
    taint: Taint = CLEAN
    for value in values:
        taint = union(taint, reaching(run, value))
    taint = {
        label: Mark(mark.mask | _unresolved(mark), mark.sets, mark.sure, mark.trace) for label, mark in taint.items()
    }
    sites = values[0].sites if values and not values[0].taint else ()
    return Value(taint=taint or CLEAN, sites=sites, prefix=values[0].begins if values else "")


def _unresolved(mark: Mark) -> int:
    return UNRESOLVED if mark.mask & (BIT["path"] | BIT["path-absolute"]) else 0


def sliced(run: Run, held: Value, key: Slice) -> Value:
    """`held[a:b:c]`: of constants and known sequences just that part, else any part of it."""
    bounds = [None if part is None else evaluate(run, part) for part in (key.lower, key.upper, key.step)]
    known = all(bound is None or isinstance(bound.literal, int) for bound in bounds)
    window: Any = slice(*(None if bound is None else bound.literal for bound in bounds)) if known else None
    if window is not None and window.step != 0:
        text = held.literal
        if isinstance(text, str | bytes):
            return constant(text[window])
        parts = elements(run, held)
        if parts is not None:
            return sequence(run, key.start, "list", parts[window])
    if held.sites:
        return join_taint(held, any_element(run, held).taint)
    is_start = window is not None and not window.start and (window.stop or 0) > 0 and window.step in (None, 1)
    origin = ("start", held) if is_start and held.taint else None
    return Value(taint=cleaned(held.taint, 0), kind=held.kind, origin=origin)


EVALUATORS[Operation] = _operation  # type: ignore[assignment]
