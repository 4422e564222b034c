"""A stand-in of FastAPI: parameters are what their annotations and defaults say."""

import inspect
import re
import typing
from collections.abc import Callable
from typing import Any

import answers
from pydantic import _MISSING, BaseModel, Field, converted, unwrapped
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.taint.worlds_python.world import ABSENT, Given, Refused, world

__all__ = ["HTTPException", "Request", "Response"]
PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")
UploadFile = answers.AsyncUpload


class Query(Field):
    """A part of the query."""


class Path(Field):
    """A part of the path."""

    source = "path"


class Header(Field):
    """A header."""

    source = "header"


class Cookie(Field):
    """A cookie."""

    source = "cookie"


class Form(Field):
    """A part of a form."""

    source = "form"


class Body(Field):
    """A part of a JSON body."""

    source = "json"


class File(Field):
    """A file."""

    source = "file"


class Depends:
    """What another function gives."""

    def __init__(self, dependency: Any = None, **_named: Any) -> None:
        self.dependency = dependency


Security = Depends


class BackgroundTasks:
    """What is done after the answer."""

    def add_task(self, function: Any, *args: Any, **named: Any) -> None:
        """Done at once."""
        world.wait(function(*args, **named))


def called(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """The result of a function whose parameters the request fills; what it yields first, of a generator."""
    target = function.__init__ if inspect.isclass(function) else function
    hints = typing.get_type_hints(target, include_extras=True)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            found[name] = _filled(name, hints.get(name, Any), parameter.default, given)
    result = function(**found)
    if inspect.isgenerator(result):
        return next(result)
    return world.wait(anext(result)) if inspect.isasyncgen(result) else world.wait(result)


def _filled(name: str, annotation: Any, default: Any, given: dict[str, Any]) -> Any:
    kind, more = unwrapped(annotation)
    default = None if default is inspect.Parameter.empty and _optional(kind) else default
    marks = [item for item in (default, *more) if isinstance(item, Field)]
    for needed in (default, *more):
        if isinstance(needed, Depends):
            return called(needed.dependency or kind, given)
    if kind in (Request, Response, BackgroundTasks):
        return kind()
    if kind is UploadFile or (marks and marks[0].source == "file"):
        return UploadFile(name) if kind is UploadFile else world.content(name)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.of(Given("json"))
    return _asked(name, annotation, marks[0] if marks else Query(default), given)


def _optional(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _asked(name: str, annotation: Any, field: Field, given: dict[str, Any]) -> Any:
    if name in given:
        return field.check(converted(given[name], annotation))
    key = field.alias or (name.replace("_", "-") if field.source == "header" else name)
    value = world.value(field.source, key)
    if typing.get_origin(unwrapped(annotation)[0]) is list and isinstance(value, str):
        value = [value]
    if value is ABSENT:
        if field.default in (_MISSING, inspect.Parameter.empty):
            raise Refused(name)
        return field.default
    return field.check(converted(value, annotation))


class APIRouter:
    """A group of routes."""

    def __init__(self, *_args: Any, **named: Any) -> None:
        self.named, self.state = named, type("State", (), {})()
        self._after: list[Any] = named.get("dependencies") or []

    def api_route(self, path: str, methods: Any = ("GET",), **named: Any) -> Callable[[Any], Any]:
        """A route."""

        def keep(view: Any) -> Any:
            def call(method: str) -> None:
                Request.method = method
                given = {name: answers.in_path(name, kind) for name, kind in PARAMETER.findall(path)}
                for dependency in [*self._after, *(named.get("dependencies") or [])]:
                    called(dependency.dependency, given)
                _answered(called(view, given), named.get("response_class") or self.named.get("default_response_class"))

            world.enter(view.__name__, tuple(methods), call)
            return view

        return keep

    def get(self, path: str, **named: Any) -> Callable[[Any], Any]:
        """A route for GET."""
        return self.api_route(path, ("GET",), **named)

    def post(self, path: str, **named: Any) -> Callable[[Any], Any]:
        """A route for POST."""
        return self.api_route(path, ("POST",), **named)

    put = patch = delete = post

    def include_router(self, *_args: Any, **_named: Any) -> None:
        """Routes are entered as they are made."""

    mount = include_router

    def add_middleware(self, middleware: Any, **named: Any) -> None:
        """Record middleware."""
        world.record("configuration", getattr(middleware, "__name__", "middleware"), named)

    def _kept(self, *_args: Any, **_named: Any) -> Callable[[Any], Any]:
        return lambda function: function

    middleware = on_event = exception_handler = _kept


class FastAPI(APIRouter):
    """An application."""


def _answered(result: Any, response_class: Any) -> None:
    if isinstance(result, Response):
        result.send()
    elif response_class is not None:
        response_class(result).send()
    else:
        value = result.model_dump() if isinstance(result, BaseModel) else result
        answers.answer("fastapi.view", answers.dumped(value), "application/json")
