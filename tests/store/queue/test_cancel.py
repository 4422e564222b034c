"""A newer push cancels the older run."""

import asyncio
from functools import partial

import pytest
from stand_ins.queue_site import Refused, Site, forever, ignoring, until

from coderev.store.queue import Job, JobLost, Pace, Patience

SLOW = Pace(pulse=0.75, beat=3.0, silence=15.0)


async def test_a_job_that_waits_is_cancelled_and_never_runs(site: Site) -> None:
    ran: list[int] = []

    async def task(job: Job) -> None:
        ran.append(job.id)

    older, newer = await site.add(lock="mr"), 0
    async with site.work() as work:
        cancelled = await site.queue.cancel(work, "mr", "task")
        newer = await site.queue.enqueue(work, "task", {}, lock="mr", repository="a")
    async with site.working(task=task):
        await until(lambda: ran == [newer])

    assert cancelled == 1
    assert await site.is_(older, "cancelled")


async def test_a_running_job_learns_of_it_within_a_second_and_the_newer_runs(site: Site) -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()
    ended: dict[int, float] = {}
    clock = asyncio.get_running_loop().time

    async def task(job: Job) -> None:
        begun.put_nowait(job.id)
        try:
            await forever()
        finally:
            ended[job.id] = clock()

    async with site.working(concurrency=2, queue=site.another(SLOW), task=task):
        older = await site.add(lock="mr")
        assert await begun.get() == older
        asked = clock()
        async with site.work() as work:
            assert await site.queue.cancel(work, "mr", "task") == 1
            newer = await site.queue.enqueue(work, "task", {}, lock="mr", repository="a")
        assert await begun.get() == newer
        aborted = await site.job(older)
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")

    assert ended[older] - asked < 1.0
    assert (aborted.state, aborted.failure, aborted.attempt) == ("aborted", "", 1)


async def test_it_hears_of_it_and_need_not_look(site: Site) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        try:
            await forever()
        finally:
            ended.set()

    await site.add(lock="mr")
    async with site.working(queue=site.another(Pace(pulse=30.0)), task=task):
        await begun.wait()
        await until(site.is_heard)
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await asyncio.wait_for(ended.wait(), 5)


async def test_it_learns_of_it_where_nothing_is_heard(site: Site) -> None:
    await site.ask("DROP TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 ON procrastinate_jobs")
    begun = asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await forever()

    number = await site.add(lock="mr")
    async with site.working(task=task):
        await begun.wait()
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await until(lambda: site.is_(number, "aborted"), 5)


async def test_a_cancellation_that_is_rolled_back_ends_nothing(site: Site) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await may_end.wait()

    running, waiting = await site.add(lock="mr"), await site.add(lock="mr")
    async with site.working(task=task):
        await begun.wait()
        with pytest.raises(Refused):
            await _cancel_and_roll_back(site)
        may_end.set()
        await until(lambda: site.is_(waiting, "succeeded"))

    assert await site.is_(running, "succeeded")


async def _cancel_and_roll_back(site: Site) -> None:
    async with site.work() as work:
        assert await site.queue.cancel(work, "mr", "task") == 2
        raise Refused


async def test_only_jobs_of_the_lock_and_the_task_are_cancelled(site: Site) -> None:
    others = [await site.add("task", lock="other"), await site.add("answer", lock="mr"), await site.add("task")]
    mine = await site.add("task", lock="mr")
    async with site.work() as work:
        cancelled = await site.queue.cancel(work, "mr", "task")

    assert cancelled == 1
    assert await site.is_(mine, "cancelled")
    assert [(await site.job(other)).state for other in others] == ["todo"] * 3


async def test_a_job_that_waits_for_another_try_is_cancelled(site: Site) -> None:
    async def task(_: Job) -> None:
        raise ConnectionError

    patient = site.another(patience=Patience(first=600.0))
    number = await site.add(lock="mr")
    async with site.working(queue=patient, task=task):
        await until(lambda: site.is_(number, "todo", attempt=2))
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")

    assert await site.is_(number, "cancelled")


async def test_a_cancelled_attempt_does_not_publish(site: Site) -> None:
    begun, refused = asyncio.Event(), asyncio.Event()

    async def task(job: Job) -> None:
        begun.set()
        await ignoring(forever(5))
        async with site.work() as work:
            with pytest.raises(JobLost):
                await job.fence(work)
        refused.set()
        raise asyncio.CancelledError

    number = await site.add(lock="mr")
    async with site.working(task=task):
        await begun.wait()
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await refused.wait()
        await until(lambda: site.is_(number, "aborted"))


async def test_what_was_done_all_the_same_is_done(site: Site) -> None:
    begun = asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await ignoring(forever(5))

    number = await site.add(lock="mr")
    async with site.working(task=task):
        await begun.wait()
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await until(lambda: site.is_(number, "succeeded"))


async def test_a_cancelled_attempt_that_fails_at_its_end_is_aborted_and_not_tried_again(site: Site) -> None:
    begun = asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await ignoring(forever(5))
        raise ConnectionError

    number = await site.add(lock="mr")
    async with site.working(task=task):
        await begun.wait()
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await until(lambda: site.is_(number, "aborted"))


async def test_cancelling_while_a_worker_takes_the_job_ends_it_either_way(site: Site) -> None:
    async def task(_: Job) -> None:
        await forever()

    async with site.working(concurrency=4, task=task):
        for number in range(20):
            job = await site.add(lock=f"mr {number}")
            async with site.work() as work:
                assert await site.queue.cancel(work, f"mr {number}", "task") == 1
            await until(partial(_ended, site, job))


async def _ended(site: Site, number: int) -> bool:
    return (await site.job(number)).state in {"cancelled", "aborted"}


async def test_whether_a_job_waits_or_was_cancelled_is_known_by_its_lock_and_its_id(site: Site) -> None:
    waits, gone = await site.add(lock="waits"), await site.add(lock="gone")
    async with site.work() as work:
        await site.queue.cancel(work, "gone", "task")

    async with site.work() as work:
        there = [await site.queue.has(work, lock) for lock in ("waits", "gone", "never was")]
        cancelled = [await site.queue.is_cancelled(work, job) for job in (waits, gone, 10**9)]

    assert there == [True, False, False]
    assert cancelled == [False, True, False]


async def test_a_running_job_that_was_asked_to_end_counts_as_cancelled(site: Site) -> None:
    seen: list[bool] = []
    begun = asyncio.Event()

    async def task(job: Job) -> None:
        begun.set()
        try:
            await forever()
        except asyncio.CancelledError:
            async with site.work() as work:
                seen.append(await site.queue.is_cancelled(work, job.id))
            raise

    async with site.working(task=task):
        await site.add(lock="mr")
        await begun.wait()
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
        await until(lambda: bool(seen))

    assert seen == [True]
