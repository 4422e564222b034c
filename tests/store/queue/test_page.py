"""What a page and a metric say of the queue."""

import asyncio
from datetime import UTC, datetime, timedelta

from stand_ins.queue_site import FAST, Site, until

from coderev.store.queue import Counts, Job, Patience


async def test_counts_say_what_waits_runs_and_is_dead(site: Site) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def runs(_: Job) -> None:
        begun.set()
        await may_end.wait()

    async def fails(_: Job) -> None:
        raise ConnectionError

    await site.add("ready")
    await site.add("runs")
    failing, dying = await site.add("fails"), await site.add("fails")
    patient = site.another(patience=Patience(first=600.0))
    async with site.working(concurrency=3, queue=patient, runs=runs, fails=fails):
        await begun.wait()
        await until(lambda: site.is_(failing, "todo", attempt=2))
        await until(lambda: site.is_(dying, "todo", attempt=2))
        await site.ask("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", dying)
        counts = await site.counts()
        may_end.set()

    assert counts == Counts(ready=1, later=1, running=1, dead=1)


async def test_an_empty_queue_has_no_age(site: Site) -> None:
    stats = await site.stats()

    assert (stats.age, stats.workers, stats.counts) == (0.0, 0, Counts(ready=0, later=0, running=0, dead=0))


async def test_the_age_is_that_of_the_job_that_has_been_ready_longest(site: Site) -> None:
    old, scheduled, future = [await site.add() for _ in range(3)]
    await site.ask("UPDATE procrastinate_events SET at = now() - interval '5 minutes' WHERE job_id = %s", old)
    five = (await site.stats()).age
    await site.ask("UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 hour' WHERE id = %s", scheduled)
    await site.ask("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE id = %s", future)
    sixty = (await site.stats()).age

    assert 300 <= five < 330
    assert 3600 <= sixty < 3630


async def test_workers_are_seen_with_what_they_run_and_whether_they_live(site: Site) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def task(_: Job) -> None:
        begun.set()
        await may_end.wait()

    await site.add()
    async with site.working(task=task):
        await begun.wait()
        now = datetime.now(UTC)
        async with site.work() as work:
            [alive] = await site.queue.workers(work, now)
            [dead] = await site.queue.workers(work, now + timedelta(seconds=FAST.silence + 1))
        stats = await site.stats()
        may_end.set()

    assert (alive.alive, alive.running, dead.alive) == (True, 1, False)
    assert stats.workers == 1


async def test_jobs_are_listed_newest_first_page_by_page_and_by_state(site: Site) -> None:
    numbers = [await site.add(lock=f"{number}") for number in range(5)]
    async with site.work() as work:
        await site.queue.cancel(work, "2", "task")
        first = await site.queue.jobs(work, limit=2)
        second = await site.queue.jobs(work, limit=2, before=first[-1].id)
        cancelled = await site.queue.jobs(work, states=["cancelled", "failed"])

    assert [job.id for job in first + second] == numbers[:0:-1]
    assert [job.id for job in cancelled] == [numbers[2]]
    assert cancelled[0].ended is not None
    assert first[0].ended is None
