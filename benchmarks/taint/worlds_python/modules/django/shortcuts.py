"""A stand-in of `django.shortcuts`."""

from typing import Any

import answers

from benchmarks.taint.worlds_python.library.databases import Row
from django.http import Http404, HttpResponse, HttpResponseRedirect

__all__ = ["Http404"]


def render(_request: Any, template_name: str, context: Any = None, **_named: Any) -> HttpResponse:
    """A page of a template."""
    return HttpResponse(answers.rendered(template_name, context or {}))


def redirect(to: Any, *_args: Any, **_named: Any) -> HttpResponse:
    """Send the client elsewhere."""
    return HttpResponseRedirect(to)


def get_object_or_404(*_args: Any, **_named: Any) -> Any:
    """A row."""
    return Row()
