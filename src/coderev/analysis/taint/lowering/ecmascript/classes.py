"""Classes: what they extend, their methods and fields.

The interfaces that a class of TypeScript implements stand among its bases: frameworks know classes by them.
"""

from collections.abc import Iterator

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Assign,
    Class,
    Define,
    Element,
    Evaluate,
    Expression,
    Name,
    Statement,
)
from coderev.analysis.taint.lowering.ecmascript import functions
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, field, inner
from coderev.analysis.taint.lowering.ecmascript.types import annotation, type_name
from coderev.analysis.taint.lowering.ecmascript.walk import DEFINITION, LowerExpression, LowerStatement, Unit, Walk

_NO_MEMBERS = COMMENTS | {"method_signature", "abstract_method_signature", "index_signature"}


def class_(
    walk: Walk,
    node: Node,
    name: str,
    unit: Unit | None,
    decorators: tuple[Expression, ...] = (),
) -> Class:
    """Lower a class. `unit` is what `syntax` calls it and the node that it stands for; None: it is no unit."""
    walk.depth += DEFINITION
    own = tuple(functions.decorator(walk, child) for child in node.children if child.type == "decorator")
    bases = tuple(_bases(walk, node))
    qualified = unit[1] if unit is not None else walk.number(walk.path)
    outer = walk.path
    if unit is not None:
        walk.path = qualified
    members = _members(walk, field(node, "body"))
    walk.depth -= DEFINITION
    walk.path = outer
    found = Class(node.start_byte, node.end_byte, name, qualified, bases, members, (*decorators, *own))
    if unit is not None:
        walk.define(unit[0], qualified, found)
    return found


def declaration(walk: Walk, node: Node, out: list[Statement]) -> None:
    """A class that is declared."""
    declare(walk, node, (), out)


def declare(walk: Walk, node: Node, decorators: tuple[Expression, ...], out: list[Statement]) -> None:
    """A class that is declared, with decorators that stand before an `export`."""
    name = field(node, "name")
    text = walk.identifier(name)
    found = class_(walk, node, text, walk.unit(node, walk.unit_name(name)), decorators)
    walk.scope.declared[text] = False
    walk.scope.use(text, found)
    out.append(Define(node.start_byte, node.end_byte, found))


def closure(walk: Walk, node: Node, name: str = "", unit: Unit | None = None) -> Expression:
    """A class as a value."""
    return functions.as_value(walk, node, name, unit, class_)


def named_value(walk: Walk, holder: Node, name: Node, value: Node) -> Expression:
    """What a variable is declared as: functions, classes and the methods of objects are called after it."""
    kind = value.type
    if name.type == "identifier":
        if kind in functions.FUNCTIONS or kind == "class":
            lower = closure if kind == "class" else functions.closure
            return lower(walk, value, walk.text(name), walk.unit(holder, walk.unit_name(name)))
        if kind == "object":
            outer, walk.path = walk.path, walk.qualified(walk.unit_name(name))
            found = walk.expression(value)
            walk.path = outer
            return found
    return walk.expression(value)


def _bases(walk: Walk, node: Node) -> Iterator[Expression]:
    for heritage in node.named_children:
        if heritage.type == "class_heritage":
            for child in heritage.named_children:
                yield from _base(walk, child)


def _base(walk: Walk, node: Node) -> Iterator[Expression]:
    if node.type == "extends_clause":
        yield from (walk.expression(value) for value in node.children_by_field_name("value"))
    elif node.type == "implements_clause":
        yield from filter(None, (type_name(walk, child) for child in node.named_children))
    elif node.type not in COMMENTS:
        yield walk.expression(node)


def _members(walk: Walk, body: Node) -> tuple[Statement, ...]:
    out: list[Statement] = []
    decorators: list[Expression] = []
    for child in body.named_children:
        kind = child.type
        if kind in _NO_MEMBERS:
            continue
        if kind == "decorator":
            decorators.append(functions.decorator(walk, child))
            continue
        if kind == "method_definition":
            _method(walk, child, decorators, out)
        elif kind in {"field_definition", "public_field_definition"}:
            _field(walk, child, out)
        elif kind == "class_static_block":
            value = functions.called_at_once(walk, child)
            out.append(Evaluate(value.start, value.end, value))
        else:
            walk.statement(child, out)
        decorators = []
    return tuple(out)


def _method(walk: Walk, node: Node, decorators: list[Expression], out: list[Statement]) -> None:
    name = field(node, "name")
    binding = "instance"
    for child in node.children:
        if child.type == "decorator":
            decorators.append(functions.decorator(walk, child))
        elif child.type == "static":
            binding = "static"
    found = functions.method(walk, node, name, binding, tuple(decorators))
    out.append(Define(node.start_byte, node.end_byte, found))


def _field(walk: Walk, node: Node, out: list[Statement]) -> None:
    name = node.child_by_field_name("property") or field(node, "name")
    value = node.child_by_field_name("value")
    if value is None:
        return
    start, end = name.start_byte, name.end_byte
    target: Expression
    if name.type == "computed_property_name":
        target = Element(start, end, Name(start, end, "this"), walk.expression(inner(name)))
    else:
        target = Name(start, end, functions.method_name(walk, name))  # of the class, not of the function around it
    given = annotation(walk, node)
    lowered = functions.entry_value(walk, node, name, value)
    out.append(Assign(node.start_byte, node.end_byte, target, lowered, given))


EXPRESSIONS: dict[str, LowerExpression] = {"class": closure}
STATEMENTS: dict[str, LowerStatement] = {
    "class_declaration": declaration,
    "abstract_class_declaration": declaration,
}
