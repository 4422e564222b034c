"""2.5: the bill of materials is CycloneDX 1.6, the same bytes for the same contents."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from coderev.bundle.format.entries import ChatTemplate, File, Image, Model
from coderev.bundle.making.sbom import SPDX, Contents, ModelFacts, bill_of_materials


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def model(licence: str = "apache-2.0") -> Model:
    return Model(
        name="codellama-34b",
        folder="models/c",
        licence=licence,
        use_policy="Acceptable use policy of Llama 2",
        quantisation="awq",
        digest=digest("model"),
        chat_templates=(ChatTemplate(digest=digest("template"), path="models/c/tokenizer_config.json"),),
    )


IMAGE = Image(
    name="coderev/crai:1.4",
    manifest=f"sha256:{digest('manifest')}",
    config=f"sha256:{digest('config')}",
    layers=(f"sha256:{digest('layer')}",),
    architecture="amd64",
    os="linux",
)
PATHS = ("charts/Chart.yaml", f"images/blobs/sha256/{digest('layer')}", "models/c/model.safetensors", "models/cc.txt")
CONTENTS = Contents(
    product="coderev",
    version="1.4.0",
    seq=12,
    created=datetime(2026, 11, 25, 17, 42, tzinfo=UTC),
    files=tuple(File(path=path, blob=digest(path)) for path in PATHS),
    sizes={digest(path): len(path) for path in PATHS},
    images=(IMAGE,),
    models=(ModelFacts(model=model(), architecture="LlamaForCausalLM", parameters=None),),
)


def bill(contents: Contents = CONTENTS) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bill_of_materials(contents))
    return found


def component(name: str, contents: Contents = CONTENTS) -> dict[str, Any]:
    return next(each for each in bill(contents)["components"] if each["name"] == name)


def properties(found: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in found["properties"]}


def test_a_model_is_a_machine_learning_component_with_a_card() -> None:
    """12.1: licence, use policy, quantisation, digest and chat templates."""
    found = component("codellama-34b")

    assert (found["type"], found["bom-ref"]) == ("machine-learning-model", "model:codellama-34b")
    assert found["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert found["hashes"] == [{"alg": "SHA-256", "content": digest("model")}]
    assert found["modelCard"]["modelParameters"] == {"architectureFamily": "LlamaForCausalLM"}
    assert properties(found["modelCard"]) == {
        "coderev:quantisation": "awq",
        "coderev:use-policy": "Acceptable use policy of Llama 2",
        "coderev:chat-template:models/c/tokenizer_config.json": digest("template"),
    }
    assert [each["name"] for each in found["components"]] == ["models/c/model.safetensors"]


def test_what_is_not_known_of_a_model_is_left_out() -> None:
    """12.1: no guess stands in a bill."""
    facts = ModelFacts(model=model("llama2"), architecture=None, parameters=134_515_008)
    found = component("codellama-34b", changed(models=(facts,)))

    assert found["licenses"] == [{"license": {"name": "llama2"}}]
    assert "modelParameters" not in found["modelCard"]
    assert properties(found["modelCard"])["coderev:parameters"] == "134515008"


def changed(**changes: Any) -> Contents:
    return replace(CONTENTS, **changes)


def test_an_image_is_a_container_by_its_manifest() -> None:
    """11.1: with the digests of its configuration and layers."""
    found = component("coderev/crai")

    assert (found["type"], found["version"]) == ("container", "1.4")
    assert found["hashes"] == [{"alg": "SHA-256", "content": digest("manifest")}]
    assert properties(found)["coderev:layer:0"] == f"sha256:{digest('layer')}"


def test_other_files_stand_once_with_digest_and_size() -> None:
    """2.5: blobs of images and files of models stand with these."""
    files = [each for each in bill()["components"] if each["type"] == "file"]

    assert [each["name"] for each in files] == ["charts/Chart.yaml", "models/cc.txt"]
    assert properties(files[0]) == {
        "coderev:digest": digest("charts/Chart.yaml"),
        "coderev:mode": "0644",
        "coderev:size": "17",
    }


def test_the_same_contents_give_the_same_bytes() -> None:
    """4.10: no clock and no chance."""
    assert bill_of_materials(CONTENTS) == bill_of_materials(changed(files=tuple(CONTENTS.files)))


def test_other_contents_have_another_serial_number() -> None:
    """4.10: it is made from the bill itself."""
    serials = {bill(contents)["serialNumber"] for contents in (CONTENTS, changed(seq=13))}

    assert len(serials) == 2
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", serial) for serial in serials)


def test_it_says_what_it_is_and_when_it_was_made() -> None:
    """2.5: of CycloneDX 1.6."""
    found = bill()

    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    assert found["metadata"]["timestamp"] == "2026-11-25T17:42:00Z"
    assert found["metadata"]["component"]["name"] == "coderev"


def test_without_a_time_it_has_none() -> None:
    """4.10: as it goes into a bundle."""
    assert "timestamp" not in bill(changed(created=None))["metadata"]


def test_every_reference_stands_once_and_leads_somewhere() -> None:
    """2.5: CycloneDX demands it."""
    found = bill()
    inner = [each for outer in found["components"] for each in (outer, *outer.get("components", ()))]
    references = ["bundle", *(each["bom-ref"] for each in inner)]

    assert len(set(references)) == len(references)
    assert set(found["dependencies"][0]["dependsOn"]) < set(references)


@pytest.mark.parametrize("licence", SPDX)
def test_a_licence_of_spdx_is_named_by_its_identifier(licence: str) -> None:
    """12.5: in SPDX's own spelling, whatever the recipe's."""
    facts = ModelFacts(model=model(licence.upper()), architecture=None, parameters=None)

    assert component("codellama-34b", changed(models=(facts,)))["licenses"] == [{"license": {"id": licence}}]
