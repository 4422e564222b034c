"""Statements with blocks: if, while, for, try and with."""

from collections.abc import Callable, Iterable, Sequence

from tree_sitter import Node

from coderev.analysis.taint import form
from coderev.analysis.taint.form import (
    Assign,
    Attribute,
    Branch,
    Break,
    Call,
    Case,
    Catch,
    Constant,
    Enter,
    Evaluate,
    Expression,
    Loop,
    Name,
    Operation,
    Statement,
    Switch,
    Try,
)
from coderev.analysis.taint.lowering.python.walk import CAP, LoopMark, LowerStatement, Walk, pieces, sole

MAX_ARMS = 40  # of an `if` that nest as branches; more become a switch

Arm = tuple[Expression, tuple[Statement, ...]]  # test and body


def conditional(walk: Walk, node: Node) -> Iterable[Statement]:
    """`if`, `elif`, `else`."""
    alternatives = node.children_by_field_name("alternative")
    otherwise = next((arm.child_by_field_name("body") for arm in alternatives if arm.type == "else_clause"), None)
    arms = [node, *[arm for arm in alternatives if arm.type == "elif_clause"]]
    return cascade(walk, arms, _arm, otherwise)


def _arm(walk: Walk, node: Node) -> Arm:
    return walk.expression(node.child_by_field_name("condition")), walk.block(node.child_by_field_name("consequence"))


def cascade(
    walk: Walk, arms: Sequence[Node], lower: Callable[[Walk, Node], Arm], otherwise: Node | None
) -> tuple[Statement, ...]:
    """The first arm whose test holds, else `otherwise`: nested branches, or a switch where they would nest too deep."""
    if len(arms) > MAX_ARMS or (len(arms) > 1 and walk.depth + len(arms) > CAP):
        return _switch(walk, arms, lower, otherwise)
    depth = walk.depth
    lowered = []
    for arm in arms:
        lowered.append((arm.start_byte, *lower(walk, arm)))
        walk.depth += 1
    rest = walk.block(otherwise, 0)
    walk.depth = depth
    end = max(arms[0].end_byte, arms[-1].end_byte)
    for start, test, body in reversed(lowered):
        rest = (Branch(start, end, test, body, rest),)
    return rest


def _switch(
    walk: Walk, arms: Sequence[Node], lower: Callable[[Walk, Node], Arm], otherwise: Node | None
) -> tuple[Statement, ...]:
    """`switch (True)` with the truth of each test as a case, and a break after each body."""
    start, end = arms[0].start_byte, max(arms[0].end_byte, arms[-1].end_byte)
    mark = walk.scope.loops[-1] if walk.scope.loops else LoopMark()
    mark.switches += 1
    walk.depth += 1
    cases = []
    for arm in arms:
        test, body = lower(walk, arm)
        denied = Operation(test.start, test.end, "not", (test,))
        truth = Operation(test.start, test.end, "not", (denied,))
        cases.append(Case(arm.start_byte, arm.end_byte, (truth,), (*body, Break(arm.end_byte, arm.end_byte))))
    if otherwise is not None:
        cases.append(Case(otherwise.start_byte, otherwise.end_byte, (), walk.block(otherwise)))
    walk.depth -= 1
    mark.switches -= 1
    return (Switch(start, end, Constant(start, start, value=True), tuple(cases)),)


def while_loop(walk: Walk, node: Node) -> Iterable[Statement]:
    """`while test: … else: …`; a test that is always true is none."""
    test: Expression | None = walk.expression(node.child_by_field_name("condition"))
    if isinstance(test, Constant) and test.value:
        test = None
    body, label = _looped(walk, node)
    return (Loop(node.start_byte, node.end_byte, body, test=test, otherwise=_otherwise(walk, node), label=label),)


def for_loop(walk: Walk, node: Node) -> Iterable[Statement]:
    """`for target in iterable: … else: …`, also `async for`."""
    iterable = walk.expression(node.child_by_field_name("right"))
    target = walk.target(node.child_by_field_name("left"))
    body, label = _looped(walk, node)
    otherwise = _otherwise(walk, node)
    start, end = node.start_byte, node.end_byte
    return (Loop(start, end, body, target=target, iterable=iterable, otherwise=otherwise, label=label),)


def _looped(walk: Walk, node: Node) -> tuple[tuple[Statement, ...], str | None]:
    mark = LoopMark()
    walk.scope.loops.append(mark)
    body = walk.block(node.child_by_field_name("body"))
    walk.scope.loops.pop()
    return body, mark.label


def _otherwise(walk: Walk, node: Node) -> tuple[Statement, ...]:
    clause = node.child_by_field_name("alternative")
    return walk.block(clause.child_by_field_name("body")) if clause is not None else ()


def attempt(walk: Walk, node: Node) -> Iterable[Statement]:
    """`try`, `except`, `except*`, `else`, `finally`."""
    body = walk.block(node.child_by_field_name("body"))
    handlers = []
    otherwise: tuple[Statement, ...] = ()
    final: tuple[Statement, ...] = ()
    for clause in node.children:
        if clause.type == "except_clause":
            handlers.append(_handler(walk, clause))
        elif clause.type == "else_clause":
            otherwise = walk.block(clause.child_by_field_name("body"))
        elif clause.type == "finally_clause":
            final = walk.block(_block_of(clause))
    return (Try(node.start_byte, node.end_byte, body, tuple(handlers), otherwise, final),)


def _handler(walk: Walk, clause: Node) -> Catch:
    types = clause.children_by_field_name("value")
    target = clause.child_by_field_name("alias")
    if len(types) == 1 and types[0].type == "as_pattern":
        target, types = types[0].child_by_field_name("alias"), pieces(types[0])[:1]
    elif target is None and _binds(walk, types):
        target = types.pop()
    caught = tuple([one for value in types for one in _types(walk.expression(value))])
    bound = walk.target(target) if target is not None else None
    if bound is not None:
        walk.mentions.add("except")
    return Catch(clause.start_byte, clause.end_byte, caught, bound, walk.block(_block_of(clause)))


def _binds(walk: Walk, types: list[Node]) -> bool:
    """Whether `except A, b` is Python 2's, which binds b; in Python 3.14 both are types, which have capitals."""
    if len(types) != 2 or types[1].type != "identifier":  # noqa: PLR2004 - a type and a name
        return False
    return walk.text(types[1].start_byte, types[1].end_byte)[:1].islower()


def _types(caught: Expression) -> tuple[Expression, ...]:
    return caught.items if isinstance(caught, form.Sequence) else (caught,)


def _block_of(clause: Node) -> Node | None:
    return next((child for child in reversed(clause.children) if child.type == "block"), None)


def within(walk: Walk, node: Node) -> Iterable[Statement]:
    """`with a as b, c: …`: the body follows what enters, since what leaving does is not told."""
    entered: list[Statement] = []
    caught: list[tuple[Expression, ...]] = []
    for item in _items(node):
        value = item.child_by_field_name("value") if item.type == "with_item" else item
        target: Node | None = None
        if (bare := _bare(value)) is not None and bare.type == "as_pattern":
            target, value = bare.child_by_field_name("alias"), sole(bare)
        opened = walk.expression(value)
        if (types := _suppressed(opened)) is not None:
            caught.append(types)
        entered.append(_enter(walk, opened, target))
    body = walk.block(node.child_by_field_name("body"), 2)
    for types in reversed(caught):
        body = (Try(node.start_byte, node.end_byte, body, (Catch(node.end_byte, node.end_byte, types, None, ()),)),)
    return (*entered, *body)


def _items(node: Node) -> list[Node]:
    clause = next((child for child in node.children if child.type == "with_clause"), None)
    return [item for item in pieces(clause) if not item.is_error] if clause is not None else []


def _bare(node: Node | None) -> Node | None:
    while node is not None and node.type == "parenthesized_expression" and (inner := sole(node)) is not None:
        node = inner
    return node


def _enter(walk: Walk, opened: Expression, target: Node | None) -> Statement:
    entered = Enter(opened.start, opened.end, opened)
    if target is None:
        return Evaluate(opened.start, opened.end, entered)
    return Assign(opened.start, target.end_byte, walk.target(target), entered)


def _suppressed(opened: Expression) -> tuple[Expression, ...] | None:
    """The types that `contextlib.suppress(…)` swallows, so that what follows runs from any point of the body."""
    if not isinstance(opened, Call):
        return None
    match opened.function:
        case Name(name="suppress") | Attribute(object=Name(name="contextlib"), name="suppress"):
            return tuple([argument.value for argument in opened.arguments])
    return None


STATEMENTS: dict[str, LowerStatement] = {
    "if_statement": conditional,
    "while_statement": while_loop,
    "for_statement": for_loop,
    "try_statement": attempt,
    "with_statement": within,
}
