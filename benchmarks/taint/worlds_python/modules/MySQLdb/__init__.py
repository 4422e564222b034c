# ruff: noqa: N999 - as the package is named
"""A stand-in of MySQLdb."""

from typing import Any

from psycopg2 import Error, IntegrityError, OperationalError

from benchmarks.taint.worlds_python.library.databases import Connection

__all__ = ["Error", "IntegrityError", "OperationalError", "connect"]


def connect(*_args: Any, **_named: Any) -> Connection:
    """A connection."""
    return Connection("MySQLdb.Connection")
