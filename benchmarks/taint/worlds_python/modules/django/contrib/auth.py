"""A stand-in of `django.contrib.auth`."""

from typing import Any

from permissive import Permissive


def authenticate(*_args: Any, **_named: Any) -> Any:
    """A user."""
    from benchmarks.taint.worlds_python.library.databases import Row

    return Row()


def login(*_args: Any, **_named: Any) -> None:
    """Nothing."""


logout = login


def get_user_model() -> Any:
    """The model of users."""
    return Permissive()
