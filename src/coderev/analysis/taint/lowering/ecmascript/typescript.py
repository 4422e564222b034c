"""What TypeScript adds that runs: enums and namespaces. What only tells of types does nothing."""

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Assign,
    Attribute,
    Constant,
    Expression,
    Mapping,
    Operation,
    Statement,
    Unknown,
)
from coderev.analysis.taint.lowering.ecmascript import patterns
from coderev.analysis.taint.lowering.ecmascript.nodes import children, field
from coderev.analysis.taint.lowering.ecmascript.types import MAX_NESTING
from coderev.analysis.taint.lowering.ecmascript.walk import LowerStatement, Walk

Entry = tuple[Expression | None, Expression]


def enum(walk: Walk, node: Node, out: list[Statement]) -> None:
    """An enum: an object of its members; those without a value count on."""
    name, body = field(node, "name"), field(node, "body")
    target = patterns.target(walk, name, walk.scope)
    walk.define(node, walk.qualified(walk.unit_name(name)), None)
    entries: list[Entry] = []
    before: Expression = Constant(body.start_byte, body.start_byte, -1)
    for child in children(body):
        if child.type == "enum_assignment":
            member, value = field(child, "name"), walk.part(child, "value")
        else:
            member, value = child, _next(child, before)
        entries.append((patterns.key(walk, member), value))
        before = value
    out.append(Assign(node.start_byte, node.end_byte, target, Mapping(body.start_byte, body.end_byte, tuple(entries))))


def namespace(walk: Walk, node: Node, out: list[Statement]) -> None:
    """A namespace: an object, to which what it exports is assigned."""
    name, body = field(node, "name"), node.child_by_field_name("body")
    if body is None or name.type == "string":
        return
    parts = walk.text(name).replace(" ", "").split(".")[:MAX_NESTING]
    outer_path, outer_exporter = walk.path, walk.exporter
    _create(walk, node, parts, out)
    walk.path, walk.exporter = walk.qualified(walk.unit_name(name)), tuple(parts)
    walk.open(body)
    walk.scope.vars = walk.scope
    out += walk.sequence(body.named_children)
    walk.close()
    walk.path, walk.exporter = outer_path, outer_exporter


def interface(walk: Walk, node: Node, _out: list[Statement]) -> None:
    """An interface does nothing, but is a unit."""
    walk.define(node, walk.qualified(walk.unit_name(field(node, "name"))), None)


def nothing(_walk: Walk, _node: Node, _out: list[Statement]) -> None:
    """Types, declarations of what is elsewhere, signatures of overloads."""


def _next(node: Node, before: Expression) -> Expression:
    start, end = node.start_byte, node.end_byte
    if isinstance(before, Constant) and isinstance(before.value, int | float):
        return Constant(start, end, before.value + 1)
    return Unknown(start, end, ())  # a number that nobody computes here


def _create(walk: Walk, node: Node, parts: list[str], out: list[Statement]) -> None:
    """Assign an object to the name of a namespace, unless something of that name is there that it adds to."""
    start = node.start_byte
    first, *rest = parts
    walk.words.update(parts)
    target: Expression = walk.named(node, first)
    if first not in walk.scope.declared:
        out.append(Assign(start, start, target, Mapping(start, start, ())))
    walk.scope.declared.setdefault(first, False)
    for member in rest:
        target = Attribute(start, start, target, member)
        made = Operation(start, start, "or", (target, Mapping(start, start, ())))
        out.append(Assign(start, start, target, made))


STATEMENTS: dict[str, LowerStatement] = {
    "enum_declaration": enum,
    "internal_module": namespace,
    "module": namespace,
    "interface_declaration": interface,
    "type_alias_declaration": nothing,
    "ambient_declaration": nothing,
    "function_signature": nothing,
    "method_signature": nothing,
    "abstract_method_signature": nothing,
    "index_signature": nothing,
    "type_annotation": nothing,
    "type_arguments": nothing,
    "type_parameters": nothing,
}
