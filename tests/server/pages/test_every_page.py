"""What holds for the HTML of every page, whatever is on it."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from stand_ins.site_pages import ADDRESS, FRAME, pages

import coderev.report
from coderev.server.pages.frame import ASSETS, BAR, asset, asset_path, page

VOID = {"meta", "input", "br", "link", "img"}
FETCHING = {"src", "srcset", "data", "poster", "background", "ping", "style", "formaction"}
OURS = re.compile(r"(/|#|\?)")
EVERY = pytest.mark.parametrize("address", sorted(pages()))


class Read(HTMLParser):
    """What a browser would build: tags with their attributes, and whether each is closed in order."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.open: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes, _ in self.tags if tag in names]


@EVERY
def test_every_tag_is_closed_and_every_anchor_is_unique(address: str) -> None:
    read = Read(pages()[address]())
    anchors = [attributes["id"] for _, attributes, _ in read.tags if "id" in attributes]

    assert read.open == []
    assert len(anchors) == len(set(anchors))


@EVERY
def test_nothing_is_fetched_but_our_assets_and_nothing_stands_inline(address: str) -> None:
    for tag, attributes, _ in Read(pages()[address]()).tags:
        assert tag not in {"style", "img", "iframe", "object", "embed", "base"}
        assert not [name for name in attributes if name.startswith("on") or name in FETCHING - {"src"}]
        if "src" in attributes or tag == "link":
            assert str(attributes.get("src") or attributes.get("href")).startswith("/assets/")


@EVERY
def test_links_and_forms_stay_here_or_say_that_they_lead_away(address: str) -> None:
    read = Read(pages()[address]())

    for link in read.all("a"):
        assert OURS.match(str(link["href"])) or link["rel"] == "noreferrer"
    for form in read.all("form"):
        assert str(form["action"]).startswith("/")


@EVERY
def test_every_form_that_changes_something_carries_the_mark_of_the_session(address: str) -> None:
    document = pages()[address]()
    forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)".*?</form>', document, re.DOTALL)
    marked = re.findall(
        r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>\s*<input type="hidden" name="csrf"', document
    )

    assert [form for form in forms if form not in marked] in ([], ["/enter"])  # nobody has a session there


@EVERY
def test_headings_descend_one_level_at_a_time_from_a_single_first(address: str) -> None:
    levels = [int(tag[1]) for tag, _, _ in Read(pages()[address]()).tags if re.fullmatch("h[1-6]", tag)]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


@EVERY
def test_every_table_of_rows_has_a_caption_and_scopes(address: str) -> None:
    document = pages()[address]()

    for table in re.findall(r'<div class="table[^"]*"><table>(.*?)</table>', document, re.DOTALL):
        assert "<caption" in table
        assert "<th>" not in table


@EVERY
def test_the_bar_marks_the_one_place_where_one_is(address: str) -> None:
    place = "/" + re.split(r"[/?]", address)[1]
    bar = pages()[address]().partition('<nav aria-label="Main">')[2].partition("</nav>")[0]

    marked = re.findall(r'href="([^"]+)" aria-current="page"', bar)
    assert marked == [entry.path for entry in BAR if entry.path == place]


@pytest.mark.parametrize("tab", ["", "/changes", "/record"])
def test_a_review_marks_the_tab_that_one_sees(tab: str) -> None:
    tabs = pages()[ADDRESS + tab]().partition('aria-label="This review"')[2].partition("</nav>")[0]

    assert re.findall(r'href="([^"]+)" aria-current="page"', tabs) == [ADDRESS + tab]


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        page("reviews.html.j2", FRAME, title="Reviews")


def test_the_colours_are_those_of_the_report() -> None:
    report = (Path(coderev.report.__file__).parent / "page.css").read_text("utf-8").partition("* {")[0]

    assert asset("pages.css").decode().startswith(report)


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_an_asset_has_a_path_of_its_bytes_and_fetches_nothing(name: str) -> None:
    assert re.fullmatch(rf"/assets/[0-9a-f]{{16}}/{re.escape(name)}", asset_path(name))
    assert not re.search(rb"@import|url\(|https?://(?!www\.w3\.org/2000/svg)", asset(name))
