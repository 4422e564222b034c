"""Jobs, and what a page or a metric says of them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec
import psycopg

from coderev.errors import Unavailable
from coderev.store.queue.statements import statement

JobState = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborted"]  # procrastinate's
Connection = psycopg.AsyncConnection[Any]


class JobLost(Unavailable):
    """An attempt at a job asks to publish, and the job is not its own any more."""

    message = "attempt {attempt} at job {job} was cancelled, or another worker took the job over"
    hint = "nothing is to be done: what replaced it publishes"


class Transaction(Protocol):
    """What the queue needs of a `Work`: the connection that is in a transaction."""

    @property
    def connection(self) -> Connection:
        """In a transaction that the caller ends."""
        ...


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. `attempt` counts from 1; for a job that waits it is the number of the attempt to come."""

    id: int
    task: str
    arguments: Mapping[str, Any]  # JSON
    lock: str | None  # one of its jobs runs at a time
    repository: str
    state: JobState
    attempt: int
    deaths: int = 0  # of workers that died while they ran it
    failure: str = ""  # why the last attempt failed; never code
    cancelled: bool = False  # it runs, and was asked to end
    worker: int | None = None
    due: datetime | None = None  # not before
    queued: datetime | None = None  # these three only where a page asks
    started: datetime | None = None  # the last attempt
    ended: datetime | None = None

    async def fence(self, work: Transaction) -> None:
        """Hold this attempt in the caller's transaction: until it ends nobody can take the job over.

        What is written in the same transaction is written by the attempt that holds the job, or not at all.
        Raises JobLost when the job was cancelled, or another worker runs it.
        """
        asked = {"id": self.id, "worker": self.worker, "attempts": self.attempt - 1}
        held = await work.connection.execute(statement("fence"), asked)
        if held.rowcount != 1:
            raise JobLost(job=self.id, attempt=self.attempt)


Task = Callable[[Job], Awaitable[None]]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs there are that have not ended well."""

    ready: int  # may run now
    later: int  # wait for their time: another try, mostly
    running: int
    dead: int  # failed for good; a person may replay them


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """The queue in figures, for metrics."""

    counts: Counts
    age: float  # seconds that the longest waiting of the ready jobs has been ready for
    workers: int  # alive


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A process that runs jobs."""

    id: int
    seen: datetime  # its last sign of life
    alive: bool
    running: int  # jobs
