"""Serialised objects: `marshal` builds code, so that whatever it is fed is recorded as `object`."""

import marshal
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world

_loads = marshal.loads


def _loaded(data: Any, /) -> Any:
    if by_program():
        world.record("object", "marshal.loads", bytes(data))
    return _loads(data)


def install() -> None:
    """Watch what is loaded."""
    replace(marshal, loads=_loaded)
