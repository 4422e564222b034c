"""Chance and time: what can be guessed is recorded as `guessable` where the program asks for it, waiting as `size`."""

import asyncio
import random
import time
import uuid
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world

_NAMES = (
    "random",
    "randint",
    "randrange",
    "choice",
    "choices",
    "sample",
    "shuffle",
    "getrandbits",
    "randbytes",
    "uniform",
)


def _told(sink: str, real: Any) -> Any:
    def told(*args: Any, **named: Any) -> Any:
        if by_program():
            world.record("guessable", sink, sink)
        return real(*args, **named)

    return told


class _Random(random.Random):
    """A generator that can be guessed, and tells so."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return _told(f"random.Random.{name}", found) if name in _NAMES else found


def _slept(seconds: Any) -> None:
    world.record("size", "time.sleep", seconds)


async def _slept_soon(seconds: Any, result: Any = None) -> Any:
    if by_program():
        world.record("size", "asyncio.sleep", seconds)
    return result


def install() -> None:
    """Watch what is drawn, and wait for nothing."""
    replace(random, **{name: _told(f"random.{name}", getattr(random, name)) for name in _NAMES})
    replace(random, Random=_Random)
    replace(uuid, uuid1=_told("uuid.uuid1", uuid.uuid1))
    replace(time, time=_told("time.time", time.time), sleep=_slept)
    replace(asyncio, sleep=_slept_soon)
