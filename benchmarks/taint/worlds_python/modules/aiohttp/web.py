"""A stand-in of `aiohttp.web`."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import answers

from benchmarks.taint.worlds_python.world import Given, Refused, world

_PARAMETER = re.compile(r"{(\w+)(?::((?:[^{}]|{[^}]*})+))?}")


class Request(dict[str, Any]):
    """A request."""

    method = "GET"
    can_read_body = body_exists = True
    content_type = "application/json"
    remote = "127.0.0.1"
    scheme = "http"

    def __init__(self, match_info: Any = None, app: Any = None) -> None:
        super().__init__()
        self.query = self.rel_url_query = Given("query")
        self.headers, self.cookies = Given("header"), Given("cookie")
        self.match_info = match_info or {}
        self.app = app if app is not None else {}

    @property
    def path(self) -> str:
        """The path."""
        return "/" + world.text("path", "path")

    @property
    def host(self) -> str:
        """The host."""
        return world.text("header", "Host")

    @property
    def query_string(self) -> str:
        """The query."""
        return world.query()

    @property
    def rel_url(self) -> Any:
        """The address."""
        return SimpleNamespace(query=self.query, path=self.path)

    url = rel_url

    async def post(self) -> Any:
        """The form, which may hold files."""
        return _Posted("form")

    async def json(self, **_named: Any) -> Any:
        """The body as JSON."""
        return Given("json")

    async def text(self) -> str:
        """The raw body as text."""
        return world.body().decode()

    async def read(self) -> bytes:
        """The raw body."""
        return world.body()


class _Posted(Given):
    """A form: what is called a file is one."""

    def __getitem__(self, key: str) -> Any:
        return (
            answers.Upload(key)
            if key in ("file", "upload", "attachment", "picture", "archive")
            else super().__getitem__(key)
        )


class Response:
    """An answer."""

    def __init__(
        self,
        *,
        text: Any = None,
        body: Any = None,
        content_type: Any = None,
        status: int = 200,
        headers: Any = None,
        **_named: Any,
    ) -> None:
        self.headers: dict[str, Any] = dict(headers or {})
        self.content = body if text is None else text
        given = self.headers.get("Content-Type")
        self.content_type = content_type or given or ("text/plain" if body is None else "application/octet-stream")
        self.status = status

    @property
    def text(self) -> Any:
        """What is answered."""
        return self.content

    @text.setter
    def text(self, value: Any) -> None:
        self.content = value

    def set_cookie(self, name: str, value: Any, **named: Any) -> None:
        """Record a cookie."""
        world.record("cookie", "aiohttp.web.Response.set_cookie", {"key": name, "value": value, **named})

    def del_cookie(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""

    def send(self) -> None:
        """Record it."""
        answers.answer("aiohttp.web.Response", self.content or "", self.content_type, self.headers)


class StreamResponse(Response):
    """An answer in parts."""

    async def prepare(self, _request: Any) -> None:
        """Nothing."""

    async def write(self, data: bytes) -> None:
        """Add to it."""
        self.content = (self.content or b"") + data

    async def write_eof(self, *_args: Any) -> None:
        """Nothing."""


def json_response(data: Any = None, **named: Any) -> Response:
    """JSON."""
    named.pop("dumps", None)
    return Response(text=answers.dumped(data), content_type="application/json", **named)


class FileResponse(Response):
    """A file: nothing is checked."""

    def __init__(self, path: Any, *_args: Any, **_named: Any) -> None:
        world.record("path", "aiohttp.web.FileResponse", str(path))
        super().__init__(body="file")


class HTTPException(Refused):
    """Answer an error."""

    content_type = "text/plain"

    def __init__(self, *args: Any, text: Any = None, content_type: Any = None, **named: Any) -> None:
        super().__init__(*args)
        if text is not None:
            answers.answer("aiohttp.web.HTTPException", text, content_type or "text/plain", named.get("headers"))


class HTTPFound(HTTPException):
    """Send the client elsewhere."""

    def __init__(self, location: Any, **_named: Any) -> None:
        super().__init__()
        answers.redirect("aiohttp.web.HTTPFound", location)


HTTPSeeOther = HTTPMovedPermanently = HTTPTemporaryRedirect = HTTPPermanentRedirect = HTTPFound
HTTPBadRequest = HTTPNotFound = HTTPForbidden = HTTPUnauthorized = HTTPInternalServerError = HTTPException
HTTPUnprocessableEntity = HTTPConflict = HTTPException


class View:
    """A view as a class."""

    def __init__(self, request: Request) -> None:
        self.request = request


class Application(dict[str, Any]):
    """An application."""

    def __init__(self, middlewares: Any = (), **named: Any) -> None:
        super().__init__()
        self.middlewares, self.named = list(middlewares), named
        self.on_startup: list[Any] = []
        self.on_cleanup: list[Any] = []
        world.state["aiohttp.app"] = self

    @property
    def router(self) -> "RouteTableDef":
        """Its routes."""
        return RouteTableDef()

    def add_routes(self, *_args: Any) -> None:
        """Routes are entered as they are made."""

    add_subapp = add_routes


class RouteTableDef:
    """A table of routes."""

    def _decorator(self, method: str) -> Callable[..., Any]:
        def route(path: str, **_named: Any) -> Callable[[Any], Any]:
            def keep(view: Any) -> Any:
                _enter(method, path, view)
                return view

            return keep

        return route

    def __getattr__(self, name: str) -> Any:
        if name.startswith("add_"):
            method = name.removeprefix("add_").upper()
            return lambda path, view, **_named: _enter(method, path, view)
        return self._decorator(name.upper())

    def add_route(self, method: str, path: str, view: Any) -> None:
        """A route."""
        _enter("GET" if method == "*" else method, path, view)

    def add_static(self, *_args: Any, **_named: Any) -> None:
        """Files, contained."""

    def add_routes(self, *_args: Any) -> None:
        """Routes are entered as they are made."""

    def view(self, path: str) -> Callable[[Any], Any]:
        """A class."""

        def keep(view: Any) -> Any:
            _enter("VIEW", path, view)
            return view

        return keep


def _enter(method: str, path: str, view: Any) -> None:
    parameters = _PARAMETER.findall(path)
    is_class = isinstance(view, type)
    methods = [name for name in ("get", "post", "put", "delete") if hasattr(view, name)] if is_class else [method]

    def call(asked: str) -> None:
        app = world.state.get("aiohttp.app")
        info = {name: answers.in_path(name, pattern=pattern) for name, pattern in parameters}
        request = Request(info, app)
        request.method = asked.upper()
        function = (lambda held: getattr(view(held), asked)()) if is_class else view
        for middleware in reversed(getattr(app, "middlewares", [])):
            function = _within(middleware, function)
        answer = world.wait(function(request))
        if answer is not None:
            answer.send()

    world.enter(view.__name__, tuple(methods), call)


def _within(middleware: Any, inner: Any) -> Any:
    return lambda request: middleware(request, inner)


def middleware(function: Any) -> Any:
    """What runs around views."""
    return function


def _route(method: str) -> Callable[..., Any]:
    return lambda path, view, **_named: _enter(method, path, view)


get, post, put, delete = _route("GET"), _route("POST"), _route("PUT"), _route("DELETE")


def route(method: str, path: str, view: Any, **_named: Any) -> None:
    """A route."""
    _enter(method, path, view)


def view(path: str, handler: Any) -> None:
    """A route to a class."""
    _enter("VIEW", path, handler)


def run_app(*_args: Any, **_named: Any) -> None:
    """Nothing."""


AppKey = str
