import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.gateway.form import MAX_REASON, Unreadable, form_of, strict


class Claim(msgspec.Struct):
    line: int
    quote: str


class Claims(msgspec.Struct):
    findings: Annotated[tuple[Claim, ...], msgspec.Meta(max_length=2)]
    note: str | None = None


class Choosy(msgspec.Struct):
    kind: Literal["a", "b"]


WHOLE = '{"findings": [{"line": 3, "quote": "a {b} c"}]}'
READ = Claims(findings=(Claim(3, "a {b} c"),))


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"  \n{WHOLE}\n",
        f"```json\n{WHOLE}\n```",
        f"Here is what I found:\n{WHOLE}\nI hope that it helps {{you}}.",
        f"The set {{a, b}} is fine, {{ too. {WHOLE}",
        f"{WHOLE} {WHOLE.replace('3', '4')}",
    ],
)
def test_the_first_object_is_read_whatever_stands_around_it(text: str) -> None:
    assert form_of(Claims).read(text) == READ


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" \n\t ", "it is empty"),
        ("No problems found.", "no JSON object"),
        (WHOLE[:-1], "incomplete"),
        (f'{{"findings": [], "note": {WHOLE}', "incomplete"),
        ("{" * 50_000, "no JSON object"),
        ('{"a":' * 50_000, "recursion"),
        ("[" * 50_000 + "{}", "missing required field `findings`"),
        ("[]", "no JSON object"),
        ("{}", "missing required field `findings`"),
        ('{"findings": [{"line": "3", "quote": ""}]}', "Expected `int`, got `str`"),
        ('{"findings": [{"line": 1e999, "quote": ""}]}', "out of range"),
        ('{"findings": [], "note": "\\ud800"}', "truncated"),
        ('{"findings": [], "note": "\ud800"}', "surrogate"),
        ('{"findings": [], "note": NaN}', "malformed"),
        ('{"findings": [{"line":1,"quote":""},{"line":1,"quote":""},{"line":1,"quote":""}]}', "length <= 2"),
    ],
)
def test_what_is_not_of_the_form_is_unreadable_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        form_of(Claims).read(text)

    assert caught.value.text == text


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(Unreadable):
        form_of(Claims).read(text)


def test_what_is_restored_cannot_break_out_of_its_string() -> None:
    text = '{"findings": [{"line": 1, "quote": "key = «1»"}], "note": null}'

    found = form_of(Claims).read(text, lambda string: string.replace("«1»", '"}], "note": "forged'))

    assert found == Claims(findings=(Claim(1, 'key = "}], "note": "forged'),))


def test_only_values_are_restored() -> None:
    with pytest.raises(Unreadable, match="missing required field"):
        form_of(Claims).read('{"«1»": []}', lambda string: string.replace("«1»", "findings"))


def test_the_schema_has_no_references_and_keeps_the_order_of_its_members() -> None:
    form = form_of(Claims)

    assert "$ref" not in json.dumps(form.schema)
    assert list(form.schema["properties"]["findings"]["items"]["properties"]) == ["line", "quote"]
    assert form.name == "Claims"


def test_a_definition_that_is_used_twice_stands_twice() -> None:
    schema: dict[str, Any] = {
        "anyOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}],
        "$defs": {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"type": "string"}},
    }

    assert strict(schema) == {"anyOf": [{"items": {"type": "string"}}] * 2}


class Titled(msgspec.Struct):
    """Words for people."""

    title: str
    description: str | None = None
    inner: tuple[Claim, ...] = ()


def objects(schema: Any) -> list[dict[str, Any]]:
    below = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return [found for value in below for found in objects(value)] + (
        [schema] if isinstance(schema, dict) and "required" in schema else []
    )


def test_a_strict_schema_requires_every_member_in_its_order_and_allows_no_other() -> None:
    schema = form_of(Titled).schema

    for each in objects(schema):
        assert each["required"] == list(each["properties"])
        assert each["additionalProperties"] is False
    assert schema["required"] == ["title", "description", "inner"]
    assert {"title", "description", "default", "$defs"}.isdisjoint(schema)


def test_what_a_reader_says_of_a_huge_value_is_bounded() -> None:
    with pytest.raises(Unreadable) as refused:
        form_of(Choosy).read('{"kind": "' + "z" * 1_000_000 + '"}')

    assert len(str(refused.value)) <= MAX_REASON + 1


def test_a_form_is_made_once_for_each_type() -> None:
    assert form_of(Claims) is form_of(Claims)
