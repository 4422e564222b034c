"""A stand-in of `django.db`."""

from contextlib import nullcontext
from typing import Any

from benchmarks.taint.worlds_python.library.databases import Connection

connection = Connection("django.db.connection")
connections: dict[str, Connection] = {"default": connection, "reporting": connection}


class DatabaseError(Exception):
    """Any error."""


IntegrityError = DatabaseError


class transaction:  # noqa: N801 - a module in Django
    """Transactions."""

    @staticmethod
    def atomic(*args: Any, **_named: Any) -> Any:
        """A decorator or a context."""
        return args[0] if args and callable(args[0]) else nullcontext()
