"""Whether a function that was replaced is called by the program under judgement, and not by a library on its way."""

import sys

from benchmarks.taint.worlds_python.world import world


def by_program(depth: int = 2) -> bool:
    """Whether the frame `depth` above this one (2: who called the caller of this) runs code of the program's files."""
    held = sys._getframe(depth).f_globals  # noqa: SLF001 - there is no other way to know who calls
    if held.get("__name__") == "__main__":  # not that of this process, which has a specification
        return held.get("__spec__") is None and held is vars(sys.modules["__main__"])
    return held.get("__name__") in world.program.code
