"""A stand-in of `django.utils.decorators`."""

from typing import Any


def method_decorator(decorator: Any, name: str = "") -> Any:
    """A decorator of functions for a method of a class."""

    def keep(decorated: Any) -> Any:
        if name:
            setattr(decorated, name, decorator(getattr(decorated, name)))
            return decorated
        return decorator(decorated)

    return keep
