"""A stand-in of `starlette.routing`."""

from typing import Any

import answers
from fastapi import PARAMETER

from benchmarks.taint.worlds_python.world import world
from starlette.requests import Request


def Route(path: str, endpoint: Any, methods: Any = ("GET",), **_named: Any) -> Any:  # noqa: N802 - a class in Starlette
    """A route to a function that takes a request."""

    def call(method: str) -> None:
        request = Request({name: answers.in_path(name, kind) for name, kind in PARAMETER.findall(path)})
        request.method = method
        world.wait(endpoint(request)).send()

    world.enter(endpoint.__name__, tuple(methods), call)
    return endpoint


def Mount(_path: str, **_named: Any) -> Any:  # noqa: N802 - a class in Starlette
    """A part of an application."""
