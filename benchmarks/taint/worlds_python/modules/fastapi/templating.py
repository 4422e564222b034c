"""A stand-in of `fastapi.templating`."""

from typing import Any

import answers
from starlette.responses import HTMLResponse


class Jinja2Templates:
    """Templates of a folder."""

    def __init__(self, *_args: Any, **_named: Any) -> None:
        pass

    def TemplateResponse(self, *args: Any, **named: Any) -> HTMLResponse:  # noqa: N802 - as in Starlette
        """A page: the request and the name in either order, then what the template is filled in with."""
        texts = [item for item in args if isinstance(item, str)]
        name = texts[0] if texts else named["name"]
        values = next((item for item in args if isinstance(item, dict)), named.get("context") or {})
        return HTMLResponse(answers.rendered(name, {key: value for key, value in values.items() if key != "request"}))
