"""What failed is tried again where that helps, ever more rarely, and in the end a person is asked."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.queue_site import EAGER, Site, until

from coderev.errors import Bug, CoderevError, InputError, TrustError, Unavailable
from coderev.store.queue import Job, JobLost, Patience
from coderev.store.queue.outcome import MAX_FAILURE, told
from coderev.store.queue.patience import MAX_WAIT


class Away(Unavailable):
    message = "the forge is away{more}"
    hint = "wait"
    retry_after: object = None


class Wrong(InputError):
    message = "there is no {what}"
    hint = "look again"


class Untrusted(TrustError):
    message = "the token is not valid"
    hint = "make another"


CHANCES = st.floats(0, 1, exclude_max=True)
KINDS = st.sampled_from([Away(more=""), Bug(what="x"), KeyError("x"), ConnectionError(), asyncio.CancelledError()])


@given(error=KINDS, attempt=st.integers(1, 10_000), chance=CHANCES)
def test_waits_grow_stay_within_bounds_and_end(error: BaseException, attempt: int, chance: float) -> None:
    patience = Patience()
    wait = patience.wait(error, attempt, lambda: chance)

    most = patience.attempts if isinstance(error, Unavailable | OSError) else patience.faults
    assert (wait is None) == (attempt >= most)
    if wait is not None:
        undisturbed = min(patience.first * 2 ** (attempt - 1), patience.longest)
        assert undisturbed / 2 <= wait <= undisturbed


@given(asked=st.floats(0, 1e12), chance=CHANCES)
def test_what_a_forge_asks_for_is_waited_for_up_to_a_day(asked: float, chance: float) -> None:
    error = Away(more="")
    error.retry_after = asked
    wait = Patience().wait(error, 1, lambda: chance)

    assert wait is not None
    assert min(asked, MAX_WAIT) <= wait <= MAX_WAIT


@pytest.mark.parametrize("asked", [float("nan"), float("-inf"), -5, "soon", None, [1], True])
def test_nonsense_that_a_forge_asks_for_is_no_wait(asked: object) -> None:
    error = Away(more="")
    error.retry_after = asked

    wait = Patience().wait(error, 1, lambda: 0.0)

    assert wait is not None
    assert 2.5 <= wait <= 3.5


@pytest.mark.parametrize("error", [Wrong(what="x"), Untrusted()])
def test_what_would_fail_again_is_not_tried_again(error: CoderevError) -> None:
    assert Patience().wait(error, 1, lambda: 0.0) is None


def test_the_whole_patience_outlasts_a_forge_that_is_down_for_an_hour() -> None:
    shortest = [Patience().wait(Away(more=""), attempt, lambda: 0.0) or 0.0 for attempt in range(1, 25)]

    assert sum(shortest) > 3600


def test_words_of_errors_that_are_not_ours_are_not_kept() -> None:
    assert told(KeyError("secret = 'hunter2'")) == "a bug: KeyError"
    assert told(Away(more=" " + "x" * 10_000)) == "the forge is away " + "x" * (MAX_FAILURE - 18)
    assert told(Wrong(what="\0 \udcff")) == "there is no � ?"


async def test_a_job_that_fails_once_runs_again_and_ends_well(site: Site) -> None:
    attempts: list[int] = []

    async def task(job: Job) -> None:
        attempts.append(job.attempt)
        if job.attempt == 1:
            raise Away(more="")

    number = await site.add()
    async with site.working(task=task):
        await until(lambda: site.is_(number, "succeeded"))

    assert attempts == [1, 2]
    assert (await site.job(number)).failure == ""


async def test_a_job_that_always_fails_ends_among_the_dead_with_the_reason(site: Site) -> None:
    attempts: list[int] = []

    async def task(job: Job) -> None:
        attempts.append(job.attempt)
        raise Away(more="")

    number = await site.add(change=7)
    async with site.working(queue=site.another(patience=Patience(first=0.01, longest=0.01, attempts=4)), task=task):
        await until(lambda: site.is_(number, "failed"))
    async with site.work() as work:
        [dead] = await site.queue.dead(work)

    assert attempts == [1, 2, 3, 4]
    assert (dead.id, dead.attempt, dead.arguments, dead.failure) == (number, 4, {"change": 7}, "the forge is away")
    times = (dead.queued, dead.started, dead.ended)
    assert list(times) == sorted(time for time in times if time)


async def test_a_failure_in_hostile_words_is_kept_all_the_same(site: Site) -> None:
    async def task(_: Job) -> None:
        raise Wrong(what="'; DROP TABLE \0 \udcff \x1b[2J %s")

    number = await site.add()
    async with site.working(task=task):
        await until(lambda: site.is_(number, "failed"))

    assert "DROP TABLE � ? \x1b[2J %s" in (await site.job(number)).failure


async def test_wrong_input_is_dead_at_once(site: Site) -> None:
    async def task(_: Job) -> None:
        raise Wrong(what="merge request")

    number = await site.add()
    async with site.working(task=task):
        await until(lambda: site.is_(number, "failed"))

    assert (await site.job(number)).attempt == 1


async def test_a_person_replays_a_dead_job_and_it_has_all_its_attempts_again(site: Site) -> None:
    healed = False
    attempts: list[int] = []

    async def task(job: Job) -> None:
        attempts.append(job.attempt)
        if not healed:
            raise KeyError

    number = await site.add()
    async with site.working(task=task):
        await until(lambda: site.is_(number, "failed"))
        healed = True
        async with site.work() as work:
            assert await site.queue.replay(work, number)
        await until(lambda: site.is_(number, "succeeded"))

    assert attempts == [1, 2, 3, 1]
    assert (await site.counts()).dead == 0


async def test_only_the_dead_are_replayed(site: Site) -> None:
    number = await site.add()
    async with site.work() as work:
        assert not await site.queue.replay(work, number)
        assert not await site.queue.replay(work, 123_456)

    assert await site.is_(number, "todo", attempt=1)


async def test_another_try_takes_another_turn(site: Site) -> None:
    async def task(_: Job) -> None:
        raise Away(more="")

    number = await site.add()
    await site.add("other")
    async with site.working(queue=site.another(patience=Patience(first=600)), task=task):
        await until(lambda: site.is_(number, "todo", attempt=2))

    assert await site.ask("SELECT priority FROM procrastinate_jobs ORDER BY id") == [(-2,), (-1,)]


async def test_a_task_that_says_lost_where_nothing_was_lost_is_not_lost(site: Site) -> None:
    ended: list[int] = []

    async def task(job: Job) -> None:
        if job.attempt == 1:
            raise JobLost(job=job.id, attempt=job.attempt)
        ended.append(job.id)

    number = await site.add()
    async with site.working(task=task):
        await until(lambda: ended == [number])


async def test_one_whose_task_cancels_itself_counts_as_failed(site: Site) -> None:
    async def task(_: Job) -> None:
        raise asyncio.CancelledError

    number = await site.add()
    async with site.working(task=task):
        await until(lambda: site.is_(number, "failed"))

    assert (await site.job(number)).attempt == EAGER.faults
