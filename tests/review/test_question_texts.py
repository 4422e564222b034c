"""The version of a question changes with its text, or answers to another text would be taken for answers to this one.

After a change that is meant, raise the version: `UPDATE_GOLDEN=1 pytest tests/review/test_question_texts.py`.
"""

import json
import os
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from coderev.gateway.form import form_of
from coderev.review import questions
from coderev.review.answers import MAX_FINDINGS, MAX_SCRATCH, ChangeAnswer, Doubt, UnitAnswer
from coderev.review.context import QUESTION_TOKENS, tokens
from coderev.review.questions import question_text
from coderev.review.severity import BUG, SECURITY

GOLDEN = Path(__file__).parents[1] / "golden" / "questions.json"  # name → version → digest of the text
NAMES = sorted(file.name.removesuffix(".md") for file in files(questions).iterdir() if file.name.endswith(".md"))
ASKED = {
    "code-review": UnitAnswer,
    "security-audit": UnitAnswer,
    "documentation": UnitAnswer,
    "change-review": ChangeAnswer,
    "verify": Doubt,
}


def test_every_question_of_the_gateway_has_a_text() -> None:
    assert set(NAMES) == {"system", *ASKED}


@pytest.mark.parametrize("name", NAMES)
def test_a_text_that_changed_has_another_version(name: str) -> None:
    known = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    text = question_text(name)
    digest = sha256(text.text.encode()).hexdigest()
    if os.environ.get("UPDATE_GOLDEN"):
        known.setdefault(name, {}).setdefault(text.version, digest)
        GOLDEN.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    assert known.get(name, {}).get(text.version) == digest, f"raise the version of {name}.md, then UPDATE_GOLDEN=1"


@pytest.mark.parametrize("name", ASKED)
def test_a_question_fits_into_the_tokens_that_are_kept_for_it(name: str) -> None:
    assert tokens(question_text(name).text) <= QUESTION_TOKENS


@pytest.mark.parametrize(("name", "form"), ASKED.items())
def test_a_question_names_every_member_in_the_order_of_its_schema(name: str, form: type) -> None:
    text = question_text(name).text
    schema = form_of(form).schema
    item = schema["properties"].get("findings", {}).get("items", {"properties": {}})

    places = [text.index(f"`{member}`: ") for member in (*schema["properties"], *item["properties"])]
    assert places == sorted(places)
    assert next(iter(schema["properties"])) == "scratch"
    assert f"at most {MAX_SCRATCH} characters" in text


def test_the_schema_of_an_answer_limits_notes_and_findings() -> None:
    members = form_of(UnitAnswer).schema["properties"]

    assert members["scratch"]["maxLength"] == MAX_SCRATCH
    assert members["findings"]["maxItems"] == MAX_FINDINGS


@pytest.mark.parametrize("name", ["code-review", "security-audit", "change-review"])
def test_a_question_names_every_consequence_that_the_severity_table_knows(name: str) -> None:
    assert all(word in question_text(name).text for word in SECURITY | BUG)


def test_an_empty_list_is_said_to_be_right() -> None:
    assert "An empty list of findings is a right answer" in question_text("system").text
