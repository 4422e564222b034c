"""The environment: what is asked for by its name is a secret that holds MARK, so that it is known again."""

import hashlib
import os
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import MARK


def secret(name: Any) -> str:
    """The value of a variable: the same each time, and without the variable's name."""
    return f"{MARK}{hashlib.sha256(str(name).encode()).hexdigest()[:20]}"


class _Environment(dict[Any, Any]):
    """The process's environment for everyone else, secrets for the program."""

    def __missing__(self, name: Any) -> Any:
        if not by_program():
            raise KeyError(name)
        return secret(name).encode() if isinstance(name, bytes) else secret(name)


def install() -> None:
    """Replace the environment; what is asked for with a default stays unset."""
    held = dict(os.environ)
    replace(os, environ=_Environment(held))
    replace(os, environb=_Environment({name.encode(): value.encode() for name, value in held.items()}))
