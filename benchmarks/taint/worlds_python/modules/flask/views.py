"""A stand-in of `flask.views`."""

from typing import Any, ClassVar

from flask import request

_METHODS = ("get", "post", "put", "patch", "delete")


class View:
    """A view as a class."""

    methods: ClassVar[Any] = None
    decorators: ClassVar[list[Any]] = []

    @classmethod
    def as_view(cls, name: str, *args: Any, **named: Any) -> Any:
        """A view as a function."""

        def view(**given: Any) -> Any:
            return cls(*args, **named).dispatch_request(**given)

        view.__name__ = name
        view.methods = cls.methods or _methods_of(cls)  # type: ignore[attr-defined]
        for decorate in cls.decorators:
            view = decorate(view)
        return view

    def dispatch_request(self, **_given: Any) -> Any:
        """Answer."""
        raise NotImplementedError


class MethodView(View):
    """A view with a method for each of HTTP's."""

    def dispatch_request(self, **given: Any) -> Any:
        """Call the method that the request asks for."""
        return getattr(self, request.method.lower())(**given)


def _methods_of(view: type) -> tuple[str, ...]:
    return tuple(name.upper() for name in _METHODS if hasattr(view, name)) or ("GET",)
