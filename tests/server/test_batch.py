"""A batch of statements on few trips is a transaction as any other."""

from collections.abc import Awaitable, Callable

import psycopg
import pytest
from stand_ins.service import Service

from coderev.store import Work


async def _kept(service: Service) -> int:
    async with service.site.store.work() as work:
        rows = await (await work.connection.execute("SELECT count(*) FROM delivery")).fetchall()
    count: int = rows[0][0]
    return count


async def _take(service: Service, then: Callable[[Work], Awaitable[object]]) -> None:
    async with service.site.store.batch() as work:
        await work.deliveries.accept("gitlab", "a", "pushed", service.at, "r")
        await then(work)


async def _ask_nonsense(work: Work) -> None:
    await work.connection.execute("SELECT 1 / 0")


async def _fail(work: Work) -> None:
    raise LookupError(work)


async def test_what_a_batch_does_is_committed_at_its_end(service: Service) -> None:
    async with service.site.store.batch() as work:
        taken = [await work.deliveries.accept("gitlab", id_, "pushed", service.at, "r") for id_ in ("a", "b", "a")]
        before = await _kept(service)

    assert (taken, before, await _kept(service)) == ([True, True, False], 0, 2)


@pytest.mark.parametrize(("then", "fault"), [(_ask_nonsense, psycopg.errors.DivisionByZero), (_fail, LookupError)])
async def test_nothing_of_a_batch_is_kept_when_it_fails(
    then: Callable[[Work], Awaitable[object]], fault: type[Exception], service: Service
) -> None:
    with pytest.raises(fault):
        await _take(service, then)

    assert await _kept(service) == 0


async def test_a_connection_is_as_good_as_before_when_a_batch_failed_on_it(service: Service) -> None:
    for _ in range(3):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await _take(service, _ask_nonsense)

    async with service.site.store.batch() as work:
        taken = await work.deliveries.accept("gitlab", "a", "pushed", service.at, "r")

    assert (taken, await _kept(service)) == (True, 1)
