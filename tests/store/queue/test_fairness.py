"""Repositories take turns. The bound, whatever others queue and whenever:

Of the jobs of any other repository at most `k + 2` start between the queueing of a job and its start, where `k` jobs
of its own repository were waiting when it was queued.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.postgres import Postgres
from stand_ins.queue_site import Site, site_of, until

from coderev.store.queue import Job
from coderev.store.queue.statements import statement

REPOSITORIES = "abcd"
STEPS = st.lists(
    st.tuples(st.sampled_from(["queue"] * 3 + ["start"]), st.sampled_from(REPOSITORIES), st.integers(1, 12))
)


@dataclass
class Waiting:
    """A job that waits, with how many of its own were before it, and who has started since."""

    repository: str
    own: int
    started: Counter[str] = field(default_factory=Counter)


async def _start(site: Site, worker: int) -> tuple[int, str] | None:
    asked = {"tasks": ["task"], "most": 1, "worker": worker}
    async with site.work() as work:
        rows = await (await work.connection.execute(statement("fetch"), asked)).fetchall()
    return (rows[0][0], rows[0][2]["repository"]) if rows else None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_no_job_waits_for_more_than_its_share(server: Postgres, steps: list[tuple[str, str, int]]) -> None:
    waiting: dict[int, Waiting] = {}
    async with site_of(server) as site:
        [(worker,)] = await site.ask("SELECT worker_id FROM procrastinate_register_worker_v1()")
        for what, repository, times in [*steps, ("start", "", 10_000)]:
            for _ in range(times):
                if what == "queue":
                    own = sum(job.repository == repository for job in waiting.values())
                    waiting[await site.add(repository=repository)] = Waiting(repository, own)
                elif (taken := await _start(site, worker)) is None:
                    break
                else:
                    job = waiting.pop(taken[0])
                    others = {name: number for name, number in job.started.items() if name != job.repository}
                    assert max(others.values(), default=0) <= job.own + 2
                    for other in waiting.values():
                        other.started[taken[1]] += 1

    assert waiting == {}


async def test_a_repository_with_500_queued_holds_up_another_by_two_jobs_at_most(site: Site) -> None:
    ran: list[str] = []

    async def task(job: Job) -> None:
        ran.append(job.repository)

    async with site.work() as work:
        for _ in range(500):
            await site.queue.enqueue(work, "task", {}, lock=None, repository="flood")
    await site.add(repository="small")
    await site.add(repository="small")
    async with site.working(task=task):
        await until(lambda: len(ran) == 502)

    first, second = (index for index, name in enumerate(ran) if name == "small")
    assert first <= 2
    assert second <= 4


async def test_the_last_of_many_is_not_starved_by_repositories_that_come_one_after_another(site: Site) -> None:
    ran: list[str] = []
    async with site.work() as work:
        for _ in range(20):
            await site.queue.enqueue(work, "task", {}, lock=None, repository="flood")

    async def task(job: Job) -> None:
        ran.append(job.repository)
        if job.repository != "flood" and len(ran) < 500:
            await site.add(repository=job.repository)

    for name in "xyz":
        await site.add(repository=name)
    async with site.working(task=task):
        await until(lambda: ran.count("flood") == 20)

    last = max(index for index, name in enumerate(ran) if name == "flood")
    assert last <= 20 + 3 * (19 + 2)


async def test_jobs_queued_at_the_same_moment_take_different_turns(site: Site) -> None:
    await asyncio.gather(*(site.add() for _ in range(8)))

    assert await site.ask("SELECT count(DISTINCT priority) FROM procrastinate_jobs") == [(8,)]


async def test_a_cancelled_job_takes_no_turn(site: Site) -> None:
    for _ in range(5):
        await site.add(lock="mr")
        async with site.work() as work:
            await site.queue.cancel(work, "mr", "task")
    await site.add(lock="mr")

    assert await site.ask("SELECT priority FROM procrastinate_jobs WHERE status = 'todo'") == [(0,)]
