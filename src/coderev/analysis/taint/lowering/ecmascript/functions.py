"""Functions, whatever they are written as: parameters, bodies, and how they are called.

A parameter's `annotation` is what its type is called; where it has a decorator, as in `@Body() dto: Dto`, it is the
decorator as a call instead, since that tells what the framework hands over.
"""

from collections.abc import Callable

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Assign,
    Attribute,
    Block,
    Call,
    Class,
    Closure,
    Constant,
    Define,
    Expression,
    Function,
    Name,
    Parameter,
    Return,
    Statement,
)
from coderev.analysis.taint.lowering.ecmascript import patterns
from coderev.analysis.taint.lowering.ecmascript.nodes import COMMENTS, field, inner
from coderev.analysis.taint.lowering.ecmascript.types import annotation
from coderev.analysis.taint.lowering.ecmascript.walk import LowerExpression, LowerStatement, Unit, Walk

LowerDefinition = Callable[[Walk, Node, str, Unit | None], Function | Class]

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_NO_GENERATORS = frozenset({"arrow_function", "function_expression"})
_NO_OWNERS = frozenset({"exports", "module", "window", "self", "globalThis"})
_MODIFIERS = frozenset({"accessibility_modifier", "readonly", "override_modifier"})


def function(
    walk: Walk,
    node: Node,
    name: str,
    unit: Unit | None,
    binding: str = "plain",
    decorators: tuple[Expression, ...] = (),
) -> Function:
    """Lower a function. `unit` is what `syntax` calls it and the node that it stands for; None: it is no unit."""
    flags = {child.type for child in node.children}
    qualified = unit[1] if unit is not None else walk.number(walk.path)
    returns = annotation(walk, node, "return_type")
    frame = walk.enter(node, qualified if unit is not None else walk.path)
    parameters, first = _parameters(walk, node)
    body = (*first, *_body(walk, node))
    bound, mentions = walk.leave(frame)
    found = Function(
        node.start_byte,
        node.end_byte,
        name,
        qualified,
        parameters,
        body,
        bound,
        mentions,
        decorators,
        returns,
        "lexical" if node.type == "arrow_function" else binding,  # type: ignore[arg-type]
        "get" if "get" in flags else "set" if "set" in flags else None,
        "async" in flags,
        "*" in flags,
    )
    if unit is not None:
        walk.define(unit[0], qualified, found)
    return found


def declaration(walk: Walk, node: Node, _out: list[Statement]) -> None:
    """A function that is declared: it goes to the front of its block."""
    name = field(node, "name")
    text = walk.identifier(name)
    found = function(walk, node, text, walk.unit(node, walk.unit_name(name)))
    walk.scope.declared[text] = True
    walk.scope.use(text, found)
    walk.front.append(Define(node.start_byte, node.end_byte, found))


def closure(walk: Walk, node: Node, name: str = "", unit: Unit | None = None) -> Expression:
    """A function as a value."""
    return as_value(walk, node, name, unit, function)


def as_value(walk: Walk, node: Node, name: str, unit: Unit | None, lower: LowerDefinition) -> Expression:
    """A function or class as a value; one that uses its own name is defined where it stands."""
    own = node.child_by_field_name("name")
    start, end = node.start_byte, node.end_byte
    if own is None or own.start_byte == own.end_byte:
        return Closure(start, end, lower(walk, node, name, unit))
    text = walk.identifier(own)
    walk.open(node)
    definition = lower(walk, node, text, walk.unit(node, walk.unit_name(own)))
    found: Expression = Closure(start, end, definition)
    if text in walk.scope.uses:
        walk.scope.declared[text] = False
        walk.scope.use(text, definition)
        found = Block(start, end, (Define(start, end, definition),), walk.named(own, text))
    walk.close()
    return found


def entry_value(walk: Walk, holder: Node, name: Node, value: Node) -> Expression:
    """What stands after a key or field."""
    if value.type in _NO_GENERATORS:
        return closure(walk, value, walk.unit_name(name), walk.unit(holder, walk.unit_name(name)))
    if value.type in FUNCTIONS:
        return closure(walk, value, walk.unit_name(name))
    return walk.expression(value)


def entry_method(walk: Walk, node: Node, name: Node) -> Expression:
    """A method of an object."""
    return Closure(node.start_byte, node.end_byte, method(walk, node, name, "instance", ()))


def method(walk: Walk, node: Node, name: Node, binding: str, decorators: tuple[Expression, ...]) -> Function:
    """A method of a class or object."""
    unit = walk.unit(node, walk.unit_name(name))
    return function(walk, node, method_name(walk, name), unit, binding, decorators)


def method_name(walk: Walk, name: Node) -> str:
    """What a method or field is called; a computed name is its source, in brackets."""
    if name.type in {"string", "number"}:
        return str(getattr(walk.expression(name), "value", walk.unit_name(name)))
    if name.type == "computed_property_name":
        found = walk.expression(inner(name))
        return found.value if isinstance(found, Constant) and isinstance(found.value, str) else walk.unit_name(name)
    return walk.identifier(name)


def assigned_value(walk: Walk, node: Node) -> Expression:
    """The right side of an assignment: functions are called after the left one."""
    left, value = field(node, "left"), field(node, "right")
    if value.type not in FUNCTIONS:
        return walk.expression(value)
    name, owner = left, ""
    if left.type == "member_expression":
        name = field(left, "property")
        owner = _owner(walk, field(left, "object"))
    elif left.type != "identifier":
        return walk.expression(value)
    text = walk.unit_name(name)
    return closure(walk, value, text, walk.unit(node, text, owner))


def decorator(walk: Walk, node: Node) -> Expression:
    """What stands after the `@`."""
    return walk.expression(inner(node))


def _owner(walk: Walk, node: Node) -> str:
    if node.type == "identifier":
        text = walk.unit_name(node)
        return "" if text in _NO_OWNERS else text
    if node.type == "member_expression":
        owner = field(node, "object")
        if owner.type == "identifier" and walk.text(field(node, "property")) == "prototype":
            return walk.unit_name(owner)
    return ""


def _body(walk: Walk, node: Node) -> tuple[Statement, ...]:
    body = field(node, "body")
    if body.type == "statement_block":
        return walk.sequence(body.named_children)
    value = walk.expression(body)
    return (Return(value.start, value.end, value),)


def _parameters(walk: Walk, node: Node) -> tuple[tuple[Parameter, ...], list[Statement]]:
    """The parameters, and what the body does first: `constructor(private a)` assigns to `this.a`."""
    first: list[Statement] = []
    alone = node.child_by_field_name("parameter")
    if alone is not None:
        return (_parameter(walk, alone, alone, 0),), first
    found: list[Parameter] = []
    for child in field(node, "parameters").named_children:
        kind = child.type
        if kind in COMMENTS or kind == "ERROR":
            continue
        pattern = child
        if kind in {"required_parameter", "optional_parameter"}:
            pattern = field(child, "pattern")
            if pattern.type == "this":
                continue
        parameter = _parameter(walk, child, pattern, len(found))
        found.append(parameter)
        if pattern is not child:
            _keep_property(walk, child, parameter, first)
    return tuple(found), first


def _parameter(walk: Walk, node: Node, pattern: Node, place: int) -> Parameter:
    start, end = node.start_byte, node.end_byte
    kind = "plain"
    default = None
    if pattern.type == "assignment_pattern":
        default, pattern = walk.part(pattern, "right"), field(pattern, "left")
    elif node is not pattern and (value := node.child_by_field_name("value")) is not None:
        default = walk.expression(value)
    if pattern.type == "rest_pattern":
        kind, pattern = "rest", inner(pattern)
    target = patterns.target(walk, pattern, walk.scope)
    given = _given(walk, node) if node is not pattern else None
    if isinstance(target, Name):
        return Parameter(start, end, target.name, kind, default, given)  # type: ignore[arg-type]
    name = f"{{}}@{place}"
    walk.scope.declared[name] = False
    return Parameter(start, end, name, kind, default, given, target)  # type: ignore[arg-type]


def _given(walk: Walk, node: Node) -> Expression | None:
    """What is known of the value of a parameter: its decorator as a call, or the name of its type."""
    for child in node.children:
        if child.type == "decorator":
            found = decorator(walk, child)
            return found if isinstance(found, Call) else Call(found.start, found.end, found, ())
    return annotation(walk, node)


def _keep_property(walk: Walk, node: Node, parameter: Parameter, first: list[Statement]) -> None:
    if parameter.target is None and any(child.type in _MODIFIERS for child in node.children):
        start, end = node.start_byte, node.end_byte
        member = Attribute(start, end, Name(start, end, "this"), parameter.name)
        value = walk.named(node, parameter.name)
        first.append(Assign(start, end, member, value, annotation(walk, node)))


def called_at_once(walk: Walk, node: Node) -> Expression:
    """Statements in a function of their own, with `this` as it is here: a static block."""
    qualified = walk.number(walk.path)
    frame = walk.enter(node, walk.path)
    statements = walk.sequence(field(node, "body").named_children)
    bound, mentions = walk.leave(frame)
    start, end = node.start_byte, node.end_byte
    found = Function(start, end, "", qualified, (), statements, bound, mentions, binding="lexical")
    return Call(start, end, Closure(start, end, found), ())


EXPRESSIONS: dict[str, LowerExpression] = {
    **dict.fromkeys(FUNCTIONS, closure),
}
STATEMENTS: dict[str, LowerStatement] = {
    "function_declaration": declaration,
    "generator_function_declaration": declaration,
}
