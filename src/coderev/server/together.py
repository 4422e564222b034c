"""What many ask of the database at a time is done together: one batch is under way, the next takes all the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Together(Generic[Item, Outcome]):
    """Collects items while a batch is under way. `act` does a batch: one outcome for each item, or raises for all."""

    def __init__(self, act: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]], most: int) -> None:
        self._act, self._most = act, most
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._acting: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Outcome:
        """The outcome of this item, when its batch is done. Raises what its batch raised."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._acting is None:
            self._acting = asyncio.create_task(self._run())
        return await outcome

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._one(batch)
        finally:
            self._acting = None

    async def _one(self, batch: Sequence[tuple[Item, "asyncio.Future[Outcome]"]]) -> None:
        try:
            outcomes = await self._act([item for item, _ in batch])
        except BaseException as error:
            for _, waiting in batch:
                if not waiting.done():  # whoever waited may have gone away
                    waiting.set_exception(error if isinstance(error, Exception) else ConnectionError())
            if not isinstance(error, Exception):
                raise
            return
        for (_, waiting), outcome in zip(batch, outcomes, strict=True):
            if not waiting.done():
                waiting.set_result(outcome)
