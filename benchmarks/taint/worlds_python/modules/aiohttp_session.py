"""A stand-in of aiohttp_session."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


class Session(dict[str, Any]):
    """The session: what is stored there is recorded."""

    new = True
    identity = "stored"

    def __setitem__(self, key: str, value: Any) -> None:
        world.record("session", "aiohttp_session.Session", (key, value))
        super().__setitem__(key, value)

    def update(self, *args: Any, **named: Any) -> None:
        """Store many."""
        for key, value in dict(*args, **named).items():
            self[key] = value

    def invalidate(self) -> None:
        """Nothing."""


async def get_session(_request: Any) -> Any:
    """The session."""
    return world.state.setdefault("aiohttp_session", Session())


async def new_session(_request: Any) -> Any:
    """A new session."""
    return world.state.setdefault("aiohttp_session", Session())


def setup(*_args: Any) -> None:
    """Nothing."""


def session_middleware(*_args: Any) -> Any:
    """What runs around views."""
    return lambda request, handler: handler(request)


class SimpleCookieStorage:
    """Where sessions are kept."""
