import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace
from stand_ins.results import a_finding, a_full_result, a_result, an_incomplete_result

from coderev.finding import Result, Step
from coderev.report import render
from coderev.report.markdown import fence, prose, span

READER = MarkdownIt("commonmark")


def comment(result: Result) -> str:
    return render(result, "markdown").decode()


def inline(text: str) -> list[Token]:
    return [token for block in READER.parse(text) for token in block.children or []]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a caller can read (or change) any row, can't it?", "a caller can read (or change) any row, can't it?"),
        ("ask @all about #12.", "ask `@all` about `#12`."),
        ("`visit_id` and `other`, too", "`visit_id` and `other`, too"),
        ("x = y_1 + 1", "x `= y_1 +` 1"),
        ("see https://evil.example/", "see `https://evil.example/`"),
        ("![image](http://evil.example/a.png)", "`![image](http://evil.example/a.png)`"),
        ("<img src=x>", "`<img src=x>`"),
        ("/approve", "`/approve`"),
        ("1. one", "`1`. one"),
        ("- one", "`-` one"),
        ("a `` b", "a ``` `` ``` b"),
        ("one\ntwo", "`oneU+000Atwo`"),
        ("...", "`...`"),
        ("", ""),
    ],
)
def test_what_is_more_than_plain_prose_is_code(text: str, shown: str) -> None:
    assert prose(text) == shown


@given(st.text(st.sampled_from("ab `@#/<>[]()!*_~|\\.:-+1&$%^=\u202e\n"), max_size=60))
def test_prose_is_read_as_text_and_code_alone(text: str) -> None:
    read = inline(f"why: {prose(text)}")

    assert {token.type for token in read} <= {"text", "code_inline"}
    assert not {"@", "#", "<", "[", "*", "_", "/"} & set(
        "".join(token.content for token in read if token.type == "text")
    )


@given(st.text(st.sampled_from("a` "), max_size=20), st.text(st.sampled_from("a` "), max_size=20))
def test_a_span_holds_its_text(before: str, after: str) -> None:
    text = f"{before}a{after}"

    (read,) = inline(f"{span(text)}")

    assert (read.type, read.content.strip()) == ("code_inline", text.strip())


@given(st.lists(st.text(st.sampled_from("a`~ "), max_size=8), min_size=1, max_size=5))
def test_a_fence_holds_its_lines(lines: list[str]) -> None:
    numbered = [f"1 | {line}" for line in lines]

    (block,) = READER.parse(fence(numbered))

    assert block.type == "fence"
    assert block.content == "\n".join(numbered) + "\n"


def test_no_line_of_code_begins_with_repository_text() -> None:
    finding = a_finding(evidence="```\n/approve\n/merge", end_line=44)

    assert [line for line in comment(a_result((finding,))).splitlines() if line.startswith("/")] == []


def test_flow_steps_beyond_the_tenth_are_counted() -> None:
    steps = tuple(Step(path="a.py", line=line, code="x", note="") for line in range(1, 14))

    assert "11. … 3 more steps" in comment(a_result((a_finding(flow=steps),)))


def test_long_evidence_is_cut_and_the_rest_is_counted() -> None:
    finding = a_finding(evidence="x\n" * 40, end_line=81)

    assert "      | … 29 more lines" in comment(a_result((finding,)))


def test_minor_findings_that_repeat_a_rule_in_a_file_are_one_entry() -> None:
    findings = tuple(a_finding(severity="low", title="a habit", start_line=line) for line in range(1, 9))

    shown = comment(a_result(findings))

    assert "### low: 5 more: a habit\n\n`clinic/appointments.py` · `S608`\n\nLines: 4, 5, 6, 7, 8\n" in shown
    assert shown.count("### low: a habit") == 3


def test_of_many_findings_30_are_shown_and_the_rest_is_counted() -> None:
    shown = comment(a_result((a_finding(),) * 40))

    assert shown.count("### critical") == 30
    assert "**10 (10 critical) more new findings are not shown here: see the JSON or HTML report.**" in shown


def test_a_clean_review_says_so() -> None:
    assert comment(a_result()).startswith("## coderev: pass: no new finding at or above high\n\nno new findings\n\n")


def test_an_incomplete_review_says_so_in_its_heading_and_names_what_failed() -> None:
    shown = comment(replace(an_incomplete_result(), verdict="pass"))

    assert shown.startswith("## coderev: pass and incomplete: ")
    assert "`clinic/dump.sql` (larger than `2097152` bytes)" in shown


def test_suppressions_are_code() -> None:
    assert "  - `clinic/appointments.py:42: # noqa: S608`" in comment(a_full_result())


def test_of_existing_findings_only_those_are_told_whose_flow_is_touched() -> None:
    quiet = a_finding(status="existing", title="quiet")
    touched = tuple(a_finding(status="existing", title="disturbed", touched=True) for _ in range(12))

    shown = comment(a_result((quiet, *touched)))

    assert "**Existing, and touched by this change: 12 (12 critical)**" in shown
    assert shown.count("critical: disturbed") == 10
    assert "… 2 more" in shown
    assert "quiet" not in shown
