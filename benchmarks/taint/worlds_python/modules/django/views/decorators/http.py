"""A stand-in of `django.views.decorators.http`."""

from typing import Any


def require_http_methods(methods: Any) -> Any:
    """Only these methods."""

    def keep(view: Any) -> Any:
        view.allowed = tuple(methods)
        return view

    return keep


require_GET = require_http_methods(("GET",))  # noqa: N816 - as in Django
require_POST = require_http_methods(("POST",))  # noqa: N816 - as in Django
require_safe = require_GET
