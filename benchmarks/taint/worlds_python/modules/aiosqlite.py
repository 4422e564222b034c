"""A stand-in of aiosqlite: each call may be awaited, or entered."""

from collections.abc import AsyncIterator, Generator
from typing import Any

from benchmarks.taint.worlds_python.library.databases import Row
from benchmarks.taint.worlds_python.world import world


class Awaited:
    """What may be awaited or entered, and gives a value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        return self.value
        yield

    async def __aenter__(self) -> Any:
        return self.value

    async def __aexit__(self, *_details: object) -> None:
        pass


class Statements:
    """A connection, a cursor, a pool: what it runs is recorded."""

    row_factory: Any = None
    rowcount = 1

    def __init__(self, name: str) -> None:
        self.name = name

    def execute(self, statement: Any, *_args: Any, **_named: Any) -> Awaited:
        """Record a statement."""
        world.record("sql", f"{self.name}.execute", str(statement))
        return Awaited(self)

    executemany = executescript = execute

    def fetch(self, statement: Any, *_args: Any, **_named: Any) -> Awaited:
        """Record a statement, give rows."""
        world.record("sql", f"{self.name}.fetch", str(statement))
        return Awaited([Row()])

    def fetchrow(self, statement: Any, *_args: Any, **_named: Any) -> Awaited:
        """Record a statement, give a row."""
        world.record("sql", f"{self.name}.fetchrow", str(statement))
        return Awaited(Row())

    fetchval = fetchrow

    async def fetchall(self) -> list[Any]:
        """Rows."""
        return [Row()]

    async def fetchone(self) -> Any:
        """A row."""
        return Row()

    async def commit(self) -> None:
        """Nothing."""

    close = commit

    def cursor(self, *_args: Any) -> Awaited:
        """A cursor."""
        return Awaited(self)

    acquire = transaction = cursor

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass

    def __await__(self) -> Generator[Any, None, Any]:
        return self
        yield

    async def __aiter__(self) -> AsyncIterator[Any]:
        yield Row()


def connect(*_args: Any, **_named: Any) -> Statements:
    """A connection."""
    return Statements("aiosqlite.Connection")
