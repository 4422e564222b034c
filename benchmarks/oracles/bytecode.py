"""What CPython makes of a function, apart from what a structure key may forget: two functions that mean the same.

Left out are docstrings, lines, and the spelling of local names: a local, cell or free variable that is no parameter is
a number, given at its first use anywhere in the function or what is nested in it. Kept are parameters, all other names,
constants with their types (1 is neither 1.0 nor True, -0.0 is not 0.0), instructions, jumps and exception tables.
"""

import ast
import dis
import re
from collections.abc import Hashable, Iterator
from inspect import CO_VARARGS, CO_VARKEYWORDS
from itertools import count
from types import CodeType

_ORDERED = frozenset(  # instructions that stand in the order of names; what is nested tells the same
    dis.opmap.get(name, -1) for name in ("MAKE_CELL", "LOAD_CLOSURE", "COPY_FREE_VARS", "EXTENDED_ARG")
)
_LOCAL = frozenset((*dis.haslocal, *dis.hasfree))
_INDENTED = re.compile(rb"(?:[ \t\f\r]*\n)*\f?[ \t]")
_PLACED = (ast.stmt, ast.expr, ast.excepthandler, ast.keyword, ast.arg, ast.alias, ast.pattern)  # have a line
_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def compiled(source: bytes) -> CodeType | None:
    """The code of a function as the method of a class, without docstrings; None if it does not compile."""
    try:
        tree = _parsed(source)
        for node in ast.walk(tree):
            if isinstance(node, _DOCUMENTED):
                _forget_docstring(node)
            if isinstance(node, _PLACED):
                node.lineno = node.end_lineno = 1
                node.col_offset = node.end_col_offset = 0
        tree.body = [ast.ClassDef("_", [], [], tree.body or [ast.Pass()], [])]
        return compile(ast.fix_missing_locations(tree), "", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def _parsed(source: bytes) -> ast.Module:
    """A function, which may be indented as it was in its class."""
    if not _INDENTED.match(source):
        return ast.parse(source)
    tree = ast.parse(b"if 1:\n" + source)
    return ast.Module([*getattr(tree.body[0], "body", ()), *tree.body[1:]], [])


def _forget_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    """Begin a body with `pass`, in the place of its docstring: so no later string becomes one."""
    del node.body[: ast.get_docstring(node, clean=False) is not None]
    node.body.insert(0, ast.Pass())


def same(first: CodeType, second: CodeType) -> bool:
    """Whether two functions mean the same."""
    return _spelled(first) == _spelled(second) or shape(first) == shape(second)


def _spelled(code: CodeType) -> Hashable:
    """All of a code object but its lines: the quick answer where no name differs."""
    consts = tuple(_spelled(const) if isinstance(const, CodeType) else _typed(const) for const in code.co_consts)
    names = (code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
    return _frame(code), code.co_code, consts, names, code.co_exceptiontable


def _frame(code: CodeType) -> Hashable:
    kinds = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return code.co_name, kinds, _parameters(code)


def _parameters(code: CodeType) -> tuple[str, ...]:
    """The names that callers may use, with those of `*` and `**`."""
    stars = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]


def _typed(const: object) -> Hashable:
    if isinstance(const, tuple):
        return ("tuple", *map(_typed, const))
    if isinstance(const, frozenset):
        return "frozenset", frozenset(map(_typed, const))
    return type(const).__name__, repr(const)


def shape(code: CodeType) -> Hashable:
    """What a code object does, with numbers in the place of local names."""
    return _shape(code, None, count())


def _shape(code: CodeType, outer: "_Names | None", numbers: Iterator[int]) -> Hashable:
    names = _Names(code, outer, numbers)
    found = [
        _step(instruction, names) for instruction in dis.get_instructions(code) if instruction.opcode not in _ORDERED
    ]
    cells = frozenset(names[name] for name in code.co_cellvars)
    return _frame(code), tuple(found), cells, code.co_exceptiontable


class _Names(dict[str, Hashable]):
    """What stands for each variable of a function: for one that is no parameter a number, given at its first use."""

    def __init__(self, code: CodeType, outer: "_Names | None", numbers: Iterator[int]) -> None:
        super().__init__((name, name) for name in _parameters(code))
        self.outer, self.numbers, self._free = outer, numbers, frozenset(code.co_freevars)

    def __missing__(self, name: str) -> Hashable:
        if name.startswith("__"):
            return name
        inherited = name in self._free and self.outer is not None
        return self.setdefault(name, self.outer[name] if inherited and self.outer is not None else next(self.numbers))


def _step(instruction: dis.Instruction, names: _Names) -> Hashable:
    value = instruction.argval
    if isinstance(value, CodeType):
        return instruction.opname, _shape(value, names, names.numbers)
    if instruction.opcode in _LOCAL:
        return instruction.opname, tuple(names[name] for name in (value if isinstance(value, tuple) else (value,)))
    if instruction.opcode in dis.hasconst:
        return instruction.opname, _typed(value)
    return instruction.opname, instruction.argrepr if instruction.opcode in dis.hasname else instruction.arg
