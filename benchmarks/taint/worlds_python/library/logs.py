"""Logs: every message of `logging`, and what is printed, is recorded as `log`; no level hides any."""

import builtins
import logging
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


def _told(_self: Any, record: logging.LogRecord) -> None:
    world.record("log", f"logging.Logger.{record.levelname.lower()}", record.getMessage())


_print = print


def _printed(*args: Any, sep: Any = " ", **named: Any) -> None:
    if not by_program():
        _print(*args, sep=sep, **named)
        return
    world.record("log", "print", str(sep if sep is not None else " ").join(map(str, args)))


def install() -> None:
    """Replace where messages go."""
    replace(logging.Logger, callHandlers=_told, isEnabledFor=lambda _self, _level: True)
    logging.root.addHandler(logging.NullHandler())
    replace(builtins, print=_printed)
