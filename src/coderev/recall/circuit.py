"""A store that is down, hung or slow costs a review at most 50 ms, once, and never fails it.

A look-up that fails or takes longer opens the circuit for the rest of the review (after Nygard, *Release It!*, section
5.2): those in flight are released at once, and later ones do not reach the store. Writing delays nobody. What a busy
machine does is not the store's fault: a look-up is not late for what the event loop was late, and one that holds up the
event loop itself, as a slow disk does and a busy machine may, is forgiven once.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress

from coderev.recall.stores import Labels, Store

BUDGET_SECONDS = 0.05  # for one look-up, and for a store that is broken in all
READY_SHARE = 0.1  # of the budget, at its end: for an answer that lies ready to be taken up by a loop that was busy
MAX_HELD_UP = 2  # look-ups in a row that hold up the event loop for longer than the budget
MAX_WRITES = 256  # in flight; what comes on top is not remembered
CLOSE_SECONDS = 2.0  # for a store in order to finish


class Guarded:
    """One review's way to a store: misses where there is trouble. Used on one event loop; whoever makes it closes it.

    `reason` says why the circuit is open, None while it is closed. `dropped` counts writes that were too many at once.
    """

    def __init__(self, store: Store, budget: float = BUDGET_SECONDS) -> None:
        self.reason: str | None = None
        self.dropped = 0
        self._store, self._budget = store, budget
        self._held_up = 0
        self._asking: set[asyncio.Timeout] = set()
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def notes(self) -> list[str]:
        """What happened to the store that a person should be told (Store.notes)."""
        return self._store.notes

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys (Store.get); all None when the store is in trouble. Raises nothing."""
        if self.reason is None:
            try:
                return await self._in_time(keys)
            except TimeoutError:
                self._open(f"it did not answer within {self._budget * 1000:.0f} ms")
            except Exception as error:  # noqa: BLE001 - whatever a store's fault is, the review goes on without it
                self._open(str(error))
        return [None] * len(keys)

    async def put(self, key: bytes, value: bytes, labels: Labels, *, made: float, expires: float) -> None:
        """Have a value kept (Store.put), without waiting for it. Raises nothing."""
        self._start(self._store.put(key, value, labels, made=made, expires=expires))

    async def add(self, counts: Mapping[str, float]) -> None:
        """Have totals added to (Store.add), without waiting for it. Raises nothing."""
        self._start(self._store.add(counts))

    async def close(self) -> None:
        """Wait for what is being written while it goes forward, and close the store. Raises nothing.

        A circuit that is open is not waited for.
        """
        while self._writing and self.reason is None:
            done, _ = await asyncio.wait(self._writing, timeout=self._budget, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                self._open(f"it kept nothing for {self._budget * 1000:.0f} ms")
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS if self.reason is None else 0):
                await self._store.close()

    async def _in_time(self, keys: Sequence[bytes]) -> list[bytes | None]:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._budget
        async with asyncio.timeout(None) as limit:
            self._asking.add(limit)
            alarm = loop.call_at(due - self._budget * READY_SHARE, _expire, limit, due, self._budget)
            try:
                found = await self._store.get(keys)
            finally:
                alarm.cancel()
                self._asking.discard(limit)
        held_up = loop.time() > due and limit.when() is None  # the alarm never had its turn
        self._held_up = self._held_up + 1 if held_up else 0
        if self._held_up >= MAX_HELD_UP:
            self._open(f"it held up the review for more than {self._budget * 1000:.0f} ms at a time")
        return found

    def _open(self, reason: str) -> None:
        """Open the circuit, and release whoever waits."""
        if self.reason is not None:
            return
        self.reason = reason
        for limit in tuple(self._asking):
            _release(limit, asyncio.get_running_loop().time())

    def _start(self, writing: Coroutine[None, None, None]) -> None:
        if self.reason is not None:
            writing.close()
        elif len(self._writing) >= MAX_WRITES:
            writing.close()
            self.dropped += 1
        else:
            task = asyncio.create_task(writing)
            self._writing.add(task)
            task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._open(str(error))


def _expire(limit: asyncio.Timeout, due: float, budget: float) -> None:
    """End a look-up when it is due; what the event loop itself was late by is added once, up to another budget."""
    now = asyncio.get_running_loop().time()
    late = max(0.0, now - (due - budget * READY_SHARE))
    _release(limit, due + min(late, budget))


def _release(limit: asyncio.Timeout, when: float) -> None:
    with suppress(RuntimeError):  # it is over already
        limit.reschedule(when)
