"""A stand-in of psycopg2, and by its other names of psycopg, pymysql and MySQLdb."""

from typing import Any

from benchmarks.taint.worlds_python.library.databases import Connection, Cursor

__all__ = ["Cursor"]


class Error(Exception):
    """Any error of a database."""


IntegrityError = OperationalError = ProgrammingError = DatabaseError = Error


def connect(*_args: Any, **_named: Any) -> Connection:
    """A connection."""
    return Connection(f"{__name__}.Connection")


class Composed:
    """SQL of parts: what is text of an `SQL` stays as it is, the rest is quoted."""

    def __init__(self, text: str) -> None:
        self.text = text

    def format(self, *args: "Composed", **named: "Composed") -> "Composed":
        """Put parts in."""
        return Composed(self.text.format(*map(str, args), **{key: str(part) for key, part in named.items()}))

    def join(self, parts: Any) -> "Composed":
        """Join parts."""
        return Composed(self.text.join(map(str, parts)))

    def as_string(self, _context: Any = None) -> str:
        """The text."""
        return self.text

    def __add__(self, other: "Composed") -> "Composed":
        return Composed(self.text + other.text)

    def __str__(self) -> str:
        return self.text


def identifier(name: str, *more: str) -> Composed:
    """A quoted name."""
    return Composed(".".join('"' + part.replace('"', '""') + '"' for part in (name, *more)))


def literal(value: Any) -> Composed:
    """A quoted value."""
    return Composed("'" + str(value).replace("'", "''") + "'")


def placeholder(name: str = "") -> Composed:
    """A place for a value."""
    return Composed(f"%({name})s" if name else "%s")
