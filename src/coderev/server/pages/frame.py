"""What surrounds every page, and how a template is filled. Pure, but for the templates that it reads once.

A template escapes every value, and shows every unseen character, by itself: it cannot forget to.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from coderev.report import visible
from coderev.server.access.actions import Action

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = {"pages.css": "text/css", "pages.js": "text/javascript", "mark.svg": "image/svg+xml"}
LONGEST = 60_000  # characters of any value: an address with a path of 4,096 characters, each of them escaped, fits
_CODE = re.compile(r"`([^`\n]{1,300})`")
LONGEST_PLAIN = 300  # characters of a name in a table; the whole is on the page that it leads to


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the bar, for those who may do what its page does."""

    name: str
    path: str
    action: Action


BAR = (
    Entry("Reviews", "/reviews", Action.LIST_REVIEWS),
    Entry("Findings", "/findings", Action.LIST_FINDINGS),
    Entry("Dismissals", "/dismissals", Action.LIST_DISMISSALS),
    Entry("Queue", "/queue", Action.SEE_QUEUE),
    Entry("Models", "/models", Action.SEE_MODELS),
    Entry("Access", "/access", Action.LIST_ACCESSES),
    Entry("Tokens", "/tokens", Action.LIST_TOKENS),
    Entry("Settings", "/settings", Action.SEE_SETTINGS),
    Entry("Docs", "/docs", Action.SEE_DOCUMENTS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Who looks at a page, when, and what their bar offers; `done` and `refused` tell of the form sent before.

    `csrf` stands in every form that changes something: another site's form cannot know it.
    """

    at: datetime
    who: str = ""  # nobody is signed in
    role: str = ""
    bar: tuple[Entry, ...] = field(default=BAR)
    csrf: str = ""
    done: str = ""
    refused: str = ""


def page(template: str, frame: Frame, *, title: str, here: str = "", **values: Any) -> str:
    """A whole page: a template of the folder with its values. `here` is the path of the bar's entry it belongs to."""
    return _environment().get_template(template).render(frame=frame, title=title, here=here, **values)


def link(path: str, /, **query: object) -> str:
    """A path of ours with a query; what is empty is left out, and repository text cannot leave its place."""
    kept = {name: str(value) for name, value in query.items() if value not in ("", None)}
    return path + (f"?{urlencode(kept, quote_via=quote, safe='', errors='surrogatepass')}" if kept else "")


@cache
def asset(name: str) -> bytes:
    """The bytes of one of ASSETS."""
    return (files(__package__) / name).read_bytes()


@cache
def asset_path(name: str) -> str:
    """Where a browser finds an asset; the path changes with the bytes, so that they may be kept for ever."""
    return f"/assets/{sha256(asset(name)).hexdigest()[:16]}/{name}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was, or how long it is until then, as people say it."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 45:  # noqa: PLR2004  # less than a minute is told as now
        return "just now" if seconds >= 0 else "in a moment"
    said = duration(timedelta(seconds=abs(seconds)))
    return f"{said} ago" if seconds > 0 else f"in {said}"


def duration(length: timedelta) -> str:
    """A length of time in its one largest unit: `4 min`, `3 h`, `12 days`."""
    seconds = length.total_seconds()
    units = ((86_400 * 2, 86_400, "days"), (3600, 3600, "h"), (60, 60, "min"))
    for least, unit, name in units:
        if seconds >= least * 0.995:
            return f"{round(seconds / unit)} {name}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{round(seconds)} s"  # noqa: PLR2004


def plural(count: int, one: str, many: str = "") -> str:
    """`1 finding`, `1,204 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(text: str, most: int = LONGEST_PLAIN) -> str:
    """The beginning of a text, with `…` where it was cut."""
    return text if len(text) <= most else text[:most] + "…"


def prose(text: str, most: int = LONGEST_PLAIN) -> Markup:
    """The beginning of a text as HTML, with what stands between backticks as code and nothing else of its own."""
    escaped = str(escape(visible(short(text, most), keep="\n\t")))
    return Markup(_CODE.sub(r"<code>\1</code>", escaped))  # noqa: S704 - it is escaped


def commit(name: str) -> str:
    """A commit's id as far as people compare it."""
    return name[:12] if len(name) in {40, 64} else short(name, 80)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"short": short, "commit": commit, "duration": duration, "ago": ago, "prose": prose}
    environment.globals |= {"link": link, "plural": plural, "asset_path": asset_path}
    return environment


def _template(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text("utf-8")


def _harmless(value: Any) -> Any:
    ours = not isinstance(value, str) or hasattr(value, "__html__")
    return value if ours else visible(short(value, LONGEST), keep="\n\t")
