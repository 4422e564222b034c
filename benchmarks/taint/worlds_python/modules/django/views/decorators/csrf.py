"""A stand-in of `django.views.decorators.csrf`."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


def csrf_exempt(view: Any) -> Any:
    """Record that a view is not protected."""
    world.record("configuration", "django.views.decorators.csrf.csrf_exempt", {})
    return view


def csrf_protect(view: Any) -> Any:
    """Protected."""
    return view


ensure_csrf_cookie = csrf_protect
