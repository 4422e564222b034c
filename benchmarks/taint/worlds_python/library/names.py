"""Names of code: what the program looks up by a text is recorded as `name`; search paths as `search-path`."""

import builtins
import ctypes
import importlib
import sys
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace, stand_in
from benchmarks.taint.worlds_python.world import MARK, world

_getattr, _globals, _import_module = getattr, globals, importlib.import_module


def _attribute(held: Any, name: Any, *default: Any) -> Any:
    if by_program():
        world.record("name", "getattr", name)
    return _getattr(held, name, *default)


class _Globals(dict[str, Any]):
    """The names of a module, which tell what is looked up."""

    def __getitem__(self, name: str) -> Any:
        world.record("name", "globals", name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """What a name means."""
        world.record("name", "globals", name)
        return super().get(name, default)


def _all() -> dict[str, Any]:
    held = sys._getframe(1).f_globals  # noqa: SLF001 - as `globals` does
    return _Globals(held) if by_program() else held


def _imported(name: str, package: Any = None) -> Any:
    if not by_program():
        return _import_module(name, package)
    world.record("name", "importlib.import_module", name)
    if MARK in name:
        raise ModuleNotFoundError(name)
    return _import_module(name, package)


class _Paths(list[str]):
    """`sys.path`: what the program adds is recorded, and not added."""

    def insert(self, place: Any, path: Any) -> None:
        """Add."""
        self._added(path, lambda: list.insert(self, place, path))

    def append(self, path: Any) -> None:
        """Add."""
        self._added(path, lambda: list.append(self, path))

    def extend(self, paths: Any) -> None:
        """Add many."""
        for path in paths:
            self._added(path, lambda: None)

    def _added(self, path: Any, add: Any) -> None:
        if by_program(3):
            world.record("search-path", "sys.path", path)
        else:
            add()


def _library(name: Any, *_args: Any, **_named: Any) -> Any:
    world.record("search-path", "ctypes.CDLL", name)
    return stand_in("permissive").Permissive()


def install() -> None:
    """Watch what is looked up."""
    replace(builtins, getattr=_attribute, globals=_all)
    replace(importlib, import_module=_imported)
    replace(sys, path=_Paths(sys.path))
    replace(ctypes, CDLL=_library)
    replace(ctypes.cdll, LoadLibrary=_library)
