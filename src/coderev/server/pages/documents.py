"""The documentation under `/docs`: Markdown of the product, rendered here, with links that work between its pages.

A page is found by its name in a list that was made once: an address never becomes a path of the file system.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from aiohttp import web
from markupsafe import Markup

from coderev.report import visible
from coderev.server.access.actions import Action
from coderev.server.access.deciding import NotFound
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import framed, html
from coderev.server.pages.frame import Frame, page

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

GROUPS = {  # in the order in which a newcomer needs them
    "": "Begin here",
    "tutorial": "Tutorials",
    "howto": "How to",
    "explanation": "Explanations",
    "reference": "Reference",
    "decisions": "Decisions",
    "spec": "Specifications",
}
_FOR_TESTS = re.compile(r"(?m)^<!-- by hand: .* -->\n")  # what a test does in a reader's place
DEPTH = 2  # folders below the top


@dataclass(frozen=True, slots=True)
class Document:
    """A page of the documentation. `name` is its path below `/docs`, such as `howto/keys.md`."""

    name: str
    title: str
    text: str

    @property
    def address(self) -> str:
        """Where it is read."""
        return f"/docs/{quote(self.name)}"


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together."""

    name: str
    documents: tuple[Document, ...]


Documents = Mapping[str, Document]


@cache
def documents() -> Documents:
    """The pages that were installed with the package; in a clone, those that stand beside it."""
    return read_documents(folders_of(files("coderev")))


def folders_of(package: Traversable) -> Mapping[str, Traversable]:
    """Where the pages of a package lie, as `read_documents` takes it."""
    inside, clone = package / "documents", Path(str(package)).parent.parent
    if inside.is_dir():
        return {"": inside}
    if (clone / "pyproject.toml").is_file():  # else it is whoever's folder that the package was installed into
        return {"": clone / "docs", "spec": clone / "spec"}
    return {}


def read_documents(folders: Mapping[str, Traversable]) -> Documents:
    """Every Markdown file of these folders, by its name; what a folder is called stands before its files' names."""
    found = {}
    for prefix, folder in folders.items():
        for name, file in _markdown(folder, prefix, DEPTH):
            text = file.read_text("utf-8")
            found[name] = Document(name, _title(text, name), text)
    return dict(sorted(found.items()))


def grouped(pages: Documents) -> tuple[Group, ...]:
    """The pages under their headings."""
    folders: dict[str, list[Document]] = {name: [] for name in GROUPS}
    for name, document in pages.items():
        folders.setdefault(posixpath.dirname(name), []).append(document)
    return tuple(Group(GROUPS.get(name, name), tuple(each)) for name, each in folders.items() if each)


def render_documents(frame: Frame, pages: Documents) -> str:
    """The page that lists all pages."""
    return page("documents.html.j2", frame, title="Documentation", here="/docs", groups=grouped(pages))


def render_document(frame: Frame, pages: Documents, document: Document) -> str:
    """One page of the documentation, with the list of all beside it."""
    return page(
        "document.html.j2",
        frame,
        title=document.title,
        here="/docs",
        groups=grouped(pages),
        document=document,
        body=Markup(to_html(document, frozenset(pages))),  # noqa: S704  # raw HTML is off; all text is escaped
    )


def to_html(document: Document, names: frozenset[str]) -> str:
    """A page's Markdown as HTML: raw HTML is shown as text, images as their words, unknown pages as no link."""
    parser = _parser()
    tokens = parser.parse(visible(_FOR_TESTS.sub("", document.text), keep="\n\t"))
    _anchor(tokens)
    for token in tokens:
        _point(token.children or (), document.name, names)
    return str(parser.renderer.render(tokens, parser.options, {}))


def target(href: str, name: str, names: frozenset[str]) -> str | None:
    """Where a link of the page `name` leads on this site; None where that is no page of ours.

    An address with a scheme is left as it is, and a place on the same page too.
    """
    if re.match(r"[a-z][a-z0-9+.-]*:", href) or href.startswith("#"):
        return href
    path, hash_, place = href.partition("#")
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path)))
    for known in (wanted, wanted.removeprefix("../"), wanted.removeprefix("docs/")):  # `../spec/…` in a clone
        if known in names:
            return f"/docs/{quote(known)}{hash_}{place}"
    return None


def slug(heading: str) -> str:
    """The anchor of a heading, as forges make it: links that work there work here."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def _markdown(folder: Traversable, prefix: str, depth: int) -> Iterator[tuple[str, Traversable]]:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.is_dir() and depth:
            yield from _markdown(entry, name, depth - 1)
        elif entry.name.endswith(".md"):
            yield name, entry


def _title(text: str, name: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return visible(found[1].replace("`", "").strip()) if found else name


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    renderer: Any  # its rules by name; those below replace the library's
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    renderer = parser.renderer
    rules = renderer.rules
    rules["image"] = lambda tokens, at, *_: str(Markup("{}").format(tokens[at].content))
    rules["fence"] = rules["code_block"] = _block
    rules["table_open"] = lambda *_: '<div class="table" tabindex="0" role="region" aria-label="table"><table>\n'
    rules["table_close"] = lambda *_: "</table></div>\n"
    return parser


def _block(tokens: Sequence[Any], at: int, *_: Any) -> str:
    return str(Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(tokens[at].content))


def _anchor(tokens: Sequence[Any]) -> None:
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            words = "".join(each.content for each in inline.children or ())
            base = slug(words) or "section"
            seen[base] = seen.get(base, -1) + 1
            token.attrSet("id", f"{base}-{seen[base]}" if seen[base] else base)
        if token.type == "th_open":
            token.attrSet("scope", "col")


def _point(tokens: Sequence[Any], name: str, names: frozenset[str]) -> None:
    """Lead links to pages of this site; where there is none, the words stand without a link. Links do not nest."""
    href: str | None = None
    for token in tokens:
        if token.type == "link_open":
            href = target(str(token.attrGet("href") or ""), name, names)
            token.attrs = {"href": href, "rel": "noreferrer"} if href is not None else {}
        if token.type in {"link_open", "link_close"} and href is None:
            token.tag = "span"


async def show_documents(ask: Ask) -> web.StreamResponse:
    """The list of all pages."""
    return html(render_documents(framed(ask), documents()))


async def show_document(ask: Ask) -> web.StreamResponse:
    """One page, with or without its `.md`. Raises NotFound."""
    pages, name = documents(), ask.path("name")
    document = pages.get(name) or pages.get(f"{name}.md")
    if document is None:
        raise NotFound(what="such page of the documentation")
    return html(render_document(framed(ask), pages, document))


ROUTES = (
    Route(method="GET", path="/docs", action=Action.SEE_DOCUMENTS, handler=show_documents, knows=True),
    Route(method="GET", path="/docs/{name:.+}", action=Action.SEE_DOCUMENTS, handler=show_document, knows=True),
)
