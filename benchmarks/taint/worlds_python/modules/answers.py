"""What all stand-ins of frameworks do alike: answers, uploaded files, path parameters, templates, redirects."""

import io
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from benchmarks.taint.worlds_python.world import Given, Refused, world

HTML = "text/html"


def answer(sink: str, body: Any, content_type: str, headers: Mapping[str, str] | None = None) -> None:
    """Record what a client gets: `html` where a browser reads it so, else `plain`; each header by itself."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes | bytearray) else str(body)
    is_html = content_type.partition(";")[0].strip() in (HTML, "application/xhtml+xml", "image/svg+xml")
    world.record("html" if is_html else "plain", sink, text)
    for name, value in (headers or {}).items():
        world.record("header", f"{sink}.{name}", str(value))


def redirect(sink: str, location: Any) -> None:
    """Record where a client is sent."""
    world.record("redirect", sink, str(location))


def dumped(value: Any) -> str:
    """JSON text; what it does not know is written as text."""
    return json.dumps(value, default=str)


class Upload:
    """An uploaded file, under the names that Werkzeug, Django, Starlette and Bottle give its parts."""

    content_type = "application/octet-stream"
    size = 7

    def __init__(self, key: str) -> None:
        self._key = key
        self.filename = self.name = self.raw_filename = world.text("filename", key)
        self.file = self.stream = io.BytesIO(world.content(key))

    def read(self, *size: int) -> bytes:
        """What it holds."""
        return self.file.read(*size)

    def seek(self, *to: int) -> int:
        """Go to a place in it."""
        return self.file.seek(*to)

    def chunks(self) -> Iterator[bytes]:
        """What it holds, in parts."""
        yield self.file.read()

    def save(self, destination: Any, *_more: Any, **_named: Any) -> None:
        """Store it."""
        if isinstance(destination, str) or hasattr(destination, "__fspath__"):
            world.record("path", "Upload.save", str(destination))
            world.record("upload", "Upload.save", str(destination))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.file)


class AsyncUpload(Upload):
    """An uploaded file as Starlette gives it."""

    async def read(self, *size: int) -> bytes:  # type: ignore[override]
        """What it holds."""
        return self.file.read(*size)

    async def seek(self, *to: int) -> int:  # type: ignore[override]
        """Go to a place in it."""
        return self.file.seek(*to)


class Uploads(Given):
    """The uploaded files of a request."""

    def __init__(self, made: Callable[[str], Any] = Upload) -> None:
        super().__init__("filename")
        self._made = made

    def __getitem__(self, key: str) -> Any:
        return self._made(key)

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # noqa: A002, ARG002 - as Werkzeug names it
        """The file of a key."""
        return self._made(key)

    def getlist(self, key: str, type: Any = None) -> list[Any]:  # noqa: A002, ARG002 - as Werkzeug names it
        """The files of a key."""
        return [self._made(key)]


_PLAIN = re.compile(r"[^/]+")
_CONVERTERS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "int": (re.compile(r"\d+"), int),
    "float": (re.compile(r"\d+(\.\d+)?"), float),
    "uuid": (re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), uuid.UUID),
    "slug": (re.compile(r"[-\w]+"), str),
    "path": (re.compile(r"[^/].*", re.DOTALL), str),
    "str": (_PLAIN, str),
    "string": (_PLAIN, str),
    "": (_PLAIN, str),
}


def in_path(name: str, kind: str = "", pattern: str = "") -> Any:
    """A parameter of a route, converted as its kind says. Raises Refused where the route does not fit."""
    text = world.text("path", name)
    fits, convert = _CONVERTERS.get(kind, _CONVERTERS[""])
    if kind == "uuid" and not fits.fullmatch(text):
        text = "0b54a6d6-6f4c-4b8d-9c8e-0a1b2c3d4e5f" if text in ("7", "alice") else text
    fits = re.compile(pattern, re.DOTALL) if pattern else fits
    if not fits.fullmatch(text):
        raise Refused(name)
    return convert(text)


def rendered(name: str, values: Mapping[str, Any]) -> str:
    """A template of the program's `templates` folder, filled in by Jinja2 as Flask would."""
    found = {path.removeprefix("templates/"): text for path, text in world.program.files.items()}
    loader = jinja2.DictLoader(found)
    environment = jinja2.Environment(loader=loader, autoescape=jinja2.select_autoescape(("html", "htm", "xml")))
    return environment.get_template(name).render(**values)


def rendered_text(source: str, values: Mapping[str, Any], *, escaped: bool = True) -> str:
    """A template that is given as text. It is recorded, and filled in where it is one."""
    world.record("template", "render_template_string", str(source))
    try:
        return jinja2.Environment(autoescape=escaped).from_string(str(source)).render(**values)
    except Exception:  # noqa: BLE001 - whatever the text of a request does there
        return str(Markup(source))
