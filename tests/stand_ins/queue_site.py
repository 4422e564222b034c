"""A queue on a database of its own, with procrastinate's tables, our indexes, and tables that count what was done."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from typing import Any

import psycopg
from stand_ins.postgres import Postgres
from stand_ins.queue_worker import BEGUN, PUBLISHED, Transaction, connect

from coderev.store.queue import Counts, Job, Pace, Patience, Queue, Stats
from coderev.store.queue.statements import statement

FAST = Pace(pulse=0.1, beat=0.2, silence=1.0, grace=5.0)
EAGER = Patience(first=0.01, longest=0.02)
TEMPLATE = "template_queue"
_numbers = count()


class Refused(Exception):
    """Why a transaction is rolled back."""


@dataclass(frozen=True)
class Running:
    """A worker that runs in this process."""

    stop: asyncio.Event
    task: "asyncio.Task[None]"


class Site:
    """One database with a queue, and what tests ask of it."""

    def __init__(self, server: Postgres, database: str) -> None:
        self.server = server
        self.database = database
        self.queue = self.another()
        self._idle: list[psycopg.AsyncConnection[Any]] = []

    def another(self, pace: Pace = FAST, patience: Patience = EAGER) -> Queue:
        """A queue as another process has it."""
        return Queue(self.connect, pace, patience)

    async def connect(self) -> "psycopg.AsyncConnection[Any]":
        return await connect(self.server.port, self.database)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Transaction]:
        connection = self._idle.pop() if self._idle else await self.connect()
        try:
            async with connection.transaction():
                yield Transaction(connection)
        except BaseException:
            await connection.close()
            raise
        self._idle.append(connection)

    async def rest(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            await self._idle.pop().close()

    async def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.work() as work:
            cursor = await work.connection.execute(query.encode(), values or None)
            return await cursor.fetchall() if cursor.description else []

    async def add(self, task: str = "task", lock: str | None = None, repository: str = "a", **arguments: object) -> int:
        async with self.work() as work:
            return await self.queue.enqueue(work, task, arguments, lock=lock, repository=repository)

    async def job(self, number: int) -> Job:
        async with self.work() as work:
            return (await self.queue.jobs(work, limit=1, before=number + 1))[0]

    async def is_(self, number: int, state: str, attempt: int | None = None) -> bool:
        job = await self.job(number)
        return job.state == state and attempt in (None, job.attempt)

    async def is_heard(self) -> bool:
        """Whether a worker listens."""
        return bool(await self.ask("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'"))

    async def counts(self) -> Counts:
        async with self.work() as work:
            return await self.queue.waiting(work)

    async def stats(self) -> Stats:
        async with self.work() as work:
            return await self.queue.stats(work)

    @asynccontextmanager
    async def working(
        self, concurrency: int = 1, queue: Queue | None = None, **tasks: Callable[[Job], Awaitable[None]]
    ) -> AsyncIterator[Running]:
        """A worker that runs these tasks, until the block ends."""
        stop = asyncio.Event()
        task = asyncio.create_task((queue or self.queue).run(tasks, concurrency=concurrency, stop=stop))
        try:
            yield Running(stop, task)
        finally:
            stop.set()
            await task


@contextmanager
def template(server: Postgres) -> Iterator[None]:
    """The database that each test's is a copy of."""
    server.execute(f"CREATE DATABASE {TEMPLATE}")
    address = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
    with psycopg.connect(**address, dbname=TEMPLATE, autocommit=True) as connection:  # type: ignore[arg-type]
        for part in (
            (files("procrastinate") / "sql" / "schema.sql").read_bytes(),
            statement("indexes"),
            BEGUN,
            PUBLISHED,
        ):
            connection.execute(part)
    yield


@asynccontextmanager
async def site_of(server: Postgres) -> AsyncIterator[Site]:
    """A site with a database of its own on a server that has the template."""
    database = f"queue_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    site = Site(server, database)
    try:
        yield site
    finally:
        await site.queue.close()
        await site.rest()
        server.execute(f"DROP DATABASE {database} WITH (FORCE)")


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


async def forever(seconds: float = 60) -> None:
    """Do nothing until cancelled, or for far too long."""
    await asyncio.sleep(seconds)


async def ignoring(until_cancelled: Awaitable[None]) -> None:
    """Go on where one should have ended."""
    with suppress(asyncio.CancelledError):
        await until_cancelled
