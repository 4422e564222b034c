"""How the verbs of a table reach the database: SQL from files, values as parameters, rows as values."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from coderev.store.records import MOST_ROWS

if TYPE_CHECKING:
    import psycopg

Row = dict[str, Any]
T = TypeVar("T")

_REPOSITORY = {f"repository_{name}": name for name in ("id", "forge", "forge_id", "path", "tenant")}
LARGE_BYTES = 1 << 18  # of a value that is sealed or opened beside the loop


class Statements:
    """The SQL of one table over one connection, whose transaction is the caller's."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", table: str) -> None:
        self._connection, self._table = connection, table

    async def rows(self, verb: str, /, **values: object) -> list[Row]:
        """The rows that the statement returns, with their times in UTC."""
        return await self._fetched(verb, values, prepare=None)

    async def search(self, **values: object) -> list[Row]:
        """The rows that `search` returns: it is planned each time, for how depends on which of its values are null."""
        return await self._fetched("search", values, prepare=False)

    async def row(self, verb: str, /, **values: object) -> Row | None:
        """The first row that the statement returns."""
        found = await self.rows(verb, **values)
        return found[0] if found else None

    async def changed(self, verb: str, /, **values: object) -> int:
        """How many rows the statement changed."""
        return (await self._connection.execute(statement(self._table, verb), stored(values))).rowcount

    async def each(self, verb: str, /, many: Sequence[Mapping[str, object]]) -> None:
        """Do it for each of these values, without waiting for the one before."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(statement(self._table, verb), [stored(values) for values in many])

    async def copy(self, verb: str, /, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Hand in many rows of values of these types at once."""
        cursor = self._connection.cursor()
        async with cursor, cursor.copy(statement(self._table, verb)) as copy:
            copy.set_types(types)
            for row in rows:
                await copy.write_row([storable(value) if isinstance(value, str) else value for value in row])

    async def _fetched(self, verb: str, values: Mapping[str, object], *, prepare: bool | None) -> list[Row]:
        from psycopg.rows import dict_row

        async with self._connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement(self._table, verb), stored(values), prepare=prepare)
            return [told(row) for row in await cursor.fetchall()]


@cache
def statement(table: str, verb: str) -> bytes:
    """The SQL of a verb."""
    return resources.files("coderev.store").joinpath("sql", f"{table}.{verb}.sql").read_bytes()


def storable(text: str) -> str:
    """The text as PostgreSQL can keep it: NUL and lone surrogates become the replacement character."""
    if "\0" not in text and _encodes(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def stored(values: Mapping[str, object]) -> dict[str, object]:
    """The values as PostgreSQL can keep them."""
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}


def told(row: Row) -> Row:
    """The row with its repository as one value, and its times in UTC."""
    whole = {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()}
    if "repository_id" in whole:
        repository = {short: whole.pop(name) for name, short in _REPOSITORY.items()}
        whole["repository"] = None if repository["id"] is None else repository
    return whole


def read(row: Row | None, kind: type[T]) -> T | None:
    """The row as a value; columns that the value does not have are left out."""
    return None if row is None else msgspec.convert(row, kind)


def page(limit: int) -> int:
    """How many rows a search returns that is asked for `limit`."""
    return max(0, min(limit, MOST_ROWS))


def listed(tenants: frozenset[str] | None) -> list[str] | None:
    """Tenants as a parameter: None are all, and an empty list is none."""
    return None if tenants is None else sorted(storable(tenant) for tenant in tenants)


def containing(text: str) -> str:
    """A pattern of LIKE for what has the text in it, whose own wildcards are letters."""
    literal = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{literal}%"


async def aside(size: int, work: Callable[..., T], *arguments: object) -> T:
    """Do it here when it is small (`size` bytes), else in a thread: others' requests do not wait for it."""
    return await asyncio.to_thread(work, *arguments) if size > LARGE_BYTES else work(*arguments)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
