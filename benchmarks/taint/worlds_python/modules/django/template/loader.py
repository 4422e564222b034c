"""A stand-in of `django.template.loader`."""

from typing import Any

import answers


def render_to_string(template_name: str, context: Any = None, *_args: Any, **_named: Any) -> str:
    """A template, filled in."""
    return answers.rendered(template_name, context or {})
