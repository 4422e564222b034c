"""Regular expressions: those that the program compiles or uses are recorded as `pattern`."""

import re
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


def _told(name: str, real: Any) -> Any:
    def told(pattern: Any, *args: Any, **named: Any) -> Any:
        if by_program() and isinstance(pattern, str):
            world.record("pattern", f"re.{name}", pattern)
        return real(pattern, *args, **named)

    return told


def install() -> None:
    """Watch what is compiled."""
    names = ("compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split")
    replace(re, **{name: _told(name, getattr(re, name)) for name in names})
