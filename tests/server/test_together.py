"""What is done together is done for each, once, and in full."""

import asyncio
from collections.abc import Sequence

import pytest

from coderev.server.together import Together


async def test_those_who_ask_meanwhile_share_the_next_batch() -> None:
    batches: list[list[int]] = []

    async def act(items: Sequence[int]) -> list[int]:
        batches.append(list(items))
        await asyncio.sleep(0.01)
        return [each * 2 for each in items]

    together = Together(act, most=40)
    outcomes = await asyncio.gather(*(together.do(number) for number in range(100)))

    assert outcomes == [number * 2 for number in range(100)]
    assert [each for batch in batches for each in batch] == list(range(100))
    assert max(map(len, batches)) == 40
    assert await together.do(7) == 14


async def test_a_batch_that_fails_fails_for_all_in_it_and_for_nobody_after() -> None:
    async def act(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        if 3 in items:
            raise ValueError(items)
        return list(items)

    together = Together(act, most=5)
    outcomes = await asyncio.gather(*(together.do(number) for number in range(10)), return_exceptions=True)

    assert [isinstance(each, ValueError) for each in outcomes] == [True] * 5 + [False] * 5


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    async def act(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.05)
        return list(items)

    together = Together(act, most=5)
    tasks = [asyncio.create_task(together.do(number)) for number in range(3)]
    await asyncio.sleep(0.01)
    tasks[1].cancel()

    assert await tasks[0] == 0
    assert await tasks[2] == 2
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
