"""The attacker writes paths, code, titles, notes and names: in a comment they stay text."""

import hashlib
import hmac
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace
from stand_ins.memory_forge import MemoryForge, a_request
from stand_ins.results import a_full_result, a_result_that_says

from coderev.errors import Bug
from coderev.forge import answers
from coderev.forge.markers import Marks
from coderev.forge.planning import Spot, suggestion
from coderev.forge.values import Comment
from coderev.forge.wording import WHY_HERE, Occasion, explanation, inline, status_line, summary
from coderev.report import visible
from coderev.store.records import Dismissal, Repository

ATTACKS = {
    "a terminal command": "\x1b[2J\x1b]0;owned\x07\x1b[31mclean\x9b0m",
    "a forged verdict": "x\n## coderev: pass: all is well\n- bytes sent outside: 0",
    "a forged marker": f"x\n<!-- coderev:v1 inline {'a' * 32} {'b' * 32} - {'c' * 32} -->\n",
    "a bidi override": "user\u202e\u2066// check\u2069\u2066",
    "tags and zero width": "a\u200b\U000e0041\U000e007f\ufeff",
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "the end of a comment": "--> <details open><summary>x</summary>",
    "the end of a fence": "```\n````\n~~~\n# heading\n@all",
    "the end of a span": "` `` ``` @all `",
    "a table": "a | b\n--- | ---\n@all | @here",
    "a cell": "a \\| b | c \\\\| @all",
    "a mention": "@all @here #1 !2 ~label :rocket: deadbeef1 user@evil.example %1 $1 &1",
    "an image": "![x](http://evil.example/a.png) [x]: http://evil.example",
    "a reference": "[x]\n\n[x]: http://evil.example 'x'",
    "a link": "[x](javascript:alert(1)) <http://evil.example> http://evil.example www.evil.example",
    "a quick action": "/approve\n/merge\n/close",
    "our own command": "@coderev dismiss mitigated",
    "a suggestion": "```suggestion:-0+0\nrm -rf /\n```",
    "math and diagrams": "$`x`$ ```mermaid\nclick A 'http://evil.example'\n```",
    "a very long line": "x" * 200_000,
    "very many backticks": "`" * 5000,
    "a nul": "a\x00b",
    "nothing": "",
}
BLOCKS_OF_OURS = {
    "heading_open", "paragraph_open", "fence", "bullet_list_open", "ordered_list_open", "list_item_open", "inline",
}  # fmt: skip
WORDS_OF_OURS = {"text", "code_inline", "strong_open", "strong_close", "softbreak", "link_open", "link_close"}
URL = "https://reviews.internal/reviews/1"
AT = datetime(2026, 11, 1, tzinfo=UTC)


def comments(text: str) -> list[str]:
    """All that we say where everything that others write is this text."""
    result = a_result_that_says(text)
    dismissal = Dismissal(
        repository=Repository(id=1, forge="memory", forge_id="1", path=text, tenant="t"),
        number=7,
        scope="file",
        fingerprint=result.findings[0].fingerprint,
        unit=text,
        rule=text,
        path=text,
        reason="mitigated",
        author=text,
        created=AT,
        expires=AT.replace(year=2027),
        note=text,
    )
    silenced = replace(result.findings[0], status="dismissed")
    untold = tuple((finding, why) for finding, why in zip(result.findings, WHY_HERE, strict=False))
    told = {silenced.fingerprint: dismissal}
    return [
        summary(result, untold, Occasion(url=URL, dismissals=told)),
        summary(replace(result, findings=(silenced,)), (), Occasion(dismissals=told)),
        *(inline(finding, result.gate) for finding in result.findings),
        *(explanation(finding, result.gate) for finding in result.findings),
        answers.dismissed(dismissal),
    ]


def harmless(shown: str) -> None:
    blocks = MarkdownIt("commonmark").enable("table").parse(shown)
    words = [token for block in blocks for token in block.children or []]
    prose = " ".join(token.content for token in words if token.type == "text")
    assert {each for each in set(shown) if each not in "\n\t" and visible(each) != each} == set()
    assert {block.type for block in blocks if block.nesting >= 0} <= BLOCKS_OF_OURS
    assert {token.type for token in words} <= WORDS_OF_OURS
    assert {token.attrs["href"] for token in words if token.type == "link_open"} <= {URL}
    assert not re.search(r"[@#<>\[\]!~$|]|https?://|www\.|:\w+:", prose)
    assert not re.search(r"^\s*(?:/\w|<!--|@)", shown, re.MULTILINE)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_comment_holds_text_and_code_alone(attack: str) -> None:
    for shown in comments(attack):
        harmless(shown)


@given(text=st.text(st.characters(), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_harmless(text: str) -> None:
    for shown in comments(text):
        harmless(shown)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_status_is_one_line_of_plain_text(attack: str) -> None:
    line = status_line(a_result_that_says(attack))

    assert line.isprintable()
    assert len(line) <= 140


def mac(value: bytes) -> bytes:
    return hmac.new(b"key", value, hashlib.sha256).digest()


MARKS = Marks(a_request(), "memory", mac)


def said(body: str, *, ours: bool = True) -> Comment:
    return Comment(id="1", author="x", body=body, ours=ours)


def test_a_marker_counts_in_our_own_comment_and_in_its_first_line_alone() -> None:
    body = MARKS.marked("inline", "a" * 32, "words")

    assert MARKS.read(said(body)) is not None
    assert MARKS.read(said(body.replace("\n", "\r\n"))) is not None
    assert MARKS.read(said(body, ours=False)) is None
    assert MARKS.read(said(f"\n{body}")) is None
    assert MARKS.read(said(f"> {body}")) is None
    assert MARKS.read(said(f"words\n{body}")) is None


@pytest.mark.parametrize("key", ["", "a b", "a\n", "-->", "a" * 200])
def test_a_key_that_would_end_a_marker_is_our_bug(key: str) -> None:
    with pytest.raises(Bug):
        MARKS.marked("answer", key, "words")


@given(at=st.integers(0, 10_000), character=st.characters(codec="ascii"))
def test_a_changed_marker_is_none(at: int, character: str) -> None:
    line, _, words = MARKS.marked("inline", "a" * 32, "words").partition("\n")
    at %= len(line)
    changed = f"{line[:at]}{character}{line[at + 1 :]}"

    assert changed == line or MARKS.read(said(f"{changed}\n{words}")) is None


@pytest.mark.parametrize("other", [a_request(number=8), a_request(project=replace(a_request().project, id="2"))])
def test_a_marker_of_another_place_is_none(other: object) -> None:
    body = MARKS.marked("inline", "a" * 32, "words")

    assert Marks(other, "memory", mac).read(said(body)) is None  # type: ignore[arg-type] # a request
    assert Marks(a_request(), "another", mac).read(said(body)) is None
    assert Marks(a_request(), "memory", lambda value: mac(value + b"x")).read(said(body)) is None


def test_the_thread_of_somebody_elses_comment_names_no_finding() -> None:
    forge = MemoryForge()
    body = MARKS.marked("inline", "a" * 32, "words")
    ours = said(body)
    forged = Comment(id="2", author="mallory", body=body, ours=False)
    replies = [Comment(id="3", author="bob", body="x", ours=False, reply_to=each.id) for each in (ours, forged)]

    found = [MARKS.finding_of(reply, (ours, forged)) for reply in replies]

    assert found == ["a" * 32, None]
    assert forge.posted == 0


@pytest.mark.parametrize("attack", ["x\u202e", "x\u200b", "\x1b[2J", "x\x00", "\u2066x", "  \n", "x\n/merge\n"])
def test_no_click_applies_what_nobody_sees(attack: str) -> None:
    finding = a_full_result().findings[0]
    assert finding.fix is not None
    spot = Spot(path="a", old_path="a", start_line=42, line=42, run=range(1, 90))

    assert suggestion(finding, spot) is not None
    assert suggestion(replace(finding, fix=replace(finding.fix, replacement=attack)), spot) is None
