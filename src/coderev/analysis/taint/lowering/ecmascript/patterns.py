"""Targets: names, members, and what takes an object or array apart."""

from collections.abc import Callable

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Attribute,
    Constant,
    Default,
    Element,
    Expression,
    Mapping,
    Name,
    Sequence,
    Spread,
)
from coderev.analysis.taint.lowering.ecmascript.chains import WRAPPERS, unwrapped
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, children, field, inner
from coderev.analysis.taint.lowering.ecmascript.scopes import Scope
from coderev.analysis.taint.lowering.ecmascript.walk import MAX_DEPTH, Walk

HOLE = "@hole"  # takes what nobody wants: `[, a] = x`


def target(walk: Walk, node: Node, scope: Scope | None) -> Expression:
    """Lower what is assigned to. Its variables are declared in `scope`; None: they are already."""
    if node.type in WRAPPERS:
        node = unwrapped(node)
    lower = _TARGETS.get(node.type)
    if lower is None or walk.depth >= MAX_DEPTH:
        return walk.expression(node)
    walk.depth += 1
    found = lower(walk, node, scope)
    walk.depth -= 1
    return found


def _variable(walk: Walk, node: Node, scope: Scope | None) -> Expression:
    found = walk.name(node)
    if scope is not None and isinstance(found, Name):
        scope.declared.setdefault(found.name, False)
    return found


def _member(walk: Walk, node: Node, _scope: Scope | None) -> Expression:
    name = walk.identifier(field(node, "property"))
    return Attribute(node.start_byte, node.end_byte, walk.part(node, "object"), name)


def _subscript(walk: Walk, node: Node, _scope: Scope | None) -> Expression:
    return Element(node.start_byte, node.end_byte, walk.part(node, "object"), walk.part(node, "index"))


def _array(walk: Walk, node: Node, scope: Scope | None) -> Expression:
    items: list[Expression] = []
    is_open = True
    for child in node.children:
        kind = child.type
        if kind == ",":
            if is_open:
                walk.scope.function.declared[HOLE] = False
                items.append(Name(child.start_byte, child.start_byte, HOLE))
            is_open = True
        elif child.is_named and kind not in COMMENTS:
            items.append(target(walk, child, scope))
            is_open = False
    return Sequence(node.start_byte, node.end_byte, "list", tuple(items))


def _object(walk: Walk, node: Node, scope: Scope | None) -> Expression:
    entries = [_entry(walk, child, scope) for child in children(node)]
    return Mapping(node.start_byte, node.end_byte, tuple(entries))


def _entry(walk: Walk, node: Node, scope: Scope | None) -> tuple[Expression | None, Expression]:
    kind = node.type
    if kind in {"pair_pattern", "pair"}:
        return key(walk, field(node, "key")), target(walk, field(node, "value"), scope)
    if kind in _SHORTHANDS:
        return Constant(node.start_byte, node.end_byte, walk.identifier(node)), _variable(walk, node, scope)
    if kind == "object_assignment_pattern":
        left = field(node, "left")
        return Constant(left.start_byte, left.end_byte, walk.identifier(left)), _default(walk, node, scope)
    if kind in _RESTS:
        return None, target(walk, inner(node), scope)
    return None, walk.odd(node)


def key(walk: Walk, node: Node) -> Expression:
    """The key of an entry or of a pattern."""
    if node.type == "computed_property_name":
        return walk.expression(inner(node))
    if node.type in {"string", "number"}:
        return walk.expression(node)
    return Constant(node.start_byte, node.end_byte, walk.identifier(node))


def _default(walk: Walk, node: Node, scope: Scope | None) -> Expression:
    return Default(node.start_byte, node.end_byte, target(walk, field(node, "left"), scope), walk.part(node, "right"))


def _rest(walk: Walk, node: Node, scope: Scope | None) -> Expression:
    return Spread(node.start_byte, node.end_byte, target(walk, inner(node), scope))


_SHORTHANDS = frozenset({"shorthand_property_identifier_pattern", "shorthand_property_identifier"})
_RESTS = frozenset({"rest_pattern", "spread_element"})
_TARGETS: dict[str, Callable[[Walk, Node, Scope | None], Expression]] = {
    "identifier": _variable,
    "shorthand_property_identifier_pattern": _variable,
    "member_expression": _member,
    "subscript_expression": _subscript,
    "array_pattern": _array,
    "array": _array,
    "object_pattern": _object,
    "object": _object,
    "assignment_pattern": _default,
    "object_assignment_pattern": _default,
    "assignment_expression": _default,
    "rest_pattern": _rest,
    "spread_element": _rest,
}
