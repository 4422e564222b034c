"""An answer is carried onto code of the same structure, or not served: it never says something else."""

from typing import Any

import msgspec
import pytest
from stand_ins.remembering import code_of

from coderev.recall.carrying import FIELDS, Remembered, anchored, carried
from coderev.review.answers import Claim, Doubt, FileClaim, UnitAnswer

OLD = "def f(items):\n    total = 0\n    for item in items:\n        total += item\n    return total\n"
MOVED = OLD.replace("    total = 0\n", "    # sum\n\n    total = 0\n")
RENAMED = OLD.replace("total", "result")
CLAIM: dict[str, Any] = {
    "start_line": 4,
    "quote": "total += item",
    "trigger": "an `item` that is no number",
    "consequence": "crash: `total` cannot be added to",
    "category": "bug",
    "title": "no check of the type",
    "fix": None,
}


def told(**changes: Any) -> dict[str, Any]:
    return {"scratch": "notes", "findings": [{**CLAIM, **changes}]}


def remembered(answer: dict[str, Any], text: str = OLD) -> Remembered:
    found = anchored(answer, code_of(text))
    assert found is not None
    return msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Remembered)


def test_every_member_of_every_answer_has_a_role() -> None:
    members = {
        field.name for form in (Claim, FileClaim, UnitAnswer, Doubt) for field in msgspec.structs.fields(form)
    } - {"findings"}

    assert members == set(FIELDS)


def test_an_answer_comes_back_as_it_was_but_for_the_notes() -> None:
    answer = carried(remembered(told()), code_of(OLD), same_repository=True)

    assert answer == {"findings": [CLAIM]}


def test_lines_and_quotes_follow_the_code() -> None:
    answer = carried(remembered(told()), code_of(MOVED), same_repository=True)

    assert answer is not None
    assert answer["findings"][0]["start_line"] == 6


def test_names_in_backticks_are_mapped() -> None:
    answer = carried(remembered(told()), code_of(RENAMED), same_repository=True)

    assert answer is not None
    assert answer["findings"][0]["quote"] == "result += item"
    assert answer["findings"][0]["consequence"] == "crash: `result` cannot be added to"


def test_renamed_locals_are_served_only_within_one_repository() -> None:
    assert carried(remembered(told()), code_of(RENAMED), same_repository=False) is None
    assert carried(remembered(told()), code_of(MOVED), same_repository=False) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "total is never reset"},
        {"trigger": "when `total + 1` overflows"},
        {"fix": "total += int(item)"},
        {"consequence": "crash: total"},
    ],
)
def test_a_renamed_name_outside_of_backticks_refuses_the_hit(changes: dict[str, Any]) -> None:
    assert carried(remembered(told(**changes)), code_of(RENAMED), same_repository=True) is None
    assert carried(remembered(told(**changes)), code_of(MOVED), same_repository=True) is not None


@pytest.mark.parametrize("title", ["see line 3", "as on lines 2-3", "L3 is wrong", "Line #3"])
def test_a_line_number_in_the_prose_refuses_the_hit_where_lines_moved(title: str) -> None:
    assert carried(remembered(told(title=title)), code_of(MOVED), same_repository=True) is None
    assert carried(remembered(told(title=title)), code_of(OLD), same_repository=True) is not None


@pytest.mark.parametrize(
    "answer",
    [
        told(quote="not there"),
        told(quote="otal += item"),
        told(title="leaks «SECRET:jwt:1»"),
        {**told(), "unknown": 1},
        {"findings": [{**CLAIM, "severity": "high"}]},
    ],
)
def test_an_answer_that_cannot_be_told_by_structure_is_not_remembered_by_it(answer: dict[str, Any]) -> None:
    assert anchored(answer, code_of(OLD)) is None


def test_no_findings_is_an_answer() -> None:
    assert carried(remembered({"findings": []}), code_of(RENAMED), same_repository=True) == {"findings": []}


def test_a_proof_follows_its_line_and_one_from_elsewhere_stays() -> None:
    here = {"verdict": "refuted", "proof": "return total"}
    elsewhere = {"verdict": "refuted", "proof": "if items is None: return"}

    moved = carried(remembered(here), code_of(RENAMED), same_repository=True)
    stays = carried(remembered(elsewhere), code_of(RENAMED), same_repository=True)

    assert moved == {"verdict": "refuted", "proof": "return result"}
    assert stays == elsewhere


def test_a_proof_that_is_no_whole_line_any_more_is_not_served() -> None:
    one, joined = "def f(a):\n    g(a)\n    return a\n", "def f(a):\n    g(a); return a\n"
    proof = {"verdict": "refuted", "proof": "return a"}

    assert carried(remembered(proof, one), code_of(joined), same_repository=True) is None
