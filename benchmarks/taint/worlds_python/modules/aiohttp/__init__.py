"""A stand-in of aiohttp: the server is `aiohttp.web`; what the client asks is recorded."""

from typing import Any

from aiosqlite import Awaited

from benchmarks.taint.worlds_python.world import world


class ClientError(Exception):
    """Any error of the client."""


class ClientResponse:
    """An answer."""

    status = 200
    ok = True
    content_type = "text/plain"

    async def text(self, *_args: Any, **_named: Any) -> str:
        """Text."""
        return "stored"

    async def read(self) -> bytes:
        """Bytes."""
        return b"stored"

    async def json(self, *_args: Any, **_named: Any) -> Any:
        """JSON."""
        return {}

    def raise_for_status(self) -> None:
        """Nothing."""


class ClientSession:
    """A client."""

    def __init__(self, base_url: Any = "", **named: Any) -> None:
        self._base = str(base_url or "")
        world.record("configuration", "aiohttp.ClientSession", named)

    def get(self, url: Any, **named: Any) -> Awaited:
        """Record what is asked."""
        world.record("request", "aiohttp.ClientSession.get", self._base + str(url))
        world.record("configuration", "aiohttp.ClientSession.get", named)
        return Awaited(ClientResponse())

    post = put = patch = delete = head = options = ws_connect = get

    def request(self, _method: str, url: Any, **named: Any) -> Awaited:
        """Record what is asked."""
        return self.get(url, **named)

    async def close(self) -> None:
        """Nothing."""

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass


def ClientTimeout(**_named: Any) -> Any:  # noqa: N802 - a class in aiohttp
    """Nothing."""


def TCPConnector(**named: Any) -> Any:  # noqa: N802 - a class in aiohttp
    """Record how a connection is protected."""
    world.record("configuration", "aiohttp.TCPConnector", named)


def request(method: str, url: Any, **named: Any) -> Awaited:
    """Record what is asked."""
    return ClientSession().request(method, url, **named)
