"""Begin with a file: its statements are the body of a function without a name."""

from coderev.analysis.taint.form import Function, Module
from coderev.analysis.taint.lowering.ecmascript import (
    chains,
    classes,
    expressions,
    functions,
    jsx,
    modules,
    statements,
    typescript,
)
from coderev.analysis.taint.lowering.ecmascript.damage import unread_lines
from coderev.analysis.taint.lowering.ecmascript.walk import LowerExpression, LowerStatement, Walk
from coderev.syntax import Parsed

_EXPRESSIONS: dict[str, LowerExpression] = {
    **chains.EXPRESSIONS,
    **expressions.EXPRESSIONS,
    **functions.EXPRESSIONS,
    **classes.EXPRESSIONS,
    **jsx.EXPRESSIONS,
}
_STATEMENTS: dict[str, LowerStatement] = {
    **statements.STATEMENTS,
    **functions.STATEMENTS,
    **classes.STATEMENTS,
    **modules.STATEMENTS,
    **typescript.STATEMENTS,
}


def lower_module(parsed: Parsed, path: str) -> Module:
    """Lower a file in JavaScript, TypeScript or TSX; JSX may stand in JavaScript and TSX. Any bytes are lowered."""
    root = parsed.tree.root_node
    walk = Walk(parsed.source, parsed.tree, _EXPRESSIONS, _STATEMENTS)
    body = (*walk.sequence(root.named_children), *walk.tail)
    bound = walk.finish()
    walk.number_units()
    function = Function(0, len(parsed.source), "", "", (), body, bound, frozenset(walk.words))
    return Module(path, parsed.language, function, function.mentions, unread_lines(root, walk.deep))
