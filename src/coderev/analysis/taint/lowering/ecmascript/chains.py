"""What leans to one side: members and calls in a row, operators in a row, conditions in a row.

Such code is as deep in the tree as it is long. It is read without recursion, and what would nest too deep in the form
is cut into pieces: the first links are assigned to a name that no source can spell, the next begin with that name.
"""

from collections.abc import Callable
from typing import TypeVar

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Argument,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    Choice,
    Constant,
    Element,
    Expression,
    Operation,
    Sequence,
    Statement,
    Text,
    Unknown,
)
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, children, field, inner
from coderev.analysis.taint.lowering.ecmascript.walk import MAX_DEPTH, LowerExpression, Walk

MAX_LINKS = 24  # that nest in the form
MIN_LINKS = 4  # that a piece has even where it is deep already

Step = TypeVar("Step")
Arm = tuple[Expression, tuple[Statement, ...]]  # a test, and what is done where it holds

WRAPPERS = frozenset(  # around one expression, which they are
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "instantiation_expression",
    }
)
_LEFT = {"member_expression": "object", "subscript_expression": "object", "call_expression": "function"}
OPERATORS = {"&&": "and", "||": "or", ">>>": ">>", "!": "not"}
_FLAT = frozenset({"+", "*", "&", "|", "^", "and", "or", "??"})  # `a + b + c` is one operation


def unwrapped(node: Node) -> Node:
    """What stands in brackets or before a type."""
    while node.type in WRAPPERS:
        parts = children(node)[node.type == "type_assertion" :]
        if not parts or (len(parts) > 1 and node.type == "parenthesized_expression"):
            return node  # it did not parse
        node = parts[0]
    return node


def wrapper(walk: Walk, node: Node) -> Expression:
    """An expression in brackets, or with a type."""
    within = unwrapped(node)
    if within.type in WRAPPERS:
        return walk.odd(within)
    walk.depth -= 1
    found = walk.expression(within)
    walk.depth += 1
    return found


def links(walk: Walk, node: Node) -> Expression:
    """`a.b`, `a[b]`, `a(b)`, and any number of them in a row."""
    steps = [node]
    left = field(node, _LEFT[node.type])
    while True:
        if left.type in WRAPPERS:
            left = unwrapped(left)
        name = _LEFT.get(left.type)
        if name is None:
            break
        steps.append(left)
        left = field(left, name)
    return _climb(walk, left, steps, _link)


def binary(walk: Walk, node: Node) -> Expression:
    """`a + b`, and any number of operators in a row."""
    runs: list[tuple[str, list[Node], Node]] = []
    here = node
    while here.type == "binary_expression":
        operator, right = field(here, "operator").type, field(here, "right")
        sign = OPERATORS.get(operator, operator)
        if runs and runs[-1][0] == sign and sign in _FLAT:
            runs[-1][1].append(right)
        else:
            runs.append((sign, [right], here))
        here = field(here, "left")
    return _climb(walk, here, runs, _run)


def choice(walk: Walk, node: Node) -> Expression:
    """`a ? b : c`, and any number of them in a row."""
    tests: list[Node] = []
    here = node
    while here.type == "ternary_expression":
        tests.append(here)
        here = field(here, "alternative")
    if _nests_too_deep(walk, len(tests)):
        return _long_choice(walk, tests, here)
    parts = []
    for test in tests:
        parts.append((test, walk.part(test, "condition"), walk.part(test, "consequence")))
        walk.depth += 1
    found = walk.expression(here)
    walk.depth -= len(tests)
    for test, condition, then in reversed(parts):
        found = Choice(test.start_byte, test.end_byte, condition, then, found)
    return found


def cascade(walk: Walk, nodes: list[Node], arms: list[Arm], otherwise: tuple[Statement, ...]) -> list[Statement]:
    """Branches in a row, the first of which that holds is taken. `nodes` are where they stand.

    Where they would nest too deep they are cut: a piece tells in a name of its own that none of its tests held.
    """
    size = _size(walk)
    if len(arms) == 1:
        (test, then), node = arms[0], nodes[0]
        return [Branch(node.start_byte, node.end_byte, test, then, otherwise)]
    pieces = [slice(at, at + size) for at in range(0, len(arms), size)]
    guards = [walk.made("else") for _ in pieces[1:]]
    found: list[Statement] = []
    for at, piece in enumerate(pieces):
        rest = otherwise
        if at < len(guards):
            found.append(_flag(walk, nodes[piece][0], guards[at], value=False))
            rest = (_flag(walk, nodes[piece][0], guards[at], value=True),)
        for node, (test, then) in zip(reversed(nodes[piece]), reversed(arms[piece]), strict=True):
            rest = (Branch(node.start_byte, node.end_byte, test, then, rest),)
        if at:
            first = nodes[piece][0]
            guard = walk.named(first, guards[at - 1])
            rest = (Branch(first.start_byte, first.end_byte, guard, rest, ()),)
        found += rest
    return found


def deeper(walk: Walk, place: int) -> int:
    """How deep the test at a place of a cascade stands in the form, below the first."""
    return place % _size(walk)


def arguments(walk: Walk, node: Node) -> tuple[Argument, ...]:
    """What stands in the brackets of a call."""
    found = []
    for child in node.named_children:
        kind = child.type
        if kind in COMMENTS:
            continue
        start, end = child.start_byte, child.end_byte
        if kind == "spread_element":
            found.append(Argument(start, end, walk.expression(inner(child)), None, 1))
        else:
            found.append(Argument(start, end, walk.expression(child)))
    return tuple(found)


def _nests_too_deep(walk: Walk, count: int) -> bool:
    return count > MAX_LINKS or (count > MIN_LINKS and walk.depth + count > MAX_DEPTH)


def _size(walk: Walk) -> int:
    return max(MIN_LINKS, min(MAX_LINKS, MAX_DEPTH - walk.depth))


def _climb(
    walk: Walk, bottom: Node, steps: list[Step], build: Callable[[Walk, Step, Expression], Expression]
) -> Expression:
    """Lower the innermost, then add step after step, of which the last is the innermost too."""
    count = len(steps)
    if _nests_too_deep(walk, count):
        return _climb_far(walk, bottom, steps, build)
    walk.depth += count - 1
    found = walk.expression(bottom)
    found = build(walk, steps[-1], found)
    for at in range(count - 2, -1, -1):
        walk.depth -= 1
        found = build(walk, steps[at], found)
    return found


def _climb_far(
    walk: Walk, bottom: Node, steps: list[Step], build: Callable[[Walk, Step, Expression], Expression]
) -> Expression:
    size = _size(walk)
    out: list[Statement] = []
    found: Expression = Unknown(bottom.start_byte, bottom.start_byte, ())
    for last in range(len(steps), 0, -size):
        piece = steps[max(0, last - size) : last]
        walk.depth += len(piece) + 2  # the block, and what assigns the piece to its name
        found = walk.keep(bottom, found, "chain", out) if last < len(steps) else walk.expression(bottom)
        for step in reversed(piece):
            walk.depth -= 1
            found = build(walk, step, found)
        walk.depth -= 2
    return Block(bottom.start_byte, found.end, tuple(out), found)


def _link(walk: Walk, node: Node, inner: Expression) -> Expression:
    return _LINKS[node.type](walk, node, inner)


def _member(walk: Walk, node: Node, inner: Expression) -> Expression:
    name = walk.identifier(field(node, "property"))
    walk.words.add(f".{name}")
    return Attribute(node.start_byte, node.end_byte, inner, name)


def _subscript(walk: Walk, node: Node, inner: Expression) -> Expression:
    return Element(node.start_byte, node.end_byte, inner, walk.part(node, "index"))


def _call(walk: Walk, node: Node, inner: Expression) -> Expression:
    given = field(node, "arguments")
    if given.type == "template_string":
        return _tagged(walk, node, inner, given)
    return Call(node.start_byte, node.end_byte, inner, arguments(walk, given))


def _tagged(walk: Walk, node: Node, tag: Expression, template: Node) -> Expression:
    """A tagged template: the tag gets a list of the texts, then what stands between them."""
    value = walk.expression(template)
    start, end = template.start_byte, template.end_byte
    parts = value.parts if isinstance(value, Text) else (value,)
    texts: list[Expression] = []
    values: list[Expression] = []
    for part in parts:
        if isinstance(part, Constant):
            texts.append(part)
        else:
            if len(texts) == len(values):
                texts.append(Constant(part.start, part.start, ""))
            values.append(part)
    if len(texts) == len(values):
        texts.append(Constant(end, end, ""))
    strings = Sequence(start, end, "list", tuple(texts))
    given = (Argument(start, end, strings), *(Argument(part.start, part.end, part) for part in values))
    return Call(node.start_byte, node.end_byte, tag, given)


_LINKS: dict[str, Callable[[Walk, Node, Expression], Expression]] = {
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
}


def _run(walk: Walk, run: tuple[str, list[Node], Node], inner: Expression) -> Expression:
    sign, rights, node = run
    others = [walk.expression(right) for right in reversed(rights)]
    return Operation(node.start_byte, node.end_byte, sign, (inner, *others))


def _long_choice(walk: Walk, tests: list[Node], last: Node) -> Expression:
    first = tests[0]
    name = walk.made("choice")
    arms: list[Arm] = []
    for at, test in enumerate(tests):
        deep = deeper(walk, at) + 2
        walk.depth += deep
        condition = walk.part(test, "condition")
        then = Assign(test.start_byte, test.end_byte, walk.named(test, name), walk.part(test, "consequence"))
        arms.append((condition, (then,)))
        walk.depth -= deep
    otherwise = Assign(last.start_byte, last.end_byte, walk.named(last, name), walk.expression(last))
    body = cascade(walk, tests, arms, (otherwise,))
    return Block(first.start_byte, first.end_byte, tuple(body), walk.named(first, name))


def _flag(walk: Walk, node: Node, name: str, *, value: bool) -> Statement:
    start, end = node.start_byte, node.end_byte
    return Assign(start, end, walk.named(node, name), Constant(start, end, value))


EXPRESSIONS: dict[str, LowerExpression] = {
    **dict.fromkeys(_LEFT, links),
    **dict.fromkeys(WRAPPERS, wrapper),
    "binary_expression": binary,
    "ternary_expression": choice,
}
