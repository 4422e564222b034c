"""Functions, lambdas and classes."""

from collections.abc import Iterable
from typing import Literal

from tree_sitter import Node

from coderev.analysis.taint.form import (
    Argument,
    Attribute,
    Call,
    Class,
    Closure,
    Define,
    Expression,
    Function,
    Name,
    Return,
    Spread,
    Statement,
)
from coderev.analysis.taint.lowering.python.access import argument
from coderev.analysis.taint.lowering.python.parameters import parameters_of
from coderev.analysis.taint.lowering.python.walk import LowerExpression, LowerStatement, Scope, Walk, pieces, sole

Binding = Literal["plain", "instance", "class", "static"]
Accessor = Literal["get", "set"]

_GETTERS = frozenset({"property", "cached_property", "abstractproperty", "getter"})
_OF_THE_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})  # without a decorator


def function(walk: Walk, node: Node) -> Iterable[Statement]:
    """`def` without decorators."""
    return (Define(node.start_byte, node.end_byte, _function(walk, node, [])),)


def class_statement(walk: Walk, node: Node) -> Iterable[Statement]:
    """`class` without decorators."""
    return (Define(node.start_byte, node.end_byte, _class(walk, node, [])),)


def decorated(walk: Walk, node: Node) -> Iterable[Statement]:
    """A definition with its decorators."""
    definition = node.child_by_field_name("definition")
    decorators = [sole(child) for child in node.children if child.type == "decorator"]
    if definition is None:
        return ()
    lower = _class if definition.type == "class_definition" else _function
    return (Define(node.start_byte, node.end_byte, lower(walk, definition, decorators)),)


def _function(walk: Walk, node: Node, decorators: list[Node | None]) -> Function:
    outer, walk.mentions = walk.mentions, set()
    lowered = tuple([walk.expression(decorator) for decorator in decorators])
    name, path, qualified = walk.defined(node.child_by_field_name("name"))
    binding, accessor = _role(walk.scope, name, lowered)
    parameters, names = parameters_of(walk, node.child_by_field_name("parameters"))
    returns = node.child_by_field_name("return_type")
    annotation = walk.expression(returns) if returns is not None else None
    around = _enter(walk, Scope("function", path), names)
    renames, walk.renames = walk.renames, {}
    body = walk.block(node.child_by_field_name("body"), 2)
    walk.renames = renames
    scope, walk.scope = walk.scope, around
    mentions, walk.mentions = walk.mentions, outer
    outer |= mentions
    return Function(
        start=node.start_byte,
        end=node.end_byte,
        name=name,
        qualified=qualified,
        parameters=parameters,
        body=body,
        bound=frozenset(scope.bound - scope.outer),
        mentions=frozenset(mentions),
        decorators=lowered,
        returns=annotation,
        binding=binding,
        accessor=accessor,
        is_async=node.children[0].type == "async",
        is_generator=scope.generates,
    )


def _enter(walk: Walk, scope: Scope, names: Iterable[str]) -> Scope:
    """Begin a scope; gives the one around it."""
    around, walk.scope = walk.scope, scope
    scope.bound.update(names)
    return around


def _role(around: Scope, name: str, decorators: tuple[Expression, ...]) -> tuple[Binding, Accessor | None]:
    """What the first parameter is, and whether the function stands for an attribute."""
    marks = {_last_name(decorator) for decorator in decorators}
    accessor: Accessor | None = None
    if not marks.isdisjoint(_GETTERS):
        accessor = "get"
    elif "setter" in marks:
        accessor = "set"
    if around.kind != "class":
        return "plain", accessor
    if "staticmethod" in marks:
        return "static", accessor
    if name in _OF_THE_CLASS or "classmethod" in marks:
        return "class", accessor
    return "instance", accessor


def _last_name(decorator: Expression) -> str:
    if isinstance(decorator, Call):
        decorator = decorator.function
    return decorator.name if isinstance(decorator, Attribute | Name) else ""


def lambda_expression(walk: Walk, node: Node) -> Expression:
    """`lambda x: y`, a function named `<lambda>` that returns y."""
    start, end = node.start_byte, node.end_byte
    outer, walk.mentions = walk.mentions, set()
    path, qualified = walk.qualify("<lambda>")
    parameters, names = parameters_of(walk, node.child_by_field_name("parameters"))
    around = _enter(walk, Scope("function", path, walk.scope.made), names)
    renames, walk.renames = walk.renames, {old: new for old, new in walk.renames.items() if old not in names}
    walk.depth += 2
    value = walk.expression(node.child_by_field_name("body"))
    walk.depth -= 2
    walk.renames = renames
    scope, walk.scope = walk.scope, around
    mentions, walk.mentions = walk.mentions, outer
    outer |= mentions
    definition = Function(
        start=start,
        end=end,
        name="<lambda>",
        qualified=qualified,
        parameters=parameters,
        body=(Return(value.start, value.end, value),),
        bound=frozenset(scope.bound),
        mentions=frozenset(mentions),
        is_generator=scope.generates,
    )
    return Closure(start, end, definition)


def _class(walk: Walk, node: Node, decorators: list[Node | None]) -> Class:
    lowered = tuple([walk.expression(decorator) for decorator in decorators])
    name, path, qualified = walk.defined(node.child_by_field_name("name"))
    given = node.child_by_field_name("superclasses")
    arguments = [argument(walk, child) for child in pieces(given)] if given is not None else []
    around = _enter(walk, Scope("class", path), ())
    renames, walk.renames = walk.renames, {}
    body = walk.block(node.child_by_field_name("body"), 2)
    walk.renames = renames
    walk.scope = around
    return Class(
        start=node.start_byte,
        end=node.end_byte,
        name=name,
        qualified=qualified,
        bases=tuple([_base(one) for one in arguments if one.name is None and one.spread < 2]),  # noqa: PLR2004 - `**`
        body=body,
        decorators=lowered,
        keywords=tuple([one for one in arguments if one.name is not None or one.spread == 2]),  # noqa: PLR2004
    )


def _base(given: Argument) -> Expression:
    return Spread(given.start, given.end, given.value) if given.spread else given.value


EXPRESSIONS: dict[str, LowerExpression] = {"lambda": lambda_expression}
STATEMENTS: dict[str, LowerStatement] = {
    "function_definition": function,
    "class_definition": class_statement,
    "decorated_definition": decorated,
}
