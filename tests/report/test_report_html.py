import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from stand_ins.results import a_coverage, a_finding, a_full_result, a_result, an_incomplete_result

from coderev.finding import Result
from coderev.report import render

FETCHING = {"src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping", "style"}
VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """What a browser would build: tags, attributes, texts by tag, and whether every tag is closed in order."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)


def page(result: Result) -> Page:
    return Page(render(result, "html").decode())


def test_every_tag_is_closed_and_every_anchor_is_unique() -> None:
    read = page(a_full_result())
    anchors = [attributes["id"] for _, attributes in read.tags if "id" in attributes]

    assert read.open == []
    assert len(anchors) == len(set(anchors))


def test_nothing_is_fetched_and_no_attribute_runs() -> None:
    for tag, attributes in page(a_full_result()).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not FETCHING & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]


def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page() -> None:
    document = render(a_full_result(), "html").decode()
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', document)[0].replace("&#39;", "'")

    def source(tag: str) -> str:
        text = document.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {source('style')}; script-src {source('script')}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_the_marked_columns_are_the_findings() -> None:
    assert page(a_full_result()).texts["mark"][:2] == ['"SELECT * FROM visits WHERE id = " + visit_id)', "U+202E"]


def test_each_severity_that_occurs_has_a_filter_and_each_file_a_choice() -> None:
    read = page(a_full_result())

    boxes = [attributes["id"] for tag, attributes in read.tags if tag == "input"]
    files = [attributes["value"] for tag, attributes in read.tags if tag == "option"]

    assert boxes == ["show-critical", "show-high", "show-medium"]
    assert files == ["", "clinic/appointments.py", "clinic/roles.ts"]


def test_the_first_findings_are_open_and_the_rest_is_closed() -> None:
    read = page(a_result((a_finding(),) * 12))

    assert ["open" in attributes for tag, attributes in read.tags if tag == "details"] == [True] * 10 + [False] * 2


@pytest.mark.parametrize(
    ("result", "heading", "state"),
    [
        (a_result(), "pass: no new finding at or above high", "pass"),
        (a_full_result(), "fail: 2 new findings at or above high", "fail"),
        (an_incomplete_result(), "incomplete: 4 things were not reviewed", "incomplete"),
        (
            a_result(coverage=an_incomplete_result().coverage),
            "pass and incomplete: no new finding at or above high",
            "incomplete",
        ),
    ],
)
def test_the_heading_is_the_verdict(result: Result, heading: str, state: str) -> None:
    read = page(result)

    assert read.texts["h1"] == [heading]
    assert [attributes["class"] for tag, attributes in read.tags if tag == "header"] == [state]


def test_an_empty_change_says_so() -> None:
    assert "nothing to review" in page(a_result(coverage=a_coverage(files=()))).texts["p"]


def test_an_existing_finding_whose_flow_is_touched_bears_a_tag() -> None:
    assert "touched" in page(a_result((a_finding(status="existing", touched=True),))).texts["span"]
    assert "touched" not in page(a_result((a_finding(status="existing"),))).texts["span"]
