"""What applications are set up with, and what the stand-ins of frameworks do not tell by themselves."""

from types import ModuleType
from typing import Any

import jinja2

from benchmarks.taint.worlds_python.library import databases
from benchmarks.taint.worlds_python.replacing import replace, stand_in
from benchmarks.taint.worlds_python.world import world

_conf, _http, _models = (stand_in(f"django.{name}") for name in ("conf", "http", "db.models"))
_flask, _fastapi, _web, _uploads = map(stand_in, ("flask", "fastapi", "aiohttp.web", "answers"))
_from_string, _template = jinja2.Environment.from_string, jinja2.Template.__new__


def _find(module: ModuleType) -> None:
    """Record how applications of a module are set up."""
    for value in list(vars(module).values()):
        if isinstance(value, _flask.Flask):
            own = {"debug": value.debug or value.config.get("DEBUG", False), "secret_key": value.secret_key}
            told = {**value.config, **own, "protected": getattr(value, "protected", False)}
            world.record("configuration", "flask.Flask", told)
        if isinstance(value, _fastapi.FastAPI):
            world.record("configuration", "fastapi.FastAPI", dict(value.named))


def _configured(self: Any, **named: Any) -> None:
    world.record("configuration", "django.conf.settings.configure", named)
    vars(self).update(named)


def _renewed(kind: Any, name: str) -> None:
    """Record that a session gets a new key, or is emptied."""
    real = getattr(kind, name)

    def renew(self: Any, *args: Any) -> Any:
        world.record("renewed", f"{kind.__name__}.{name}", name)
        return real(self, *args)

    replace(kind, **{name: renew})


class _Socket:
    """A web socket."""

    async def prepare(self, _request: Any) -> None:
        """Nothing."""

    async def send_str(self, text: str) -> None:
        """Record what is sent."""
        world.record("socket", "aiohttp.web.WebSocketResponse.send_str", text)

    async def close(self) -> None:
        """Nothing."""

    def send(self) -> None:
        """Nothing is left to answer."""


def _asked(self: Any) -> None:
    """A request of somebody who may do nothing special."""
    _request(self)
    self.user.is_superuser = self.user.is_staff = False


def _created(self: Any, **named: Any) -> Any:
    world.record("fields", "django.db.models.Manager.create", named)
    return self.get()


_request = _http.HttpRequest.__init__


def _connect(*_args: Any, **named: Any) -> databases.Connection:
    world.record("login", "psycopg2.connect", {"user": named.get("user"), "password": named.get("password")})
    return databases.Connection("psycopg2.Connection")


def _executed(self: Any, statement: Any, *args: Any, **named: Any) -> Any:
    if args:
        world.record("stored", f"{self.name}.execute", args[0])
    return _execute(self, statement, *args, **named)


_execute = databases.Cursor.execute


def _sourced(self: Any, source: Any, *args: Any, **named: Any) -> Any:
    world.record("template", "jinja2.Environment.from_string", str(source))
    return _from_string(self, source, *args, **named)


def _made(cls: Any, source: Any, *args: Any, **named: Any) -> Any:
    world.record("template", "jinja2.Template", str(source))
    return _template(cls, source, *args, **named)


def install() -> None:
    """Watch applications, sessions, logins and templates."""
    world.finders.append(_find)
    replace(type(_conf.settings), configure=_configured)
    for name in ("flush", "cycle_key"):
        _renewed(_http.Session, name)
    _renewed(_flask.Session, "clear")
    replace(_http.Session, set_test_cookie=lambda _self: None)
    replace(_http.HttpRequest, __init__=_asked)
    replace(_models.QuerySet, create=_created)
    replace(_uploads.Upload, content_type="image/png", readline=lambda self, *size: self.file.readline(*size))
    replace(_web, WebSocketResponse=_Socket)
    replace(stand_in("psycopg2"), connect=_connect)
    replace(databases.Cursor, execute=_executed)
    replace(jinja2.Environment, from_string=_sourced)
    replace(jinja2.Template, __new__=_made)
