"""A stand-in of `django.http`."""

from typing import Any

import answers
from permissive import Permissive

from benchmarks.taint.worlds_python.world import Given, world


class Http404(Exception):
    """Answer 404."""


class QueryDict(Given):
    """A form or query."""

    def items(self) -> Any:
        """Keys and values."""
        return [(key, self[key]) for key in self]

    def copy(self) -> dict[str, Any]:
        """A plain one."""
        return self.to_dict()


class Session(dict[str, Any]):
    """The session: what is stored there is recorded."""

    modified = False
    session_key = "stored"

    def __setitem__(self, key: str, value: Any) -> None:
        world.record("session", "django.session", (key, value))
        super().__setitem__(key, value)

    def update(self, *args: Any, **named: Any) -> None:
        """Store many."""
        for key, value in dict(*args, **named).items():
            self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Store where nothing is."""
        if key not in self:
            self[key] = default
        return self[key]

    def set_expiry(self, *_args: Any) -> None:
        """Nothing."""

    flush = cycle_key = set_expiry


class _Meta(Given):
    """Headers as WSGI names them."""


class HttpRequest:
    """A request."""

    method = "GET"
    content_type = "application/json"
    scheme = "https"
    encoding = "utf-8"

    def __init__(self) -> None:
        self.GET, self.POST = QueryDict("query"), QueryDict("form")
        self.COOKIES, self.headers, self.META = Given("cookie"), Given("header"), _Meta("header")
        self.FILES = answers.Uploads()
        self.session = world.state.setdefault("django.session", Session())
        self.user: Any = Permissive()

    @property
    def body(self) -> bytes:
        """The raw body."""
        return world.body()

    @property
    def path(self) -> str:
        """The path."""
        return "/" + world.text("path", "path")

    path_info = path

    def read(self) -> bytes:
        """The raw body."""
        return world.body()

    def get_host(self) -> str:
        """The host, which is checked against those that are allowed."""
        return "example.org"

    def get_full_path(self) -> str:
        """The path with the query."""
        return f"{self.path}?{world.query()}"

    def build_absolute_uri(self, location: str | None = None) -> str:
        """An address."""
        return f"https://example.org{location or self.path}"

    def is_secure(self) -> bool:
        """Yes."""
        return True


class HttpResponse:
    """An answer."""

    status_code = 200

    def __init__(
        self, content: Any = b"", content_type: Any = None, status: Any = None, headers: Any = None, **_named: Any
    ) -> None:
        self.content = content
        self.headers: dict[str, Any] = dict(headers or {})
        self.content_type = content_type or self.headers.get("Content-Type") or answers.HTML
        self.status = status

    def __setitem__(self, name: str, value: Any) -> None:
        self.headers[name] = value

    def __getitem__(self, name: str) -> Any:
        return self.headers[name]

    def write(self, content: Any) -> None:
        """Add to it."""
        self.content = f"{self._text()}{content}"

    def set_cookie(self, key: str, value: Any = "", **named: Any) -> None:
        """Record a cookie."""
        world.record("cookie", "django.http.HttpResponse.set_cookie", {"key": key, "value": value, **named})

    set_signed_cookie = set_cookie

    def delete_cookie(self, *_args: Any, **_named: Any) -> None:
        """Nothing."""

    def _text(self) -> str:
        if isinstance(self.content, bytes):
            return self.content.decode("utf-8", "replace")
        return self.content if isinstance(self.content, str) else "".join(map(str, self.content))

    def send(self) -> None:
        """Record it."""
        answers.answer(
            "django.http.HttpResponse", self._text(), self.headers.get("Content-Type", self.content_type), self.headers
        )


class HttpResponseBadRequest(HttpResponse):
    """400."""

    status_code = 400


class HttpResponseForbidden(HttpResponse):
    """403."""

    status_code = 403


class HttpResponseNotFound(HttpResponse):
    """404."""

    status_code = 404


class HttpResponseServerError(HttpResponse):
    """500."""

    status_code = 500


class HttpResponseNotAllowed(HttpResponse):
    """405."""

    status_code = 405


class HttpResponseRedirect(HttpResponse):
    """302."""

    status_code = 302

    def __init__(self, redirect_to: Any, *_args: Any, **_named: Any) -> None:
        super().__init__("", "text/plain")
        answers.redirect("django.http.HttpResponseRedirect", redirect_to)


HttpResponsePermanentRedirect = HttpResponseRedirect


class JsonResponse(HttpResponse):
    """JSON."""

    def __init__(self, data: Any, safe: bool = True, **_named: Any) -> None:  # noqa: FBT001, FBT002, ARG002 - as in Django
        super().__init__(answers.dumped(data), "application/json")


class StreamingHttpResponse(HttpResponse):
    """An answer in parts."""


class FileResponse(HttpResponse):
    """A file."""

    def __init__(self, *_args: Any, **named: Any) -> None:
        super().__init__("file", named.get("content_type") or "application/octet-stream")
