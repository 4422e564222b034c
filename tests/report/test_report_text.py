import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stand_ins.results import a_coverage, a_finding, a_full_result, a_result, an_incomplete_result

from coderev.finding import Finding, Result, Step
from coderev.report import explain, render
from coderev.report.excerpt import width


def text(result: Result, *, colour: bool = False) -> str:
    return render(result, "text", colour=colour).decode()


def code_and_caret(finding: Finding) -> list[str]:
    """The code line and the line below it, from the column on which everything hangs."""
    lines = text(a_result((finding,))).splitlines()
    at = next(number for number, line in enumerate(lines) if "│" in line)
    return [line.partition("│ ")[2] for line in lines[at : at + 2]]


@pytest.mark.parametrize(
    ("evidence", "start", "end", "shown", "caret"),
    [
        ("a = b + c", 5, 10, "a = b + c", "    ^^^^^"),
        ("\tif x:", 5, 6, "    if x:", "       ^"),
        ("a\tb", 3, 4, "a   b", "    ^"),
        ("漢字 = eval(x)", 6, 10, "漢字 = eval(x)", "       ^^^^"),
        ("e\u0301 = eval(x)", 6, 10, "e\u0301 = eval(x)", "    ^^^^"),
        ('u = "\u202ex"', 6, 7, 'u = "U+202Ex"', "     ^^^^^^"),
        ("a = b", 3, 3, "a = b", "  ^"),
    ],
)
def test_the_caret_stands_under_the_exact_columns(evidence: str, start: int, end: int, shown: str, caret: str) -> None:
    finding = a_finding(evidence=evidence, start_column=start, end_column=end)

    assert code_and_caret(finding) == [shown, caret]


@given(st.text(max_size=40), st.integers(1, 40))
def test_the_caret_is_as_far_as_the_text_before_it_is_wide(evidence: str, column: int) -> None:
    evidence = evidence.replace("\n", " ").rstrip()
    finding = a_finding(evidence=evidence, start_column=column, end_column=column + 1)

    shown, caret = code_and_caret(finding)

    assert width(caret) <= width(shown) + 1


def test_a_screen_is_at_most_96_columns_wide() -> None:
    assert max(map(width, text(a_full_result()).splitlines())) <= 96


def test_a_long_line_a_long_word_and_a_long_path_do_not_break_the_screen() -> None:
    finding = a_finding(evidence="x" * 100_000, message="y" * 3000, title="z" * 500)

    assert max(map(width, text(a_result((finding,))).splitlines())) <= 97


def test_colour_changes_nothing_but_colour() -> None:
    plain, coloured = text(a_full_result()), text(a_full_result(), colour=True)

    assert "\x1b[1;31m" in coloured
    assert "\x1b" not in plain
    assert [line.rstrip() for line in re.sub("\x1b\\[[0-9;]*m", "", coloured).splitlines()] == plain.splitlines()


def test_flow_steps_beyond_the_eighth_are_counted() -> None:
    steps = tuple(Step(path="a.py", line=line, code="x", note="") for line in range(1, 12))

    shown = text(a_result((a_finding(flow=steps),)))

    assert "8  a.py:8" in shown
    assert "a.py:9 " not in shown
    assert "… 3 more steps" in shown


def test_of_500_findings_50_are_shown_and_the_rest_is_counted() -> None:
    findings = tuple(a_finding(severity="medium", title=f"number {number}.") for number in range(500))

    shown = text(a_result(findings))

    assert "number 49." in shown
    assert "number 50." not in shown
    assert "450 (450 medium) more new findings are not shown here: see --format json or html" in shown


def test_minor_findings_that_repeat_a_rule_in_a_file_are_one_entry() -> None:
    findings = tuple(a_finding(severity="low", title="a habit", start_line=line) for line in range(1, 9))

    shown = text(a_result(findings)).splitlines()

    at = shown.index("     low   5 more: a habit")
    assert shown[at + 1 : at + 3] == ["         ┌ clinic/appointments.py  S608", "   lines │ 4, 5, 6, 7, 8"]
    assert shown.count("     low   a habit") == 3


def test_what_repeats_in_more_files_than_are_shown_is_counted() -> None:
    findings = tuple(a_finding(severity="info", path=f"{path:02}.py") for path in range(15) for _ in range(5))

    assert "10 (10 info) more new findings are not shown here" in text(a_result(findings))


def test_existing_findings_stand_in_one_line_each_and_at_most_ten() -> None:
    findings = tuple(a_finding(status="existing", severity="low", title=f"number {number}.") for number in range(12))

    shown = text(a_result(findings))

    assert "existing, not brought by this change: 12 (12 low)" in shown
    assert "low   clinic/appointments.py:42:20  S608  number 9." in shown
    assert "number 10." not in shown
    assert "… 2 more: see --format json" in shown


def test_an_existing_finding_whose_flow_is_touched_is_shown_like_a_new_one() -> None:
    steps = (Step(path="a.py", line=1, code="read(name)", note="comes from the request"),)
    findings = (
        a_finding(status="existing", title="quiet"),
        a_finding(status="existing", title="disturbed", flow=steps, touched=True),
    )

    shown = text(a_result(findings))

    assert "existing, and touched by this change: 1 (1 critical)" in shown
    assert "existing, not brought by this change: 1 (1 critical)" in shown
    assert shown.index("disturbed") < shown.index("comes from the request") < shown.index("quiet")


def test_touched_findings_beyond_the_tenth_are_counted() -> None:
    shown = text(a_result(tuple(a_finding(status="existing", touched=True) for _ in range(12))))

    assert "… 2 more: see --format json" in shown


def test_an_explanation_shows_the_whole_code_of_every_step_and_what_is_safe() -> None:
    code = "cursor.execute(" + " + ".join(f"part_{number}" for number in range(30)) + ")"
    steps = tuple(Step(path="a.py", line=number, code=code, note="") for number in range(1, 11))

    shown = explain(a_finding(flow=steps, status="existing", touched=True), safe="cursor.execute(query, parts)\ndone()")

    assert shown.count("part_29)") == 10
    assert max(map(width, shown.splitlines())) <= 96
    assert "    safe │ cursor.execute(query, parts)\n         │ done()\n" in shown
    assert shown.endswith("  status │ existing, touched by the change\n")


def test_evidence_of_many_lines_is_cut_and_the_rest_is_counted() -> None:
    finding = a_finding(evidence="\n".join(f"line {number}" for number in range(30)), end_line=71)

    shown = text(a_result((finding,)))

    assert "47 │ line 5" in shown
    assert "line 6" not in shown
    assert "… 24 more lines" in shown


def test_an_empty_change_has_nothing_to_review() -> None:
    assert text(a_result(coverage=a_coverage(files=(), units=()))).startswith("nothing to review\n")


def test_an_incomplete_review_lists_what_failed_and_says_incomplete() -> None:
    shown = text(an_incomplete_result())

    assert shown.startswith("no new findings in what was reviewed; the review is incomplete\n")
    assert shown.index("clinic/dump.sql (larger than 2097152 bytes)") < shown.index("verdict: incomplete")


def test_the_last_lines_say_the_verdict_and_what_was_sent_outside() -> None:
    lines = render(a_result(), "text", outside_bytes=12).decode().splitlines()

    assert lines[-2].strip() == "verdict: pass: no new finding at or above high"
    assert lines[-1] == "bytes sent outside: 12"
    assert any(line.strip() == "models: not run (none configured)" for line in lines)


def test_ten_findings_take_a_few_milliseconds() -> None:
    result = a_result(a_full_result().findings[:1] * 10)
    render(result, "text")

    started = time.process_time()
    for _ in range(10):
        render(result, "text")

    assert (time.process_time() - started) / 10 < 0.02  # seconds; 0.003 is the aim, a busy machine the reason


def test_a_path_with_two_spaces_keeps_them() -> None:
    finding = a_finding(path="two  spaces.py")

    assert "two  spaces.py:42:20" in text(a_result((finding, replace(finding, status="existing"))))
