"""Comprehensions and generators: a loop that fills a local, whose variables are renamed so that they do not leak."""

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Argument,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    Element,
    Evaluate,
    Expression,
    Loop,
    Mapping,
    Name,
    Sequence,
    Statement,
    Unknown,
)
from coderev.analysis.taint.lowering.python.displays import pair
from coderev.analysis.taint.lowering.python.walk import CAP, LowerExpression, Walk, pieces, variables

FILLING = 3  # levels between the innermost clause and the element: a statement, a call, its argument


def comprehension(walk: Walk, node: Node) -> Expression:
    """`[x for y in z if c]` fills `[]@1`; a set `{}@1`, a dict `{:}@1`; a generator gives a list, `()@1`."""
    clauses = [child for child in pieces(node) if child.type in {"for_in_clause", "if_clause"}]
    if walk.depth + len(clauses) + FILLING > CAP:
        return walk.flat(node)
    outer = walk.renames
    inner = outer | {name: walk.scope.fresh(name) for clause in clauses for name in _variables(walk, clause)}
    start, end = node.start_byte, node.end_byte
    filled = Name(start, end, walk.scope.fresh(_STEMS.get(node.type, "()")))
    heads = []
    depth = walk.depth
    for clause in clauses:
        walk.depth += 1
        heads.append((clause, _head(walk, clause, inner)))
        walk.renames = inner  # the first iterable alone is read outside
    walk.depth += FILLING
    walk.renames = inner
    body: tuple[Statement, ...] = (_fill(walk, node, filled),)
    walk.renames, walk.depth = outer, depth
    for clause, (target, value) in reversed(heads):
        body = (_clause(clause, end, target, value, body),)
    empty: Expression = Sequence(start, end, "set" if node.type == "set_comprehension" else "list", ())
    if node.type == "dictionary_comprehension":
        empty = Mapping(start, end, ())
    return Block(start, end, (Assign(start, end, filled, empty), *body), filled)


_STEMS = {"list_comprehension": "[]", "set_comprehension": "{}", "dictionary_comprehension": "{:}"}


def _variables(walk: Walk, clause: Node) -> dict[str, None]:
    if clause.type == "if_clause" or (left := clause.child_by_field_name("left")) is None:
        return {}
    return dict.fromkeys(word for node in variables(left) if (word := walk.word(node)))


def _head(walk: Walk, clause: Node, inner: dict[str, str]) -> tuple[Expression | None, Expression]:
    """Target and iterable of a `for`, or None and the condition of an `if`."""
    if clause.type == "if_clause":
        parts = walk.expressions(clause.named_children)
        return None, parts[0] if len(parts) == 1 else Unknown(clause.start_byte, clause.end_byte, parts)
    iterables = [walk.expression(right) for right in clause.children_by_field_name("right") if right.is_named]
    walk.renames = inner
    target = walk.target(clause.child_by_field_name("left"))
    if len(iterables) == 1:
        return target, iterables[0]
    return target, Sequence(clause.start_byte, clause.end_byte, "tuple", tuple(iterables))  # as Python 2 permits


def _clause(
    clause: Node, end: int, target: Expression | None, value: Expression, body: tuple[Statement, ...]
) -> Statement:
    start = clause.start_byte
    if target is None:
        return Branch(start, end, value, body, ())
    return Loop(start, end, body, target=target, iterable=value)


def _fill(walk: Walk, node: Node, filled: Name) -> Statement:
    element = node.child_by_field_name("body")
    if element is not None and element.type == "pair":
        key, value = pair(walk, element)
        return Assign(element.start_byte, element.end_byte, Element(key.start, key.end, filled, key), value)
    item = walk.expression(element)
    method = "add" if node.type == "set_comprehension" else "append"
    function = Attribute(item.start, item.end, filled, method)
    call = Call(item.start, item.end, function, (Argument(item.start, item.end, item),))
    return Evaluate(item.start, item.end, call)


EXPRESSIONS: dict[str, LowerExpression] = {
    "list_comprehension": comprehension,
    "set_comprehension": comprehension,
    "dictionary_comprehension": comprehension,
    "generator_expression": comprehension,
}
