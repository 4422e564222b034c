"""Servers of the standard library: subclasses of `BaseHTTPRequestHandler` and WSGI applications are entries."""

import http.server
import inspect
import io
import socketserver
import wsgiref.simple_server
from types import ModuleType
from typing import Any

from benchmarks.taint.worlds_python.world import Given, world


class _Headers(Given):
    """Headers that say how long the body is."""

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # noqa: A002 - as in `Given`
        """The value of a header."""
        if key.lower() == "content-length":
            return str(len(world.body()))
        if key.lower() == "cookie":
            return "; ".join(f"{name}={_quoted(name)}" for name in world.keys())  # noqa: SIM118 - no mapping
        return super().get(key, default, type)

    def __getitem__(self, key: str) -> Any:
        return self.get(key)

    def get_content_type(self) -> str:
        """The type of the body."""
        return "application/json"


def _quoted(name: str) -> str:
    value = world.text("cookie", name)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _NoServer:
    """A server that serves nothing."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def serve_forever(self, *_args: Any) -> None:
        pass

    server_close = shutdown = handle_request = server_activate = serve_forever

    def set_app(self, *_args: Any) -> None:
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


def _enter_class(found: type[http.server.BaseHTTPRequestHandler]) -> None:
    methods = [name.removeprefix("do_") for name in dir(found) if name.startswith("do_")]

    def call(method: str) -> None:
        asked = found.__new__(found)
        asked.command, asked.request_version, asked.requestline = method, "HTTP/1.1", f"{method} / HTTP/1.1"
        asked.path = _path()
        asked.headers = _Headers("header")  # type: ignore[assignment]
        asked.rfile = io.BytesIO(world.body()) if method in ("POST", "PUT") else io.BytesIO()
        asked.wfile = io.BytesIO()
        asked.client_address, asked.server = ("127.0.0.1", 7), None  # type: ignore[assignment]
        asked.log_message = lambda *_args: None  # type: ignore[method-assign]
        getattr(asked, f"do_{method}")()
        _answered(asked.wfile.getvalue())

    world.enter(found.__name__, tuple(methods), call)


def _path() -> str:
    from urllib.parse import quote

    return f"/{quote(world.text('path', 'path'), safe='/')}?{world.query()}"


def _answered(data: bytes) -> None:
    """Split what was written into headers and body, and record both."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        head, body = b"", data
    lines = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    for name, value in headers.items():
        world.record("header", f"http.server.{name}", value)
    if "location" in headers:
        world.record("redirect", "http.server.Location", headers["location"])
    is_html = headers.get("content-type", "text/html").startswith("text/html")
    world.record("html" if is_html else "plain", "http.server.wfile", body.decode("utf-8", "replace"))


def _enter_wsgi(application: Any) -> None:
    def call(method: str) -> None:
        told: list[Any] = []
        body = world.body() if method == "POST" else b""
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/" + world.text("path", "path"),
            "QUERY_STRING": world.query(),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": _Headers("header").get("cookie"),
            "HTTP_HOST": world.text("header", "Host"),
            "HTTP_REFERER": world.text("header", "Referer"),
            "HTTP_USER_AGENT": world.text("header", "User-Agent"),
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(application(environ, lambda status, headers, *_more: told.extend([status, headers])))
        head = "".join(f"{name}: {value}\r\n" for name, value in (told[1] if told else []))
        _answered(f"HTTP/1.1 200\r\n{head}\r\n".encode() + answer)

    world.enter("application", ("GET", "POST"), call)


def _find(module: ModuleType) -> None:
    for value in list(vars(module).values()):
        is_class = isinstance(value, type) and issubclass(value, http.server.BaseHTTPRequestHandler)
        if is_class and value.__module__ == module.__name__ and any(name.startswith("do_") for name in dir(value)):
            _enter_class(value)
        elif inspect.isfunction(value) and "start_response" in inspect.signature(value).parameters:
            _enter_wsgi(value)


def install() -> None:
    """Replace servers, and look for what they would serve."""
    world.finders.append(_find)
    for module, name in (
        (http.server, "HTTPServer"),
        (http.server, "ThreadingHTTPServer"),
        (socketserver, "TCPServer"),
        (socketserver, "ThreadingTCPServer"),
        (wsgiref.simple_server, "make_server"),
    ):
        setattr(module, name, _NoServer)
