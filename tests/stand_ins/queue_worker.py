"""A worker process of its own, to be killed: it publishes each job once, in a table that counts.

with worker_process(server.port, database, concurrency=4) as process:
    … process.kill() …
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from stand_ins.postgres import PASSWORD, USER

from coderev.store.queue import Job, Pace, Patience, Queue

PUBLISHED = b"CREATE TABLE published (job bigint NOT NULL, attempt int NOT NULL)"
BEGUN = b"CREATE TABLE begun (job bigint NOT NULL, attempt int NOT NULL)"


@dataclass(frozen=True)
class Transaction:
    """What the queue needs of a unit of work."""

    connection: "psycopg.AsyncConnection[Any]"


async def connect(port: int, database: str) -> "psycopg.AsyncConnection[Any]":
    return await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname=database
    )


@contextmanager
def worker_process(port: int, database: str, **order: object) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that runs jobs of the task `publish`; it is gone afterwards, killed if it is not stopped before.

    `concurrency`; `seconds` that each job takes; `pace` of the queue; `deaths` of workers that a job may cost;
    `hold`, a model whose one slot it holds instead of working.
    """
    argv = [sys.executable, __file__, json.dumps({"port": port, "database": database, **order})]
    path = os.pathsep.join(map(str, [Path(__file__).parent.parent, *sys.path]))
    process = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": path})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def killing(
    port: int, database: str, order: Mapping[str, object], processes: ExitStack, *, workers: int, every: float
) -> None:
    """Keep so many worker processes, and kill the oldest of them every so many seconds; until cancelled."""
    running = deque(processes.enter_context(worker_process(port, database, **order)) for _ in range(workers))
    while True:
        await asyncio.sleep(every)
        running.popleft().kill()
        running.append(processes.enter_context(worker_process(port, database, **order)))


async def main(order: dict[str, Any]) -> None:
    """Be the worker until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    connections: asyncio.LifoQueue[Any] = asyncio.LifoQueue()

    @asynccontextmanager
    async def work() -> Any:
        connection = (
            connections.get_nowait() if connections.qsize() else await connect(order["port"], order["database"])
        )
        async with connection.transaction():
            yield Transaction(connection)
        connections.put_nowait(connection)

    async def publish(job: Job) -> None:
        async with work() as begun:
            await begun.connection.execute(b"INSERT INTO begun VALUES (%s, %s)", (job.id, job.attempt))
        await asyncio.sleep(order.get("seconds", 0.0))
        async with work() as done:
            await job.fence(done)
            there = await done.connection.execute(b"SELECT FROM published WHERE job = %s", (job.id,))
            if not there.rowcount:  # what stands at the forge is looked up before it is said again
                await done.connection.execute(b"INSERT INTO published VALUES (%s, %s)", (job.id, job.attempt))

    async def nothing(job: Job) -> None:
        """A trivial job."""

    queue = Queue(
        lambda: connect(order["port"], order["database"]),
        Pace(**order.get("pace", {})),
        Patience(deaths=order.get("deaths", 1_000)),
    )
    if model := order.get("hold"):
        async with queue.slot(model, 1):
            await stop.wait()
    await queue.run({"publish": publish, "nothing": nothing}, concurrency=order.get("concurrency", 1), stop=stop)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
