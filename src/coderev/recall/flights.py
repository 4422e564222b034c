"""Single flight: those who ask the same thing at the same time wait for one answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

CLEAN_UP_SECONDS = 1.0  # that a flight which nobody waits for any more has to end


class Flights(Generic[T]):
    """What is under way in one event loop, by what was asked."""

    def __init__(self) -> None:
        self._under_way: dict[bytes, tuple[asyncio.Task[T], list[int]]] = {}  # with how many wait for it

    def __contains__(self, key: bytes) -> bool:
        """Whether a flight for `key` is under way."""
        return key in self._under_way

    async def join(self, key: bytes, start: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """The answer of the flight for `key`, started when there is none; and whether somebody else had started it.

        Raises what the flight raises, to all who wait. One who gives up leaves the others waiting; when the last does,
        the flight is cancelled.
        """
        found = key in self._under_way
        if not found:
            self._start(key, start)
        flight, waiting = self._under_way[key]
        waiting[0] += 1
        try:
            return await asyncio.shield(flight), found
        finally:
            waiting[0] -= 1
            if not waiting[0] and not flight.done():
                self._land(key, flight)
                flight.cancel()
                await asyncio.wait([flight], timeout=CLEAN_UP_SECONDS)

    def _start(self, key: bytes, start: Callable[[], Coroutine[Any, Any, T]]) -> None:
        flight = asyncio.ensure_future(start())
        self._under_way[key] = (flight, [0])
        flight.add_done_callback(lambda flight: self._land(key, flight))

    def _land(self, key: bytes, flight: "asyncio.Future[T]") -> None:
        """Nobody joins this flight any more; a later one of the same key stays."""
        if self._under_way.get(key, (None,))[0] is flight:
            del self._under_way[key]
