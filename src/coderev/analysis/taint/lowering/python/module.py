"""Begin with a file: its statements are the body of a function without a name."""

from coderev.analysis.taint.form import Function, Module
from coderev.analysis.taint.lowering.python import (
    access,
    compound,
    comprehensions,
    definitions,
    displays,
    imports,
    literals,
    matching,
    operators,
    simple,
)
from coderev.analysis.taint.lowering.python.damage import unread_lines
from coderev.analysis.taint.lowering.python.walk import LowerExpression, LowerStatement, Walk
from coderev.syntax import Parsed

EXPRESSIONS: dict[str, LowerExpression] = {
    **literals.EXPRESSIONS,
    **operators.EXPRESSIONS,
    **access.EXPRESSIONS,
    **displays.EXPRESSIONS,
    **comprehensions.EXPRESSIONS,
    **definitions.EXPRESSIONS,
    **simple.EXPRESSIONS,
}
STATEMENTS: dict[str, LowerStatement] = {
    **simple.STATEMENTS,
    **imports.STATEMENTS,
    **compound.STATEMENTS,
    **matching.STATEMENTS,
    **definitions.STATEMENTS,
}


def lower_module(parsed: Parsed, path: str) -> Module:
    """Lower a Python file. Any bytes will do; `Module.unread` has what did not parse or nested too deep."""
    root = parsed.tree.root_node
    walk = Walk(parsed.source, EXPRESSIONS, STATEMENTS, broken=root.has_error)
    statements = tuple(walk.statements(root.children))
    body = Function(
        start=0,
        end=len(parsed.source),
        name="",
        qualified="",
        parameters=(),
        body=statements,
        bound=frozenset(walk.module.bound),
        mentions=frozenset(walk.mentions),
    )
    return Module(path, parsed.language, body, imports.of_file(walk), unread_lines(root, walk.flattened))
