"""A stand-in of `sqlalchemy.ext.asyncio`."""

from typing import Any

from sqlalchemy import Statements


class AsyncSession(Statements):
    """A session, an engine or a connection whose calls are awaited."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        super().__init__("sqlalchemy.ext.asyncio.AsyncSession")

    async def execute(self, statement: Any, *_args: Any, **_named: Any) -> Any:
        """Record a statement."""
        return super().execute(statement)

    async def scalar(self, statement: Any = "", *_args: Any) -> Any:
        """Record a statement, give a value."""
        super().execute(statement)
        return 7

    async def scalars(self, statement: Any = "", *_args: Any, **_named: Any) -> Any:
        """Record a statement, give its values."""
        return super().execute(statement)

    def connect(self) -> Any:
        """A connection."""
        return AsyncSession()

    begin = connect

    async def commit(self) -> None:  # type: ignore[override]
        """Nothing."""

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass


def create_async_engine(*_args: Any, **_named: Any) -> AsyncSession:
    """An engine."""
    return AsyncSession()


def async_sessionmaker(*_args: Any, **_named: Any) -> Any:
    """What makes sessions."""
    return AsyncSession
