"""Sockets and streams: addresses that are bound are recorded as `bind`, what is sent as `line`, servers are entries."""

import asyncio
import http.server
import socket
import socketserver
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world


class _Socket:
    """A socket."""

    def bind(self, address: Any) -> None:
        """Record the address."""
        world.record("bind", "socket.socket.bind", address[0] if isinstance(address, tuple) else address)

    def sendall(self, data: bytes) -> None:
        """Record what is sent."""
        world.record("line", "socket.socket.sendall", data)

    send = sendall

    def recv(self, *_size: int) -> bytes:
        """An answer."""
        return b"VALUE 7\r\n"

    def listen(self, *_args: Any) -> None:
        """Nothing."""

    setsockopt = settimeout = connect = close = listen

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


class _Writer:
    """The end of a stream that is written to."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.sent = b""

    def write(self, data: bytes) -> None:
        """Record what is sent."""
        self.sent += data
        world.record(self.kind, "asyncio.StreamWriter.write", data)

    async def drain(self) -> None:
        """Nothing."""

    wait_closed = drain

    def close(self) -> None:
        """Nothing."""


class _Reader:
    """The end of a stream that is read: the head of a request."""

    async def readline(self) -> bytes:
        """The first line."""
        return f"GET /{world.text('path', 'path')} HTTP/1.1\r\n".encode()

    async def read(self, *_size: int) -> bytes:
        """What comes."""
        return await self.readline()

    readuntil = read


class _Server:
    """A server that serves nothing."""

    async def serve_forever(self) -> None:
        """Nothing."""

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_details: object) -> None:
        pass


async def _start_server(serve: Any, host: Any = None, *_args: Any, **_named: Any) -> _Server:
    world.record("bind", "asyncio.start_server", host or "")
    world.enter("serve", ("GET",), lambda _method: world.wait(serve(_Reader(), _Writer("head"))))
    return _Server()


async def _open_connection(*_args: Any, **_named: Any) -> tuple[_Reader, _Writer]:
    return _Reader(), _Writer("line")


def _run(coroutine: Any, **_named: Any) -> Any:
    return world.wait(coroutine)


class _Bound:
    """Records the address of a server."""

    real: Any = None

    def __init__(self, address: Any, *args: Any, **named: Any) -> None:
        world.record("bind", "http.server.HTTPServer", address[0])
        self.served = self.real(address, *args, **named)

    def serve_forever(self, *_args: Any) -> None:
        """Nothing."""

    server_close = shutdown = handle_request = serve_forever

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


def install() -> None:
    """Replace sockets, and watch which addresses servers take."""
    real = socket.socket
    replace(
        socket,
        socket=lambda *args, **named: _Socket() if by_program() else real(*args, **named),
        create_connection=lambda *_args, **_named: _Socket(),
    )
    replace(asyncio, start_server=_start_server, open_connection=_open_connection, run=_run)
    for module, names in ((http.server, ("HTTPServer", "ThreadingHTTPServer")), (socketserver, ("TCPServer",))):
        for name in names:
            replace(module, **{name: type(name, (_Bound,), {"real": getattr(module, name)})})
