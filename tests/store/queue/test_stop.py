"""A worker that stops finishes its jobs, or gives them back."""

import asyncio
import signal

import pytest
from stand_ins.queue_site import Site, forever, ignoring, until
from stand_ins.queue_worker import worker_process

from coderev.store.queue import Job, Pace

HASTY = Pace(pulse=0.1, beat=0.2, silence=5.0, grace=0.2)


async def test_a_running_job_ends_and_no_new_one_begins(site: Site) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    ran: list[int] = []

    async def task(job: Job) -> None:
        ran.append(job.id)
        begun.set()
        await may_end.wait()

    first, second = await site.add(), await site.add()
    async with site.working(task=task) as running:
        await begun.wait()
        running.stop.set()
        third = await site.add()
        await asyncio.sleep(0.3)
        may_end.set()
        await asyncio.wait_for(running.task, 5)

    assert ran == [first]
    assert await site.is_(first, "succeeded")
    assert [(await site.job(number)).state for number in (second, third)] == ["todo", "todo"]


async def test_what_does_not_end_in_time_is_given_back_and_the_attempt_is_not_counted(site: Site) -> None:
    begun = asyncio.Event()
    attempts: list[int] = []

    async def task(job: Job) -> None:
        attempts.append(job.attempt)
        begun.set()
        if len(attempts) == 1:
            await forever()

    number = await site.add()
    async with site.working(queue=site.another(HASTY), task=task):
        await begun.wait()
    given_back = await site.job(number)
    workers = await site.ask("SELECT id FROM procrastinate_workers")
    async with site.working(task=task):
        await until(lambda: site.is_(number, "succeeded"))

    assert (given_back.state, given_back.attempt, given_back.worker) == ("todo", 1, None)
    assert workers == []
    assert attempts == [1, 1]


async def test_one_that_fails_because_it_was_stopped_is_given_back_too(site: Site) -> None:
    begun = asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await ignoring(forever())
        raise ConnectionError

    number = await site.add()
    async with site.working(queue=site.another(HASTY), task=task):
        await begun.wait()

    assert await site.is_(number, "todo", attempt=1)


async def test_a_job_that_is_cancelled_while_its_worker_stops_is_aborted(site: Site) -> None:
    begun = asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await forever()

    number = await site.add(lock="mr")
    async with site.working(task=task) as running:
        await begun.wait()
        running.stop.set()
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await asyncio.wait_for(running.task, 5)

    assert await site.is_(number, "aborted")


async def test_a_worker_that_is_cancelled_gives_its_jobs_back(site: Site) -> None:
    begun, stop = asyncio.Event(), asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await forever()

    number = await site.add()
    worker = asyncio.create_task(site.queue.run({"task": task}, concurrency=1, stop=stop))
    await begun.wait()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker

    assert await site.is_(number, "todo", attempt=1)


async def test_a_process_that_is_told_to_end_gives_its_jobs_back(site: Site) -> None:
    number = await site.add("publish")
    pace = {"pulse": 0.1, "grace": 0.1}
    with worker_process(site.server.port, site.database, pace=pace, seconds=60) as process:
        await until(lambda: site.is_(number, "doing"))
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None)

    assert process.returncode == 0
    assert await site.is_(number, "todo", attempt=1)


async def test_a_stop_before_the_first_job_ends_at_once(site: Site) -> None:
    stop = asyncio.Event()
    stop.set()

    await asyncio.wait_for(site.queue.run({}, concurrency=1, stop=stop), 2)

    assert await site.ask("SELECT id FROM procrastinate_workers") == []
