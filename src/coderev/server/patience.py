"""Waiting for something no longer than its asker would, whatever becomes of it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_ending: set["asyncio.Task[Any]"] = set()  # what is being cancelled; a task that nobody holds may be forgotten


async def within(seconds: float, doing: Coroutine[Any, Any, T]) -> T:
    """What it makes, if it does so in time. Raises TimeoutError in time, and cancels it behind the caller's back.

    `asyncio.timeout` waits until what it cancels has ended: ten seconds more for a statement of a database that hangs.
    """
    task = asyncio.ensure_future(doing)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            _ending.add(task)
            task.add_done_callback(_ended)
    if not task.done():
        raise TimeoutError
    return await task


def _ended(task: "asyncio.Task[Any]") -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it any more
