"""Statements, except for definitions, imports and exports."""

from collections.abc import Callable, Sequence

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Assign,
    Await,
    Branch,
    Break,
    Case,
    Catch,
    Constant,
    Continue,
    Delete,
    Evaluate,
    Expression,
    Loop,
    Name,
    Raise,
    Return,
    Statement,
    Switch,
    Try,
)
from coderev.analysis.taint.lowering.ecmascript import assignments, patterns
from coderev.analysis.taint.lowering.ecmascript.chains import Arm, cascade, deeper, unwrapped
from coderev.analysis.taint.lowering.ecmascript.classes import named_value
from coderev.analysis.taint.lowering.ecmascript.modules import required
from coderev.analysis.taint.lowering.ecmascript.nodes import children, content, field
from coderev.analysis.taint.lowering.ecmascript.types import annotation
from coderev.analysis.taint.lowering.ecmascript.typescript import namespace
from coderev.analysis.taint.lowering.ecmascript.walk import MAX_DEPTH, Exit, LowerStatement, Walk


def evaluate(walk: Walk, node: Node, out: list[Statement]) -> None:
    """An expression that stands as a statement."""
    for child in children(node):
        effect(walk, child, out)


def effect(walk: Walk, node: Node, out: list[Statement]) -> None:
    """What an expression does whose value nobody wants: `a && b()` is a branch, `a, b` are two statements."""
    node = unwrapped(node)
    lower = _EFFECTS.get(node.type)
    if lower is None or walk.depth >= MAX_DEPTH:
        value = walk.expression(node)
        if not (isinstance(value, Constant) and value.value == "use strict"):
            out.append(Evaluate(node.start_byte, node.end_byte, value))
        return
    walk.depth += 1
    lower(walk, node, out)
    walk.depth -= 1


def _effects(walk: Walk, node: Node | None) -> tuple[Statement, ...]:
    out: list[Statement] = []
    if node is not None:
        effect(walk, node, out)
    return tuple(out)


def _comma(walk: Walk, node: Node, out: list[Statement]) -> None:
    for child in children(node):
        effect(walk, child, out)


def _either(walk: Walk, node: Node, out: list[Statement]) -> None:
    operator = field(node, "operator").type
    start, end = node.start_byte, node.end_byte
    if operator not in {"&&", "||"}:
        out.append(Evaluate(start, end, walk.expression(node)))
        return
    test = walk.part(node, "left")
    then = _effects(walk, field(node, "right"))
    out.append(Branch(start, end, test, then, ()) if operator == "&&" else Branch(start, end, test, (), then))


def _unary(walk: Walk, node: Node, out: list[Statement]) -> None:
    given = field(node, "argument")
    if field(node, "operator").type == "delete":
        out.append(Delete(node.start_byte, node.end_byte, patterns.target(walk, given, None)))
    else:
        effect(walk, given, out)


def _choose(walk: Walk, node: Node, out: list[Statement]) -> None:
    _cascade(walk, node, out, "ternary_expression", _effects)


def branch(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`if`, with any number of `else if`."""
    _cascade(walk, node, out, "if_statement", Walk.body)


def _cascade(
    walk: Walk,
    node: Node,
    out: list[Statement],
    kind: str,
    lower: Callable[[Walk, Node | None], tuple[Statement, ...]],
) -> None:
    nodes: list[Node] = []
    arms: list[Arm] = []
    rest: Node | None = node
    depth = walk.depth
    while rest is not None and rest.type == kind:
        walk.depth = depth + deeper(walk, len(nodes))
        nodes.append(rest)
        arms.append((walk.part(rest, "condition"), lower(walk, rest.child_by_field_name("consequence"))))
        walk.depth = depth
        rest = _alternative(rest)
    walk.depth = depth + deeper(walk, len(nodes) - 1)
    otherwise = lower(walk, rest)
    walk.depth = depth
    out += cascade(walk, nodes, arms, otherwise)


def _alternative(node: Node) -> Node | None:
    rest = node.child_by_field_name("alternative")
    if rest is not None and rest.type == "else_clause":
        return content(rest)
    return rest


def declaration(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`var`, `let`, `const` and `using`."""
    scope = walk.scope.vars if node.type == "variable_declaration" else walk.scope
    for declarator in node.named_children:
        if declarator.type != "variable_declarator":
            walk.statement(declarator, out)
            continue
        name = field(declarator, "name")
        start, end = declarator.start_byte, declarator.end_byte
        value = declarator.child_by_field_name("value")
        if value is None:
            target = patterns.target(walk, name, scope)
            if scope is not scope.vars:  # a block may run again, and then begins with nothing
                out.append(Assign(start, end, target, Name(end, end, "undefined")))
        elif (imports := required(walk, scope, declarator, name, value)) is not None:
            out += imports
        else:
            lowered = named_value(walk, declarator, name, value)
            given = annotation(walk, declarator)
            out.append(Assign(start, end, patterns.target(walk, name, scope), lowered, given))


def block(walk: Walk, node: Node, out: list[Statement]) -> None:
    """A block that stands for itself: its names are its own."""
    out += walk.block(node)


def leave(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`return`."""
    out.append(Return(node.start_byte, node.end_byte, _given(walk, node)))


def throw(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`throw`."""
    out.append(Raise(node.start_byte, node.end_byte, _given(walk, node)))


def _given(walk: Walk, node: Node) -> Expression | None:
    given = content(node)
    return walk.expression(given) if given is not None else None


def break_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`break`. A labelled block is a switch of the form: to pass it, what is left needs a label."""
    label = node.child_by_field_name("label")
    if label is not None:
        text = walk.text(label)
        found = next((there for there in reversed(walk.exits) if text in there.names), None)
        if found is not None:
            out.append(Break(node.start_byte, node.end_byte, found.label))
        return
    passed = False
    for there in reversed(walk.exits):
        if not there.is_block:
            if passed and there.label is None:
                there.label = walk.number("")
            out.append(Break(node.start_byte, node.end_byte, there.label if passed else None))
            return
        passed = True


def continue_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`continue`."""
    label = node.child_by_field_name("label")
    text = walk.text(label) if label is not None else None
    for there in reversed(walk.exits):
        if there.is_loop and (text is None or text in there.names):
            out.append(Continue(node.start_byte, node.end_byte, there.label if text is not None else None))
            return


def labelled(walk: Walk, node: Node, out: list[Statement]) -> None:
    """A statement with labels. What is no loop and no switch becomes a switch that has one case."""
    names: list[str] = []
    while node.type == "labeled_statement":
        names.append(walk.text(field(node, "label")))
        node = field(node, "body")
    if node.type in _LEFT_BY_BREAK:
        walk.labels = tuple(names)
        walk.statement(node, out)
        walk.labels = ()
        return
    start, end = node.start_byte, node.end_byte
    there = Exit(tuple(names), is_block=True)
    walk.exits.append(there)
    body = walk.body(node)
    walk.exits.pop()
    out.append(Switch(start, end, Constant(start, start, None), (Case(start, end, (), body),), there.label))


def _enter(walk: Walk, *, is_loop: bool) -> Exit:
    there = Exit(walk.labels, is_loop=is_loop)
    walk.labels = ()
    walk.exits.append(there)
    return there


def switch(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`switch`."""
    there = _enter(walk, is_loop=False)
    subject = walk.part(node, "value")
    body = field(node, "body")
    walk.open(body)
    outer, walk.front = walk.front, []
    cases = [_case(walk, child) for child in children(body)]
    out += walk.front
    walk.front = outer
    walk.close()
    walk.exits.pop()
    out.append(Switch(node.start_byte, node.end_byte, subject, tuple(cases), there.label))


def _case(walk: Walk, node: Node) -> Case:
    value = node.child_by_field_name("value")
    tests = (walk.expression(value),) if value is not None else ()
    found: list[Statement] = []
    for child in _after_colon(node):
        walk.statement(child, found)
    return Case(node.start_byte, node.end_byte, tests, tuple(found))


def _after_colon(node: Node) -> Sequence[Node]:
    children = node.children
    at = next((at for at, child in enumerate(children) if child.type == ":"), -1)
    return [child for child in children[at + 1 :] if child.is_named]


def for_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`for (a; b; c)`."""
    there = _enter(walk, is_loop=True)
    walk.open(node)
    _part_of_for(walk, field(node, "initializer"), out)
    test = _test(walk, field(node, "condition"))
    body = walk.body(field(node, "body"))
    update = _effects(walk, node.child_by_field_name("increment"))
    walk.close()
    walk.exits.pop()
    start, end = node.start_byte, node.end_byte
    out.append(Loop(start, end, body, test=test, update=update, label=there.label))


def _part_of_for(walk: Walk, node: Node, out: list[Statement]) -> None:
    if node.type in STATEMENTS:
        walk.statement(node, out)
    else:
        effect(walk, node, out)


def _test(walk: Walk, node: Node) -> Expression | None:
    if node.type == "empty_statement":
        return None
    return walk.expression(node)


def for_in(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`for (a in b)`, `for (a of b)` and `for await (a of b)`."""
    there = _enter(walk, is_loop=True)
    start, end = node.start_byte, node.end_byte
    iterable = walk.part(node, "right")
    walk.open(node)
    kind = node.child_by_field_name("kind")
    scope = None if kind is None else walk.scope.vars if kind.type == "var" else walk.scope
    target = patterns.target(walk, field(node, "left"), scope)
    body = walk.body(node.child_by_field_name("body"))
    walk.close()
    walk.exits.pop()
    takes = "keys" if field(node, "operator").type == "in" else "items"
    if any(child.type == "await" for child in node.children):
        iterable = Await(iterable.start, iterable.end, iterable)
    out.append(
        Loop(start, end, body, target=target, iterable=iterable, takes=takes, label=there.label)  # type: ignore[arg-type]
    )


def while_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`while` and `do … while`."""
    there = _enter(walk, is_loop=True)
    test = walk.part(node, "condition")
    body = walk.body(node.child_by_field_name("body"))
    walk.exits.pop()
    post = node.type == "do_statement"
    out.append(Loop(node.start_byte, node.end_byte, body, test=test, post=post, label=there.label))


def try_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`try`."""
    body = walk.body(node.child_by_field_name("body"))
    handler = node.child_by_field_name("handler")
    handlers = (_handler(walk, handler),) if handler is not None else ()
    final = node.child_by_field_name("finalizer")
    last = walk.body(final.child_by_field_name("body")) if final is not None else ()
    out.append(Try(node.start_byte, node.end_byte, body, handlers, (), last))


def _handler(walk: Walk, node: Node) -> Catch:
    walk.open(node)
    parameter = node.child_by_field_name("parameter")
    target = patterns.target(walk, parameter, walk.scope) if parameter is not None else None
    body = walk.body(node.child_by_field_name("body"))
    walk.close()
    return Catch(node.start_byte, node.end_byte, (), target, body)


def with_(walk: Walk, node: Node, out: list[Statement]) -> None:
    """`with (a)`: names of the body may be members of `a`, which nobody can tell."""
    effect(walk, field(node, "object"), out)
    out += walk.body(node.child_by_field_name("body"))


def nothing(_walk: Walk, _node: Node, _out: list[Statement]) -> None:
    """What does nothing."""


_LEFT_BY_BREAK = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement", "switch_statement"})
_EFFECTS: dict[str, LowerStatement] = {
    **dict.fromkeys(assignments.KINDS, assignments.assign),
    "sequence_expression": _comma,
    "binary_expression": _either,
    "unary_expression": _unary,
    "ternary_expression": _choose,
    "internal_module": namespace,  # the grammar takes it for an expression where it comes first
}
STATEMENTS: dict[str, LowerStatement] = {
    "expression_statement": evaluate,
    "variable_declaration": declaration,
    "lexical_declaration": declaration,
    "using_declaration": declaration,
    "statement_block": block,
    "if_statement": branch,
    "return_statement": leave,
    "throw_statement": throw,
    "break_statement": break_,
    "continue_statement": continue_,
    "labeled_statement": labelled,
    "switch_statement": switch,
    "for_statement": for_,
    "for_in_statement": for_in,
    "while_statement": while_,
    "do_statement": while_,
    "try_statement": try_,
    "with_statement": with_,
    "debugger_statement": nothing,
    "empty_statement": nothing,
}
