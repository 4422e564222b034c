"""Operators. Chains of one operator are one operation on many operands, so that they do not nest."""

from itertools import pairwise

from tree_sitter import Node

from coderev.analysis.taint.form import Await, Bind, Choice, Expression, Operation, Unknown, Yield
from coderev.analysis.taint.lowering.python.walk import CAP, LowerExpression, Walk, sole


def binary(walk: Walk, node: Node) -> Expression:
    """`a + b + c`: the left spine is followed in a loop, since programs that write programs make it long."""
    end = node.end_byte
    spine: list[tuple[str, Node | None, int]] = []  # operator, its right operand, where that ends; last one first
    inner: Node | None = node
    while inner is not None and inner.type == node.type and not (walk.broken and spine and inner.has_error):
        operator = inner.child_by_field_name("operator")
        right = inner.child_by_field_name("right")
        spine.append((operator.type if operator is not None else "", right, inner.end_byte))
        inner = inner.child_by_field_name("left")
    spine.reverse()
    levels = sum(one[0] != other[0] for one, other in pairwise(spine))
    if walk.depth + levels > CAP:
        walk.skip(node)
        return Unknown(node.start_byte, end, (walk.expression(inner), *[walk.expression(part[1]) for part in spine]))
    walk.depth += levels
    lowered = _grouped(walk, walk.expression(inner), spine)
    walk.depth -= levels
    return lowered


def _grouped(walk: Walk, first: Expression, spine: list[tuple[str, Node | None, int]]) -> Expression:
    operands = [first]
    current, until = spine[0][0], first.end
    for operator, right, end in spine:
        if operator != current:
            operands = [Operation(first.start, until, current, tuple(operands))]
            current = operator
        operands.append(walk.expression(right))
        until = end
    return Operation(first.start, until, current, tuple(operands))


def comparison(walk: Walk, node: Node) -> Expression:
    """`a < b`, or a chain: `a < b < c` is an `and`."""
    start, end = node.start_byte, node.end_byte
    operands: list[Expression] = []
    operators: list[str] = []
    for child in node.children:
        if not child.is_named:
            operators.append("!=" if child.type == "<>" else child.type)
        elif not child.is_extra and not child.is_error:
            operands.append(walk.expression(child))
    if len(operands) != len(operators) + 1:
        return Unknown(start, end, tuple(operands))
    pairs = [
        Operation(left.start, right.end, operator, (left, right))
        for operator, left, right in zip(operators, operands, operands[1:], strict=False)
    ]
    return pairs[0] if len(pairs) == 1 else Operation(start, end, "and", tuple(pairs))


def negation(walk: Walk, node: Node) -> Expression:
    """`not x`."""
    operand = walk.expression(node.child_by_field_name("argument"))
    return Operation(node.start_byte, node.end_byte, "not", (operand,))


def unary(walk: Walk, node: Node) -> Expression:
    """`-x`, `+x` and `~x`."""
    operator = node.child_by_field_name("operator")
    operand = walk.expression(node.child_by_field_name("argument"))
    return Operation(node.start_byte, node.end_byte, operator.type if operator is not None else "+", (operand,))


def choice(walk: Walk, node: Node) -> Expression:
    """`a if test else b`."""
    start, end = node.start_byte, node.end_byte
    parts = walk.expressions(child for child in node.named_children if not child.is_error)
    if len(parts) != 3:  # noqa: PLR2004 - then, test, otherwise
        return Unknown(start, end, parts)
    return Choice(start, end, parts[1], parts[0], parts[2])


def parenthesised(walk: Walk, node: Node) -> Expression:
    """Parentheses with an error in them; others are passed over."""
    return walk.expression(sole(node))


def walrus(walk: Walk, node: Node) -> Expression:
    """`name := value`, which binds in the function around a comprehension."""
    value = walk.expression(node.child_by_field_name("value"))
    return Bind(node.start_byte, node.end_byte, walk.target(node.child_by_field_name("name")), value)


def awaited(walk: Walk, node: Node) -> Expression:
    """`await x`."""
    operands = walk.expressions(node.named_children)
    value = operands[0] if len(operands) == 1 else Unknown(node.start_byte, node.end_byte, operands)
    return Await(node.start_byte, node.end_byte, value)


def yielded(walk: Walk, node: Node) -> Expression:
    """`yield`, `yield x` and `yield from x`."""
    walk.scope.generates = True
    given = sole(node)
    delegate = any(child.type == "from" for child in node.children)
    value = walk.expression(given) if given is not None else None
    return Yield(node.start_byte, node.end_byte, value, delegate)


EXPRESSIONS: dict[str, LowerExpression] = {
    "binary_operator": binary,
    "boolean_operator": binary,
    "comparison_operator": comparison,
    "not_operator": negation,
    "unary_operator": unary,
    "conditional_expression": choice,
    "parenthesized_expression": parenthesised,
    "named_expression": walrus,
    "await": awaited,
    "yield": yielded,
}
