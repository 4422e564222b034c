"""Put other members into modules and classes, which programs get in the place of the real ones."""

import importlib
from typing import Any


def replace(owner: Any, **members: Any) -> None:
    """Set members of a module or class."""
    for name, member in members.items():
        setattr(owner, name, member)


def stand_in(name: str) -> Any:
    """A module of `modules/`, which no type checker knows."""
    return importlib.import_module(name)
