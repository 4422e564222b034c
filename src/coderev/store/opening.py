"""The store, opened: the database found or started, its schema and its key judged, a pool of connections, the queue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from psycopg_pool import AsyncConnectionPool

from coderev.egress import Egress
from coderev.files import now
from coderev.settings import Settings
from coderev.store.connecting import (
    NO_LIMITS,
    Connection,
    OwnPlace,
    Place,
    SitePlace,
    StoreUnavailable,
    connect,
    lend,
    open_pool,
    telling,
)
from coderev.store.embedded import hold
from coderev.store.keys import know_key
from coderev.store.migrating import MigrationsPending, judge, migrate, migrations, read_applied
from coderev.store.queue import Queue
from coderev.store.sealing import Seal
from coderev.store.work import Work

WORK_SECONDS = 120.0  # of one unit of work: a database whose disk hangs keeps its connections, and says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The role that owns a site's tables, where it is not the service's own."""

    user: str
    password_file: str | None = None


class Store:
    """The database of the service, for one event loop. `open_store` makes one."""

    def __init__(self, place: Place, pool: AsyncConnectionPool[Connection], seal: Seal) -> None:
        self._place, self._pool = place, pool
        self.seal = seal
        self.queue = Queue(self.connect)

    @property
    def place(self) -> str:
        """Where the database is, for people."""
        return self._place.name

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction on one connection of the pool: committed at the end, rolled back on an exception.

        Raises StoreUnavailable, also at the end: then it may be committed or not.
        """
        limit = asyncio.timeout(WORK_SECONDS)
        try:
            with telling(self._place):
                async with limit, lend(self._pool) as connection:
                    yield Work(connection, self.seal)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise StoreUnavailable(place=self.place, reason=f"no end within {WORK_SECONDS:.0f} s") from error

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Work]:
        """As `work`, for statements that need not wait for each other: a trip to the database takes many of them.

        How many rows a statement changed is not known within it, and a fault may only be raised at its end.
        """
        async with self.work() as work, work.connection.pipeline():
            yield work
            await work.connection.execute(b"COMMIT", prepare=False)  # on the last trip; what failed before prevents it

    async def connect(self) -> Connection:
        """A connection that is not of the pool, for what listens or holds on; the caller closes it.

        Raises StoreUnavailable.
        """
        return await connect(self._place)

    def connections(self) -> tuple[int, int]:
        """How many connections of the pool there are, and how many are at work."""
        figures = self._pool.get_stats()
        there = figures.get("pool_size", 0)
        return there, there - figures.get("pool_available", 0)


@asynccontextmanager
async def open_store(settings: Settings, egress: Egress) -> AsyncIterator[Store]:
    """The store that the settings name; without a URL our own PostgreSQL, started, and its schema brought up to date.

    Raises StoreUnavailable, StoreMisconfigured, NotPermitted; of a site MigrationsPending; NewerDatabase,
    MigrationChanged, WrongSealingKey, SealingKeyRefused; of our own FolderRefused, NoAccount, NoDatabase,
    OwnPostgresFailed.
    """
    seal = Seal.of(settings.database)
    async with find(settings, egress) as place:
        with telling(place):
            async with await connect(place) as connection:
                await _fit(place, connection)
                await know_key(connection, seal, now())
        async with open_pool(place, settings.database.connections) as pool:
            store = Store(place, pool, seal)
            try:
                yield store
            finally:
                await store.queue.close()


@asynccontextmanager
async def find(settings: Settings, egress: Egress, owner: Owner | None = None) -> AsyncIterator[Place]:
    """Where the settings' database is; our own is started, and runs meanwhile. Raises as `open_store`."""
    if settings.database.url is not None:
        named = (None, None) if owner is None else (owner.user, owner.password_file)
        yield SitePlace(settings, egress, *named)
        return
    async with hold(settings.database) as own:
        yield OwnPlace(own)


async def _fit(place: Place, connection: Connection) -> None:
    """Judge the schema. Our own is brought up to date: no other host has to be asked."""
    applied = await read_applied(connection)
    try:
        judge(migrations(), applied)
    except MigrationsPending:
        if not isinstance(place, OwnPlace):
            raise
        async with await connect(place, owner=True, limits=NO_LIMITS) as owner:
            await migrate(owner, None if place.own.alone else "before")
