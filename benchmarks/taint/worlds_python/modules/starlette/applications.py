"""A stand-in of `starlette.applications`."""

from typing import Any


class Starlette:
    """An application: its routes are entered as they are made."""

    def __init__(self, **named: Any) -> None:
        self.named = named

    def add_middleware(self, middleware: Any, **named: Any) -> None:
        """Record middleware."""
        from benchmarks.taint.worlds_python.world import world

        world.record("configuration", getattr(middleware, "__name__", "middleware"), named)
