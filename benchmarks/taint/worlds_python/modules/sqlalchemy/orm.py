"""A stand-in of `sqlalchemy.orm`."""

from typing import Any, Generic, TypeVar

from permissive import Permissive

from sqlalchemy import Expression, Statements

T = TypeVar("T")
Session = Statements
relationship = Permissive


class Mapped(Generic[T]):
    """An annotation."""


def mapped_column(*_args: Any, **_named: Any) -> Any:
    """A column."""
    return Expression()


class DeclarativeBase:  # as SQLAlchemy names it
    """What models derive from."""

    metadata = Permissive()

    def __init__(self, **named: Any) -> None:
        self.__dict__.update(named)


def declarative_base() -> type:
    """What models derive from."""
    return DeclarativeBase


def sessionmaker(*_args: Any, **_named: Any) -> Any:
    """What makes sessions."""
    return lambda *_args: Statements("sqlalchemy.orm.Session")


scoped_session = sessionmaker
