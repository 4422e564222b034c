"""A stand-in of Flask."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import answers
from permissive import Permissive
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.utils import safe_join

from benchmarks.taint.worlds_python.world import Given, Refused, world

_PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


class _Request:
    """What `flask.request` holds."""

    files = answers.Uploads()
    method = "GET"
    blueprint = None
    is_json = True
    scheme = "http"
    content_type = "application/json"
    max_content_length = None

    args, form, values = Given("query"), Given("form"), Given("form")
    cookies, headers = Given("cookie"), Given("header")

    @property
    def view_args(self) -> dict[str, Any]:
        return dict(world.state.get("view_args", {}))

    @property
    def json(self) -> Any:
        return Given("json")

    def get_json(self, *_args: Any, **_named: Any) -> Any:
        return Given("json")

    @property
    def data(self) -> bytes:
        return world.body()

    def get_data(self, cache: bool = True, as_text: bool = False, **_named: Any) -> Any:  # noqa: FBT001, FBT002, ARG002
        return world.body().decode() if as_text else world.body()

    @property
    def stream(self) -> Any:
        return SimpleNamespace(read=lambda *_size: world.body())

    @property
    def query_string(self) -> bytes:
        return world.query().encode()

    @property
    def path(self) -> str:
        return "/" + world.text("path", "path")

    @property
    def full_path(self) -> str:
        return f"{self.path}?{world.query()}"

    @property
    def url(self) -> str:
        return f"http://localhost{self.full_path}"

    base_url = url

    @property
    def host(self) -> str:
        return world.text("header", "Host")

    @property
    def host_url(self) -> str:
        return f"http://{self.host}/"

    url_root = host_url

    @property
    def referrer(self) -> str | None:
        value = world.value("header", "Referer")
        return value if isinstance(value, str) else None

    @property
    def user_agent(self) -> Any:
        return SimpleNamespace(string=world.text("header", "User-Agent"))

    @property
    def remote_addr(self) -> str:
        return "127.0.0.1"

    @property
    def authorization(self) -> Any:
        return SimpleNamespace(username=world.text("header", "username"), password=world.text("header", "password"))


request = _Request()


class Session(dict[str, Any]):
    """The session: what is stored there is recorded."""

    permanent = modified = False

    def __setitem__(self, key: str, value: Any) -> None:
        world.record("session", "flask.session", (key, value))
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


class _Proxy:
    """What belongs to one run: made when first used."""

    def __init__(self, name: str, made: Callable[[], Any]) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_made", made)

    def _now(self) -> Any:
        return world.state.setdefault(object.__getattribute__(self, "_name"), object.__getattribute__(self, "_made")())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._now(), name, value)

    def __getitem__(self, key: str) -> Any:
        return self._now()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._now()[key] = value

    def __delitem__(self, key: str) -> None:
        del self._now()[key]

    def __contains__(self, key: str) -> bool:
        return key in self._now()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._now())


class _Globals(SimpleNamespace):
    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)

    def __contains__(self, name: str) -> bool:
        return hasattr(self, name)


session = _Proxy("flask.session", Session)
g = _Proxy("flask.g", _Globals)
current_app = _Proxy("flask.app", lambda: Flask("app"))


class Response:
    """An answer."""

    default_mimetype = answers.HTML

    def __init__(
        self,
        response: Any = "",
        status: Any = 200,
        headers: Any = None,
        mimetype: Any = None,
        content_type: Any = None,
        **_named: Any,
    ) -> None:
        self.data = response
        self.status_code = self.status = status
        self.headers: dict[str, str] = dict(headers or {})
        self.mimetype = mimetype or content_type or self.headers.get("Content-Type") or self.default_mimetype

    @property
    def content_type(self) -> str:
        return str(self.headers.get("Content-Type", self.mimetype))

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.mimetype = value

    def set_data(self, data: Any) -> None:
        self.data = data

    def get_data(self, **_named: Any) -> Any:
        return self.data

    def set_cookie(self, key: str, value: str = "", **named: Any) -> None:
        world.record("cookie", "flask.Response.set_cookie", {"key": key, "value": value, **named})

    def delete_cookie(self, *_args: Any, **_named: Any) -> None:
        pass


def _answered(result: Any) -> None:
    """Record what a view returned."""
    result, *more = result if isinstance(result, tuple) else (result,)
    given = next((item for item in more if isinstance(item, dict)), {})
    if isinstance(result, Response):
        body = result.data if isinstance(result.data, str | bytes) else "".join(map(str, result.data))
        headers = {**result.headers, **given}
        answers.answer("flask.Response", body, given.get("Content-Type", result.content_type), headers)
    elif isinstance(result, dict | list):
        answers.answer("flask.jsonify", answers.dumped(result), "application/json")
    elif isinstance(result, str | bytes):
        answers.answer("flask.view", result, given.get("Content-Type", answers.HTML), given)
    elif isinstance(result, Iterator):
        answers.answer("flask.view", "".join(map(str, result)), answers.HTML, given)


class _Scaffold:
    """What applications and blueprints do alike."""

    def __init__(self, *_args: Any, **named: Any) -> None:
        self.config: dict[str, Any] = _Config(SECRET_KEY="k", DEBUG=False, UPLOAD_FOLDER="/srv/uploads")
        self.root_path, self.static_folder, self.instance_path = "/srv/app", "/srv/app/static", "/srv/instance"
        self.logger, self.jinja_env, self.extensions = Permissive(), Permissive(), Permissive()
        self.secret_key, self.debug, self.named = "k", False, named
        self._before: list[Callable[[], Any]] = []
        self._after: list[Callable[[Any], Any]] = []

    def route(self, rule: str, methods: Any = ("GET",), **_named: Any) -> Callable[[Any], Any]:
        def keep(view: Any) -> Any:
            self.add_url_rule(rule, view_func=view, methods=methods)
            return view

        return keep

    def get(self, rule: str, **_named: Any) -> Callable[[Any], Any]:
        return self.route(rule, ("GET",))

    def post(self, rule: str, **_named: Any) -> Callable[[Any], Any]:
        return self.route(rule, ("POST",))

    def put(self, rule: str, **_named: Any) -> Callable[[Any], Any]:
        return self.route(rule, ("PUT",))

    patch = delete = put

    def add_url_rule(
        self, rule: str, endpoint: Any = None, view_func: Any = None, methods: Any = None, **_named: Any
    ) -> None:
        view = view_func or endpoint
        parameters = _PARAMETER.findall(rule)

        def call(method: str) -> None:
            _Request.method = method
            given = {name: answers.in_path(name, kind) for kind, name in parameters}
            world.state["view_args"] = given
            world.state.setdefault("flask.app", self)
            try:
                result = self._around(view, given)
            except HTTPException as error:
                handler = world.state.get("flask.errorhandler")
                if handler is None:
                    raise Refused(str(error)) from error
                result = handler(error)
            _answered(result)

        world.enter(getattr(view, "__name__", rule), tuple(methods or getattr(view, "methods", None) or ("GET",)), call)

    def _around(self, view: Any, given: dict[str, Any]) -> Any:
        for before in self._before:
            if (early := world.wait(before())) is not None:
                return early
        result = world.wait(view(**given))
        for after in self._after:
            result = after(result if isinstance(result, Response) else make_response(result))
        return result

    def before_request(self, function: Any) -> Any:
        self._before.append(function)
        return function

    def after_request(self, function: Any) -> Any:
        self._after.append(function)
        return function

    def errorhandler(self, _code: Any) -> Callable[[Any], Any]:
        def keep(function: Any) -> Any:
            world.state["flask.errorhandler"] = function
            return function

        return keep

    def _kept(self, *args: Any, **_named: Any) -> Any:
        """A decorator, with or without arguments, that changes nothing."""
        return args[0] if args and callable(args[0]) else (lambda function: function)

    teardown_request = teardown_appcontext = context_processor = template_filter = template_global = _kept
    before_app_request = cli_command = _kept

    def register_blueprint(self, *_args: Any, **_named: Any) -> None:
        pass

    def app_context(self) -> Any:
        return Permissive()

    def open_resource(self, name: str, mode: str = "rb") -> Any:
        return open(f"{self.root_path}/{name}", mode)  # noqa: PTH123 - the path is text there

    def run(self, **named: Any) -> None:
        world.record("configuration", "flask.Flask.run", {"debug": self.debug, **named})


class _Config(dict[str, Any]):
    def from_mapping(self, *args: Any, **named: Any) -> None:
        self.update(*args, **named)

    def from_object(self, *_args: Any) -> None:
        pass

    from_pyfile = from_prefixed_env = from_envvar = from_object


class Flask(_Scaffold):
    """An application."""


class Blueprint(_Scaffold):
    """A part of one."""


def abort(code: Any, *_args: Any, **_named: Any) -> Any:
    """Answer an error."""
    raise HTTPException(code)


def redirect(location: Any, code: int = 302, **_named: Any) -> Response:
    """Send the client elsewhere."""
    answers.redirect("flask.redirect", location)
    return Response("", code, mimetype="text/plain")


def url_for(endpoint: str, **values: Any) -> str:
    """An address of one's own."""
    from urllib.parse import urlencode

    return f"/{endpoint}?{urlencode(values)}"


def make_response(*args: Any) -> Response:
    """An answer of what a view may return."""
    result, *more = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args or ("",)
    if isinstance(result, Response):
        return result
    headers = next((item for item in more if isinstance(item, dict)), {})
    if isinstance(result, dict | list):
        return Response(answers.dumped(result), headers=headers, mimetype="application/json")
    return Response(result, headers=headers)


def jsonify(*args: Any, **named: Any) -> Response:
    """An answer in JSON."""
    return Response(answers.dumped(args[0] if args else named), mimetype="application/json")


def render_template(name: str, **values: Any) -> str:
    """A template, filled in."""
    return answers.rendered(name, values)


def render_template_string(source: str, **values: Any) -> str:
    """A template that is given as text, filled in."""
    return answers.rendered_text(source, values)


def send_file(path: Any, *_args: Any, **named: Any) -> Response:
    """A file as an answer: nothing is checked."""
    if isinstance(path, str) or hasattr(path, "__fspath__"):
        world.record("path", "flask.send_file", str(path))
    return Response("file", mimetype=named.get("mimetype") or "application/octet-stream")


def send_from_directory(directory: Any, path: Any, **named: Any) -> Response:
    """A file in a folder as an answer: refused where it is not in it."""
    joined = safe_join(str(directory), str(path))
    if joined is None:
        raise NotFound
    world.record("path", "flask.send_from_directory", joined)
    return Response("file", mimetype=named.get("mimetype") or "application/octet-stream")


def stream_with_context(generator: Any) -> Any:
    """The generator, or a decorator."""
    return generator


def flash(message: str, category: str = "message") -> None:
    """Tell the user on the next page."""
    world.record("flash", "flask.flash", (category, message))


def get_flashed_messages(**_named: Any) -> list[str]:
    """Nothing."""
    return []
