"""The queue: trivial jobs with what enqueues them, a transaction that enqueues one, and workers killed every second.

The server keeps what is committed (fsync), as a site's does. procrastinate's own worker runs trivial jobs on the same
server, enqueued by the same number of connections, as the peer.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack

import procrastinate
from psycopg_pool import AsyncConnectionPool
from stand_ins import postgres as stand_in
from stand_ins.postgres import NoPostgres, Postgres, postgres
from stand_ins.queue_site import Site, site_of, template, until
from stand_ins.queue_worker import Transaction, killing

from benchmarks.measure import Row
from coderev.store.queue import Job, Pace, Patience

TRIVIAL = 4_000  # jobs
CONNECTIONS = 8  # that enqueue
CONCURRENCY = 8  # jobs that a worker runs at a time
RATE, SECONDS = 200, 10  # webhooks a second, and for how long
REVIEWS = 10_000  # jobs of 50 ms
WORKERS = 3  # processes
RUNS = 3

Enqueue = Callable[[Transaction, int], Awaitable[None]]


def rows() -> Iterator[Row]:
    before = {**stand_in.SETTINGS}
    stand_in.SETTINGS.update(fsync="on", max_connections="100")
    try:
        with postgres() as server, template(server):
            yield _trivial(server)
            yield asyncio.run(_durable(server))
            yield asyncio.run(_killed(server))
    except NoPostgres as reason:
        yield Row("queue", "–", "–", f"not run: {reason}", met=False)
    finally:
        stand_in.SETTINGS.update(before)


def _trivial(server: Postgres) -> Row:
    ours = statistics.median(asyncio.run(_our_rate(server)) for _ in range(RUNS))
    theirs = statistics.median(asyncio.run(_their_rate(server)) for _ in range(RUNS))
    return Row(
        what=f"queue: {TRIVIAL:,} trivial jobs, each enqueued in its own transaction, one worker",
        peer=f"procrastinate's own worker, no fairness: {theirs:,.0f}/s",
        goal="≥ 1,000/s",
        ours=f"{ours:,.0f}/s",
        met=ours >= 1_000,
    )


async def _our_rate(server: Postgres) -> float:
    done = asyncio.Event()
    ran: list[int] = []

    async def trivial(job: Job) -> None:
        ran.append(job.id)
        if len(ran) == TRIVIAL:
            done.set()

    async with site_of(server) as site:
        queue = site.another(Pace(), Patience())

        async def enqueue(work: Transaction, number: int) -> None:
            await queue.enqueue(work, "trivial", {"n": number}, lock=f"{number}", repository=f"{number % 20}")

        began = time.perf_counter()
        async with site.working(CONCURRENCY, queue, trivial=trivial):
            await _by_connections(site, enqueue)
            await done.wait()
            return TRIVIAL / (time.perf_counter() - began)


async def _their_rate(server: Postgres) -> float:
    done = asyncio.Event()
    ran: list[int] = []
    async with site_of(server) as site:
        address = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
        kwargs = {**address, "dbname": site.database}
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(kwargs=kwargs, min_size=4, max_size=8))

        @app.task(name="trivial")
        async def trivial(n: int) -> None:
            ran.append(n)
            if len(ran) == TRIVIAL:
                done.set()

        async def enqueue(work: Transaction, number: int) -> None:
            configured = trivial.configure(lock=f"{number}", connection=work.connection)
            await configured.defer_async(n=number)

        async with app.open_async():
            began = time.perf_counter()
            running = app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=False)
            worker = asyncio.create_task(running)
            await _by_connections(site, enqueue)
            await done.wait()
            rate = TRIVIAL / (time.perf_counter() - began)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            return rate


async def _by_connections(site: Site, enqueue: Enqueue) -> None:
    """Enqueue all, each in a transaction, over a few connections at once."""
    numbers = iter(range(TRIVIAL))

    async def some() -> None:
        async with await site.connect() as connection:
            for number in numbers:
                async with connection.transaction():
                    await enqueue(Transaction(connection), number)

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


async def _durable(server: Postgres) -> Row:
    async with site_of(server) as site:
        took = sorted(await _paced(site))
    p50, p99 = took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3
    return Row(
        what=f"queue: a transaction with a row and a job, committed, at {RATE} a second",
        peer="a bare defer and commit: 1.1 ms",
        goal="p99 ≤ 10 ms",
        ours=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        met=p99 <= 10,
    )


async def _paced(site: Site) -> list[float]:
    """Seconds of each transaction, from when it was due, so that one that is late makes others late too."""
    took: list[float] = []
    began = time.perf_counter() + 1.0  # the pool fills

    async def one(pool: "AsyncConnectionPool", number: int) -> None:
        due = began + number / RATE
        await asyncio.sleep(due - time.perf_counter())
        async with pool.connection() as connection:
            await connection.execute(b"INSERT INTO begun VALUES (%s, 0)", (number,))
            work = Transaction(connection)
            await site.queue.enqueue(work, "none", {}, lock=f"mr {number}", repository=f"{number % 20}")
        took.append(time.perf_counter() - due)

    server = site.server
    address = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
    async with AsyncExitStack() as stack:
        kwargs = {**address, "dbname": site.database}
        pool = await stack.enter_async_context(AsyncConnectionPool(kwargs=kwargs, min_size=4, max_size=4, open=False))
        await asyncio.gather(*(one(pool, number) for number in range(RATE * SECONDS)))
    return took


async def _killed(server: Postgres) -> Row:
    order = {"concurrency": 8, "seconds": 0.05, "pace": {"pulse": 0.2, "beat": 0.4, "silence": 2.0}}
    async with site_of(server) as site:
        async with site.work() as work:
            for number in range(REVIEWS):
                lock, repository = f"mr {number % 3_000}", f"{number % 50}"
                await site.queue.enqueue(work, "publish", {}, lock=lock, repository=repository)
        began = time.perf_counter()
        with ExitStack() as processes:
            killer = asyncio.create_task(
                killing(server.port, site.database, order, processes, workers=WORKERS, every=1.0)
            )
            await until(lambda: _all_done(site), 900)
            killer.cancel()
            await asyncio.gather(killer, return_exceptions=True)
        took = time.perf_counter() - began
        [(published, distinct)] = await site.ask("SELECT count(*), count(DISTINCT job) FROM published")
        [(again,)] = await site.ask("SELECT count(*) FROM begun WHERE attempt > 1")
    return Row(
        what=f"queue: {REVIEWS:,} jobs of 50 ms, {WORKERS} worker processes, one killed by `kill -9` every second",
        peer="all published, each once",
        goal="0 lost, 0 twice",
        ours=f"{REVIEWS - distinct} lost, {published - distinct} twice; {again:,} begun again, {took:.0f} s",
        met=published == distinct == REVIEWS,
    )


async def _all_done(site: Site) -> bool:
    return await site.ask("SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'") == [(0,)]
