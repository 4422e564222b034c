"""Questions about paths are recorded as `asked`, modes as `mode`; the value `zq7-absent` says that no file is there.

Installed after `paths` and `processes`, whose answers stand otherwise.
"""

import os
import pathlib
import subprocess
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.library import paths
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import MARK, world

ABSENT = f"{MARK}-absent"


def _asked(sink: str, answer: Any) -> Any:
    def told(path: Any, *args: Any, **named: Any) -> Any:
        if by_program():
            world.record("asked", sink, str(path))
        found = answer(path, *args, **named)
        return False if found is True and world.request.value == ABSENT else found

    return told


def _moded(sink: str, real: Any, place: int) -> Any:
    def told(*args: Any, **named: Any) -> Any:
        mode = named.get("mode", args[place] if len(args) > place else None)
        if mode is not None and by_program():
            world.record("mode", sink, mode)
        return real(*args, **named)

    return told


def _masked(mask: int) -> int:
    world.record("mode", "os.umask", 0o777 & ~mask)
    return 0o022


def _opened(path: Any, flags: int = 0, *args: Any, **named: Any) -> Any:
    mode = named.get("mode", args[0] if args else None)
    if mode is not None:
        world.record("mode", "os.open", mode)
    return _open(path, flags)


_open = os.open


def _file_of(real: Any) -> Any:
    def opened(number: int, mode: str = "r", *args: Any, **named: Any) -> Any:
        if not by_program():
            return real(number, mode, *args, **named)
        return paths.WrittenBytes() if "b" in mode else paths.Written()

    return opened


def _closed(real: Any) -> Any:
    def closed(number: int) -> None:
        if not by_program():
            real(number)

    return closed


def _started(name: str, real: Any) -> Any:
    def start(words: Any, *args: Any, **named: Any) -> Any:
        for variable in ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH"):
            if variable in (named.get("env") or {}):
                world.record("search-path", f"subprocess.{name}", named["env"][variable])
        if named.get("input") is not None:
            world.record("ran", f"subprocess.{name}", named["input"])
        return real(words, *args, **named)

    return start


def install() -> None:
    """Watch questions, modes, and what goes to processes."""
    global _open  # noqa: PLW0603 - the one that `paths` has put there
    _open = os.open
    for name in ("exists", "isfile", "isdir", "lexists", "getsize", "islink"):
        replace(os.path, **{name: _asked(f"os.path.{name}", getattr(os.path, name))})
    for name in ("exists", "is_file", "is_dir"):
        replace(pathlib.Path, **{name: _asked(f"pathlib.Path.{name}", getattr(pathlib.Path, name))})
    replace(os, access=_asked("os.access", lambda *_args, **_named: True), stat=_asked("os.stat", os.stat))
    replace(os, fstat=lambda _number: os.stat("file"), fdopen=_file_of(os.fdopen), close=_closed(os.close))  # noqa: PTH116
    replace(paths.Written, fileno=lambda _self: 7)
    replace(paths.WrittenBytes, fileno=lambda _self: 7)
    replace(os, chmod=_moded("os.chmod", os.chmod, 1), umask=_masked, open=_opened)
    replace(os, mkdir=_moded("os.mkdir", os.mkdir, 1), makedirs=_moded("os.makedirs", os.makedirs, 1))
    replace(pathlib.Path, chmod=_moded("pathlib.Path.chmod", lambda *_args, **_named: None, 1))
    for name in ("run", "call", "check_call", "check_output", "Popen"):
        replace(subprocess, **{name: _started(name, getattr(subprocess, name))})
