"""What a model says is placed, bounded and harmless before it is a finding."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.changes import PaperRepository
from stand_ins.secret_samples import assemble

from coderev.recall import Place
from coderev.review.answers import Claim
from coderev.review.claims import (
    MAX_EVIDENCE,
    MAX_MESSAGE,
    MAX_TITLE,
    PlacedClaim,
    Speaker,
    merge_samples,
    place_claims,
    to_finding,
)
from coderev.review.material import ReviewUnit, read_texts, touched_units

SOURCE = b"def total(items):\n    sum = 0\n    for item in items:\n        sum += item\n    return sum\n"
AWS_KEY = assemble("AKIA[A-Z]{16}")
MODEL = Speaker(model="small", version="1")


def unit_of(head: bytes, path: str = "a.py") -> ReviewUnit:
    paper = PaperRepository()
    return touched_units(read_texts(paper.change({}, {path: head}), paper.read, {}))[0]


def claim(**changes: Any) -> Claim:
    said = {
        "start_line": 4,
        "quote": "sum += item",
        "trigger": "any list",
        "consequence": "wrong-result: too much",
        "category": "bug",
        "title": "the sum is wrong",
        **changes,
    }
    return Claim(**said)


def finding(unit: ReviewUnit, doubted: bool = False, share: float = 1.0, **changes: Any) -> Any:
    placed, _ = place_claims([claim(**changes)], unit.code(comments=True))
    return to_finding(PlacedClaim(placed[0].claim, placed[0].place, share), unit, MODEL, doubted=doubted)


@pytest.mark.parametrize("line", [0, -7, 4, 10**18])
def test_an_absurd_line_number_does_not_move_a_quote_that_stands_once(line: int) -> None:
    placed, dropped = place_claims([claim(start_line=line)], unit_of(SOURCE).code(comments=True))

    assert (placed[0].place, dropped) == (Place(4, 4), 0)


@pytest.mark.parametrize(
    "quote", ["x" * 1_000_000, "sum\0 += item", "sum += item\n" * 50_000, "\n" * 1_000_000, "\ud800", "«", "\r\r"]
)
def test_an_absurd_quote_is_dropped_and_counted(quote: str) -> None:
    placed, dropped = place_claims([claim(quote=quote)], unit_of(SOURCE).code(comments=True))

    assert (placed, dropped) == ([], 1)


def test_a_quote_with_carriage_returns_stands_in_a_file_with_them() -> None:
    unit = unit_of(SOURCE.replace(b"\n", b"\r\n"))

    found = finding(unit, quote="for item in items:\r\n        sum += item\r\n", fix="for item in ():\r\n    pass")

    assert (found.start_line, found.end_line) == (3, 4)
    assert "\r" not in found.evidence
    assert found.fix.replacement == "    for item in ():\r\n        pass\r\n"


def test_a_line_with_a_form_feed_is_one_line() -> None:
    unit = unit_of(SOURCE.replace(b"sum += item", b"sum +=\x0c item  # \xe2\x80\xa8 on"))

    assert finding(unit, quote="sum +=U+000C item # U+2028 on").start_line == 4
    assert finding(unit, quote="sum +=\x0c item  # \u2028 on").start_line == 4


def test_bytes_that_are_not_text_can_be_quoted() -> None:
    unit = unit_of(SOURCE.replace(b"items:", b"items: # \xff\xfe"))

    assert finding(unit, quote="for item in items: # \ufffd\ufffd").start_line == 3


@given(st.text(max_size=3_000), st.text(max_size=3_000), st.text(max_size=3_000))
def test_whatever_a_model_says_is_one_bounded_line(title: str, trigger: str, consequence: str) -> None:
    found = finding(unit_of(SOURCE), title=title, trigger=trigger, consequence=consequence)

    assert 0 < len(found.title) <= MAX_TITLE
    assert len(found.message) <= MAX_MESSAGE
    assert len(found.title.splitlines()) == 1
    assert len(found.message.splitlines()) == 1


def test_evidence_is_bounded_and_stands_where_it_says() -> None:
    unit = unit_of(b"x = [\n" + b"".join(b"    %d,\n" % number for number in range(60)) + b"]\n")

    found = finding(unit, quote="\n".join(unit.lines[:50]), start_line=1)

    assert found.end_line - found.start_line + 1 == MAX_EVIDENCE
    assert found.evidence.split("\n") == unit.text.lines[:MAX_EVIDENCE]


@pytest.mark.parametrize(
    ("doubted", "share", "expected"), [(False, 1.0, "medium"), (True, 1.0, "low"), (False, 0.4, "low")]
)
def test_a_models_confidence_is_at_most_medium(doubted: bool, share: float, expected: str) -> None:
    assert finding(unit_of(SOURCE), doubted=doubted, share=share).confidence == expected


def test_a_fix_for_a_part_of_a_line_is_not_offered() -> None:
    assert finding(unit_of(SOURCE), quote="sum +=", fix="sum -=").fix is None
    assert finding(unit_of(SOURCE), fix="sum -= item").fix.replacement == "        sum -= item\n"


def test_a_fix_is_never_safe_and_never_endless() -> None:
    assert finding(unit_of(SOURCE), fix="sum = 1").fix.safe is False
    assert finding(unit_of(SOURCE), fix="x" * 1_000_000).fix is None


def test_a_finding_quotes_no_secret_beyond_four_characters() -> None:
    unit = unit_of(f"def key():\n    return '{AWS_KEY}'\n".encode())

    found = finding(
        unit,
        quote=f"return '{AWS_KEY}'",
        title=f"{AWS_KEY} is a key",
        trigger=f"somebody reads {AWS_KEY}",
        fix=f"KEY = '{AWS_KEY}'",
    )

    assert found.evidence == f"    return '{AWS_KEY[:4]}"
    assert AWS_KEY not in repr(found)
    assert found.fix is None


def test_a_claim_that_is_made_twice_is_one() -> None:
    placed, _ = place_claims([claim(), claim(title="again")], unit_of(SOURCE).code(comments=True))

    assert [(each.claim.title, each.share) for each in merge_samples([placed])] == [("the sum is wrong", 1.0)]


@given(st.lists(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["bug", "security"])), max_size=5), min_size=1))
def test_the_share_of_samples_is_a_share(samples: list[list[tuple[int, Any]]]) -> None:
    placed = [
        [PlacedClaim(claim(category=category), Place(line, line)) for line, category in sample] for sample in samples
    ]

    merged = merge_samples(placed)

    assert all(0 < each.share <= 1 for each in merged)
    assert {(each.place, each.claim.category) for each in merged} == {
        (each.place, each.claim.category) for sample in placed for each in sample
    }


def test_a_window_of_lines_has_a_fingerprint_that_survives_a_move() -> None:
    text = b"one\nthe word\nthree\n"

    here = finding(unit_of(text, "a.txt"), quote="the word", start_line=2)
    moved = finding(unit_of(b"zero\n" * 300 + text, "a.txt"), quote="the word", start_line=302)

    assert here.fingerprint == moved.fingerprint
