"""A job is added in the transaction of what it follows from."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.queue_site import Refused, Site, until

from coderev.store.queue import Job, Pace
from coderev.store.queue.queue import MAX_ARGUMENTS, BadArguments

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS, lambda inner: st.lists(inner, max_size=3)
)
SLOW = Pace(pulse=30.0)


async def test_a_job_and_what_it_follows_from_are_there_together(site: Site) -> None:
    async with site.work() as work:
        await work.connection.execute(b"INSERT INTO published VALUES (1, 1)")
        number = await site.queue.enqueue(work, "task", {}, lock=None, repository="a")
        outside = await site.ask("SELECT id FROM procrastinate_jobs")

    assert outside == []
    assert await site.ask("SELECT id FROM procrastinate_jobs") == [(number,)]


async def test_a_job_of_a_transaction_that_is_rolled_back_never_was(site: Site) -> None:
    with pytest.raises(Refused):
        await _enqueue_and_roll_back(site)

    assert await site.ask("SELECT id FROM procrastinate_jobs") == []


async def _enqueue_and_roll_back(site: Site) -> None:
    async with site.work() as work:
        await site.queue.enqueue(work, "task", {}, lock=None, repository="a")
        raise Refused


async def test_a_worker_hears_of_a_job_at_once(site: Site) -> None:
    ran = asyncio.Event()

    async def task(_: Job) -> None:
        ran.set()

    async with site.working(queue=site.another(SLOW), task=task):
        await until(site.is_heard)
        await site.add()
        await asyncio.wait_for(ran.wait(), 5)


async def test_a_worker_that_hears_nothing_finds_the_job_itself(site: Site) -> None:
    await site.ask("DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs")
    ran = asyncio.Event()

    async def task(_: Job) -> None:
        ran.set()

    async with site.working(task=task):
        await until(site.is_heard)
        await site.add()
        await asyncio.wait_for(ran.wait(), 5)


async def test_a_job_waits_for_its_time(site: Site) -> None:
    ran: list[int] = []

    async def task(job: Job) -> None:
        ran.append(job.id)

    [(later,)] = await site.ask("SELECT now() + interval '1 second'")
    async with site.work() as work:
        second = await site.queue.enqueue(work, "task", {}, lock=None, repository="a", at=later)
    async with site.working(task=task):
        first = await site.add(repository="b")
        await until(lambda: len(ran) == 1)
        counted = await site.counts()
        await until(lambda: len(ran) == 2)

    assert ran == [first, second]
    assert counted.later == 1


async def test_a_job_of_a_task_that_this_program_does_not_know_is_left_for_one_that_does(site: Site) -> None:
    async def task(job: Job) -> None:
        """Nothing to do."""

    unknown = await site.add("tomorrows", lock="a")
    known = await site.add("task", lock="a")
    async with site.working(task=task):
        await until(lambda: site.is_(known, "succeeded"))

    assert await site.is_(unknown, "todo")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=st.dictionaries(TEXTS, JSON, max_size=3), lock=TEXTS, repository=TEXTS)
async def test_a_job_is_told_what_was_said(site: Site, arguments: dict[str, Any], lock: str, repository: str) -> None:
    async with site.work() as work:
        number = await site.queue.enqueue(work, "task", arguments, lock=lock, repository=repository)
        job = next(job for job in await site.queue.jobs(work, limit=1))

    assert (job.id, job.arguments, job.lock, job.repository) == (number, arguments, lock, repository)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"a": "\0"}, "a NUL character"),
        ({"a": "\\\0"}, "a NUL character"),
        ({"\0": 1}, "a NUL character"),
        ({"a": "x" * MAX_ARGUMENTS}, "are the most"),
        ({"a": object()}, "no JSON"),
        ({"a": "\ud800"}, "no JSON"),
    ],
)
async def test_arguments_that_cannot_be_kept_are_refused(site: Site, arguments: dict[str, Any], reason: str) -> None:
    async with site.work() as work:
        with pytest.raises(BadArguments, match=reason):
            await site.queue.enqueue(work, "task", arguments, lock=None, repository="a")


async def test_words_that_only_look_like_a_nul_are_kept(site: Site) -> None:
    number = await site.add(said="\\u0000")

    assert (await site.job(number)).arguments == {"said": "\\u0000"}


@pytest.mark.parametrize("hostile", ["'; DROP TABLE procrastinate_jobs; --", "%s", "%(id)s", "a" * 5_000])
async def test_hostile_names_are_only_names(site: Site, hostile: str) -> None:
    number = await site.add(lock=hostile, repository=hostile)
    async with site.work() as work:
        cancelled = await site.queue.cancel(work, hostile, hostile)

    assert cancelled == 0
    assert (await site.job(number)).repository == hostile
