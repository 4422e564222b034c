"""A stand-in of `django.template`."""

from typing import Any

import answers


class Context(dict[str, Any]):
    """What a template is filled in with."""

    def __init__(self, values: Any = None, autoescape: bool = True) -> None:  # noqa: FBT001, FBT002 - as in Django
        super().__init__(values or {})
        self.autoescape = autoescape


class Template:
    """A template of text."""

    def __init__(self, source: Any, *_args: Any) -> None:
        self.source = str(source)

    def render(self, context: Any = None, *_args: Any) -> str:
        """Filled in."""
        return answers.rendered_text(self.source, context or {}, escaped=getattr(context, "autoescape", True))
