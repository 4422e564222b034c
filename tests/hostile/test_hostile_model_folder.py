"""Whoever publishes a model: code in a pickle, a script, a configuration, a header that lies (12.2, 12.3)."""

import io
import json
import os
import pickle
import struct
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stand_ins.model_folders import (
    SAID,
    TENSORS,
    claim,
    gguf,
    model_folder,
    pair,
    safetensors,
    tensor,
    text,
    with_header,
)

from coderev.bundle.inputs import NotAPlainFile, strict_json
from coderev.bundle.models.admission import ModelRefused, admit
from coderev.bundle.models.configuration import check_tokenizer
from coderev.bundle.models.files import refuse_pickle
from coderev.bundle.models.gguf import read_head
from coderev.bundle.models.safetensors import read_tensors


class Payload:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def refusal(folder: Path, quantisation: str = "bf16") -> str:
    with pytest.raises(ModelRefused) as caught:
        admit(folder, claim(quantisation), ("apache-2.0",))
    return str(caught.value)


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "model.pt", "x.CKPT", "w.pth", "a.pkl", "tf_model.h5", "m.npz", "t.model"]
)
def test_a_file_with_the_name_of_a_pickle_is_refused(tmp_path: Path, name: str) -> None:
    """12.2: whatever it holds, and in any case."""
    (model_folder(tmp_path) / name).write_bytes(b"{}")

    assert "can be a pickle or code" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["network_x.py", "sub/tokenization.py", "lib.so", "setup.sh", "a.ipynb", "X.PY"])
def test_a_program_is_refused(tmp_path: Path, name: str) -> None:
    """12.2: nothing of a model is run, so it brings nothing to run."""
    (model_folder(tmp_path) / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")

    assert "it is a program" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["weights", "x.safetensors.bak", "model.exe.", "picture.png", "._config.json~"])
def test_a_name_that_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    """12.2: what is accepted is a list."""
    (model_folder(tmp_path) / name).write_bytes(b"x")

    assert "its name says neither" in refusal(tmp_path)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["model.safetensors", "m.gguf", "notes.txt", "LICENSE", "vocab.json", "config.json"])
def test_a_pickle_is_refused_under_any_name(tmp_path: Path, protocol: int, name: str) -> None:
    """12.2: by content, also protocol 0, which is text."""
    (model_folder(tmp_path) / name).write_bytes(pickle.dumps(Payload(), protocol=protocol))

    assert name in refusal(tmp_path)


@pytest.mark.parametrize("whole", [safetensors(), gguf()])
def test_weights_that_are_a_zip_archive_too_are_refused(tmp_path: Path, whole: bytes) -> None:
    """12.2: PyTorch reads an archive from its end, where the numbers of a tensor may hold one."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("archive/data.pkl", pickle.dumps(Payload()))
    name = "m.gguf" if whole.startswith(b"GGUF") else "model.safetensors"
    hidden = whole[: -len(archive.getvalue())] + archive.getvalue()
    (model_folder(tmp_path) / name).write_bytes(hidden)

    assert len(hidden) == len(whole)
    assert "it is a ZIP archive too" in refusal(tmp_path)


@pytest.mark.parametrize("page", [b"(c) 2024\n", b"I am a model card.\n", b"N.", b"", b"c\n\n", b"copyright\nof us\n"])
def test_prose_is_no_pickle(page: bytes) -> None:
    """12.2: a page may begin with any letter that is an opcode."""
    refuse_pickle(page)


def test_a_script_without_a_suffix_is_refused() -> None:
    """12.2: as `LICENSE`, say."""
    with pytest.raises(ValueError, match="it is a script"):
        refuse_pickle(b"#!/bin/sh\n")


@pytest.mark.parametrize(
    ("name", "said", "word"),
    [
        ("config.json", {"auto_map": {"AutoModel": "network_x.X"}}, "auto_map"),
        ("config.json", {"text_config": {"deep": [{"auto_map": {"AutoModel": "evil/repo--x.X"}}]}}, "auto_map"),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["x.T", None]}}, "auto_map"),
        ("generation_config.json", {"trust_remote_code": True}, "trust_remote_code"),
        ("config.json", {"custom_pipelines": {"x": {"impl": "pipe.P"}}}, "custom_pipelines"),
        ("adapter_config.json", {"auto_mapping": {"parent_library": "evil"}}, "auto_mapping"),
        ("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "subprocess.Popen"}], "type"),
        ("2_Dense/config.json", {"activation_function": "os.system"}, "activation_function"),
    ],
)
def test_a_configuration_that_loads_code_is_refused(tmp_path: Path, name: str, said: object, word: str) -> None:
    """12.2: wherever the word stands."""
    (model_folder(tmp_path) / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(json.dumps(said))

    assert f"it would load code by '{word}'" in refusal(tmp_path)


def test_an_escaped_key_is_the_same_key(tmp_path: Path) -> None:
    """12.2: a search for the word would not find it."""
    folder = model_folder(tmp_path, config__json=b'{"\\u0061uto_map": {"AutoModel": "x.X"}}')

    assert "'auto_map'" in refusal(folder)


def test_a_large_tokenizer_is_looked_through_too(tmp_path: Path) -> None:
    """12.2: its megabytes are read past, and nothing that loads code hides among them."""
    vocabulary = {f"t{number}": number for number in range(400_000)}
    large = json.dumps({"model": {"vocab": vocabulary}, "auto_map": {"AutoTokenizer": "x.T"}}).encode()

    assert len(large) > 4 << 20
    assert "it would load code by 'auto_map'" in refusal(model_folder(tmp_path, tokenizer__json=large))


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (b'{"auto_map": null, "trust_remote_code": false}', True),
        (b'{"trust_remote_code": true}', False),
        (b'{"auto_map": [1]}', False),
    ],
)
def test_a_tokenizer_may_say_that_it_loads_no_code(text: bytes, *, accepted: bool) -> None:
    """12.2: as configurations do."""
    with nullcontext() if accepted else pytest.raises(ValueError, match="it would load code"):
        check_tokenizer(text)


def test_the_mark_of_an_archive_among_numbers_is_none(tmp_path: Path) -> None:
    """12.2: four bytes stand anywhere by chance; a comment that ends with the file does not."""
    whole = safetensors()
    weights = whole[:-100] + b"PK\x05\x06" + whole[-96:-40] + b"PK\x05\x06" + whole[-36:]

    assert admit(model_folder(tmp_path, model__safetensors=weights), claim(), ("apache-2.0",)).name == "m"


def test_words_that_load_no_code_are_accepted(tmp_path: Path) -> None:
    """12.2: as real models have them."""
    said = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    dense = {"activation_function": "torch.nn.modules.activation.Tanh"}
    folder = model_folder(
        tmp_path,
        modules__json=json.dumps(said).encode(),
        dense__json=json.dumps(dense).encode(),
        adapter_config__json=b'{"auto_mapping": null, "trust_remote_code": false, "rope_scaling": {"type": "yarn"}}',
    )

    assert admit(folder, claim(), ("apache-2.0",)).name == "m"


@pytest.mark.parametrize("target", ["/etc/hostname", "config.json", "../outside"])
def test_a_link_is_refused(tmp_path: Path, target: str) -> None:
    """12.2, 1.4: out of the folder, and within it."""
    (model_folder(tmp_path / "m") / "notes.txt").symlink_to(target)

    assert "notes.txt: it is a link" in refusal(tmp_path / "m")


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """1.4: its files are elsewhere."""
    (model_folder(tmp_path / "m") / "sub").symlink_to("/etc")

    assert "sub: it is a link" in refusal(tmp_path / "m")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """1.4: nobody ever writes into it."""
    os.mkfifo(model_folder(tmp_path) / "vocab.txt")

    assert "vocab.txt: it is no regular file" in refusal(tmp_path)


def test_a_path_that_no_bundle_may_carry_is_refused(tmp_path: Path) -> None:
    """3.6: a device on some system."""
    (model_folder(tmp_path) / "con.json").write_bytes(b"{}")

    assert "spec/bundle.md 3.6" in refusal(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """12.2: the recipe's mistake, not the model's."""
    with pytest.raises(NotAPlainFile, match="absent"):
        admit(tmp_path / "absent", claim(), ("apache-2.0",))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{" * 100_000, "config.json"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": 1, "a": 2}', "a key stands twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"\xff\xfe{}", "utf-8"),
        (b'{"a": "\0"}', "null bytes"),
        (b"x" * (4 << 20) + b"x", "longer than 4194304 bytes"),
    ],
)
def test_a_configuration_that_no_reader_should_read_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """12.2: strict JSON, and no more than a configuration needs."""
    assert reason in refusal(model_folder(tmp_path, config__json=content))


@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"a": ' * 200_000, b'{"a":' + b"[" * 200_000, b"nonsense", b"\xff"]
)
def test_a_tokenizer_that_no_reader_should_read_is_refused(tmp_path: Path, content: bytes) -> None:
    """12.2: it is read by another parser, which must hold too."""
    assert "tokenizer.json" in refusal(model_folder(tmp_path, tokenizer__json=content))


HEADER = {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "content", "reason"),
    [
        ({"a": HEADER | {"data_offsets": [0, 9]}}, 9, "not the size of its shape"),
        ({"a": HEADER | {"shape": [1 << 40, 1 << 40]}}, 8, "not the size of its shape"),
        ({"a": HEADER | {"data_offsets": [8, 0]}}, 8, "a gap or an overlap"),
        ({"a": HEADER, "b": HEADER}, 8, "a gap or an overlap before the tensor 'b'"),
        ({"a": HEADER, "b": HEADER | {"data_offsets": [16, 24]}}, 24, "a gap or an overlap"),
        ({"a": HEADER}, 7, "end at 8 of 7 bytes"),
        ({"a": HEADER}, 9, "end at 8 of 9 bytes"),
        ({"a": HEADER | {"dtype": "PICKLE"}}, 8, "unknown type 'PICKLE'"),
        ({"a": HEADER | {"shape": [-2, -2]}}, 8, ">= 0"),
        ({"a": HEADER | {"shape": [1] * 17}}, 8, "length <= 16"),
        ({"a": HEADER | {"evil": 1}}, 8, "unknown field"),
        ({"a": HEADER, "__metadata__": {"format": 1}}, 8, "Expected `str`"),
        ({"a": HEADER, "__metadata__": []}, 8, "Expected `object`"),
        ({}, 0, "it has 0 tensors"),
    ],
)
def test_a_header_that_lies_about_its_tensors_is_refused(
    tmp_path: Path, header: dict[str, object], content: int, reason: str
) -> None:
    """12.3: within the file, without overlap, and without room for anything else."""
    weights = with_header(json.dumps(header).encode(), bytes(content))

    assert reason in refusal(model_folder(tmp_path, model__safetensors=weights))


@pytest.mark.parametrize("length", [0, 1, (1 << 24) + 1, 1 << 63, (1 << 64) - 1, 200])
def test_a_header_of_an_impossible_length_is_refused(tmp_path: Path, length: int) -> None:
    """12.3: before it is read."""
    weights = struct.pack("<Q", length) + b"{}" + bytes(50)

    assert "its header would have" in refusal(model_folder(tmp_path, model__safetensors=weights))


def test_a_sparse_terabyte_is_refused_by_its_header(tmp_path: Path) -> None:
    """12.3: nothing but the header is read."""
    os.truncate(model_folder(tmp_path) / "model.safetensors", 1 << 40)

    assert "its tensors end at" in refusal(tmp_path)


DEEP = text("deep") + struct.pack("<II", 9, 9)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (b"GGUF", "it ends within its head"),
        (gguf(start=b"GGML" + struct.pack("<I", 3)), "does not begin as GGUF does"),
        (gguf(start=b"GGUF" + struct.pack(">I", 3)), "GGUF of version 50331648"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "1152921504606846976 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "and 1152921504606846976 keys"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 62), "a string of 4611686018427387904 bytes"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + DEEP + struct.pack("<Q", 1), "a value of the unknown kind 9"),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("k") + struct.pack("<IIQ", 9, 4, 1 << 60),
            "an array of 1152921504606846976 items",
        ),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("k") + struct.pack("<IIQQ", 9, 8, 9, 1 << 60),
            "longer than 67108864 bytes",
        ),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + pair("k", "v") * 2, "the key 'k' stands twice"),
        (gguf({**SAID, "general.alignment": 0}), "are aligned to 0"),
        (gguf({**SAID, "general.alignment": 48}), "are aligned to 48"),
        (gguf({**SAID, "general.alignment": "32"}), "are aligned to '32'"),
        (gguf(size=512 + 71), "its tensors end at"),
        (gguf(size=512 + 97), "its tensors end at"),
        (gguf(tensors=(TENSORS[0], tensor("o", (64, 2), 2, 480))), "a gap or an overlap before the tensor 'o'"),
        (gguf(tensors=(TENSORS[0], tensor("o", (64, 2), 2, 544))), "a gap or an overlap before the tensor 'o'"),
        (gguf(tensors=(TENSORS[0], tensor("token_embd.weight", (64, 2), 2, 512))), "stands twice"),
        (gguf(tensors=(tensor("o", (64, 2), 99, 0),)), "the unknown type 99"),
        (gguf(tensors=(tensor("o", (63, 2), 2, 0),)), "not the shape of its type"),
        (gguf(tensors=(tensor("o", (0, 2), 0, 0),)), "not the shape of its type"),
        (gguf(tensors=(tensor("o", (1,) * 5, 0, 0),)), "a tensor of 5 dimensions"),
        (gguf(tensors=(tensor("o", ((1 << 63), (1 << 63)), 0, 0),)), "its tensors end at"),
        (gguf(tensors=()), "0 tensors"),
    ],
)
def test_a_gguf_head_that_lies_is_refused(tmp_path: Path, weights: bytes, reason: str) -> None:
    """12.3: counts and lengths are judged before they are believed."""
    (tmp_path / "m.gguf").write_bytes(weights)

    assert reason in refusal(tmp_path, "q4_0")


@given(st.binary(max_size=200))
@example(safetensors()[:300])
def test_no_bytes_break_the_reader_of_safetensors(content: bytes) -> None:
    """12.3: a ValueError, whatever comes."""
    for whole in (content, struct.pack("<Q", len(content)) + content):
        with pytest.raises(ValueError, match=r"."):
            read_tensors(io.BytesIO(whole), len(whole))


@given(st.integers(0, len(gguf()) - 97 - 512), st.integers(1, 255))
def test_no_flipped_byte_breaks_the_reader_of_gguf(offset: int, flip: int) -> None:
    """12.3: a ValueError, or a head that still fits its file."""
    whole = bytearray(gguf())
    whole[offset] ^= flip

    try:
        found = read_head(io.BytesIO(whole), len(whole))
    except ValueError:
        return

    assert 0 < found.numbers <= len(whole) * 8


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(), st.lists, max_leaves=20))
def test_strict_json_reads_what_json_is(value: object) -> None:
    """12.2: being strict refuses nothing that programs write."""
    assert strict_json(json.dumps(value).encode()) == value
