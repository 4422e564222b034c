"""Clients of the standard library: what they would ask is recorded, nothing connects."""

import http.client
import urllib.request
from typing import Any

from benchmarks.taint.worlds_python.library.tls import told
from benchmarks.taint.worlds_python.replacing import replace, stand_in
from benchmarks.taint.worlds_python.world import world

_exchanges = stand_in("exchanges")


class _Connection:
    """A connection to one host."""

    scheme = "http"

    def __init__(self, host: Any, _port: Any = None, **named: Any) -> None:
        self.host = host
        told("http.client.HTTPSConnection", named.get("context"))
        world.record("request", f"http.client.{type(self).__name__}", f"{self.scheme}://{host}")

    def request(self, _method: str, url: str, body: Any = None, headers: Any = None, **_named: Any) -> None:
        """Record what is asked."""
        address = f"{self.scheme}://{self.host}{url}"
        _exchanges.asked("http.client.HTTPConnection.request", address, data=body, headers=headers)

    def getresponse(self) -> Any:
        """An answer."""
        return _exchanges.Answer()

    def close(self) -> None:
        """Nothing."""


class _SafeConnection(_Connection):
    """The same with TLS."""

    scheme = "https"


def _urlopen(url: Any, data: Any = None, *_args: Any, **named: Any) -> Any:
    told("urllib.request.urlopen", named.get("context"))
    address, headers = (url.full_url, url.headers) if isinstance(url, urllib.request.Request) else (url, {})
    return _exchanges.asked("urllib.request.urlopen", address, data=data, headers=dict(headers))


def _urlretrieve(url: Any, filename: Any = None, *_args: Any) -> tuple[Any, dict[str, str]]:
    _exchanges.asked("urllib.request.urlretrieve", url)
    path = filename or "/tmp/fetched"
    world.state.setdefault("fetched", set()).add(str(path))
    return path, {}


def install() -> None:
    """Replace what connects."""
    replace(urllib.request, urlopen=_urlopen, urlretrieve=_urlretrieve)
    replace(http.client, HTTPConnection=_Connection, HTTPSConnection=_SafeConnection)
