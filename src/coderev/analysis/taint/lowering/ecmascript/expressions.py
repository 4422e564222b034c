"""Literals, displays and operators."""

from collections.abc import Callable

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Argument,
    Attribute,
    Await,
    Call,
    Constant,
    Expression,
    Mapping,
    Name,
    Operation,
    Sequence,
    Spread,
    Text,
    Unknown,
    Yield,
)
from coderev.analysis.taint.lowering.ecmascript import assignments, functions, patterns
from coderev.analysis.taint.lowering.ecmascript.chains import OPERATORS, arguments
from coderev.analysis.taint.lowering.ecmascript.literals import number_value, string_value
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, children, content, field, inner
from coderev.analysis.taint.lowering.ecmascript.walk import LowerExpression, Walk

Entry = tuple[Expression | None, Expression]


def string(walk: Walk, node: Node) -> Expression:
    """A string between quotes."""
    start, end = node.start_byte, node.end_byte
    value = string_value(walk.slice(start + 1, max(start + 1, end - 1)))
    walk.mention(value)
    return Constant(start, end, value)


def number(walk: Walk, node: Node) -> Expression:
    """A number or bigint."""
    start, end = node.start_byte, node.end_byte
    value = number_value(walk.slice(start, end))
    return Constant(start, end, value) if value is not None else Unknown(start, end, ())


def template(walk: Walk, node: Node) -> Expression:
    """A template literal: its texts and what stands between them."""
    start, end = node.start_byte, node.end_byte
    parts: list[Expression] = []
    at = start + 1
    for child in node.named_children:
        if child.type == "template_substitution":
            _add_text(walk, at, child.start_byte, parts)
            parts.append(_substitution(walk, child))
            at = child.end_byte
    _add_text(walk, at, end - 1, parts)
    if not parts:
        return Constant(start, end, "")
    if len(parts) == 1 and isinstance(parts[0], Constant):
        return Constant(start, end, parts[0].value)
    return Text(start, end, tuple(parts))


def regex(walk: Walk, node: Node) -> Expression:
    """A regular expression: `RegExp(text, flags)`."""
    given = []
    for name in ("pattern", "flags"):
        part = node.child_by_field_name(name)
        if part is not None:
            text = walk.text(part)
            walk.mention(text)
            start, end = part.start_byte, part.end_byte
            given.append(Argument(start, end, Constant(start, end, text)))
    start, end = node.start_byte, node.end_byte
    return Call(start, end, Name(start, end, "RegExp"), tuple(given))


def array(walk: Walk, node: Node) -> Expression:
    """An array; where nothing stands between two commas it has undefined."""
    items: list[Expression] = []
    is_open = True  # nothing stands since the last comma
    for child in node.children:
        kind = child.type
        if kind == ",":
            if is_open:
                items.append(Name(child.start_byte, child.start_byte, "undefined"))
            is_open = True
        elif child.is_named and kind not in COMMENTS:
            items.append(walk.expression(child))
            is_open = False
    return Sequence(node.start_byte, node.end_byte, "list", tuple(items))


def mapping(walk: Walk, node: Node) -> Expression:
    """An object."""
    entries = [entry for child in node.named_children if (entry := _entry(walk, child)) is not None]
    return Mapping(node.start_byte, node.end_byte, tuple(entries))


def spread(walk: Walk, node: Node) -> Expression:
    """`...x` where it is no argument and no entry of an object."""
    return Spread(node.start_byte, node.end_byte, walk.expression(inner(node)))


def new(walk: Walk, node: Node) -> Expression:
    """`new a(b)`."""
    given = node.child_by_field_name("arguments")
    lowered = arguments(walk, given) if given is not None else ()
    return Call(node.start_byte, node.end_byte, walk.part(node, "constructor"), lowered, new=True)


def unary(walk: Walk, node: Node) -> Expression:
    """`!a`, `-a`, `typeof a` and their like."""
    sign = field(node, "operator").type
    operator = OPERATORS.get(sign, sign)
    return Operation(node.start_byte, node.end_byte, operator, (walk.part(node, "argument"),))


def comma(walk: Walk, node: Node) -> Expression:
    """`a, b`."""
    parts = [walk.expression(child) for child in children(node)]
    return Operation(node.start_byte, node.end_byte, ",", tuple(parts))


def wait(walk: Walk, node: Node) -> Expression:
    """`await a`."""
    return Await(node.start_byte, node.end_byte, walk.expression(inner(node)))


def hand_out(walk: Walk, node: Node) -> Expression:
    """`yield a` and `yield* a`."""
    given = content(node)
    value = walk.expression(given) if given is not None else None
    delegate = any(child.type == "*" for child in node.children)
    return Yield(node.start_byte, node.end_byte, value, delegate)


def meta(walk: Walk, node: Node) -> Expression:
    """`import.meta` and `new.target`, as attributes."""
    first, _, last = walk.text(node).partition(".")
    start, end = node.start_byte, node.end_byte
    return Attribute(start, end, Name(start, end, first.strip()), last.strip())


def _entry(walk: Walk, node: Node) -> Entry | None:
    kind = node.type
    lower = _ENTRIES.get(kind)
    if lower is not None:
        return lower(walk, node)
    return (None, walk.odd(node)) if kind not in COMMENTS else None


def _pair(walk: Walk, node: Node) -> Entry:
    name, value = field(node, "key"), field(node, "value")
    lowered = patterns.key(walk, name)
    return lowered, functions.entry_value(walk, node, name, value)


def _method(walk: Walk, node: Node) -> Entry:
    name = field(node, "name")
    return patterns.key(walk, name), functions.entry_method(walk, node, name)


def _shorthand(walk: Walk, node: Node) -> Entry:
    return Constant(node.start_byte, node.end_byte, walk.identifier(node)), walk.name(node)


def _spread_entry(walk: Walk, node: Node) -> Entry:
    return None, walk.expression(inner(node))


_ENTRIES: dict[str, Callable[[Walk, Node], Entry]] = {
    "pair": _pair,
    "method_definition": _method,
    "shorthand_property_identifier": _shorthand,
    "spread_element": _spread_entry,
}


def _substitution(walk: Walk, node: Node) -> Expression:
    parts = children(node)
    return walk.expression(parts[0]) if len(parts) == 1 else walk.odd(node)


def _add_text(walk: Walk, start: int, end: int, parts: list[Expression]) -> None:
    if start < end:
        value = string_value(walk.slice(start, end))
        walk.mention(value)
        parts.append(Constant(start, end, value))


def _word(walk: Walk, node: Node) -> Expression:
    return Name(node.start_byte, node.end_byte, walk.text(node))


def _private(walk: Walk, node: Node) -> Expression:
    """`#a in b`, where the name of the member stands for itself."""
    return Constant(node.start_byte, node.end_byte, walk.identifier(node))


def _constant(value: bool | None) -> LowerExpression:  # noqa: FBT001 - a literal is what it is about
    def lower(_walk: Walk, node: Node) -> Expression:
        return Constant(node.start_byte, node.end_byte, value)

    return lower


EXPRESSIONS: dict[str, LowerExpression] = {
    "identifier": Walk.name,
    "this": _word,
    "super": _word,
    "undefined": _word,
    "import": _word,
    "true": _constant(True),  # noqa: FBT003 - the literal
    "false": _constant(False),  # noqa: FBT003 - the literal
    "null": _constant(None),
    "private_property_identifier": _private,
    "string": string,
    "number": number,
    "template_string": template,
    "regex": regex,
    "array": array,
    "object": mapping,
    "spread_element": spread,
    "new_expression": new,
    "unary_expression": unary,
    "sequence_expression": comma,
    **dict.fromkeys(assignments.KINDS, assignments.bind),
    "await_expression": wait,
    "yield_expression": hand_out,
    "meta_property": meta,
}
