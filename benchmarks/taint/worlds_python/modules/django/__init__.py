"""A stand-in of Django: views are found by `urlpatterns`."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import answers

from benchmarks.taint.worlds_python.world import Refused, world

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()\\]|\\.|\[[^\]]*\])*)\)")


class Pattern:
    """An entry of `urlpatterns`."""

    def __init__(self, parameters: list[tuple[str, str, str]], view: Any) -> None:
        self.parameters, self.view = parameters, view

    def enter(self) -> None:
        """Tell the world."""

        def call(method: str) -> None:
            from django.http import HttpRequest

            given = {name: answers.in_path(name, kind, pattern) for kind, name, pattern in self.parameters}
            request = HttpRequest()
            request.method = method
            if (result := self._answer(request, given)) is not None:
                result.send()

        allowed = getattr(self.view, "allowed", ("GET", "POST"))
        world.enter(getattr(self.view, "__name__", "view"), tuple(allowed), call)

    def _answer(self, request: Any, given: dict[str, Any]) -> Any:
        from django.http import Http404

        try:
            return world.wait(self.view(request, **given))
        except Http404 as error:
            raise Refused(str(error)) from error


def path(route: str, view: Any, *_args: Any, **_named: Any) -> Any:
    """A route with converters."""
    if isinstance(view, list):
        return view
    return Pattern([(kind or "str", name, "") for kind, name in _PARAMETER.findall(route)], view)


def re_path(route: str, view: Any, *_args: Any, **_named: Any) -> Any:
    """A route of a regular expression with named groups."""
    return Pattern([("", name, pattern) for name, pattern in _GROUP.findall(route)], view)


def _find(module: ModuleType) -> None:
    for pattern in getattr(module, "urlpatterns", ()):
        if isinstance(pattern, Pattern):
            pattern.enter()


world.finders.append(_find)
Decorator = Callable[[Any], Any]


def setup() -> None:
    """Nothing."""
