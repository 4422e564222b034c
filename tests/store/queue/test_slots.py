"""At most so many use one model at a time, over all processes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import pytest
from stand_ins.queue_site import Site, until
from stand_ins.queue_worker import worker_process

from coderev.store.queue import NoSlot, Queue


@dataclass(frozen=True)
class Store:
    """What `slot` needs of a store."""

    queue: Queue


async def _held(site: Site) -> int:
    return len(await site.ask("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"))


async def test_no_more_than_the_limit_are_held_over_all_processes(site: Site) -> None:
    stores = [Store(site.another()) for _ in range(3)]
    now = most = 0

    async def use(store: Store) -> None:
        nonlocal now, most
        async with store.queue.slot("model", 2):
            now += 1
            most = max(most, now)
            assert await _held(site) <= 2
            await asyncio.sleep(0.01)
            now -= 1

    await asyncio.gather(*(use(store) for store in stores * 4))
    held = await _held(site)
    for store in stores:
        await store.queue.close()

    assert most == 2
    assert held == 0


async def test_models_do_not_wait_for_each_other(site: Site) -> None:
    async with site.queue.slot("one", 1), site.queue.slot("other", 1):
        assert await _held(site) == 2


async def test_a_slot_takes_one_lock_and_no_second(site: Site) -> None:
    async with site.queue.slot("model", 8):
        assert await _held(site) == 1


async def test_a_process_that_is_killed_frees_its_slots(site: Site) -> None:
    order = {"hold": "model"}
    with worker_process(site.server.port, site.database, **order) as process:
        await until(lambda: _holds(site))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5), site.queue.slot("model", 1):
                pass
        process.kill()
        async with asyncio.timeout(10), site.queue.slot("model", 1):
            held = await _held(site)

    assert held == 1


async def _holds(site: Site) -> bool:
    return await _held(site) == 1


async def test_one_that_stops_waiting_takes_nothing(site: Site) -> None:
    other = site.another()
    async with site.queue.slot("model", 1):
        for patience in (0.0, 0.001, 0.003, 0.01, 0.1):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(patience), other.slot("model", 1):
                    pass
    async with asyncio.timeout(5), other.slot("model", 1):
        held = await _held(site)
    await other.close()

    assert held == 1
    assert await _held(site) == 0


@pytest.mark.parametrize("patience", [0.0, 0.0005, 0.001, 0.002, 0.005])
async def test_one_that_is_cancelled_while_it_takes_a_slot_keeps_none(site: Site, patience: float) -> None:
    async with site.queue.slot("other", 1):  # the connection stands
        pass
    with suppress(TimeoutError):
        async with asyncio.timeout(patience), site.queue.slot("model", 1):
            pass

    assert await _held(site) == 0


async def test_those_who_wait_are_served_as_they_came(site: Site) -> None:
    order: list[int] = []

    async def use(number: int) -> None:
        async with site.queue.slot("model", 1):
            order.append(number)

    async with site.queue.slot("model", 1):
        users = [asyncio.create_task(use(number)) for number in range(5)]
        await asyncio.sleep(0.05)
    await asyncio.gather(*users)

    assert order == list(range(5))


async def test_after_the_database_ended_the_session_slots_are_had_again(site: Site) -> None:
    async with site.queue.slot("model", 1):
        await site.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
        await until(lambda: _free(site))
        async with site.queue.slot("model", 1):
            held = await _held(site)

    assert held == 1
    assert await _held(site) == 0


async def _free(site: Site) -> bool:
    return await _held(site) == 0


async def test_a_database_that_is_away_is_told() -> None:
    async def away() -> "psycopg.AsyncConnection[tuple[object, ...]]":
        raise psycopg.OperationalError

    with pytest.raises(NoSlot, match="model"):
        async with Queue(away).slot("model", 1):
            pass
