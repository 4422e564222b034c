"""Attributes, elements, slices and calls."""

from tree_sitter import Node

from coderev.analysis.taint.form import Argument, Attribute, Call, Element, Expression, Sequence, Slice, Unknown
from coderev.analysis.taint.lowering.python.walk import LowerExpression, Walk, pieces, sole

_SPREADS = {"list_splat": 1, "dictionary_splat": 2}


def attribute(walk: Walk, node: Node) -> Expression:
    """`object.name`."""
    start, end = node.start_byte, node.end_byte
    value = walk.expression(node.child_by_field_name("object"))
    name = walk.word(node.child_by_field_name("attribute"))
    walk.mentions.add(f".{name}")
    return Attribute(start, end, value, name) if name else Unknown(start, end, (value,))


def subscript(walk: Walk, node: Node) -> Expression:
    """`object[key]`; several keys are a tuple, as is one with a comma."""
    start, end = node.start_byte, node.end_byte
    value = walk.expression(node.child_by_field_name("value"))
    keys = [walk.expression(key) for key in node.children_by_field_name("subscript")]
    if len(keys) == 1 and not any(child.type == "," for child in node.children):
        return Element(start, end, value, keys[0])
    first, last = (keys[0].start, keys[-1].end) if keys else (end, end)
    return Element(start, end, value, Sequence(first, last, "tuple", tuple(keys)))


def sliced(walk: Walk, node: Node) -> Expression:
    """`lower:upper:step`."""
    bounds: list[Expression | None] = [None, None, None]
    place = 0
    for child in node.children:
        if child.type == ":":
            place = min(place + 1, 2)
        elif not child.is_extra and not child.is_error:
            bounds[place] = walk.expression(child)
    return Slice(node.start_byte, node.end_byte, *bounds)


def call(walk: Walk, node: Node) -> Expression:
    """`function(arguments)`; a generator may be the only argument without parentheses of its own."""
    function = walk.expression(node.child_by_field_name("function"))
    given = node.child_by_field_name("arguments")
    if given is not None and given.type == "generator_expression":
        value = walk.expression(given)
        arguments: tuple[Argument, ...] = (Argument(value.start, value.end, value),)
    else:
        arguments = tuple([argument(walk, child) for child in pieces(given)]) if given is not None else ()
    return Call(node.start_byte, node.end_byte, function, arguments)


def argument(walk: Walk, node: Node) -> Argument:
    """One argument of a call, or of a class."""
    kind = node.type
    start, end = node.start_byte, node.end_byte
    if kind == "keyword_argument":
        name = walk.word(node.child_by_field_name("name"))
        return Argument(start, end, walk.expression(node.child_by_field_name("value")), name or None)
    bare = node
    while kind == "parenthesized_expression" and (inner := sole(bare)) is not None:
        bare, kind = inner, inner.type
    spread = _SPREADS.get(kind, 0)
    return Argument(start, end, walk.expression(sole(bare) if spread else node), None, spread)


EXPRESSIONS: dict[str, LowerExpression] = {
    "identifier": Walk.name,
    "attribute": attribute,
    "subscript": subscript,
    "slice": sliced,
    "call": call,
}
