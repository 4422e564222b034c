"""A stand-in of `starlette.requests`."""

from types import SimpleNamespace
from typing import Any

import answers

from benchmarks.taint.worlds_python.world import Given, world


class Form(Given):
    """A form, which may hold files."""

    async def close(self) -> None:
        """Nothing."""


class Session(dict[str, Any]):
    """The session: what is stored there is recorded."""

    def __setitem__(self, key: str, value: Any) -> None:
        world.record("session", "starlette.session", (key, value))
        super().__setitem__(key, value)

    def update(self, *args: Any, **named: Any) -> None:
        """Store many."""
        for key, value in dict(*args, **named).items():
            self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Store where nothing is."""
        if key not in self:
            self[key] = default
        return self[key]


class Request:
    """A request."""

    method = "GET"

    def __init__(self, scope: Any = None, *_args: Any) -> None:
        self.query_params, self.headers, self.cookies = Given("query"), Given("header"), Given("cookie")
        self.path_params = Given("path") if scope is None else scope
        self.session = world.state.setdefault("starlette.session", Session())
        self.client = SimpleNamespace(host="127.0.0.1")
        self.state = self.app = SimpleNamespace(state=SimpleNamespace())

    @property
    def url(self) -> Any:
        """The address."""
        path = "/" + world.text("path", "path")
        return SimpleNamespace(path=path, query=world.query(), hostname=world.text("header", "Host"))

    async def form(self) -> Form:
        """The form."""
        return Form("form")

    async def json(self) -> Any:
        """The body as JSON."""
        return Given("json")

    async def body(self) -> bytes:
        """The raw body."""
        return world.body()

    async def stream(self) -> Any:
        """The raw body in parts."""
        yield world.body()


UploadFile = answers.AsyncUpload
HTTPConnection = Request
