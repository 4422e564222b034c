"""How many may use one model at a time, over all processes: advisory locks, which end with the session that holds them.

A slot is the pair of a model's digest and a number below the limit. One connection holds all slots of a process, so
that a process that dies frees them, and a slot costs no connection of the pool.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b

import msgspec

from coderev.errors import Unavailable
from coderev.store.queue.line import FAULTS, Connect, Line
from coderev.store.queue.statements import statement

SHORTEST, LONGEST = 0.02, 0.25  # seconds between two looks for a free slot of another process


class NoSlot(Unavailable):
    """Whether a model may be asked now cannot be known."""

    message = "the database that counts the uses of model {model} does not answer: {reason}"
    hint = "see `coderev store check`; the job is tried again by itself"


class Held(msgspec.Struct, frozen=True):
    """A slot that this process holds."""

    model: str
    number: int
    session: int  # of the line; another one does not hold it any more


class Slots:
    """The slots of one process."""

    def __init__(self, connect: Connect) -> None:
        self._line = Line(connect)
        self._held: set[Held] = set()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # first come, first served
        self._given: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @asynccontextmanager
    async def slot(self, model: str, limit: int) -> AsyncIterator[None]:
        """Hold one of `limit` slots of a model, when one is free. Raises NoSlot."""
        async with self._turns[model]:
            held = await self._wait(model, limit)
        try:
            yield
        finally:
            await asyncio.shield(self._give(held))

    async def close(self) -> None:
        """Give back all that is held."""
        self._held.clear()
        await self._line.close()

    async def _wait(self, model: str, limit: int) -> Held:
        pause = SHORTEST
        while (held := await self._take(model, limit)) is None:
            self._given[model].clear()
            try:
                async with asyncio.timeout(pause * random.uniform(0.5, 1)):  # noqa: S311  # against lockstep only
                    await self._given[model].wait()
            except TimeoutError:
                pause = min(pause * 2, LONGEST)
        return held

    async def _take(self, model: str, limit: int) -> Held | None:
        """A free slot. One that was taken while its taker was cancelled is given back."""
        taking = asyncio.ensure_future(self._ask(model, limit))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            if (held := await taking) is not None:
                await self._give(held)
            raise

    async def _ask(self, model: str, limit: int) -> Held | None:
        try:
            try:
                rows = await self._line.ask(statement("slot"), self._asked(model, limit))
            except FAULTS:  # the database may have restarted since: once more, on a new connection
                rows = await self._line.ask(statement("slot"), self._asked(model, limit))
        except FAULTS as error:
            raise NoSlot(model=model, reason=type(error).__name__) from error
        if not rows:
            return None
        held = Held(model, rows[0][0], self._line.number)
        self._held.add(held)
        return held

    def _asked(self, model: str, limit: int) -> dict[str, object]:
        mine = [held.number for held in self._held if held.model == model and held.session == self._line.number]
        return {"model": _key(model), "limit": max(limit, 1), "held": mine}

    async def _give(self, held: Held) -> None:
        self._held.discard(held)
        if held.session == self._line.number:
            try:
                await self._line.ask(statement("slot_free"), {"model": _key(held.model), "number": held.number})
            except FAULTS:
                await self._line.close()  # its session ends, and the slot with it
        self._given[held.model].set()


def _key(model: str) -> int:
    """A model's name as the 32-bit number that advisory locks know it by."""
    return int.from_bytes(blake2b(f"coderev model {model}".encode(), digest_size=4).digest(), signed=True)
