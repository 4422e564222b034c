"""Displays of lists, tuples, sets and dicts, and the types of annotations."""

from typing import Literal

from tree_sitter import Node

from coderev.analysis.taint.form import Attribute, Element, Expression, Mapping, Operation, Sequence, Spread, Unknown
from coderev.analysis.taint.lowering.python.walk import LowerExpression, Walk, pieces, sole

_KINDS: dict[str, Literal["list", "set"]] = {"list": "list", "set": "set"}


def sequence(walk: Walk, node: Node) -> Expression:
    """`[a, *b]`, `(a, b)`, `{a}` and `a, b`."""
    items = walk.expressions(node.named_children)
    return Sequence(node.start_byte, node.end_byte, _KINDS.get(node.type, "tuple"), items)


def spread(walk: Walk, node: Node) -> Expression:
    """`*x` in a display."""
    return Spread(node.start_byte, node.end_byte, walk.expression(sole(node)))


def dictionary(walk: Walk, node: Node) -> Expression:
    """`{key: value, **more}`."""
    entries: list[tuple[Expression | None, Expression]] = []
    for child in pieces(node):
        if child.type == "pair":
            entries.append(pair(walk, child))
        elif child.type == "dictionary_splat":
            entries.append((None, walk.expression(sole(child))))
        else:
            entries.append((None, walk.expression(child)))
    return Mapping(node.start_byte, node.end_byte, tuple(entries))


def pair(walk: Walk, node: Node) -> tuple[Expression, Expression]:
    """Key and value of one entry."""
    key = walk.expression(node.child_by_field_name("key"))
    return key, walk.expression(node.child_by_field_name("value"))


def annotation(walk: Walk, node: Node) -> Expression:
    """The type in an annotation."""
    return walk.expression(sole(node))


def generic(walk: Walk, node: Node) -> Expression:
    """`list[int]` in an annotation is an element, as elsewhere."""
    start, end = node.start_byte, node.end_byte
    parts = pieces(node)
    value = walk.expression(parts[0] if parts else None)
    given = [walk.expression(item) for part in parts[1:] for item in pieces(part)]
    if len(given) == 1:
        return Element(start, end, value, given[0])
    return Element(start, end, value, Sequence(value.end, end, "tuple", tuple(given)))


def union(walk: Walk, node: Node) -> Expression:
    """`A | B` in an annotation."""
    return Operation(node.start_byte, node.end_byte, "|", walk.expressions(node.named_children))


def member(walk: Walk, node: Node) -> Expression:
    """`A[int].B` in an annotation."""
    start, end = node.start_byte, node.end_byte
    parts = pieces(node)
    if len(parts) != 2:  # noqa: PLR2004 - type and name
        return Unknown(start, end, walk.expressions(parts))
    return Attribute(start, end, walk.expression(parts[0]), walk.word(parts[1]))


EXPRESSIONS: dict[str, LowerExpression] = {
    "list": sequence,
    "tuple": sequence,
    "set": sequence,
    "expression_list": sequence,
    "pattern_list": sequence,
    "list_splat": spread,
    "list_splat_pattern": spread,
    "dictionary": dictionary,
    "type": annotation,
    "generic_type": generic,
    "union_type": union,
    "member_type": member,
}
