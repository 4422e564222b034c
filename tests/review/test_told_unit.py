"""What recall knows a changed unit by: what the code was and is, apart from layout; and what a question shows of it."""

import pytest
from stand_ins.changes import PaperRepository

from coderev.review.context import told_unit, unit_part
from coderev.review.material import ReviewUnit, read_texts, touched_units

BASE = b'''LIMIT = 10


def book(day, slots):
    """Book."""
    for slot in slots:
        if slot.free:
            return slot
    return None
'''
HEAD = BASE.replace(b"if slot.free:", b"if slot.free and slot.day == day:")


def unit_of(base: bytes | None, head: bytes, name: str = "book", path: str = "book.py") -> ReviewUnit:
    paper = PaperRepository()
    texts = read_texts(paper.change({path: base} if base else {}, {path: head}), paper.read, {})
    return next(unit for unit in touched_units(texts) if unit.unit.name == name)


def told(base: bytes | None, head: bytes, *, comments: bool = False) -> object:
    return told_unit(unit_of(base, head), comments=comments)


REFORMATTED = HEAD.replace(b"    for slot in slots:", b"    # look at each\n    for slot in slots :")
MOVED = b"import os\n\n\n" + HEAD
RENAMED = HEAD.replace(b"slot.", b"each.").replace(b"for slot", b"for each").replace(b"return slot", b"return each")


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (BASE, REFORMATTED),
        (BASE, MOVED),
        (BASE, RENAMED),
        (BASE.replace(b'    """Book."""\n', b""), HEAD),
        (BASE.replace(b"None", b"(None)"), HEAD),
        (BASE.replace(b"LIMIT = 10", b"LIMIT = 11"), HEAD),
    ],
)
def test_a_unit_is_told_the_same_whatever_its_layout_on_either_side(base: bytes, head: bytes) -> None:
    assert told(base, head) == told(BASE, HEAD)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (None, HEAD),
        (BASE.replace(b"slot.free", b"slot.open"), HEAD),
        (BASE, HEAD.replace(b"== day", b"!= day")),
        (BASE.replace(b"def book", b"def other"), HEAD),
    ],
)
def test_another_change_is_told_otherwise(base: bytes | None, head: bytes) -> None:
    assert told(base, head) != told(BASE, HEAD)


def test_a_new_unit_in_an_old_file_is_told_by_its_added_lines() -> None:
    without = b"LIMIT = 10\n"

    assert told(without, HEAD) == told(without, REFORMATTED)
    assert told(without, HEAD) != told(None, HEAD)


def test_lines_removed_around_a_unit_are_told() -> None:
    helper = b"\n\ndef helper():\n    return 1\n"

    assert told(BASE + helper, HEAD) != told(BASE, HEAD)


def test_comments_are_told_where_they_are_shown() -> None:
    assert told(BASE, HEAD, comments=True) != told(BASE, REFORMATTED, comments=True)


def test_code_that_does_not_parse_is_not_told() -> None:
    assert told(BASE, HEAD.replace(b"slot.day == day", b"slot.day ==")) is None


COMMENTED = HEAD.replace(b"slot.day == day:", b"slot.day == day:  # approved").replace(
    b"    for slot", b"    # approved by security\n    for slot"
)


def test_a_question_shows_no_comment_that_the_key_forgets() -> None:
    part, _ = unit_part(unit_of(COMMENTED, COMMENTED.replace(b"None", b"0")), 6_000, comments=False)

    rows = part.text.split("\n")
    assert not any(word in part.text for word in ("approved", "Book."))
    assert [row for row in rows if "+" in row[:8]] == ["   10 + |     return 0"]
    assert "    8   |         if slot.free and slot.day == day:" in [row.rstrip() for row in rows]
    assert not any(row.rstrip().endswith("|") for row in rows)


def test_a_removed_comment_is_not_shown_either() -> None:
    part, _ = unit_part(unit_of(COMMENTED, HEAD.replace(b"None", b"0")), 6_000, comments=False)

    assert "approved" not in part.text
    assert "- |     return None" in part.text


def test_the_documentation_task_shows_comments() -> None:
    part, _ = unit_part(unit_of(BASE, COMMENTED), 6_000, comments=True)

    assert "# approved by security" in part.text
    assert '"""Book."""' in part.text


def test_a_comment_that_tools_obey_stays() -> None:
    part, _ = unit_part(
        unit_of(BASE, HEAD.replace(b"return None", b"return None  # noqa: S608")), 6_000, comments=False
    )

    assert "# noqa: S608" in part.text
