"""Encoders that are not what they seem, servers that lie about vectors, and index files that somebody has cut."""

import asyncio
import json
import os
import pickle
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from stand_ins.model_server import JSON, Reply, Request, Wire, body, endless, garbage, never, resets, status
from stand_ins.sentence_encoder import WORDS, tiny, write_json, write_model
from stand_ins.tei_server import DIMENSIONS, TeiServer

from coderev.egress import Egress
from coderev.recall.similar import Identity, Index, Item, open_index
from coderev.recall.similar.encoder import BadEncoder, EncoderUnavailable
from coderev.recall.similar.folder import MAX_MODEL, MAX_TEXT
from coderev.recall.similar.index import BadIndex, IndexUnavailable
from coderev.recall.similar.onnx import open_onnx
from coderev.recall.similar.onnx_file import shapes_of
from coderev.recall.similar.pgvector import PgVector
from coderev.recall.similar.shelf import HEAD, LEADS_FROM
from coderev.recall.similar.tei import MAX_BODY, open_tei
from coderev.settings import RecallSettings, Settings, SimilarSettings

IDENTITY = Identity("test-1", 160)
SCOPE = b"\x01" * 16

# --- a folder -----------------------------------------------------------------------------------------------------


async def refused(folder: Path) -> str:
    with pytest.raises(BadEncoder) as raised:
        await open_onnx(folder)
    return str(raised.value)


def changed(folder: Path, change: Callable[[onnx.ModelProto], object]) -> Path:
    """The folder with another model in it."""
    model = onnx.load_model_from_string((folder / "onnx" / "model.onnx").read_bytes())
    change(model)
    write_model(folder, model)
    return folder


def words_of(model: onnx.ModelProto) -> TensorProto:
    found: TensorProto = next(tensor for tensor in model.graph.initializer if list(tensor.dims) == [len(WORDS), 16])
    return found


FILES = ["config.json", "tokenizer_config.json", "1_Pooling/config.json", "vocab.txt", "onnx/model.onnx"]


@pytest.mark.parametrize("name", FILES)
async def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tiny(tmp_path) / name).unlink()

    assert "has no file" in await refused(tmp_path)


async def test_no_folder_at_all_is_refused(tmp_path: Path) -> None:
    assert "config.json" in await refused(tmp_path / "nowhere")


WRONG_TYPES = b'{"model_type": 1, "do_lower_case": 1, "pooling_mode": 1}'


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", WRONG_TYPES, b"\xff\xfe", b"[" * 100_000, b"null"])
@pytest.mark.parametrize("name", FILES[:3])
async def test_a_malformed_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tiny(tmp_path) / name).write_bytes(content)

    assert name in await refused(tmp_path)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_model(content: bytes) -> None:
    try:
        shapes = shapes_of(content)
    except ValueError:
        return
    assert (len(WORDS), 16) not in shapes


@given(st.integers(0, 3000), st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused(at: int, value: int) -> None:
    tensor = numpy_helper.from_array(np.ones((3, 4), np.float32), "w")
    node = helper.make_node("If", ["c"], ["o"], then_branch=helper.make_graph([], "g", [], [], [tensor]))
    model = helper.make_model(helper.make_graph([node], "g", [], [])).SerializeToString()
    content = bytearray(model)
    content[at % len(content)] = value

    with suppress(ValueError):  # nothing else, such as an IndexError or a loop without an end
        assert all(isinstance(size, int) for shape in shapes_of(bytes(content)) for size in shape)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
async def test_a_model_that_ends_early_is_refused(tmp_path: Path, share: float) -> None:
    path = tiny(tmp_path) / "onnx" / "model.onnx"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    assert "ONNX" in await refused(tmp_path) or "weights" in await refused(tmp_path)


@pytest.mark.parametrize("words", [WORDS[:-1], [*WORDS, "more"]])
async def test_a_vocabulary_of_another_size_is_refused(tmp_path: Path, words: list[str]) -> None:
    tiny(tmp_path)
    (tmp_path / "vocab.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")

    assert "vocabulary" in await refused(tmp_path)


@pytest.mark.parametrize("size", [len(WORDS) - 1, len(WORDS) + 1])
async def test_a_vocabulary_that_fits_the_configuration_and_not_the_model_is_refused(tmp_path: Path, size: int) -> None:
    config = json.loads((tiny(tmp_path) / "config.json").read_bytes())
    write_json(tmp_path / "config.json", {**config, "vocab_size": size})
    words = [*WORDS, "more"][:size]
    (tmp_path / "vocab.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")

    assert "shape" in await refused(tmp_path)


@pytest.mark.parametrize("word", ["[UNK]", "[CLS]", "[SEP]"])
async def test_a_vocabulary_without_the_models_marks_is_refused(tmp_path: Path, word: str) -> None:
    vocabulary = tiny(tmp_path) / "vocab.txt"
    vocabulary.write_text(vocabulary.read_text(encoding="utf-8").replace(word, "other"), encoding="utf-8")

    assert f"lacks {word}" in await refused(tmp_path)


@pytest.mark.parametrize("numbers", [{"[UNK]": 0, "[CLS]": 0}, {"[UNK]": -1}, {"[UNK]": 2**63 - 1}, {}])
async def test_numbers_of_pieces_that_are_no_row_of_the_model_are_refused(
    tmp_path: Path, numbers: dict[str, int]
) -> None:
    (tiny(tmp_path) / "vocab.txt").unlink()
    write_json(tmp_path / "tokenizer.json", {"model": {"type": "WordPiece", "vocab": numbers}})

    assert "vocabulary" in await refused(tmp_path)


async def test_weights_in_another_file_are_refused_before_they_are_loaded(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"\0" * len(WORDS) * 16 * 4)

    def lead_outside(model: onnx.ModelProto) -> None:
        tensor = words_of(model)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=str(outside))

    folder = changed(tiny(tmp_path / "encoder"), lead_outside)

    assert "other files" in await refused(folder)


async def test_weights_in_another_file_are_seen_in_a_branch_too() -> None:
    tensor = numpy_helper.from_array(np.ones(3, np.float32), "w")
    tensor.external_data.add(key="location", value="secrets")
    branch = helper.make_graph([], "g", [], [], [tensor])
    node = helper.make_node("If", ["c"], ["o"], then_branch=branch)
    model = helper.make_model(helper.make_graph([node], "g", [], []))

    with pytest.raises(ValueError, match="other files"):
        shapes_of(model.SerializeToString())


async def test_an_operator_of_somebodys_own_is_refused(tmp_path: Path) -> None:
    def strange(model: onnx.ModelProto) -> None:
        model.graph.node[0].domain = "evil.example"
        model.opset_import.append(helper.make_opsetid("evil.example", 1))

    assert "model.onnx" in await refused(changed(tiny(tmp_path), strange))


async def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    def nothing(model: onnx.ModelProto) -> None:
        words_of(model).raw_data = np.full((len(WORDS), 16), np.nan, "<f4").tobytes()

    assert "no number" in await refused(changed(tiny(tmp_path), nothing))


async def test_a_model_that_takes_or_gives_other_things_is_refused(tmp_path: Path) -> None:
    def other_input(model: onnx.ModelProto) -> None:
        model.graph.input.append(helper.make_tensor_value_info("image", TensorProto.FLOAT, (1,)))

    def other_output(model: onnx.ModelProto) -> None:
        model.graph.output[0].CopyFrom(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ("a", "b")))

    assert "input_ids" in await refused(changed(tiny(tmp_path / "in"), other_input))
    assert "no state" in await refused(changed(tiny(tmp_path / "out"), other_output))


async def test_a_model_that_reads_fewer_tokens_than_promised_is_refused(tmp_path: Path) -> None:
    config = json.loads((tiny(tmp_path) / "config.json").read_bytes())
    write_json(tmp_path / "config.json", {**config, "max_position_embeddings": 64})
    write_json(tmp_path / "sentence_bert_config.json", {"max_seq_length": 64})

    assert "model.onnx" in await refused(tmp_path)


async def test_what_is_computed_otherwise_is_refused(tmp_path: Path) -> None:
    write_json(tiny(tmp_path / "cls") / "1_Pooling" / "config.json", {"pooling_mode_cls_token": True})
    write_json(tiny(tmp_path / "dense") / "modules.json", [{"type": "sentence_transformers.models.Dense"}])
    write_json(tiny(tmp_path / "gpt") / "config.json", json.loads(b"{}") | GPT)

    assert "pooling" in await refused(tmp_path / "cls")
    assert "Dense" in await refused(tmp_path / "dense")
    assert "gpt2" in await refused(tmp_path / "gpt")


GPT = {"model_type": "gpt2", "vocab_size": len(WORDS), "hidden_size": 16, "max_position_embeddings": 16}


@pytest.mark.parametrize(("name", "most"), [("vocab.txt", MAX_TEXT), ("onnx/model.onnx", MAX_MODEL)])
async def test_a_giant_file_is_refused_unread(tmp_path: Path, name: str, most: int) -> None:
    os.truncate(tiny(tmp_path) / name, most + 1)  # sparse: it takes no room

    assert "larger" in await refused(tmp_path)


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tiny(tmp_path) / "vocab.txt").unlink()
    os.mkfifo(tmp_path / "vocab.txt")

    assert "has no file" in await refused(tmp_path)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self._target),)


async def test_a_pickle_in_the_folder_is_never_loaded(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "encoder")
    for name in ("pytorch_model.bin", "training_args.bin", "onnx/model.onnx"):
        (folder / name).write_bytes(pickle.dumps(Bomb(tmp_path / "boom")))

    await refused(folder)

    assert not (tmp_path / "boom").exists()


async def test_marks_of_the_model_in_a_text_are_text(tmp_path: Path) -> None:
    encoder = await open_onnx(tiny(tmp_path))

    marked, plain = await encoder.embed(["a [SEP] b", "a b"])

    assert float(marked @ plain) < 1 - 1e-6


# --- a server -----------------------------------------------------------------------------------------------------


def says(make: Callable[[list[str]], bytes]) -> Reply:
    """The first answer is good, so that the server is taken for one; then it lies."""
    count = 0

    async def reply(wire: Wire, request: Request) -> None:
        nonlocal count
        count += 1
        texts = request.json["inputs"]
        good = json.dumps([[1.0] * DIMENSIONS for _ in texts]).encode()
        await wire.whole(200, good if count == 1 else make(texts), JSON)

    return reply


def rows(*values: str) -> Callable[[list[str]], bytes]:
    return lambda texts: b"[" + b",".join(f"[{','.join(values)}]".encode() for _ in texts) + b"]"


ONES = ["1.0"] * (DIMENSIONS - 1)
LIES = {
    "another dimension": rows(*ONES),
    "many dimensions": rows(*ONES * 200),
    "no dimension": rows(),
    "nothing": rows(*["0.0"] * DIMENSIONS),
    "NaN": rows(*ONES, "NaN"),
    "infinite": rows(*ONES, "1e999"),
    "beyond float32": rows(*ONES, "1e200"),
    "null": rows(*ONES, "null"),
    "text": rows(*ONES, '"1"'),
    "too few": lambda _: b"[]",
    "too many": lambda texts: rows(*ONES, "1.0")([*texts, "x"]),
    "unlike": lambda _: b"[[1.0],[1.0,2.0]]",
    "no list": lambda _: b'{"embeddings": []}',
    "cut": lambda _: b"[[1.0, 2",
    "deep": lambda _: b"[" * 100_000,
    "no text": lambda _: b"\xff\xfe",
}


@pytest.mark.parametrize("lie", LIES)
async def test_vectors_that_cannot_be_right_are_no_vectors(lie: str) -> None:
    with TeiServer(says(LIES[lie])) as server:
        encoder = await open_tei(server.url, Egress(Settings()))

        with pytest.raises(EncoderUnavailable):
            await encoder.embed(["one", "two"])

        await encoder.close()


async def test_huge_numbers_are_a_direction_like_others() -> None:
    with TeiServer(says(rows(*["1e30"] * DIMENSIONS))) as server:
        encoder = await open_tei(server.url, Egress(Settings()))

        found = await encoder.embed(["one"])

        await encoder.close()
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


REPLIES: dict[str, Reply] = {
    "never": never(),
    "resets": resets(),
    "resets within": resets(after=b"[[1.0"),
    "no HTTP": garbage(),
    "endless": endless(b" " * 1_000_000, gap=0, kind="application/json"),
    "a slow trickle": endless(b" ", gap=0.01, kind="application/json"),
    "too much": body(b" " * (MAX_BODY + 1), "application/json"),
    "elsewhere": status(302, "", "Location: http://169.254.169.254/latest"),
    "overloaded": status(429, '{"error": "Model is overloaded", "error_type": "Overloaded"}'),
    "always too long": status(413, '{"error": "x", "error_type": "Validation"}'),
    "a page": body(b"<html>", "text/html"),
    "control characters": status(500, "\x1b[2J\r\nforged"),
}


@pytest.mark.parametrize("reply", REPLIES)
async def test_a_server_that_does_not_answer_well_is_unavailable(reply: str) -> None:
    with TeiServer(REPLIES[reply]) as server, pytest.raises(EncoderUnavailable) as raised:
        await open_tei(server.url, Egress(Settings()), seconds=1.0)

    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "info",
    [
        {"model_type": {"reranker": {"id2label": {}}}},
        {"model_type": {}},
        {"max_input_length": 0},
        {"max_input_length": -(2**70)},
        {"max_client_batch_size": 0},
    ],
    ids=str,
)
async def test_a_server_of_something_else_is_no_encoder(info: dict[str, Any]) -> None:
    with TeiServer(**info) as server, pytest.raises(BadEncoder):
        await open_tei(server.url, Egress(Settings()))


@pytest.mark.parametrize("info", [{"model_id": 1}, {"max_input_length": "x"}], ids=str)
async def test_a_server_that_says_nonsense_of_itself_is_unavailable(info: dict[str, Any]) -> None:
    with TeiServer(**info) as server, pytest.raises(EncoderUnavailable):
        await open_tei(server.url, Egress(Settings()))


# --- files of an index --------------------------------------------------------------------------------------------


@asynccontextmanager
async def files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Index]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    index = open_index(Settings(), Egress(Settings()), b"t", IDENTITY)
    yield index
    await index.close()


def items(count: int, name: str = "") -> list[Item]:
    made = np.random.default_rng(count).standard_normal((count, IDENTITY.dimensions))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    ids = [f"{name}{at}".encode().ljust(32) for at in range(count)]
    return [
        Item(id=number, scope=SCOPE, vector=vector.astype(np.float32), payload=number)
        for number, vector in zip(ids, made, strict=True)
    ]


def file(folder: Path, beginning: str) -> Path:
    return next(path for path in folder.rglob("*") if path.name.startswith(beginning))


@pytest.mark.parametrize("beginning", ["vectors", "entries", "payloads", "leads"])
async def test_the_tail_of_a_write_that_was_cut_off_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: str
) -> None:
    before, after = items(LEADS_FROM), items(50, "more")
    async with files(tmp_path, monkeypatch) as index:
        await index.add(before)
        with file(tmp_path, beginning).open("ab") as torn:
            torn.write(b"\x3f" * 1001)
        await index.add(after)
        found = [(await index.nearest(item.vector, 1, SCOPE))[0] for item in (*before[:50], *after)]

    assert [near.id for near in found] == [item.id for item in (*before[:50], *after)]
    assert [near.payload for near in found] == [item.payload for item in (*before[:50], *after)]


DAMAGES = [b"", b"{", b"null", b"\xff" * 100, b'{"dimensions": 7}', b'{"dimensions": 160, "rows": 99999999}']
DAMAGES += [b'{"dimensions": 160, "rows": 4611686018427387904}', b'{"dimensions": 160, "rows": 2, "gone": -1}']


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_head_is_set_aside_and_the_index_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    async with files(tmp_path, monkeypatch) as index:
        await index.add(items(5))
        file(tmp_path, HEAD).write_bytes(damage)

        with pytest.raises(IndexUnavailable, match="set aside"):
            await index.nearest(items(1)[0].vector, 1, SCOPE)

        assert await index.nearest(items(1)[0].vector, 1, SCOPE) == []
        await index.add(items(2))
        assert await index.size() == 2


@pytest.mark.parametrize("beginning", ["vectors", "entries", "payloads"])
async def test_a_file_that_was_cut_is_noticed_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: str
) -> None:
    async with files(tmp_path, monkeypatch) as index:
        await index.add(items(5))
    os.truncate(file(tmp_path, beginning), 3)

    async with files(tmp_path, monkeypatch) as index:
        with pytest.raises(IndexUnavailable):
            await index.nearest(items(1)[0].vector, 1, SCOPE)


@pytest.mark.parametrize(
    "change",
    [
        {"vector": np.ones(IDENTITY.dimensions, np.float32)},
        {"vector": np.full(IDENTITY.dimensions, np.nan, np.float32)},
        {"vector": np.ones(3, np.float32)},
        {"id": b"short"},
        {"scope": b""},
        {"scope": b"x" * 65},
        {"payload": b"x" * (1 << 21)},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_what_does_not_fit_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    (item,) = items(1)
    facts = {"id": item.id, "scope": item.scope, "vector": item.vector, "payload": item.payload, **change}
    async with files(tmp_path, monkeypatch) as index:
        with pytest.raises(ValueError, match=r"another length|a vector of"):
            await index.add([Item(**facts)])

        assert await index.size() == 0


# --- a database that is not one -----------------------------------------------------------------------------------


def database(port: int, **more: Any) -> PgVector:
    similar = SimilarSettings(index=f"postgresql://127.0.0.1:{port}/reviews", user="u", **more)
    settings = Settings(recall=RecallSettings(similar=similar))
    index = open_index(settings, Egress(settings), b"t", IDENTITY)
    assert isinstance(index, PgVector)
    return index


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    index = database(port)

    with pytest.raises(IndexUnavailable):
        await index.nearest(items(1)[0].vector, 1, SCOPE)

    await index.close()


async def test_a_database_that_never_answers_costs_seconds_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = database(silent.getsockname()[1])

        async with asyncio.timeout(8):
            with pytest.raises(IndexUnavailable):
                await index.size()

        await index.close()


async def rebound(host: str, port: int) -> list[str]:
    """A name inside that leads to an address outside."""
    del host, port
    return ["93.184.216.34"]


async def test_a_name_that_leads_outside_is_unavailable_and_ends_no_review() -> None:
    similar = SimilarSettings(index="postgresql://db.internal/reviews", user="u")
    settings = Settings(recall=RecallSettings(similar=similar))
    egress = Egress(settings, rebound)
    index = open_index(settings, egress, b"t", IDENTITY)

    with pytest.raises(IndexUnavailable, match="leads to"):
        await index.size()
    with pytest.raises(EncoderUnavailable, match="leads to"):
        await open_tei("http://embeddings.internal:8080", egress)

    await index.close()


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"nul\0", b"\xff", b"x" * 5000])
def test_a_password_file_without_a_password_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "password").write_bytes(content)

    with pytest.raises(BadIndex):
        database(5432, password_file=str(tmp_path / "password"))


@pytest.mark.parametrize(
    "url",
    ["postgresql://db", "postgresql://db/", "postgresql://db/a/b", "postgresql://db/a?sslmode=disable", "redis://db/a"],
)
def test_an_address_that_says_more_or_less_than_a_database_is_refused(url: str) -> None:
    settings = Settings(recall=RecallSettings(similar=SimilarSettings(index=url, user="u")))

    with pytest.raises(BadIndex):
        open_index(settings, Egress(settings), b"t", IDENTITY)
