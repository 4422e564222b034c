"""Databases: statements are recorded, and answered with a row that holds what is asked."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from benchmarks.taint.worlds_python.world import world


class Row(dict[Any, Any]):
    """A row: any column is there."""

    def __missing__(self, _key: Any) -> Any:
        return 7

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return "stored"

    def keys(self) -> Any:
        """Columns."""
        return ["id", "name"]

    def __iter__(self) -> Iterator[Any]:
        return iter((7, "stored"))


class Cursor:
    """A cursor, or anything that runs statements."""

    rowcount = lastrowid = 1
    description = (("id",), ("name",))
    arraysize = 1

    def __init__(self, name: str = "sqlite3.Cursor") -> None:
        self.name = name

    def execute(self, statement: Any, *_args: Any, **_named: Any) -> Any:
        """Record the statement."""
        world.record("sql", f"{self.name}.execute", str(statement))
        return self

    executemany = executescript = execute

    def fetchone(self) -> Any:
        """A row."""
        return Row()

    first = one = one_or_none = fetchone

    def fetchall(self, *_size: int) -> list[Any]:
        """Rows."""
        return [Row()]

    fetchmany = all = fetchall

    def scalar(self) -> Any:
        """A value."""
        return 7

    scalar_one = scalar_one_or_none = scalar

    def scalars(self) -> Any:
        """Itself."""
        return self

    mappings = scalars

    def close(self) -> None:
        """Nothing."""

    def __iter__(self) -> Iterator[Any]:
        return iter([Row()])

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


class Connection(Cursor):
    """A connection."""

    row_factory: Any = None
    autocommit = False

    def cursor(self, *_args: Any, **_named: Any) -> Cursor:
        """A cursor."""
        return Cursor(self.name.replace("Connection", "Cursor"))

    def commit(self) -> None:
        """Nothing."""

    rollback = commit

    def create_function(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""


def install() -> None:
    """Replace what opens a database."""
    sqlite3.connect = lambda *_args, **_named: Connection("sqlite3.Connection")  # type: ignore[assignment]
