"""Evaluation: program text is recorded. What is harmless is evaluated too, so that the program goes on."""

import ast
import builtins
import code
import cProfile
import sys
import timeit
from collections.abc import Callable
from types import CodeType
from typing import Any

from benchmarks.taint.worlds_python.world import MARK, world

_compile, _eval, _exec = compile, eval, exec


class Text(str):
    """What `compile` gives for text of the request: evaluating it records it."""

    __slots__ = ()


def _recorded(sink: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def evaluate(source: Any, *args: Any, **named: Any) -> Any:
        if isinstance(source, CodeType):
            return real(source, *args, **named)
        text = ast.unparse(source) if isinstance(source, ast.AST) else _text(source)
        world.record("code", sink, text)
        caller = sys._getframe(1)  # noqa: SLF001 - whose names the text sees
        return 7 if MARK in text else real(text, *(args or (caller.f_globals, caller.f_locals)), **named)

    return evaluate


def _text(source: Any) -> str:
    return source.decode() if isinstance(source, bytes) else str(source)


def _compiled(source: Any, *args: Any, **named: Any) -> Any:
    flags = named.get("flags", args[2] if len(args) > 2 else 0)
    if isinstance(source, ast.AST) or flags & ast.PyCF_ONLY_AST:
        return _compile(source, *args, **named)
    text = _text(source)
    return Text(text) if MARK in text else _compile(text, *args, **named)


def _statement(sink: str, answer: Any) -> Callable[..., Any]:
    def run(*args: Any, **named: Any) -> Any:
        for text in (*args, *named.values()):
            if isinstance(text, str):
                world.record("code", sink, text)
        return answer

    return run


def _console(_self: Any, *args: Any, **named: Any) -> bool:
    _statement("code.InteractiveInterpreter", None)(*args, **named)
    return False


def install() -> None:
    """Replace what evaluates text, as programs see it; the loader of programs has its own."""
    builtins.eval = _recorded("eval", _eval)
    builtins.exec = _recorded("exec", _exec)
    builtins.compile = _compiled
    timeit.timeit = timeit.repeat = _statement("timeit.timeit", 0.7)
    cProfile.run = _statement("cProfile.run", None)
    for name in ("runsource", "runcode", "push"):
        for kind in (code.InteractiveInterpreter, code.InteractiveConsole):
            setattr(kind, name, _console)
