"""A stand-in of uvicorn."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


def run(_app: Any, *, host: str = "127.0.0.1", **named: Any) -> None:
    """Record where it listens."""
    world.record("bind", "uvicorn.run", host)
    world.record("configuration", "uvicorn.run", named)
