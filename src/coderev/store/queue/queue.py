"""The queue, as the rest of the program sees it: enqueue, cancel, look, replay, run."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from psycopg.rows import class_row, scalar_row

from coderev.errors import InputError
from coderev.store.queue.line import Connect
from coderev.store.queue.patience import Patience
from coderev.store.queue.shift import Pace, Shift
from coderev.store.queue.slots import Slots
from coderev.store.queue.statements import statement
from coderev.store.queue.values import Counts, Job, JobState, Stats, Task, Transaction, Worker

MAX_ARGUMENTS = 64 * 1024  # bytes of JSON: a job names what it is about, and does not carry it
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # which PostgreSQL does not keep

Row = TypeVar("Row")


class BadArguments(InputError):
    """What a job is to be told cannot be kept in the queue."""

    message = "the arguments of {task} cannot be queued: {reason}"
    hint = "send less, and no NUL characters"


class Queue:
    """The queue of one database. `connect` opens a connection that is not of the pool."""

    def __init__(self, connect: Connect, pace: Pace | None = None, patience: Patience | None = None) -> None:
        self._connect = connect
        self._pace = pace or Pace()
        self._patience = patience or Patience()
        self._slots = Slots(connect)

    async def enqueue(
        self,
        work: Transaction,
        task: str,
        arguments: Mapping[str, Any],
        *,
        lock: str | None,
        repository: str,
        at: datetime | None = None,
    ) -> int:
        """Add a job in the caller's transaction: both are there afterwards, or neither. Its id.

        Of one `lock` one job runs at a time. Between repositories it is fair: each has one turn in a round, however
        many jobs it has. `at` is the earliest time. Workers hear of the job when the transaction is committed.
        Raises BadArguments.
        """
        kept = _kept(task, arguments)
        await work.connection.execute(statement("turn"), {"repository": repository})
        asked = {
            "task": task,
            "arguments": kept,
            "lock": lock,
            "repository": repository,
            "due": at,
        }
        async with work.connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(statement("enqueue"), asked)
            return int(await cursor.fetchone() or 0)

    async def cancel(self, work: Transaction, lock: str, task: str) -> int:
        """Cancel the jobs of a lock: what waits is cancelled, what runs is asked to end. How many they were."""
        return (await work.connection.execute(statement("cancel"), {"lock": lock, "task": task})).rowcount

    async def is_cancelled(self, work: Transaction, job: int) -> bool:
        """Whether a job was cancelled: its task may be cancelled, too, because it is given back or taken over."""
        return bool(await self._one(work, "is_cancelled", {"id": job}))

    async def has(self, work: Transaction, lock: str) -> bool:
        """Whether a job of a lock waits or runs."""
        return await self._one(work, "has", {"lock": lock}) is not None

    async def dead(self, work: Transaction, limit: int = 100, before: int | None = None) -> tuple[Job, ...]:
        """The jobs that failed for good, newest first, at most `limit`, from before an id."""
        return await self.jobs(work, states=("failed",), limit=limit, before=before)

    async def replay(self, work: Transaction, job: int) -> bool:
        """Put a dead job back, with all its attempts before it; False: there is no such dead job."""
        repository = await self._one(work, "repository", {"id": job})
        if repository is None:
            return False
        await work.connection.execute(statement("turn"), {"repository": repository})
        return (await work.connection.execute(statement("replay"), {"id": job})).rowcount == 1

    async def waiting(self, work: Transaction) -> Counts:
        """How many jobs wait, run and are dead."""
        return (await self._rows(work, Counts, "counts", {}))[0]

    async def stats(self, work: Transaction) -> Stats:
        """The queue in figures."""
        counts = await self.waiting(work)
        async with work.connection.cursor() as cursor:
            await cursor.execute(statement("stats"), {"silence": self._pace.silence})
            age, workers = (await cursor.fetchall())[0]
        return Stats(counts=counts, age=max(age, 0.0), workers=workers)

    async def jobs(
        self,
        work: Transaction,
        *,
        states: Sequence[JobState] | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> tuple[Job, ...]:
        """Jobs in these states, or all, newest first, at most `limit`, from before an id."""
        asked = {"states": None if states is None else list(states), "limit": limit, "before": before}
        return tuple(await self._rows(work, Job, "jobs", asked))

    async def workers(self, work: Transaction, at: datetime) -> tuple[Worker, ...]:
        """The workers that are known, and whether each is alive at a time."""
        return tuple(await self._rows(work, Worker, "workers", {"at": at, "silence": self._pace.silence}))

    async def run(self, tasks: Mapping[str, Task], *, concurrency: int, stop: asyncio.Event) -> None:
        """Be a worker: run jobs of these tasks, `concurrency` at a time, until `stop` is set. Then leave in order.

        A task is cancelled when its job is cancelled or lost, or when it does not end within `Pace.grace` of a stop;
        then its job is given back, and the attempt is not counted. What a task raises is judged by `Patience`.
        A database that is away is waited for.
        """
        await Shift(self._connect, tasks, concurrency, self._pace, self._patience).work(stop)

    def slot(self, model: str, limit: int) -> AbstractAsyncContextManager[None]:
        """Hold one of `limit` slots of a model, over all processes. Raises NoSlot."""
        return self._slots.slot(model, limit)

    async def close(self) -> None:
        """Close what the queue holds open."""
        await self._slots.close()

    async def _rows(self, work: Transaction, kind: type[Row], name: str, asked: Mapping[str, object]) -> list[Row]:
        async with work.connection.cursor(row_factory=class_row(kind)) as cursor:
            await cursor.execute(statement(name), asked)
            return await cursor.fetchall()

    async def _one(self, work: Transaction, name: str, asked: Mapping[str, object]) -> Any:
        async with work.connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(statement(name), asked)
            return await cursor.fetchone()


def _kept(task: str, arguments: Mapping[str, Any]) -> str:
    try:
        text = msgspec.json.encode(arguments)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadArguments(task=task, reason=f"they are no JSON ({error})") from None
    if len(text) > MAX_ARGUMENTS:
        raise BadArguments(task=task, reason=f"they take {len(text)} bytes, and {MAX_ARGUMENTS} are the most")
    if _NUL.search(text):
        raise BadArguments(task=task, reason="a NUL character is among them")
    return text.decode()
