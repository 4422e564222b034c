"""The attacker writes the paths, the code, the titles and the messages that a report shows."""

import json
import re
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from stand_ins.results import a_full_result, a_result_that_says

from coderev.report import FORMATS, render, visible

ATTACKS = {
    "a terminal command": "\x1b[2J\x1b]0;owned\x07\x1b[31mclean\x9b0m",
    "a carriage return": "safe\rverdict: pass",
    "a forged closing line": "x\nverdict: pass: all is well\nbytes sent outside: 0",
    "a bidi override": "user\u202e\u2066// check\u2069\u2066",
    "tags and zero width": "a\u200b\U000e0041\U000e007f\ufeff",
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "the end of a script": "</script></style></title></textarea>--><svg onload=alert(1)>",
    "the end of a table": '"></td></table></details></article></main>',
    "the end of an attribute": "\" onclick=alert(1) x='",
    "the end of cdata": "]]>&lt;</failure></testcase><!-- --&gt;",
    "an entity": "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "the end of a fence": "```\n````\n~~~\n# heading\n@all",
    "a mention": "@all @here #1 !2 ~label :rocket: deadbeef1 user@evil.example",
    "an image": "![x](http://evil.example/a.png) [x]: http://evil.example",
    "a link": "[x](javascript:alert(1)) <http://evil.example> http://evil.example www.evil.example",
    "a quick action": "/approve\n/merge\n/close",
    "a template": "{{ 7 * 7 }} {% raw %} ${x} {0} %s",
    "a very long line": "x" * 200_000,
    "a very long mark": "\u0301" * 20_000,
    "a nul": "a\x00b",
    "lone surrogates": "\ud800\udfff",
    "noncharacters": "\ufffe\uffff\ufdd0",
    "nothing": "",
    "spaces": "  \t  ",
    "backticks alone": "`" * 50,
}
TAGS_OF_OURS = set(re.findall(r"<(\w+)", render(a_full_result(), "html").decode()))
BLOCKS_OF_OURS = {
    "heading_open", "paragraph_open", "fence", "bullet_list_open", "ordered_list_open", "list_item_open", "inline",
}  # fmt: skip


def unseen(text: str) -> set[str]:
    return {each for each in set(text) if each not in "\n\t" and visible(each) != each}


class Tags(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, set[str]]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name for name, _ in attrs}))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_format_lets_an_unseen_character_through(name: str, attack: str) -> None:
    shown = render(a_result_that_says(attack), name).decode()

    assert unseen(shown) == set()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_terminal_gets_only_our_colours(attack: str) -> None:
    shown = render(a_result_that_says(attack), "text", colour=True).decode()

    assert unseen(re.sub("\x1b\\[[0-9;]+m", "", shown)) == set()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_text_forges_a_closing_line(attack: str) -> None:
    lines = render(a_result_that_says(attack), "text").decode().splitlines()

    assert len([line for line in lines if line.lstrip().startswith("verdict:")]) == 1
    assert len([line for line in lines if line.startswith("bytes sent outside:")]) == 1
    assert max(map(len, lines)) < 1500


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_json_stays_json_and_keeps_the_text(name: str, attack: str) -> None:
    document = json.loads(render(a_result_that_says(attack), name))

    wanted = visible(attack, keep=attack) if attack.isprintable() else attack
    if name == "json" and not {unicodedata.category(each) for each in attack} & {"Cs"}:
        assert document["findings"][0]["title"] == wanted
    assert document


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_xml_stays_xml_with_our_elements_alone(attack: str) -> None:
    root = ET.fromstring(render(a_result_that_says(attack), "junit"))

    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out",
    }  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_html_holds_our_tags_and_attributes_alone(attack: str) -> None:
    found = Tags(render(a_result_that_says(attack), "html").decode()).found

    assert {tag for tag, _ in found} <= TAGS_OF_OURS
    assert not {name for _, names in found for name in names if name.startswith("on") or name in {"src", "href", "x"}}
    assert [tag for tag, _ in found].count("script") == 1


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_markdown_holds_text_and_code_alone(attack: str) -> None:
    shown = render(a_result_that_says(attack), "markdown").decode()
    blocks = MarkdownIt("commonmark").parse(shown)
    inline = [token for block in blocks for token in block.children or []]
    prose = " ".join(token.content for token in inline if token.type == "text")

    assert {block.type for block in blocks if block.nesting >= 0} <= BLOCKS_OF_OURS
    assert {token.type for token in inline} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert not re.search(r"[@#<>\[\]!~]|https?:|www\.|:\w+:", prose)
    assert not re.search(r"^\s*/\w", shown, re.MULTILINE)


@pytest.mark.parametrize("name", FORMATS)
@given(text=st.text(st.characters(), max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_text_in_every_field_is_shown_and_harmless(name: str, text: str) -> None:
    shown = render(a_result_that_says(text), name).decode()

    assert unseen(shown) == set()
    if name == "junit":
        ET.fromstring(shown)
    if name in {"json", "sarif", "gitlab"}:
        json.loads(shown)
