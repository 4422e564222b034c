import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.results import a_finding, a_result
from stand_ins.site_pages import ADDRESS, DIFF, FRAME, a_large_diff, a_large_result, a_review, the_result

from coderev.diff import FileChange, Hunk, parse_patch
from coderev.server.pages.changes import FILES, ChangeChoice, render_changes
from coderev.server.pages.diffs import PAGE, ROOM, by_path, in_order, lines_of, read_diff, view_of

CHOICE = ChangeChoice(review=ADDRESS)


@st.composite
def files(draw: st.DrawFn) -> FileChange:
    """A file with hunks that follow each other and hold what their heads say."""
    hunks, old, new = [], 1, 1
    for _ in range(draw(st.integers(0, 6))):
        marks = draw(st.lists(st.sampled_from([b" ", b"-", b"+"]), min_size=1, max_size=8))
        gap = draw(st.integers(0, 5))
        old, new = old + gap, new + gap
        removed, added = sum(mark != b"+" for mark in marks), sum(mark != b"-" for mark in marks)
        lines = tuple(mark + b"code" for mark in marks)
        hunks.append(Hunk(old_start=old, old_lines=removed, new_start=new, new_lines=added, lines=lines))
        old, new = old + removed, new + added
    return FileChange(path="a.py", kind="modified", hunks=tuple(hunks))


@given(files(), st.lists(st.tuples(st.integers(1, 60), st.integers(0, 5)), max_size=8))
def test_every_finding_is_shown_once_in_place_or_elsewhere(file: FileChange, places: list[tuple[int, int]]) -> None:
    found = [(at, a_finding(start_line=start, end_line=start + more)) for at, (start, more) in enumerate(places, 1)]

    view = view_of(file, found)

    in_place = [number for row in view.rows for number, _ in row.findings]
    assert sorted([*in_place, *(number for number, _ in view.elsewhere)]) == [number for number, _ in found]


@given(files(), st.lists(st.tuples(st.integers(1, 60), st.integers(0, 5)), max_size=8))
def test_a_finding_in_place_stands_at_one_of_its_lines(file: FileChange, places: list[tuple[int, int]]) -> None:
    found = [(at, a_finding(start_line=start, end_line=start + more)) for at, (start, more) in enumerate(places, 1)]

    for row in view_of(file, found).rows:
        for _, finding in row.findings:
            assert row.new is not None
            assert finding.start_line <= row.new <= finding.end_line


@given(files(), st.integers(1, 5))
def test_the_pages_of_a_file_hold_each_line_once(file: FileChange, most: int) -> None:
    whole = view_of(file, ()).rows

    parts = [view_of(file, (), start=start, most=most).rows for start in range(0, lines_of(file), most)]

    assert tuple(row for part in parts for row in part) == whole
    assert len(whole) == lines_of(file)


def test_the_files_with_the_worst_new_findings_come_first() -> None:
    change = parse_patch(DIFF)

    ordered = in_order(change, by_path(the_result().findings))

    assert [file.path for file in ordered] == ["clinic/appointments.py", "clinic/roles.ts", "clinic/api.py", "logo.png"]


def test_a_finding_stands_below_its_line_and_leads_to_its_card() -> None:
    document = render_changes(FRAME, a_review(), the_result(), parse_patch(DIFF), CHOICE)

    below = document.partition("U+202E")[2].partition("</tr>")[2]
    assert re.match(r'\s*<tr class="here"><td colspan="4">\s*<div class="lane-high">', below)
    assert f'<a href="{ADDRESS}#finding-2">invisible character in code</a>' in below


def test_what_has_no_lines_says_why() -> None:
    document = render_changes(FRAME, a_review(), the_result(), parse_patch(DIFF), CHOICE)

    assert '<p class="quiet">binary</p>' in document


def test_a_diff_that_cannot_be_read_is_said_and_hides_nothing_else() -> None:
    assert read_diff(b"@@ -1 +1 @@\n") is None

    document = render_changes(FRAME, a_review(), the_result(), None, CHOICE)
    assert "were not kept, or cannot be read" in document
    assert "fail: 2 new findings" in document


def test_following_the_pages_shows_every_file_once() -> None:
    result, change = a_large_result(), parse_patch(a_large_diff())
    seen, start = [], 0

    while start >= 0:
        document = render_changes(FRAME, a_review(), result, change, ChangeChoice(review=ADDRESS, start=start))
        seen += re.findall(r'<h3 class="mono">([^<]+)</h3>', document)
        later = re.search(r'\?start=(\d+)" rel="next"', document)
        start = int(later[1]) if later else -1

    assert len(seen) == 300
    assert sorted(seen) == sorted(file.path for file in change.files)


def test_one_page_holds_a_bounded_part_of_ten_thousand_hunks() -> None:
    diff = a_large_diff(files=1, hunks=10_000)

    document = render_changes(FRAME, a_review(), a_result(), parse_patch(diff), CHOICE)

    assert document.count("<tr") <= PAGE + 2
    assert len(document) < 400_000
    assert "59,000 more lines" in document


def test_a_page_of_empty_files_is_bounded_too() -> None:
    diff = b"".join(b"diff --git a/f%d b/f%d\nnew file mode 100644\n" % (at, at) for at in range(1_000))

    document = render_changes(FRAME, a_review(), a_result(), parse_patch(diff), CHOICE)

    assert document.count('class="file"') == FILES
    assert "960 more files" in document


def test_a_line_of_a_million_characters_is_cut() -> None:
    diff = b"--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+" + b"\xc3\xa9" * 1_000_000 + b"\n"

    (row,) = [row for row in view_of(parse_patch(diff).files[0], ()).rows if row.mark == "+"]

    assert row.text == "é" * ROOM + "…"


@pytest.mark.parametrize("path", ["nowhere.py", "../../etc/passwd", ""])
def test_a_file_that_is_not_in_the_change_shows_no_file(path: str) -> None:
    document = render_changes(
        FRAME, a_review(), the_result(), parse_patch(DIFF), ChangeChoice(review=ADDRESS, path=path)
    )

    assert ('class="file"' in document) is (path == "")


def test_a_missing_line_end_is_shown_where_it_is_missing() -> None:
    diff = b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"

    rows = view_of(parse_patch(diff).files[0], ()).rows

    assert [(row.mark, row.text) for row in rows[1:]] == [("-", "a"), ("\\", " No newline at end of file"), ("+", "a")]
