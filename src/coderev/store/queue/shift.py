"""A worker's shift: it takes jobs, runs them, shows that it lives, and writes down how they ended.

1. One loop does all that the database is asked for, one thing after the other: what it reads of its own jobs is true.
2. Each round: show life and read what became of the own jobs (pulse); look for dead workers (sweep); write down what
   ended (settle); take new jobs (fetch). Then rest until something is said, something ends, or `Pace.pulse` is over.
3. What is said (NOTIFY) only wakes the loop. The database's rows decide; so nothing is lost with a message.
4. An attempt holds its job by worker and number of attempt. Every write asks for both, and writes nothing otherwise.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
import psycopg

from coderev.files import monotonic
from coderev.store.queue.line import FAULTS, Connect, Line, listen
from coderev.store.queue.outcome import Outcome, Why, columns, outcome
from coderev.store.queue.patience import Patience
from coderev.store.queue.statements import statement
from coderev.store.queue.values import Job, Task

CHANNEL = "procrastinate_any_queue_v1"  # of procrastinate's own triggers
UNWIND_SECONDS = 5.0  # that a task has for its own end after it was told to

Hold = tuple[int, int | None, int]  # job, worker, attempts before this one

_log = logging.getLogger(__name__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often a worker looks, and how long it waits; seconds."""

    pulse: float = 0.75  # between two looks, when nothing is said
    beat: float = 5.0  # between two signs of life
    silence: float = 30.0  # after which a worker is dead; no task may hold the event loop for so long
    grace: float = 30.0  # that running jobs have to end when the worker stops


class Note(msgspec.Struct, frozen=True):
    """What procrastinate's triggers say."""

    type: str
    job_id: int


class Attempt:
    """One job that runs here."""

    def __init__(self, job: Job, task: "asyncio.Task[None]") -> None:
        self.job = job
        self.task = task
        self.why: Why | None = None

    @property
    def hold(self) -> Hold:
        """What it holds its job by."""
        return _hold(self.job)

    def end(self, why: Why) -> None:
        """Cancel it, once; losing the job weighs more than what was said before."""
        if self.why is None:
            self.task.cancel()
        if self.why is None or why == "lost":
            self.why = why


class Shift:
    """One worker, from when it registers until it leaves."""

    def __init__(
        self, connect: Connect, tasks: Mapping[str, Task], concurrency: int, pace: Pace, patience: Patience
    ) -> None:
        self._connect = connect
        self._line = Line(connect)
        self._tasks = tasks
        self._concurrency = concurrency
        self._pace = pace
        self._patience = patience
        self._wake = asyncio.Event()
        self._worker: int | None = None
        self._running: dict[Hold, Attempt] = {}
        self._ended: list[Outcome] = []
        self._pulse_at = self._sweep_at = 0.0  # by the monotonic clock

    async def work(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop` is set; then what runs may end, and what does not is given back."""
        asides = [
            asyncio.create_task(listen(self._connect, CHANNEL, self._hear)),
            asyncio.create_task(self._watch(stop)),
        ]
        try:
            while not stop.is_set():
                await self._round()
                await self._rest()
            await self._drain(self._pace.grace)
        finally:
            for aside in asides:
                aside.cancel()
            await asyncio.gather(*asides, return_exceptions=True)
            await self._leave()

    async def _watch(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    def _hear(self, said: str) -> None:
        """A job was added, or a running one is to end: then look, where it is one of ours."""
        with suppress(msgspec.DecodeError):
            note = msgspec.json.decode(said, type=Note)
            if note.type == "abort_job_requested" and any(hold[0] == note.job_id for hold in self._running):
                self._pulse_at = 0.0
        self._wake.set()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.pulse):
                await self._wake.wait()

    async def _round(self, *, fetching: bool = True) -> None:
        self._wake.clear()
        try:
            await self._pulse()
            await self._sweep()
            await self._settle()
            if fetching and len(self._running) < self._concurrency:
                await self._fetch()
        except FAULTS as error:
            _log.warning("the queue's database does not answer: %s", type(error).__name__)
            # while it was away nobody could show life: that somebody is silent says nothing now
            self._sweep_at = monotonic() + self._pace.silence
            await asyncio.sleep(self._pace.pulse)

    async def _pulse(self) -> None:
        """Show life, and read what became of the own jobs: lost, to be ended, or taken without our knowing."""
        if self._worker is None:
            self._worker = (await self._line.ask(statement("register"), {}))[0][0]
            self._pulse_at = 0.0
        if monotonic() < self._pulse_at:
            return
        self._pulse_at = monotonic() + self._pace.pulse
        rows = await self._line.ask(statement("pulse"), {"worker": self._worker, "beat": self._pace.beat})
        if not rows:
            _log.warning("this worker was silent for too long: others have its jobs now")
            self._worker = None
            self._wake.set()
        elif rows[0][0]:
            await self._line.ask(statement("beat"), {"worker": self._worker})
        self._compare({(job, self._worker, attempts): asked for _, job, attempts, asked in rows if job is not None})

    def _compare(self, known: Mapping[Hold, bool]) -> None:
        for hold, attempt in self._running.items():
            if hold not in known:
                attempt.end("lost")
            elif known[hold]:
                attempt.end("cancelled")
        ours = self._running.keys() | {_hold(ended.job) for ended in self._ended}
        for number, worker, attempts in known.keys() - ours:  # the answer to a fetch did not reach us
            job = _job((number, "", {}, None, attempts, 0), worker)
            self._ended.append(Outcome(job=job, state="todo", wait=self._patience.first))

    async def _sweep(self) -> None:
        if monotonic() < self._sweep_at:
            return
        self._sweep_at = monotonic() + self._pace.silence / 3
        asked = {"silence": self._pace.silence, "deaths": self._patience.deaths}
        for number, state in await self._line.ask(statement("sweep"), asked):
            _log.warning("the worker of job %d died; the job is now %s", number, state)
        await self._line.ask(statement("bury"), asked)

    async def _settle(self) -> None:
        """Write down what ended. What cannot be written now is written later; what is not ours any more, never."""
        batch = self._ended[:]
        if not batch:
            return
        rows = await self._line.ask(statement("settle"), columns(batch))
        del self._ended[: len(batch)]
        written = dict(rows)
        for ended in batch:
            state = written.get(ended.job.id, "another's")
            level = logging.ERROR if state == "failed" else logging.INFO if ended.failure else logging.DEBUG
            _log.log(level, "job %d (%s, attempt %d): %s", ended.job.id, ended.job.task, ended.job.attempt, state)

    async def _fetch(self) -> None:
        if self._worker is None:
            return
        free = self._concurrency - len(self._running)
        asked = {"tasks": list(self._tasks), "most": free, "worker": self._worker}
        try:
            rows = await self._line.ask(statement("fetch"), asked)
        except psycopg.errors.UniqueViolation:  # another worker took a job of the same lock at the same moment
            self._wake.set()
            return
        for row in sorted(rows, key=lambda row: (-row[5], row[0])):
            self._start(_job(row, self._worker))

    def _start(self, job: Job) -> None:
        task = asyncio.ensure_future(_running(self._tasks[job.task], job))
        attempt = Attempt(job, task)
        self._running[attempt.hold] = attempt
        task.add_done_callback(lambda _: self._done(attempt))

    def _done(self, attempt: Attempt) -> None:
        del self._running[attempt.hold]
        task = attempt.task
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        ended = outcome(attempt.job, error, attempt.why, self._patience, random.random)
        if ended is not None:
            self._ended.append(ended)
        self._wake.set()

    async def _drain(self, seconds: float) -> None:
        """Let what runs end, for so long; its ends are written down."""
        until = monotonic() + seconds
        while (self._running or self._ended) and monotonic() < until:
            await self._round(fetching=False)
            if self._running:
                await self._rest()

    async def _leave(self) -> None:
        """Give back what still runs, and go."""
        for attempt in self._running.values():
            attempt.end("stopped")
        await self._drain(UNWIND_SECONDS)
        if self._worker is not None:
            with suppress(*FAULTS):
                await self._line.ask(statement("unregister"), {"worker": self._worker})
        await self._line.close()


async def _running(task: Task, job: Job) -> None:
    await task(job)


def _hold(job: Job) -> Hold:
    return job.id, job.worker, job.attempt - 1


def _job(row: tuple[Any, ...], worker: int | None) -> Job:
    number, task, args, lock, attempts, _ = row
    return Job(
        id=number,
        task=task,
        arguments=args.get("arguments", {}),
        lock=lock,
        repository=args.get("repository", ""),
        state="doing",
        attempt=attempts + 1,
        deaths=args.get("deaths", 0),
        failure=args.get("failure", ""),
        worker=worker,
    )
