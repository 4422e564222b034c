"""A stand-in of urllib3."""

from typing import Any

from exchanges import Answer, asked

from benchmarks.taint.worlds_python.world import world


class PoolManager:
    """Connections to any host."""

    name = "urllib3.PoolManager"

    def __init__(self, *_args: Any, **named: Any) -> None:
        world.record("tls", self.name, named)

    def request(self, _method: str, url: Any, **named: Any) -> Answer:
        """Record what is asked."""
        return asked(f"{self.name}.request", url, **named)


class HTTPSConnectionPool(PoolManager):
    """Connections to one host."""

    name = "urllib3.HTTPSConnectionPool"

    def __init__(self, host: Any, _port: Any = None, **named: Any) -> None:
        super().__init__(**named)
        self.host = host

    def request(self, method: str, url: Any, **named: Any) -> Answer:
        """Record what is asked."""
        return super().request(method, f"https://{self.host}{url}", **named)


def disable_warnings(*_args: Any) -> None:
    """Nothing."""


def request(_method: str, url: Any, **named: Any) -> Answer:
    """Record what is asked."""
    return asked("urllib3.request", url, **named)
