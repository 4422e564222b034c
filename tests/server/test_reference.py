"""What is committed of the API is what the code says."""

from pathlib import Path

import jsonschema
import msgspec

from coderev.server.api.openapi import document
from coderev.server.api.reference import openapi_file, reference_page
from coderev.server.routes import ROUTES

ROOT = Path(__file__).parents[2]


def test_the_committed_document_is_what_the_code_says() -> None:
    assert (ROOT / "spec/openapi.json").read_text(encoding="utf-8") == openapi_file(ROUTES), "run `make docs`"


def test_the_committed_page_is_what_the_code_says() -> None:
    assert (ROOT / "docs/reference/api.md").read_text(encoding="utf-8") == reference_page(ROUTES), "run `make docs`"


def test_every_reference_of_the_document_leads_to_a_type() -> None:
    whole = document(ROUTES)
    text = msgspec.json.encode(whole).decode()
    named = {each.partition('"')[0] for each in text.split("#/components/schemas/")[1:]}
    assert named == set(whole["components"]["schemas"])


def test_every_type_of_the_document_is_a_schema() -> None:
    for schema in document(ROUTES)["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_operations_have_names_of_their_own() -> None:
    names = [each["operationId"] for methods in document(ROUTES)["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
