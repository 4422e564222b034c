"""The parameters of functions and lambdas."""

from typing import Literal

from tree_sitter import Node

from coderev.analysis.taint.form import Expression, Parameter
from coderev.analysis.taint.lowering.python.walk import Walk, pieces, sole, variables

Kind = Literal["positional", "plain", "keyword", "rest", "keyword-rest"]

_RESTS: dict[str, Kind] = {"list_splat_pattern": "rest", "dictionary_splat_pattern": "keyword-rest"}


def parameters_of(walk: Walk, node: Node | None) -> tuple[tuple[Parameter, ...], set[str]]:
    """The parameters in order, and the names that they bind. Defaults and annotations are read outside."""
    found: list[Parameter] = []
    names: set[str] = set()
    kind: Kind = "plain"
    for child in pieces(node) if node is not None else ():
        if child.type == "keyword_separator":
            kind = "keyword"
        elif child.type == "positional_separator":
            found = [Parameter(p.start, p.end, p.name, "positional", p.default, p.annotation, p.target) for p in found]
        elif not child.is_error:
            parameter = _parameter(walk, child, kind, names)
            found.append(parameter)
            if parameter.kind == "rest":
                kind = "keyword"
    return tuple(found), names


def _parameter(walk: Walk, node: Node, kind: Kind, names: set[str]) -> Parameter:
    start, end = node.start_byte, node.end_byte
    named: Node | None = node
    default = node.child_by_field_name("value")
    annotation = node.child_by_field_name("type")
    if node.type in {"default_parameter", "typed_default_parameter"}:
        named = node.child_by_field_name("name")
    elif node.type == "typed_parameter":
        named = sole(node)
    if named is not None and named.type in _RESTS:
        kind, named = _RESTS[named.type], sole(named)
    value = walk.expression(default) if default is not None else None
    typed = walk.expression(annotation) if annotation is not None else None
    if named is not None and named.type != "identifier":
        return _unpacked(walk, named, Parameter(start, end, f"()@{start}", kind, value, typed), names)
    name = walk.word(named)
    names.add(name)
    return Parameter(start, end, name, kind, value, typed)


def _unpacked(walk: Walk, node: Node, parameter: Parameter, names: set[str]) -> Parameter:
    """Python 2's `def f(a, (b, c))`: a parameter whose name is made up."""
    names.update(walk.word(found) for found in variables(node))
    names.add(parameter.name)
    bound, walk.scope.bound = walk.scope.bound, set()  # its names are not those of the scope around
    target: Expression = walk.target(node)
    walk.scope.bound = bound
    default, annotation = parameter.default, parameter.annotation
    return Parameter(parameter.start, parameter.end, parameter.name, parameter.kind, default, annotation, target)
