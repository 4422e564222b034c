"""Statements of one line."""

from collections.abc import Iterable

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Argument,
    Assert,
    Assign,
    Attribute,
    Bind,
    Break,
    Call,
    Constant,
    Continue,
    Delete,
    Element,
    Evaluate,
    Expression,
    Name,
    Operation,
    Raise,
    Return,
    Sequence,
    Statement,
    Unknown,
)
from coderev.analysis.taint.lowering.python.walk import LowerExpression, LowerStatement, Walk, pieces, sole

MAX_BINDS = 8  # targets of one value that nest


def expression_statement(walk: Walk, node: Node) -> Iterable[Statement]:
    """An expression, an assignment, or a docstring, which does nothing."""
    parts = pieces(node)
    if len(parts) == 1 and parts[0].type in STATEMENTS:
        return STATEMENTS[parts[0].type](walk, parts[0])
    start, end = node.start_byte, node.end_byte
    values = walk.expressions(parts)
    if len(values) > 1 or any(child.type == "," for child in node.children):
        return (Evaluate(start, end, Sequence(start, end, "tuple", values)),)
    return () if values and isinstance(values[0], Constant) else [Evaluate(start, end, value) for value in values]


def assignment(walk: Walk, node: Node) -> Iterable[Statement]:
    """`target = value`, with any number of targets; an annotation alone gives a name a type and who knows what."""
    start, end = node.start_byte, node.end_byte
    annotated = node.child_by_field_name("type")
    annotation = walk.expression(annotated) if annotated is not None else None
    targets = [node.child_by_field_name("left")]
    right = node.child_by_field_name("right")
    while right is not None and right.type == "assignment" and (value := right.child_by_field_name("right")):
        targets.append(right.child_by_field_name("left"))
        right = value
    if right is None:
        return (Assign(start, end, walk.target(targets[0]), Unknown(start, end, ()), annotation),)
    value_of = walk.expression(right)
    if len(targets) == 1:
        return (Assign(start, end, walk.target(targets[0]), value_of, annotation),)
    return _chained((start, end), [walk.target(target) for target in targets], value_of, walk)


def _chained(span: tuple[int, int], targets: list[Expression], value: Expression, walk: Walk) -> Iterable[Statement]:
    if len(targets) <= MAX_BINDS:
        for target in reversed(targets[1:]):
            value = Bind(target.start, span[1], target, value)
        return (Assign(*span, targets[0], value),)
    held = Name(*span, walk.scope.fresh("="))
    return [Assign(*span, held, value), *[Assign(target.start, target.end, target, held) for target in targets]]


def augmented(walk: Walk, node: Node) -> Iterable[Statement]:
    """`target += value` is an operation on the target."""
    target, value = _augmented(walk, node)
    return (Assign(node.start_byte, node.end_byte, target, value),)


def _augmented(walk: Walk, node: Node) -> tuple[Expression, Expression]:
    operator = node.child_by_field_name("operator")
    target = walk.target(node.child_by_field_name("left"))
    value = walk.expression(node.child_by_field_name("right"))
    symbol = operator.type.removesuffix("=") if operator is not None else "+"
    return target, Operation(node.start_byte, node.end_byte, symbol, (target, value))


def bound_augmented(walk: Walk, node: Node) -> Expression:
    """`a = b += c`, which the grammar permits."""
    return Bind(node.start_byte, node.end_byte, *_augmented(walk, node))


def bound_assignment(walk: Walk, node: Node) -> Expression:
    """An assignment where an expression should be; `a = b: c` assigns, as far as anybody can tell, the annotation."""
    value = walk.expression(node.child_by_field_name("right") or node.child_by_field_name("type"))
    return Bind(node.start_byte, node.end_byte, walk.target(node.child_by_field_name("left")), value)


def returned(walk: Walk, node: Node) -> Iterable[Statement]:
    """`return x`."""
    value = sole(node)
    return (Return(node.start_byte, node.end_byte, walk.expression(value) if value is not None else None),)


def raised(walk: Walk, node: Node) -> Iterable[Statement]:
    """`raise`, `raise x from y`, and Python 2's `raise X, "text"`, which calls X."""
    start, end = node.start_byte, node.end_byte
    cause = node.child_by_field_name("cause")
    value = sole(node)
    if value is None:
        return (Raise(start, end, None),)
    lowered = walk.expression(value)
    if isinstance(lowered, Sequence) and lowered.items and value.type == "expression_list":
        arguments = tuple([Argument(item.start, item.end, item) for item in lowered.items[1:]])
        lowered = Call(lowered.start, lowered.end, lowered.items[0], arguments)
    if cause is None or cause.type == "none":
        return (Raise(start, end, lowered),)
    evaluated = walk.expression(cause)
    if isinstance(evaluated, Name):
        return (Raise(start, end, lowered),)
    return (Evaluate(evaluated.start, evaluated.end, evaluated), Raise(start, end, lowered))


def deleted(walk: Walk, node: Node) -> Iterable[Statement]:
    """`del a, b[0]`."""
    found = sole(node)
    if found is None:
        return ()
    target = walk.target(found)
    items = target.items if isinstance(target, Sequence) else (target,)
    return [Delete(item.start, item.end, item) for item in items]


def asserted(walk: Walk, node: Node) -> Iterable[Statement]:
    """`assert test, message`; the message is told only where the test fails, and is left out."""
    parts = walk.expressions(node.named_children)
    return (Assert(node.start_byte, node.end_byte, parts[0]),) if parts else ()


def declared(walk: Walk, node: Node) -> Iterable[Statement]:
    """`global` and `nonlocal`: their names are not local; global ones are bound in the module."""
    names = {word for child in pieces(node) if (word := walk.word(child))}
    if walk.scope is not walk.module:
        walk.scope.outer |= names
        if node.type == "global_statement":
            walk.module.bound |= names
    return ()


def broken_off(walk: Walk, node: Node) -> Iterable[Statement]:
    """`break`; it needs a label where a switch that the source does not know stands between it and its loop."""
    loops = walk.scope.loops
    label = None
    if loops and loops[-1].switches:
        label = loops[-1].label = loops[-1].label or walk.scope.label()
    return (Break(node.start_byte, node.end_byte, label),)


def continued(_walk: Walk, node: Node) -> Iterable[Statement]:
    """`continue`."""
    return (Continue(node.start_byte, node.end_byte),)


def passed(_walk: Walk, _node: Node) -> Iterable[Statement]:
    """`pass` and comments."""
    return ()


def printed(walk: Walk, node: Node) -> Iterable[Statement]:
    """Python 2's `print >>file, x` is `print(x, file=file)`."""
    start, end = node.start_byte, node.end_byte
    arguments = []
    for child in pieces(node):
        value = walk.expression(sole(child) if child.type == "chevron" else child)
        arguments.append(Argument(value.start, value.end, value, "file" if child.type == "chevron" else None))
    walk.mentions.add("print")
    return (Evaluate(start, end, Call(start, end, Name(start, start + 5, "print"), tuple(arguments))),)


def executed(walk: Walk, node: Node) -> Iterable[Statement]:
    """Python 2's `exec x in y` is `exec(x, y)`."""
    start, end = node.start_byte, node.end_byte
    arguments = tuple([Argument(value.start, value.end, value) for value in walk.expressions(node.named_children)])
    walk.mentions.add("exec")
    return (Evaluate(start, end, Call(start, end, Name(start, start + 4, "exec"), arguments)),)


def alias(walk: Walk, node: Node) -> Iterable[Statement]:
    """`type X[T] = Y` assigns Y to X. The grammar takes `type(x).y = z` for one too."""
    start, end = node.start_byte, node.end_byte
    named = node.child_by_field_name("left")
    while named is not None and named.type in {"type", "generic_type", "constrained_type"}:
        named = sole(named)
    value = walk.expression(node.child_by_field_name("right"))
    if named is not None and named.type == "identifier":
        return (Assign(start, end, walk.target(named), value),)
    walk.mentions.add("type")
    return (Assign(start, end, _of_type(walk, walk.expression(named), start), value),)


def _of_type(walk: Walk, target: Expression, start: int) -> Expression:
    """What follows the word `type`, with its call put back. The target nests no deeper than anything else."""
    if isinstance(target, Attribute):
        return Attribute(start, target.end, _of_type(walk, target.object, start), target.name)
    if isinstance(target, Element):
        return Element(start, target.end, _of_type(walk, target.object, start), target.key)
    values = target.items if isinstance(target, Sequence) else (target,)
    end = target.end if isinstance(target, Sequence) else walk.source.find(b")", target.end) + 1
    arguments = tuple([Argument(value.start, value.end, value) for value in values])
    return Call(start, max(end, target.end), Name(start, start + len("type"), "type"), arguments)


EXPRESSIONS: dict[str, LowerExpression] = {"assignment": bound_assignment, "augmented_assignment": bound_augmented}
STATEMENTS: dict[str, LowerStatement] = {
    "expression_statement": expression_statement,
    "assignment": assignment,
    "augmented_assignment": augmented,
    "return_statement": returned,
    "raise_statement": raised,
    "delete_statement": deleted,
    "assert_statement": asserted,
    "global_statement": declared,
    "nonlocal_statement": declared,
    "break_statement": broken_off,
    "continue_statement": continued,
    "pass_statement": passed,
    "comment": passed,
    "print_statement": printed,
    "exec_statement": executed,
    "type_alias_statement": alias,
}
