import re
from pathlib import Path

import pytest
from stand_ins.site_pages import FRAME, pages

from coderev.server.pages.documents import (
    Document,
    documents,
    folders_of,
    grouped,
    read_documents,
    render_document,
    slug,
    target,
    to_html,
)

NAMES = frozenset({"tour.md", "howto/keys.md", "reference/settings.md", "spec/bundle.md"})


def test_every_page_of_the_documentation_is_there_and_reachable() -> None:
    manual = documents()

    listed = {document.name for group in grouped(manual) for document in group.documents}
    assert listed == set(manual)
    assert {"tour.md", "glossary.md", "reference/settings.md", "spec/egress.md"} <= listed


def test_every_link_between_pages_leads_to_a_page_and_to_a_heading_that_is_there() -> None:
    manual = documents()
    whole = {document.address: render_document(FRAME, manual, document) for document in manual.values()}
    lost = []

    for address, text in whole.items():
        for href in re.findall(r'<a href="([^"]+)"', text.partition("<article")[2].partition("</article>")[0]):
            page, _, anchor = href.partition("#")
            wanted = page or address
            if wanted.startswith("/docs/") and not (
                wanted in whole and (not anchor or f'id="{anchor}"' in whole[wanted])
            ):
                lost.append((address, href))

    assert lost == []


def test_every_page_that_points_to_the_documentation_points_to_a_page_of_it() -> None:
    known = {document.address for document in documents().values()} | {"/docs"}

    for address, made in pages().items():
        for href in re.findall(r'href="(/docs[^"#]*)', made()):
            assert href in known, (address, href)


@pytest.mark.parametrize(
    ("href", "name", "leads"),
    [
        ("../reference/settings.md#gate", "howto/keys.md", "/docs/reference/settings.md#gate"),
        ("keys.md", "howto/keys.md", "/docs/howto/keys.md"),
        ("../../spec/bundle.md", "howto/keys.md", "/docs/spec/bundle.md"),
        ("../docs/tour.md", "spec/bundle.md", "/docs/tour.md"),
        ("#below", "tour.md", "#below"),
        ("https://example.internal/x", "tour.md", "https://example.internal/x"),
        ("../src/coderev/errors.py", "tour.md", None),
        ("../../../../etc/passwd", "howto/keys.md", None),
        ("/etc/passwd", "tour.md", None),
    ],
)
def test_a_link_leads_where_it_led_in_the_repository_or_nowhere(href: str, name: str, leads: str | None) -> None:
    assert target(href, name, NAMES) == leads


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("![beacon](https://evil.example/x.png)", "<p>beacon</p>"),
        ("[lost](../gone.md)", "<span>lost</span>"),
        ("a\u202eb", "aU+202Eb"),
    ],
)
def test_what_a_page_must_not_do_stands_as_text(markdown: str, html: str) -> None:
    assert html in to_html(Document("tour.md", "Tour", markdown), NAMES)


def test_two_headings_of_the_same_words_have_two_anchors() -> None:
    html = to_html(Document("tour.md", "Tour", "# A\n\n## Same `x`!\n\n## Same `x`!\n"), NAMES)

    assert re.findall(r'id="([^"]+)"', html) == ["a", "same-x", "same-x-1"]


def test_an_anchor_is_made_as_forges_make_it() -> None:
    assert slug("5. Place, `quote` & Größe_x") == "5-place-quote--größe_x"


def test_only_markdown_below_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    for name in ("top.md", "top.py", "a/one.md", "a/b/two.md", "a/b/c/three.md"):
        (tmp_path / name).write_text("# Title of it\n")

    found = read_documents({"": tmp_path, "gone": tmp_path / "gone"})

    assert sorted(found) == ["a/b/two.md", "a/one.md", "top.md"]
    assert found["top.md"].title == "Title of it"


def test_what_was_installed_comes_before_what_stands_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "src" / "coderev"
    package.mkdir(parents=True)

    nowhere = folders_of(package)
    (tmp_path / "pyproject.toml").touch()
    clone = folders_of(package)
    (package / "documents" / "spec").mkdir(parents=True)
    (package / "documents" / "spec" / "bundle.md").write_text("# Bundles\n")
    installed = folders_of(package)

    assert nowhere == {}
    assert clone == {"": tmp_path / "docs", "spec": tmp_path / "spec"}
    assert list(read_documents(installed)) == ["spec/bundle.md"]
