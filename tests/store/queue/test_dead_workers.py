"""Jobs of dead workers run again: the gaps that procrastinate's own sweep leaves, each closed by ours."""

import asyncio
import signal
from contextlib import nullcontext

import msgspec
import psycopg
import pytest
from stand_ins.queue_site import FAST, Refused, Site, forever, ignoring, until
from stand_ins.queue_worker import worker_process

from coderev.store.queue import Job, JobLost, Pace, Patience, Queue
from coderev.store.queue.outcome import Outcome, columns
from coderev.store.queue.statements import statement

QUICK = {"pulse": 0.1, "beat": 0.2, "silence": 1.0}
STALLED = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"


async def _taken(site: Site, worker: int | None = None) -> int:
    """Take a job as a worker that then does nothing any more. The worker."""
    if worker is None:
        [(worker,)] = await site.ask("SELECT worker_id FROM procrastinate_register_worker_v1()")
    async with site.work() as work:
        await work.connection.execute(statement("fetch"), {"tasks": ["task"], "most": 1, "worker": worker})
    return worker


async def _done(job: Job) -> None:
    """Nothing to do."""


async def _doing(site: Site, number: int) -> bool:
    return await site.is_(number, "doing")


async def test_a_job_of_a_worker_that_was_killed_runs_again_after_the_time_out(site: Site) -> None:
    number = await site.add("publish")
    with worker_process(site.server.port, site.database, pace=QUICK, seconds=60) as process:
        await until(lambda: _doing(site, number))
        process.kill()
    attempts: list[int] = []

    async def publish(job: Job) -> None:
        attempts.append(job.attempt)

    async with site.working(publish=publish):
        await until(lambda: site.is_(number, "succeeded"))
    job = await site.job(number)

    assert attempts == [2]
    assert (job.attempt, job.deaths) == (2, 1)


async def test_a_job_whose_worker_procrastinate_has_forgotten_runs_again(site: Site) -> None:
    number = await site.add()
    await _taken(site)
    await site.ask(STALLED)
    await site.ask("SELECT procrastinate_prune_stalled_workers_v1(30)")
    assert (await site.job(number)).worker is None

    async with site.working(task=_done):
        await until(lambda: site.is_(number, "succeeded"))


async def test_a_job_whose_worker_left_without_it_runs_again(site: Site) -> None:
    number = await site.add()
    worker = await _taken(site)
    await site.ask("SELECT procrastinate_unregister_worker_v1(%s)", worker)

    async with site.working(task=_done):
        await until(lambda: site.is_(number, "succeeded"))


async def test_a_dead_worker_holds_up_others_of_its_lock_no_longer_than_the_time_out(site: Site) -> None:
    stuck, waiting = await site.add(lock="mr"), await site.add(lock="mr")
    await _taken(site)
    ran: list[int] = []

    async def task(job: Job) -> None:
        ran.append(job.id)

    async with site.working(task=task):
        await until(lambda: len(ran) == 2)

    assert ran == [stuck, waiting]


async def test_a_cancelled_job_of_a_dead_worker_is_aborted_and_not_run_again(site: Site) -> None:
    number = await site.add(lock="mr")
    await _taken(site)
    async with site.work() as work:
        await site.queue.cancel(work, "mr", "task")
    newer = await site.add(lock="mr")
    await site.ask(STALLED)

    async with site.working(task=_done):
        await until(lambda: site.is_(newer, "succeeded"))

    assert await site.is_(number, "aborted")


async def test_a_job_that_kills_its_workers_is_dead_in_the_end(site: Site) -> None:
    number = await site.add()
    patient = site.another(patience=Patience(deaths=3))
    async with site.working(queue=patient, other=_done):
        for _ in range(3):
            await until(lambda: site.is_(number, "todo"))
            await _taken(site)
            await site.ask(
                "UPDATE procrastinate_workers SET last_heartbeat = '-infinity' FROM procrastinate_jobs AS job"
                " WHERE job.worker_id = procrastinate_workers.id"
            )
        await until(lambda: site.is_(number, "failed"))
    job = await site.job(number)

    assert (job.deaths, job.failure) == (3, "its worker died")


async def test_a_job_that_was_taken_and_whose_taker_was_not_told_runs_again(site: Site) -> None:
    number = await site.add()
    attempts: list[int] = []

    async def task(job: Job) -> None:
        attempts.append(job.attempt)

    async with site.working(queue=site.another(patience=Patience(first=0.01)), other=_done, task=task):
        await until(lambda: site.is_(number, "succeeded"))
        [(worker,)] = await site.ask("SELECT id FROM procrastinate_workers")
        await site.ask("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", worker, number)
        await until(lambda: site.is_(number, "succeeded"))

    assert attempts == [1, 3]


async def test_a_worker_that_hung_publishes_nothing_that_another_took_over(site: Site) -> None:
    number = await site.add("publish")
    attempts: list[int] = []

    async def publish(job: Job) -> None:
        async with site.work() as work:
            await job.fence(work)
            await work.connection.execute(b"INSERT INTO published VALUES (%s, %s)", (job.id, job.attempt))
        attempts.append(job.attempt)

    with worker_process(site.server.port, site.database, pace=QUICK, seconds=0.5) as process:
        await until(lambda: _doing(site, number))
        process.send_signal(signal.SIGSTOP)
        async with site.working(publish=publish):
            await until(lambda: site.is_(number, "succeeded"))
        process.send_signal(signal.SIGCONT)
        later = await site.add("publish")  # it lives, and works on
        await until(lambda: site.is_(later, "succeeded"))

    assert attempts == [2]
    assert await site.is_(number, "succeeded", attempt=2)
    assert await site.ask("SELECT job, attempt FROM published ORDER BY job") == [(number, 2), (later, 1)]


async def test_a_worker_that_was_declared_dead_loses_its_job_and_works_on_under_another_number(site: Site) -> None:
    lost, begun = asyncio.Event(), asyncio.Event()
    numbers: list[int | None] = []

    async def task(job: Job) -> None:
        numbers.append(job.worker)
        begun.set()
        if job.attempt == 1:
            try:
                await forever()
            finally:
                lost.set()

    number = await site.add()
    async with site.working(task=task):
        await begun.wait()
        await site.ask("UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, attempts = 1")
        await site.ask("DELETE FROM procrastinate_workers")
        await asyncio.wait_for(lost.wait(), 5)
        await until(lambda: site.is_(number, "succeeded", attempt=2))

    assert len(set(numbers)) == 2


async def test_while_an_attempt_publishes_nobody_takes_its_job_over(site: Site) -> None:
    number = await site.add()
    worker = await _taken(site)
    job = await site.job(number)
    async with site.working(task=_done):
        async with site.work() as work:
            await job.fence(work)
            await site.ask(STALLED)
            await asyncio.sleep(3 * FAST.silence)
            held = await site.job(number)
        await until(lambda: site.is_(number, "succeeded"))

    assert (held.state, held.worker) == ("doing", worker)


HOLDS = [
    (0, 0, True),
    (1, 0, False),
    (0, 1, False),
    (0, -1, False),
]  # worker and attempt beside those that hold the job


@pytest.mark.parametrize(("worker", "attempt", "holds"), HOLDS)
async def test_the_fence_lets_only_the_attempt_through_that_holds_the_job(
    site: Site, worker: int, attempt: int, holds: bool
) -> None:
    number = await site.add()
    holder = await _taken(site)
    await site.ask("UPDATE procrastinate_jobs SET attempts = 4")
    job = msgspec.structs.replace(await site.job(number), worker=holder + worker, attempt=5 + attempt)

    async with site.work() as work:
        with nullcontext() if holds else pytest.raises(JobLost, match=f"attempt {5 + attempt} at job {number}"):
            await job.fence(work)


async def test_the_fence_refuses_every_attempt_once_the_job_has_no_worker(site: Site) -> None:
    number = await site.add()
    await _taken(site)
    job = await site.job(number)
    await site.ask("UPDATE procrastinate_jobs SET worker_id = NULL")

    async with site.work() as work:
        with pytest.raises(JobLost):
            await job.fence(work)


async def test_a_cancellation_does_not_wait_for_what_is_being_published(site: Site) -> None:
    number = await site.add(lock="mr")
    await _taken(site)
    job = await site.job(number)
    async with site.work() as work:
        await job.fence(work)
        async with asyncio.timeout(2), site.work() as other:
            cancelled = await site.queue.cancel(other, "mr", "task")

    assert cancelled == 1


async def test_a_rolled_back_publication_holds_nothing(site: Site) -> None:
    number = await site.add()
    await _taken(site)
    job = await site.job(number)
    with pytest.raises(Refused):
        await _fence_and_roll_back(site, job)
    await site.ask(STALLED)

    async with site.working(task=_done):
        await until(lambda: site.is_(number, "succeeded"))


async def _fence_and_roll_back(site: Site, job: Job) -> None:
    async with site.work() as work:
        await job.fence(work)
        raise Refused


async def test_work_goes_on_when_the_database_ended_all_connections(site: Site) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await may_end.wait()

    number = await site.add()
    async with site.working(queue=site.another(Pace(pulse=0.1, beat=0.2, silence=30.0)), task=task):
        await begun.wait()
        await _end_sessions(site)
        may_end.set()
        await until(lambda: site.is_(number, "succeeded"))
        newer = await site.add()
        await until(lambda: site.is_(newer, "succeeded"))

    assert await site.is_(number, "succeeded", attempt=1)


async def test_nobody_is_declared_dead_for_the_silence_of_the_database(site: Site) -> None:
    away = False

    async def connect() -> "psycopg.AsyncConnection[tuple[object, ...]]":
        if away:
            raise psycopg.OperationalError
        return await site.connect()

    number = await site.add()
    await _taken(site)
    alive = Queue(connect, Pace(pulse=0.05, beat=0.1, silence=2.0), Patience())
    async with site.working(queue=alive, other=_done):
        await until(lambda: _workers(site, 2))
        away = True
        await _end_sessions(site)
        await site.ask(STALLED)
        await asyncio.sleep(0.3)
        away = False
        await asyncio.sleep(1.0)
        spared = await site.is_(number, "doing")
        await until(lambda: site.is_(number, "todo", attempt=2))

    assert spared


async def _workers(site: Site, number: int) -> bool:
    return await site.ask("SELECT count(*) FROM procrastinate_workers") == [(number,)]


async def _end_sessions(site: Site) -> None:
    await site.rest()
    await site.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_a_task_that_goes_on_after_it_lost_its_job_writes_nothing(site: Site) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def task(job: Job) -> None:
        if job.attempt > 1:
            return
        begun.set()
        await ignoring(forever())
        await may_end.wait()
        ended.set()

    number = await site.add()
    async with site.working(concurrency=2, task=task):
        await begun.wait()
        await site.ask("UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, attempts = 1")
        await until(lambda: site.is_(number, "succeeded", attempt=2))
        may_end.set()
        await ended.wait()
        await asyncio.sleep(0.3)

    assert await site.ask("SELECT status::text, attempts FROM procrastinate_jobs") == [("succeeded", 2)]


@pytest.mark.parametrize(("worker", "attempt", "holds"), HOLDS)
async def test_an_end_is_written_only_for_the_attempt_that_holds_the_job(
    site: Site, worker: int, attempt: int, holds: bool
) -> None:
    number = await site.add()
    holder = await _taken(site)
    await site.ask("UPDATE procrastinate_jobs SET attempts = 4")
    job = msgspec.structs.replace(await site.job(number), worker=holder + worker, attempt=5 + attempt)

    async with site.work() as work:
        await work.connection.execute(statement("settle"), columns([Outcome(job=job, state="succeeded")]))

    assert await site.is_(number, "succeeded" if holds else "doing")
