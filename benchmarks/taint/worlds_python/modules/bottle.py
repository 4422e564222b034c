"""A stand-in of Bottle."""

import html
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import answers
import jinja2

from benchmarks.taint.worlds_python.world import ABSENT, Given, Refused, world

_PARAMETER = re.compile(r"<(\w+)(?::(\w+))?(?::[^>]*)?>")


class FormsDict(Given):
    """A form or query: attributes are keys, empty text where there is none."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = world.value(self.source, name)
        return "" if value is ABSENT else value

    def getunicode(self, name: str, default: Any = None) -> Any:
        """The value of a key."""
        return self.get(name, default)

    def decode(self) -> "FormsDict":
        """Itself."""
        return self


class _Request:
    method = "GET"
    remote_addr = "127.0.0.1"
    query, forms, params = FormsDict("query"), FormsDict("form"), FormsDict("query")
    GET, POST, cookies, headers = query, forms, FormsDict("cookie"), Given("header")
    files = answers.Uploads()
    urlparts = SimpleNamespace(netloc="localhost", path="/")

    @property
    def json(self) -> Any:
        return Given("json")

    @property
    def body(self) -> Any:
        return SimpleNamespace(read=lambda *_size: world.body())

    @property
    def query_string(self) -> str:
        return world.query()

    @property
    def path(self) -> str:
        return "/" + world.text("path", "path")

    @property
    def url(self) -> str:
        return f"http://localhost{self.path}?{world.query()}"

    @property
    def environ(self) -> dict[str, Any]:
        return {"beaker.session": world.state.setdefault("beaker", _Session())}

    def get_header(self, name: str, default: Any = None) -> Any:
        return self.headers.get(name, default)

    def get_cookie(self, name: str, default: Any = None, secret: Any = None, **_named: Any) -> Any:
        return default if secret else self.cookies.get(name, default)


class _Session(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        world.record("session", "beaker.session", (key, value))
        super().__setitem__(key, value)

    def save(self) -> None:
        pass


class _Response:
    status: Any = 200
    charset = "utf-8"

    @property
    def headers(self) -> dict[str, Any]:
        found: dict[str, Any] = world.state.setdefault("bottle.headers", {})
        return found

    @property
    def content_type(self) -> str:
        return str(self.headers.get("Content-Type", answers.HTML))

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers["Content-Type"] = value

    def set_header(self, name: str, value: Any) -> None:
        self.headers[name] = value

    add_header = set_header

    def set_cookie(self, name: str, value: Any, **named: Any) -> None:
        world.record("cookie", "bottle.response.set_cookie", {"key": name, "value": value, **named})

    def delete_cookie(self, *_args: Any, **_named: Any) -> None:
        pass


request, response = _Request(), _Response()


class HTTPResponse(Refused):
    """An answer that is raised or returned."""

    def __init__(self, body: Any = "", status: Any = None, headers: Any = None, **_named: Any) -> None:
        super().__init__(status)
        self.body, self.status, self.headers = body, status, dict(headers or {})


class HTTPError(HTTPResponse):
    """An error: its page is escaped."""

    def __init__(self, status: Any = None, body: Any = None, **named: Any) -> None:
        super().__init__(html.escape(str(body)), status, **named)


class Bottle:
    """An application."""

    def __init__(self, **named: Any) -> None:
        self.named = named
        self.config: dict[str, Any] = {}

    def route(self, path: Any = None, method: Any = "GET", callback: Any = None, **_named: Any) -> Any:
        """A route."""
        methods = (method,) if isinstance(method, str) else tuple(method)

        def keep(view: Any) -> Any:
            _enter(str(path), methods, view)
            return view

        return keep(callback) if callback else keep

    def get(self, path: Any, **_named: Any) -> Callable[[Any], Any]:
        """A route for GET."""
        return self.route(path, "GET")  # type: ignore[no-any-return]

    def post(self, path: Any, **_named: Any) -> Callable[[Any], Any]:
        """A route for POST."""
        return self.route(path, "POST")  # type: ignore[no-any-return]

    put = delete = post

    def hook(self, *_args: Any) -> Callable[[Any], Any]:
        """What runs around views."""
        return lambda function: function

    error = hook

    def install(self, *_args: Any) -> None:
        """Nothing."""

    mount = merge = install

    def run(self, **named: Any) -> None:
        """Record how it is run."""
        world.record("configuration", "bottle.run", named)


def _enter(path: str, methods: tuple[str, ...], view: Any) -> None:
    parameters = _PARAMETER.findall(path)

    def call(method: str) -> None:
        _Request.method = method
        result = view(**{name: answers.in_path(name, kind) for name, kind in parameters})
        headers = response.headers
        if isinstance(result, HTTPResponse):
            result, headers = result.body, {**headers, **result.headers}
        if isinstance(result, dict):
            answers.answer("bottle.view", answers.dumped(result), "application/json", headers)
            return
        text = result if isinstance(result, str | bytes) else "".join(map(str, result or ()))
        answers.answer("bottle.view", text, headers.get("Content-Type", answers.HTML), headers)

    world.enter(view.__name__, methods, call)


_application = Bottle()
route, get, post, put, delete, hook, error = (
    _application.route, _application.get, _application.post, _application.put, _application.delete,
    _application.hook, _application.error,
)  # fmt: skip


def default_app() -> Bottle:
    """The application that functions use."""
    return _application


app = default_app


def run(*_args: Any, **named: Any) -> None:
    """Record how it is run."""
    world.record("configuration", "bottle.run", named)


def abort(code: int = 500, text: str = "") -> Any:
    """Answer an error."""
    raise HTTPError(code, text)


def redirect(url: Any, _code: int | None = None) -> Any:
    """Send the client elsewhere."""
    answers.redirect("bottle.redirect", url)
    raise HTTPResponse


def static_file(filename: str, root: str, mimetype: Any = None, **_named: Any) -> HTTPResponse:
    """A file in a folder: refused where it is not in it."""
    import os.path

    base = os.path.join(os.path.abspath(root), "")  # noqa: PTH100, PTH118 - text
    path = os.path.abspath(os.path.join(base, filename.strip("/\\")))  # noqa: PTH100, PTH118 - text
    if not path.startswith(base):
        raise HTTPError(403)
    world.record("path", "bottle.static_file", path)
    return HTTPResponse("file", headers={"Content-Type": mimetype or "application/octet-stream"})


def html_escape(text: str) -> str:
    """Escaped."""
    return html.escape(text).replace("&#x27;", "&#039;")


def template(source: str, *args: Any, **named: Any) -> str:
    """A template, given as text or by its name: `{{x}}` is escaped, `{{!x}}` is not."""
    values = {**next((item for item in args if isinstance(item, dict)), {}), **named}
    path = next((path for path in (f"views/{source}.tpl", f"views/{source}") if path in world.program.files), None)
    if path is None:
        world.record("template", "bottle.template", source)
    text = world.program.files[path] if path else source
    text = re.sub(r"{{!\s*(.*?)\s*}}", r"{{ (\1)|safe }}", text)
    return jinja2.Environment(autoescape=True).from_string(text).render(**values)


def view(name: str, **_named: Any) -> Callable[[Any], Any]:
    """A decorator: what the view returns fills in a template."""

    def keep(function: Any) -> Any:
        def filled(**given: Any) -> Any:
            return template(name, function(**given))

        filled.__name__ = function.__name__
        return filled

    return keep


jinja2_template = template
