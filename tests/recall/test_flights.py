"""Those who ask the same at the same time wait for one answer."""

import asyncio

import pytest

from coderev.recall.flights import Flights


async def test_all_who_ask_at_once_get_one_answer() -> None:
    flights: Flights[int] = Flights()
    started = 0

    async def start() -> int:
        nonlocal started
        started += 1
        await asyncio.sleep(0.01)
        return started

    found = await asyncio.gather(*(flights.join(b"key", start) for _ in range(10)))

    assert started == 1
    assert [value for value, _ in found] == [1] * 10
    assert sum(joined for _, joined in found) == 9


async def test_a_failure_is_told_to_all_and_the_next_starts_anew() -> None:
    flights: Flights[int] = Flights()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise ValueError("as it must")

    async def succeed() -> int:
        return 7

    found = await asyncio.gather(*(flights.join(b"key", fail) for _ in range(3)), return_exceptions=True)

    assert [str(fault) for fault in found] == ["as it must"] * 3
    assert await flights.join(b"key", succeed) == (7, False)


async def test_one_who_gives_up_leaves_the_others_waiting() -> None:
    flights: Flights[int] = Flights()
    go = asyncio.Event()

    async def start() -> int:
        await go.wait()
        return 1

    first, second = (asyncio.create_task(flights.join(b"key", start)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go.set()

    assert await second == (1, True)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_when_the_last_gives_up_the_work_ends_and_the_next_starts_anew() -> None:
    flights: Flights[int] = Flights()
    ended = asyncio.Event()

    async def start() -> int:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return 1

    async def other() -> int:
        return 2

    only = asyncio.create_task(flights.join(b"key", start))
    await asyncio.sleep(0.01)
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only

    assert ended.is_set()
    assert await flights.join(b"key", other) == (2, False)
