"""A refutation counts only with a whole line of code that stands there now."""

from typing import Any

import pytest
from stand_ins.changes import PaperRepository

from coderev.recall import Place
from coderev.review.answers import Claim
from coderev.review.claims import PlacedClaim
from coderev.review.context import CLAIM_TOKENS, Part, tokens, unit_part
from coderev.review.doubting import code_lines, proves, told
from coderev.review.material import read_texts, touched_units

BASE = b"def first(rows):\n    if not rows:\n        return None\n    return rows[0]\n"
HEAD = b"def first(rows):\n    # rows is never empty\n    rows = list(rows)\n    return rows[0]\n"


def shown() -> frozenset[str]:
    paper = PaperRepository()
    unit = touched_units(read_texts(paper.change({"a.py": BASE}, {"a.py": HEAD}), paper.read, {}))[0]
    return code_lines([unit_part(unit, 6_000, comments=False)[0], Part("change summary", "modified | a.py")])


@pytest.mark.parametrize("proof", ["rows = list(rows)", "   return   rows[0]"])
def test_a_whole_line_proves(proof: str) -> None:
    assert proves(proof, shown())


@pytest.mark.parametrize(
    "proof", ["", "r", "rows", "if not rows:", "# rows is never empty", "a.py", "rows = list(rows)\nreturn rows[0]"]
)
def test_a_part_a_removed_line_a_comment_or_a_name_proves_nothing(proof: str) -> None:
    assert not proves(proof, shown())


def test_a_claim_of_a_megabyte_is_cut_short() -> None:
    said: dict[str, Any] = dict.fromkeys(("quote", "trigger", "consequence"), "\u202e\U0001f600" * 500_000)
    claim = Claim(start_line=1, category="bug", title="t", **said)

    assert tokens(Part("claim", told(PlacedClaim(claim, Place(1, 1)))).framed) <= CLAIM_TOKENS
