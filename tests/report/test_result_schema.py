import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from stand_ins.results import a_full_result, a_result, a_result_that_says, an_incomplete_result

from coderev.finding import Result
from coderev.report import render

ROOT = Path(__file__).parents[2]
NORM = json.loads((ROOT / "spec/findings.schema.json").read_text("utf-8"))
STRICTER = {"description", "title", "pattern", "minimum", "additionalProperties", "required", "default"}


def shape(schema: Any) -> Any:
    """A schema without what the norm says beyond types, and its choices in one order."""
    if isinstance(schema, list):
        return sorted((shape(each) for each in schema), key=str)
    if not isinstance(schema, dict):
        return schema
    kept = {name: shape(each) for name, each in schema.items() if name not in STRICTER}
    choices = kept.get("anyOf", [])
    if choices and all(list(choice) == ["enum"] for choice in choices):
        return {"enum": sorted(each for choice in choices for each in choice["enum"])}
    return kept


@pytest.mark.parametrize("result", [a_result(), a_full_result(), an_incomplete_result()])
def test_a_result_is_valid_against_the_norm(result: Result) -> None:
    document = json.loads(render(result, "json"))

    jsonschema.Draft202012Validator(NORM).validate(document)


def test_with_no_model_configured_the_models_have_a_status_and_nothing_else() -> None:
    assert json.loads(render(a_result(), "json"))["coverage"]["models"] == {"status": "not-configured"}


def test_the_norm_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(NORM)


def test_the_norm_and_the_types_say_the_same() -> None:
    types = msgspec.json.schema(Result)["$defs"]
    types["Result"]["properties"]["schema"] = {"const": Result.__struct_defaults__[0]}

    assert list(NORM["$defs"]) == list(types)
    for name, norm in NORM["$defs"].items():
        properties = {field: shape(each) for field, each in types[name]["properties"].items()}
        assert {field: shape(each) for field, each in norm["properties"].items()} == properties


@pytest.mark.parametrize("name", NORM["$defs"])
def test_the_norm_requires_every_field_and_explains_it(name: str) -> None:
    norm = NORM["$defs"][name]

    assert norm["required"] == (["status"] if name == "ModelCoverage" else list(norm["properties"]))
    assert norm["additionalProperties"] is False
    assert all(field["description"] for field in norm["properties"].values())


@pytest.mark.parametrize("result", [a_full_result(), a_result_that_says("\x1b\u202e\U000e0041\n`<&\x7f\x9b")])
def test_a_result_comes_back_from_its_json(result: Result) -> None:
    assert msgspec.json.decode(render(result, "json"), type=Result) == result


def test_a_lone_surrogate_stands_as_its_code_point() -> None:
    document = json.loads(render(a_result_that_says("a\ud800\n"), "json"))

    assert document["findings"][0]["title"] == "aU+D800\n"
