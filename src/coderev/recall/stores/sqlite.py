"""Answers in a file of this user: the store that needs nothing else. Several processes may use it at once.

A look-up is one statement on the event loop, and writes nothing: readers of a write-ahead log wait for nobody. All else
is the scribe's: opening, writing, and setting a damaged file aside. The file is kept below a number of bytes, least
recently used entries going first; when an entry was used is noted to the hour, with the next write.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from coderev.recall.stores.scribe import Scribe
from coderev.recall.stores.sqlite_file import is_busy, is_damage, latest_of
from coderev.recall.stores.store import CLOCK_SLACK, Choice, Labels, Size, StoreUnavailable, is_live, unix_now

USED_SECONDS = 3600.0  # how exactly it is known when an entry was last used
MAX_USED = 10_000  # entries whose use waits to be noted
CLOSE_SECONDS = 2.0  # for which closing waits for the scribe
KEEP_SHARE = 0.9  # of the permitted bytes, when entries were evicted
EVICTED_AT_ONCE = 64  # entries
SWEPT_AT_ONCE = 256  # expired entries, in one transaction
T = TypeVar("T")

_GET = "SELECT key, made, expires, used, value FROM entry WHERE tenant = ? AND key IN ({})"
_PUT = """
INSERT INTO entry (tenant, key, made, expires, used, model, path, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key, tenant) DO UPDATE SET made = excluded.made, expires = excluded.expires, used = excluded.used,
    model = excluded.model, path = excluded.path, value = excluded.value
"""
_USED = "UPDATE entry SET used = max(used, ?) WHERE tenant = ? AND key = ?"
_PURGE = """
DELETE FROM entry WHERE tenant = :tenant AND (:model IS NULL OR model = :model)
    AND (:path IS NULL OR path = :path) AND (:until IS NULL OR made <= :until)
"""
_SIZE = "SELECT count(*), coalesce(sum(length(value)), 0), min(made) FROM entry WHERE tenant = ? AND expires > ?"
_ADD = """
INSERT INTO total (tenant, name, amount) VALUES (?, ?, ?)
ON CONFLICT (tenant, name) DO UPDATE SET amount = amount + excluded.amount
"""
_COUNTS = "SELECT name, amount FROM total WHERE tenant = ?"
_SWEEP = "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE expires <= ? LIMIT ?)"
_EVICT = "DELETE FROM entry WHERE id IN (SELECT id FROM entry ORDER BY used LIMIT ?)"
_TELL = "UPDATE clock SET latest = ?"


class SqliteStore:
    """One tenant's entries in the folder that `folder` gives; it is opened at once, beside the event loop.

    The file serves all tenants of this user and stays below `max_bytes`, but for what one transaction adds. Opening is
    waited for during `patience` seconds, once; until it is done then, nothing is found.
    """

    def __init__(
        self,
        folder: Callable[[], Path],
        tenant: bytes,
        max_bytes: int,
        *,
        patience: float | None = None,
        clock: Callable[[], float] = unix_now,
    ) -> None:
        self._tenant, self._max_bytes, self._clock = tenant, max_bytes, clock
        self._patience = patience
        self._waits_until: float | None = None  # of the event loop's clock
        self._used: dict[bytes, float] = {}
        self._scribe = Scribe(folder, self._house)

    @property
    def notes(self) -> list[str]:
        """What was set aside."""
        return self._scribe.notes

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys (Store.get)."""
        if (reader := self._scribe.reader) is None:
            await self._opening()
            reader = self._scribe.reader
        if reader is None:  # closed, or not open yet, or being opened again
            return [None] * len(keys)
        try:
            found = self._live(reader.execute(_get(len(keys)), (self._tenant, *keys)).fetchall())
        except (sqlite3.Error, TypeError) as error:
            await self._fail(reader, error)
            return [None] * len(keys)
        return [found.get(key) for key in keys]

    async def _opening(self) -> None:
        """Wait for the file to be open, all who ask for the same time."""
        if self._scribe.opened.done():
            self._scribe.opened.result()  # raises why it is not
            return
        if self._patience is not None and self._waits_until is None:
            self._waits_until = asyncio.get_running_loop().time() + self._patience
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._waits_until):
                await _done(self._scribe.opened)

    async def _fail(self, reader: sqlite3.Connection, error: Exception) -> None:
        """Set a damaged file aside. Raises StoreUnavailable when the fault is the machine's."""
        if isinstance(error, sqlite3.Error) and not is_damage(error):
            if is_busy(error):  # another process repairs the log, for a moment
                return
            raise StoreUnavailable(store="in a file", reason=error) from error
        await _done(self._scribe.replace(reader, str(error)))

    async def put(self, key: bytes, value: bytes, labels: Labels, *, made: float, expires: float) -> None:
        """Keep a value (Store.put)."""
        row = (self._tenant, key, made, expires, self._clock(), labels.model, labels.path, value)
        await self._do(_all(_PUT, [row]), weight=len(value))

    async def purge(self, choice: Choice) -> int:
        """Forget what is chosen (Store.purge), and give the room back to the disk."""

        def purge(writer: sqlite3.Connection) -> int:
            time = self._seen(writer)
            writer.execute("DELETE FROM entry WHERE tenant = ? AND expires <= ?", (self._tenant, time))
            until = None if choice.older_than is None else self._clock() - choice.older_than
            chosen = {"tenant": self._tenant, "model": choice.model, "path": choice.path, "until": until}
            purged = writer.execute(_PURGE, chosen).rowcount
            while _pragma(writer, "freelist_count"):
                writer.execute("PRAGMA incremental_vacuum").close()  # a page at a time
            return purged

        return await self._do(purge)

    async def size(self) -> Size:
        """How much is kept (Store.size)."""

        def measure(writer: sqlite3.Connection) -> Size:
            return Size(*writer.execute(_SIZE, (self._tenant, self._seen(writer))).fetchone())

        return await self._do(measure)

    async def add(self, counts: Mapping[str, float]) -> None:
        """Add to the running totals (Store.add)."""
        rows = [(self._tenant, name, amount) for name, amount in counts.items()]
        await self._do(_all(_ADD, rows))

    async def counts(self) -> dict[str, float]:
        """The running totals (Store.counts)."""
        return await self._do(lambda writer: dict(writer.execute(_COUNTS, (self._tenant,)).fetchall()))

    async def close(self) -> None:
        """Note what was used, and wait for the scribe, at most CLOSE_SECONDS (Store.close)."""
        noted = self._note_used()
        self._scribe.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                with suppress(StoreUnavailable):
                    await _done(noted)
                await _done(self._scribe.ended)

    def _live(self, rows: list[tuple[Any, ...]]) -> dict[bytes, bytes]:
        """What of the rows may be served. Raises TypeError for a damaged row."""
        time = self._clock()
        latest = self._scribe.latest = max(self._scribe.latest, time)
        found, expired = dict[bytes, bytes](), False
        for key, made, expires, used, value in rows:
            if not isinstance(value, bytes):
                raise TypeError("a value is none")
            if is_live(made, expires, now=time, latest=latest):
                found[key] = value
                if time - used > USED_SECONDS:
                    self._used[key] = time
            elif expires <= latest:
                expired = True
        if expired or len(self._used) > MAX_USED:
            self._note_used()
        return found

    def _note_used(self) -> Future[None]:
        rows = [(time, self._tenant, key) for key, time in self._used.items()]
        self._used.clear()
        return self._scribe.do(_all(_USED, rows))

    async def _do(self, write: Callable[[sqlite3.Connection], T], weight: int = 0) -> T:
        if self._used:
            self._note_used()
        return await _done(self._scribe.do(write, weight))

    def _seen(self, writer: sqlite3.Connection) -> float:
        return max(latest_of(writer), self._scribe.latest, self._clock())

    @contextmanager
    def _house(self, writer: sqlite3.Connection) -> Iterator[None]:
        """Around each transaction: first the time is kept, at last what has expired or is too much is dropped."""
        time, seen = self._clock(), self._seen(writer)
        if time < seen - CLOCK_SLACK:  # the clock went back: what had expired goes before the clock is believed again
            writer.execute("DELETE FROM entry WHERE expires <= ?", (seen,))
            seen = time
        writer.execute(_TELL, (seen,))
        self._scribe.latest = seen
        yield
        writer.execute(_SWEEP, (seen, SWEPT_AT_ONCE))
        if _bytes(writer) > self._max_bytes:
            while _bytes(writer) > self._max_bytes * KEEP_SHARE and writer.execute(_EVICT, (EVICTED_AT_ONCE,)).rowcount:
                pass


def _bytes(connection: sqlite3.Connection) -> int:
    """Of the file that are in use."""
    pages, free = _pragma(connection, "page_count"), _pragma(connection, "freelist_count")
    return (pages - free) * _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


@cache
def _get(number: int) -> str:
    return _GET.format(",".join("?" * number))


def _all(statement: str, rows: list[tuple[Any, ...]]) -> Callable[[sqlite3.Connection], None]:
    def write(writer: sqlite3.Connection) -> None:
        writer.executemany(statement, rows)

    return write


async def _done(future: Future[T]) -> T:
    return await asyncio.wrap_future(future)
