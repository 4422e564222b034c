"""A stand-in of `django.views`."""

from typing import Any

from django.http import HttpResponseNotAllowed

_METHODS = ("get", "post", "put", "patch", "delete")


class View:
    """A view as a class."""

    http_method_names = _METHODS

    def __init__(self, **named: Any) -> None:
        self.__dict__.update(named)

    @classmethod
    def as_view(cls, **named: Any) -> Any:
        """A view as a function."""

        def view(request: Any, *args: Any, **given: Any) -> Any:
            made = cls(**named)
            made.request, made.args, made.kwargs = request, args, given  # type: ignore[attr-defined]
            return made.dispatch(request, *args, **given)

        view.allowed = tuple(name.upper() for name in _METHODS if hasattr(cls, name))  # type: ignore[attr-defined]
        view.__name__ = cls.__name__
        return view

    def dispatch(self, request: Any, *args: Any, **given: Any) -> Any:
        """Call the method that the request asks for."""
        method = getattr(self, request.method.lower(), None)
        return method(request, *args, **given) if method else HttpResponseNotAllowed()
