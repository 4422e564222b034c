"""Assignments of every kind, as statements and as values.

Compilers to CommonJS write `exports.a = exports.b = … = void 0` for all that a module exports: such rows are cut, with
the value in a name that no source can spell.
"""

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Assign,
    Attribute,
    Bind,
    Block,
    Constant,
    Element,
    Expression,
    Name,
    Operation,
    Statement,
    Unknown,
)
from coderev.analysis.taint.lowering.ecmascript import functions, patterns
from coderev.analysis.taint.lowering.ecmascript.chains import MAX_LINKS, OPERATORS
from coderev.analysis.taint.lowering.ecmascript.nodes import field
from coderev.analysis.taint.lowering.ecmascript.walk import Walk

KINDS = ("assignment_expression", "augmented_assignment_expression", "update_expression")


def assign(walk: Walk, node: Node, out: list[Statement]) -> None:
    """An assignment as a statement."""
    row = _row(node)
    if len(row) > MAX_LINKS:
        _assign_all(walk, row, out)
        return
    target, value = _assigned(walk, node, out)
    out.append(Assign(node.start_byte, node.end_byte, target, value))


def bind(walk: Walk, node: Node) -> Expression:
    """An assignment whose value is used."""
    out: list[Statement] = []
    row = _row(node)
    if len(row) > MAX_LINKS:
        found = _assign_all(walk, row, out)
    else:
        target, value = _assigned(walk, node, out)
        found = Bind(node.start_byte, node.end_byte, target, value)
    return Block(node.start_byte, node.end_byte, tuple(out), found) if out else found


def _assigned(walk: Walk, node: Node, out: list[Statement]) -> tuple[Expression, Expression]:
    """The target, and what is assigned to it; `out` gets what must be done before."""
    kind = node.type
    if kind == "assignment_expression":
        return _target(walk, node, "left"), functions.assigned_value(walk, node)
    start, end = node.start_byte, node.end_byte
    sign = field(node, "operator").type
    walk.depth += 2  # a block and a statement in it, or an operation
    if kind == "update_expression":
        target, before = _both(walk, node, _target(walk, node, "argument"), out)
        other: Expression = Constant(start, start, 1)
        operator = sign[0]
    else:
        target, before = _both(walk, node, _target(walk, node, "left"), out)
        other = walk.part(node, "right")
        operator = sign.removesuffix("=")
    walk.depth -= 2
    return target, Operation(start, end, OPERATORS.get(operator, operator), (before, other))


def _both(walk: Walk, node: Node, target: Expression, out: list[Statement]) -> tuple[Expression, Expression]:
    """A target, and the same as it is read before; what it does on the way is done once, before both."""
    if _does_nothing(target):
        return target, target
    found: Expression
    if isinstance(target, Attribute):
        found = Attribute(target.start, target.end, _kept(walk, node, target.object, out), target.name)
    elif isinstance(target, Element):
        inner = _kept(walk, node, target.object, out)
        found = Element(target.start, target.end, inner, _kept(walk, node, target.key, out))
    else:
        return Unknown(target.start, target.start, ()), target  # a call, which cannot be assigned to
    return found, found


def _kept(walk: Walk, node: Node, value: Expression, out: list[Statement]) -> Expression:
    return value if isinstance(value, Constant) or _does_nothing(value) else walk.keep(node, value, "part", out)


def _does_nothing(target: Expression) -> bool:
    while not isinstance(target, Name):
        if not isinstance(target, Attribute | Element):
            return False
        if isinstance(target, Element) and not isinstance(target.key, Name | Constant):
            return False
        target = target.object
    return True


def _target(walk: Walk, node: Node, name: str) -> Expression:
    left = field(node, name)
    is_using = name == "left" and left.start_byte > node.start_byte  # TypeScript's grammar reads `using x = y` so
    return patterns.target(walk, left, walk.scope if is_using else None)


def _row(node: Node) -> list[Node]:
    """The assignments `a = b = c`, the outermost first."""
    row = [node]
    while node.type == "assignment_expression":
        right = field(node, "right")
        if right.type != "assignment_expression":
            break
        row.append(right)
        node = right
    return row


def _assign_all(walk: Walk, row: list[Node], out: list[Statement]) -> Expression:
    """Assign to all of a row, the innermost first; the name that has the value."""
    last = row[-1]
    target, value = _assigned(walk, last, out)
    name = walk.keep(last, value, "value", out)
    out.append(Assign(last.start_byte, last.end_byte, target, name))
    for node in reversed(row[:-1]):
        target = _target(walk, node, "left")
        out.append(Assign(node.start_byte, node.end_byte, target, _same(walk, node, name)))
    return _same(walk, row[0], name)


def _same(walk: Walk, node: Node, name: Name) -> Name:
    return walk.named(node, name.name)
