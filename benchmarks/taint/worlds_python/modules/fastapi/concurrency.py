"""A stand-in of `fastapi.concurrency`."""

from typing import Any


async def run_in_threadpool(function: Any, *args: Any, **named: Any) -> Any:
    """The result of a function."""
    return function(*args, **named)
