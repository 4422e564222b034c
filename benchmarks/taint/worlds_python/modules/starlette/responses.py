"""A stand-in of `starlette.responses`."""

from typing import Any

import answers

from benchmarks.taint.worlds_python.world import world


class Response:
    """An answer."""

    media_type = "text/plain"

    def __init__(
        self, content: Any = "", status_code: int = 200, headers: Any = None, media_type: Any = None, **_named: Any
    ) -> None:
        self.content, self.status_code = content, status_code
        self.headers: dict[str, Any] = dict(headers or {})
        self.media_type = media_type or self.headers.get("Content-Type") or type(self).media_type

    def set_cookie(self, key: str, value: Any = "", **named: Any) -> None:
        """Record a cookie."""
        world.record("cookie", "starlette.responses.Response.set_cookie", {"key": key, "value": value, **named})

    def delete_cookie(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""

    def send(self) -> None:
        """Record it."""
        content = self.content
        if not isinstance(content, str | bytes):
            content = "".join(str(part) for part in content) if hasattr(content, "__next__") else str(content)
        answers.answer("starlette.responses.Response", content, self.media_type, self.headers)


class HTMLResponse(Response):
    """A page."""

    media_type = "text/html"


class PlainTextResponse(Response):
    """Text."""


class JSONResponse(Response):
    """JSON."""

    media_type = "application/json"

    def __init__(self, content: Any = None, *args: Any, **named: Any) -> None:
        super().__init__(answers.dumped(content), *args, **named)


ORJSONResponse = UJSONResponse = JSONResponse


class StreamingResponse(Response):
    """An answer in parts."""


class RedirectResponse(Response):
    """Send the client elsewhere."""

    def __init__(self, url: Any, *_args: Any, **_named: Any) -> None:
        super().__init__("")
        answers.redirect("starlette.responses.RedirectResponse", url)


class FileResponse(Response):
    """A file: nothing is checked."""

    def __init__(self, path: Any, *_args: Any, **named: Any) -> None:
        world.record("path", "starlette.responses.FileResponse", str(path))
        super().__init__("file", media_type=named.get("media_type") or "application/octet-stream")
