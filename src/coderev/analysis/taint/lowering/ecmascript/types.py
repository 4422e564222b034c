"""Annotations of TypeScript as expressions: what a type is called. Type arguments are dropped.

`Request`, `express.Request` and `Promise<T>` are names; a union is an operation `|`, an intersection `&`; arrays and
tuples are `Array`. What has no name, such as an object type, is no annotation.
"""

from collections.abc import Callable

from tree_sitter import Node

from coderev.analysis.taint.form import Attribute, Expression, Name, Operation
from coderev.analysis.taint.lowering.ecmascript.nodes import children, field, inner
from coderev.analysis.taint.lowering.ecmascript.walk import Walk

MAX_NESTING = 16  # of types; what is deeper is no annotation


def annotation(walk: Walk, holder: Node, field: str = "type") -> Expression | None:
    """The annotation of a declarator, parameter, field or function, if it has one that is called something."""
    node = holder.child_by_field_name(field)
    return _inner(walk, node, 0) if node is not None and node.type == "type_annotation" else None


def type_name(walk: Walk, node: Node, depth: int = 0) -> Expression | None:
    """What a type is called."""
    lower = _TYPES.get(node.type)
    return lower(walk, node, depth + 1) if lower is not None and depth < MAX_NESTING else None


def qualified_name(walk: Walk, node: Node) -> Expression:
    """A name with dots, as in namespaces and `import x = a.b`."""
    members = []
    while (last := node.child_by_field_name("property") or _last_name(node)) is not None:
        members.append((last, node))
        node = node.child_by_field_name("object") or field(node, "module")
    if len(members) > MAX_NESTING:
        return walk.flat(members[0][1])
    found = walk.expression(node)
    for last, whole in reversed(members):
        found = Attribute(whole.start_byte, whole.end_byte, found, walk.identifier(last))
    return found


def _last_name(node: Node) -> Node | None:
    return node.child_by_field_name("name") if node.type == "nested_type_identifier" else None


def _inner(walk: Walk, node: Node, depth: int) -> Expression | None:
    return type_name(walk, inner(node), depth)


def _variable(walk: Walk, node: Node, _depth: int) -> Expression:
    return walk.name(node)


def _nested(walk: Walk, node: Node, _depth: int) -> Expression:
    return qualified_name(walk, node)


def _generic(walk: Walk, node: Node, depth: int) -> Expression | None:
    return type_name(walk, field(node, "name"), depth)


def _predefined(walk: Walk, node: Node, _depth: int) -> Expression:
    return Name(node.start_byte, node.end_byte, walk.text(node))


def _array(_walk: Walk, node: Node, _depth: int) -> Expression:
    return Name(node.start_byte, node.end_byte, "Array")


def _literal(walk: Walk, node: Node, _depth: int) -> Expression:
    return walk.expression(inner(node))


def _joined(walk: Walk, node: Node, depth: int) -> Expression | None:
    kind, start, end = node.type, node.start_byte, node.end_byte
    parts: list[Node] = []
    while node.type == kind:  # a union of a thousand leans to the left
        parts += reversed(children(node)[1:])
        node = inner(node)
    parts.append(node)
    named = [found for part in reversed(parts) if (found := type_name(walk, part, depth)) is not None]
    if len(named) <= 1:
        return named[0] if named else None
    return Operation(start, end, "|" if kind == "union_type" else "&", tuple(named))


_TYPES: dict[str, Callable[[Walk, Node, int], Expression | None]] = {
    "type_identifier": _variable,
    "identifier": _variable,
    "nested_type_identifier": _nested,
    "nested_identifier": _nested,
    "generic_type": _generic,
    "predefined_type": _predefined,
    "array_type": _array,
    "tuple_type": _array,
    "literal_type": _literal,
    "union_type": _joined,
    "intersection_type": _joined,
    "parenthesized_type": _inner,
    "readonly_type": _inner,
}
