"""A stand-in of asyncpg."""

from typing import Any

from aiosqlite import Awaited, Statements


def connect(*_args: Any, **_named: Any) -> Awaited:
    """A connection."""
    return Awaited(Statements("asyncpg.Connection"))


def create_pool(*_args: Any, **_named: Any) -> Awaited:
    """A pool of them."""
    return Awaited(Statements("asyncpg.Pool"))
