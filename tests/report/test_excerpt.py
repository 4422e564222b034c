import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stand_ins.results import a_finding

from coderev.finding import Fix
from coderev.report.excerpt import (
    CUT,
    UNQUOTED,
    CodeLine,
    DiffLine,
    code_lines,
    diff_lines,
    head,
    lines_left,
    tail,
    width,
)


def one_line(evidence: str, start: int | None, end: int | None, room: int = 80) -> CodeLine:
    finding = a_finding(evidence=evidence, start_column=start, end_column=end)
    return code_lines(finding, room=room, most=1)[0]


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("\u202e", 6), ("\t", 4), ("ｶ", 1), ("🙂", 2), ("", 0)],
)
def test_width_counts_cells_of_a_terminal(text: str, cells: int) -> None:
    assert width(text) == cells


def test_columns_count_code_points_and_the_end_is_exclusive() -> None:
    assert one_line("a = b + c", 5, 10) == CodeLine(42, "a = ", "b + c", "")


def test_without_columns_the_text_of_the_line_is_marked() -> None:
    assert one_line("    yield slot  ", None, None) == CodeLine(42, "    ", "yield slot", "  ")


def test_of_several_lines_each_is_marked_from_where_it_begins_to_where_it_ends() -> None:
    finding = a_finding(
        evidence="if (a &&\r\n    b &&\r\n    c)", start_line=7, end_line=9, start_column=4, end_column=6
    )

    lines = code_lines(finding, room=80, most=9)

    assert lines == (CodeLine(7, "if ", "(a &&", ""), CodeLine(8, "    ", "b &&", ""), CodeLine(9, "    ", "c", ")"))


def test_a_column_behind_the_evidence_marks_nothing() -> None:
    assert one_line("key = 'AKIA", 40, 60) == CodeLine(42, "key = 'AKIA", "", "")


def test_evidence_of_many_lines_is_cut_and_the_rest_is_counted() -> None:
    finding = a_finding(evidence="\n".join("abcdefg"), end_line=48, start_column=None)

    assert [line.marked for line in code_lines(finding, room=80, most=3)] == ["a", "b", "c"]
    assert lines_left(finding, most=3) == 4
    assert lines_left(finding, most=7) == 0


def test_a_long_line_keeps_what_is_marked() -> None:
    line = one_line("x" * 5000 + "HERE" + "y" * 5000, 5001, 5005, room=40)

    assert line == CodeLine(42, CUT + "x" * 19, "HERE", "y" * 15 + CUT)


def test_a_long_mark_is_cut_too() -> None:
    line = one_line("call(" + "x" * 5000 + ")", 6, 5006, room=40)

    assert line == CodeLine(42, "call(", "x" * 34 + CUT, ")")


@given(st.text(max_size=300), st.integers(1, 400), st.integers(1, 400), st.integers(20, 100))
@example("\u0301" * 5000, 1, 2, 20)
def test_a_shown_line_is_never_much_wider_than_its_room(evidence: str, start: int, end: int, room: int) -> None:
    line = one_line(evidence.replace("\n", " "), start, end, room)

    assert width(line.before + line.marked + line.after) <= room + 2
    assert len(line.before + line.marked + line.after) <= room + 3


@given(st.text(max_size=60), st.integers(1, 70), st.integers(1, 70))
def test_a_line_that_fits_is_shown_whole(evidence: str, start: int, end: int) -> None:
    evidence = evidence.replace("\n", " ").rstrip("\r")

    line = one_line(evidence, start, end, room=1000)

    assert line.before + line.marked + line.after == evidence


@given(st.text(), st.integers(2, 50))
def test_head_and_tail_fit_and_say_what_they_cut(text: str, room: int) -> None:
    assert width(head(text, room)) <= room
    assert width(tail(text, room)) <= room
    assert head(text, room) == text or head(text, room).endswith(CUT)
    assert tail(text, room) == text or tail(text, room).startswith(CUT)


def fixed(evidence: str, fix: Fix | None) -> tuple[DiffLine, ...]:
    finding = a_finding(evidence=evidence, start_line=10, end_line=10 + evidence.count("\n"), fix=fix)
    return diff_lines(finding, room=80, most=4)


def test_a_finding_without_a_fix_has_no_diff() -> None:
    assert fixed("a", None) == ()


def test_a_fix_is_shown_without_the_lines_that_stay() -> None:
    fix = Fix(start_line=10, end_line=12, replacement="a\nB\nc\n")

    assert fixed("a\nb\nc", fix) == (DiffLine("-", 11, "b"), DiffLine("+", 11, "B"))


def test_a_fix_that_deletes_has_only_lines_that_go() -> None:
    assert fixed("a\nb", Fix(start_line=10, end_line=11, replacement="")) == (
        DiffLine("-", 10, "a"),
        DiffLine("-", 11, "b"),
    )


def test_a_fix_that_adds_has_only_lines_that_come() -> None:
    assert fixed("a", Fix(start_line=10, end_line=10, replacement="import x\na\n")) == (DiffLine("+", 10, "import x"),)


def test_a_fix_of_lines_that_are_not_quoted_says_so() -> None:
    assert fixed("a", Fix(start_line=9, end_line=9, replacement="b")) == (
        DiffLine("-", 9, UNQUOTED),
        DiffLine("+", 9, "b"),
    )


def test_a_long_fix_is_cut_and_the_rest_is_counted() -> None:
    lines = fixed("a", Fix(start_line=10, end_line=10, replacement="1\n2\n3\n4\n5\n6\n"))

    assert [line.code for line in lines] == ["a", "1", "2", "3", f"{CUT} 3 more lines"]


def test_a_fix_of_an_absurd_range_costs_nothing() -> None:
    lines = fixed("a", Fix(start_line=1, end_line=10**9, replacement=""))

    assert lines[-1].code == f"{CUT} 999999996 more lines"
