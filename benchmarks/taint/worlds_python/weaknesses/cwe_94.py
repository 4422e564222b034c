"""CWE-94: program text that is evaluated has the syntax that the program wrote."""

import ast
from collections.abc import Hashable

from benchmarks.taint.worlds_python.weakness import Weakness, always, changes
from benchmarks.taint.worlds_python.world import MARK, Record


def structure(record: Record) -> Hashable:
    """The kinds of nodes in order, without literals and arithmetic; what does not parse is a kind of its own."""
    text = str(record.value)
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError):
        return ("no program", MARK in text)
    return tuple(_kinds(tree))


def _kinds(tree: ast.AST) -> list[str]:
    plain = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.expr_context)
    return [type(node).__name__ for node in ast.walk(tree) if not isinstance(node, plain)]


WEAKNESS = Weakness(
    cwe="CWE-94",
    kinds=frozenset({"code"}),
    payloads=always(
        f"__import__('os').system('{MARK}')",
        f"{MARK}()",
        f"1 if {MARK}() else 2",
        f"x, y={MARK}()): pass\ndef f(z",
        f"x = 1\n{MARK}()",
        f"'; {MARK}(); '",
        f"') or {MARK}() or ('",
        f'") or {MARK}() or ("',
        f"[{MARK} for {MARK} in ().__class__.__bases__]",
        f"'+{MARK}()+'",
        f"\\',{MARK}())#",
    ),
    harmful=changes(structure),
    benign=("7", "alice", "[1, 2]", "1,2", "1+2"),
)
