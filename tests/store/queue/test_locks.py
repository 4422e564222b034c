"""Of one lock one job runs at a time."""

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

from stand_ins.queue_site import Site, until

from coderev.store.queue import Job, Patience
from coderev.store.queue.statements import statement


async def test_two_jobs_of_one_lock_never_run_at_once(site: Site) -> None:
    running: Counter[str | None] = Counter()
    most: Counter[str | None] = Counter()
    done: list[int] = []

    async def task(job: Job) -> None:
        running[job.lock] += 1
        most[job.lock] = max(most[job.lock], running[job.lock])
        await asyncio.sleep(0.01)
        running[job.lock] -= 1
        done.append(job.id)

    numbers = [await site.add(lock=f"mr {number % 3}", repository=f"{number % 5}") for number in range(30)]
    async with AsyncExitStack() as workers:
        for _ in range(3):
            await workers.enter_async_context(site.working(concurrency=4, queue=site.another(), task=task))
        await until(lambda: len(done) == len(numbers))

    assert sorted(done) == numbers
    assert most == {"mr 0": 1, "mr 1": 1, "mr 2": 1}


async def test_jobs_without_a_lock_run_side_by_side(site: Site) -> None:
    together = asyncio.Barrier(3)

    async def task(_: Job) -> None:
        await together.wait()

    numbers = [await site.add() for _ in range(3)]
    async with site.working(concurrency=3, task=task):
        for number in numbers:
            await until(partial(site.is_, number, "succeeded"))


async def test_jobs_of_one_lock_run_in_their_order(site: Site) -> None:
    ran: list[int] = []

    async def task(job: Job) -> None:
        ran.append(job.id)

    numbers = [await site.add(lock="mr") for _ in range(10)]
    async with site.working(concurrency=5, task=task):
        await until(lambda: len(ran) == len(numbers))

    assert ran == numbers


async def test_a_job_that_waits_for_another_try_holds_up_nobody_of_its_lock(site: Site) -> None:
    async def task(job: Job) -> None:
        if job.arguments.get("fails"):
            raise ConnectionError

    failing = await site.add(lock="mr", fails=True)
    async with site.working(queue=site.another(patience=Patience(first=600.0)), task=task):
        await until(lambda: site.is_(failing, "todo", attempt=2))
        await site.ask("UPDATE procrastinate_jobs SET priority = 1000 WHERE id = %s", failing)
        [fetched] = await site.ask("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")
        number = await site.add(lock="mr")
        [theirs] = await site.ask("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")
        await until(lambda: site.is_(number, "succeeded"))

    assert fetched == (None,)
    assert theirs == (None,)  # procrastinate's own function does not see the job that is ready: why we have ours


async def test_while_one_of_its_lock_runs_a_job_is_not_even_tried(site: Site) -> None:
    first, _ = await site.add(lock="mr"), await site.add(lock="mr")
    [(worker,)] = await site.ask("SELECT worker_id FROM procrastinate_register_worker_v1()")
    asked = {"tasks": ["task"], "most": 5, "worker": worker}
    async with site.work() as work:
        taken = await (await work.connection.execute(statement("fetch"), asked)).fetchall()
        then = await (await work.connection.execute(statement("fetch"), asked)).fetchall()

    assert [row[0] for row in taken] == [first]
    assert then == []


async def test_a_worker_that_loses_the_race_for_a_lock_goes_on(site: Site) -> None:
    async def task(_: Job) -> None:
        """Nothing to do."""

    later, ready = await site.add(lock="mr"), await site.add(lock="mr")
    await site.ask("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE id = %s", later)
    async with site.work() as other:
        await other.connection.execute(b"UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", (later,))
        worker = await _begin(site.working(task=task))
        await until(partial(_waits_for_the_lock, site))
    await until(partial(site.is_, ready, "succeeded"))
    await worker.aclose()

    assert await site.is_(later, "todo")


async def _begin(working: AbstractAsyncContextManager[object]) -> AsyncExitStack:
    stack = AsyncExitStack()
    await stack.enter_async_context(working)
    return stack


async def _waits_for_the_lock(site: Site) -> bool:
    return bool(await site.ask("SELECT pid FROM pg_stat_activity WHERE wait_event = 'transactionid'"))
