"""Both embedders: what their vectors are, whose they are, and that no part of a text is left out."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.secret_samples import assemble
from stand_ins.sentence_encoder import WORDS, minilm, tiny, write_json
from stand_ins.tei_server import TOKEN, TeiServer

from coderev.egress import Egress, NotPermitted
from coderev.recall.similar import Embedder, open_embedder
from coderev.recall.similar.encoder import (
    MAX_CHARACTERS,
    BadEncoder,
    EncoderUnavailable,
    ExtraMissing,
    TooLongToEmbed,
    parts,
)
from coderev.recall.similar.onnx import Onnx, open_onnx
from coderev.settings import RecallSettings, Settings, SimilarSettings

# first coordinates, and the product with WAVE, of what sentence-transformers 6.2 on torch 2.13 says
WAVE = np.sin(np.arange(384))
REFERENCE = [
    ("", [-0.118838, 0.048299, -0.002548, -0.011011], 0.739622),
    ("def total(items):\n    return sum(items)\n", [0.01946, 0.051707, -0.002861, 0.041109], -0.590689),
    ("x", [-0.09791, -0.064001, -0.023181, -0.046197], -0.332837),
    ("if (i <= n) { return NULL; }", [-0.008361, 0.132616, 0.018287, -0.017697], 0.101369),
    ("SELECT * FROM users WHERE name = 'o''brien'", [0.05153, 0.039734, 0.06418, 0.05177], -0.816487),
    ("Größe = naïve(ΣΑΣ) # 漢字 ok", [-0.005421, 0.028512, 0.006061, 0.022076], 0.438544),
]


def configured(embedder: str | None) -> Settings:
    return Settings(recall=RecallSettings(similar=SimilarSettings(embedder=embedder)))


async def opened(place: str) -> Embedder:
    settings = configured(place)
    embedder = await open_embedder(settings, Egress(settings))
    assert embedder is not None
    return embedder


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Onnx]:
    """A random encoder of 16 dimensions, whose windows hold 14 tokens."""
    encoder = await open_onnx(tiny(tmp_path / "encoder"))
    yield encoder
    await encoder.close()


@pytest.fixture
def server() -> Iterator[TeiServer]:
    with TeiServer() as server:
        yield server


async def test_the_real_model_says_what_the_reference_says() -> None:
    embedder = await opened(str(minilm()))
    texts, beginnings, products = zip(*REFERENCE, strict=True)

    found = await embedder.embed(texts)

    await embedder.close()
    assert np.abs(found[:, :4] - np.array(beginnings)).max() < 1e-4
    assert np.abs(found @ WAVE - np.array(products)).max() < 1e-4


async def test_no_embedder_is_no_similar_tier() -> None:
    assert await open_embedder(configured(None), Egress(Settings())) is None


async def test_vectors_are_of_length_one_and_a_text_has_the_same_one_in_any_company(small: Onnx) -> None:
    texts = ["a", "return x", "", "if a < b: c = d * (e + f)", "def f(a): " * 9]

    together = await small.embed(texts)
    alone = [(await small.embed([text]))[0] for text in texts]

    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert np.allclose(together, alone, atol=1e-5)


async def test_no_texts_have_no_vectors(small: Onnx) -> None:
    assert (await small.embed([])).shape == (0, 16)


async def test_the_tail_of_a_long_text_is_read(small: Onnx) -> None:
    long = "a b c d e f g " * 20

    first, second = await small.embed([long + "x", long + "y"])

    assert float(first @ second) < 1 - 1e-6


async def test_a_long_text_is_the_mean_of_its_windows_by_their_tokens(small: Onnx) -> None:
    text = "a b c d e f g h i j k l m n o p q"  # 17 tokens: windows of 14 and 6 that share 3

    (whole,) = await small.embed([text])
    windows = await small.embed([text[: 2 * 14], text[2 * 11 :]])

    expected = windows[0] * 14 + windows[1] * 6
    assert np.allclose(whole, expected / np.linalg.norm(expected), atol=1e-5)


async def test_a_text_that_is_too_long_is_refused(small: Onnx) -> None:
    with pytest.raises(TooLongToEmbed):
        await small.embed(["x" * (MAX_CHARACTERS + 1)])


@given(st.integers(0, 500), st.integers(2, 60), st.data())
def test_parts_cover_a_text_and_overlap(length: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size - 1))

    found = parts(length, size, overlap)

    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(end - start <= size for start, end in found)
    assert all(here[1] - there[0] == overlap for here, there in pairwise(found))


async def test_a_copy_of_a_folder_has_the_same_identity(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "one")
    shutil.copytree(folder, tmp_path / "two")

    one, two = [await open_onnx(tmp_path / name) for name in ("one", "two")]

    assert one.identity == two.identity
    assert one.identity.dimensions == 16


async def test_other_weights_words_case_or_windows_are_another_identity(tmp_path: Path) -> None:
    folders = [tiny(tmp_path / "weights", seed=2), tiny(tmp_path / "words", words=[*WORDS[:-1], "##zz"])]
    folders += [tiny(tmp_path / "case"), tiny(tmp_path / "windows"), tiny(tmp_path / "same")]
    write_json(tmp_path / "case" / "tokenizer_config.json", {"do_lower_case": False})
    write_json(tmp_path / "windows" / "sentence_bert_config.json", {"max_seq_length": 12})

    digests = {(await open_onnx(folder)).identity.digest for folder in folders}

    assert len(digests) == 5


async def test_a_vocabulary_in_tokenizer_json_is_the_same_vocabulary(tmp_path: Path, small: Onnx) -> None:
    folder = tiny(tmp_path / "json")
    (folder / "vocab.txt").unlink()
    numbers = {word: number for number, word in enumerate(WORDS)}
    write_json(folder / "tokenizer.json", {"model": {"type": "WordPiece", "vocab": numbers}})

    other = await open_onnx(folder)

    assert other.identity == small.identity


async def test_the_loop_goes_on_while_an_encoder_works(small: Onnx) -> None:
    turns = 0
    work = asyncio.ensure_future(small.embed(["a b c d e f g " * 400] * 10))
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert len(await work) == 10
    assert turns > 5


async def test_a_server_embeds_in_batches_that_it_takes(server: TeiServer) -> None:
    embedder = await opened(server.url)
    texts = [f"return value_{number}" for number in range(10)]

    found = await embedder.embed(texts)

    await embedder.close()
    assert found.shape == (10, embedder.identity.dimensions)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert max(len(request.json["inputs"]) for request in server.questions) == 4
    assert all(request.json["truncate"] is False for request in server.questions)


async def test_a_long_text_goes_to_a_server_in_parts_and_every_word_of_it(server: TeiServer) -> None:
    embedder = await opened(server.url)
    words = [f"w{number}" for number in range(300)]

    await embedder.embed(["+".join(words), "x"])

    await embedder.close()
    lengths = [len(TOKEN.findall(text)) for text in server.texts]
    taken = [text for text, length in zip(server.texts, lengths, strict=True) if length <= 30]
    assert max(lengths) > 30  # some were refused, and cut again
    assert set(words) <= {word for text in taken for word in TOKEN.findall(text)}


async def test_texts_that_share_words_are_near_and_others_are_not(server: TeiServer) -> None:
    embedder = await opened(server.url)

    one, near, far = await embedder.embed(["open the file and read", "open the file and write", "1 2 3 4 5 6"])

    await embedder.close()
    assert one @ near > 0.8
    assert one @ far < 0.6


async def test_a_secret_is_not_sent_to_a_server(server: TeiServer) -> None:
    embedder = await opened(server.url)
    secret = assemble("AKIA[A-Z2-7]{16}")

    await embedder.embed([f'token = "{secret}"\n'])

    await embedder.close()
    assert secret not in "\n".join(server.texts)


async def test_another_model_revision_precision_or_server_is_another_identity() -> None:
    digests = set()
    changes: list[dict[str, Any]] = [{}, {"model_id": "b"}, {"model_sha": "1"}, {"model_dtype": "float32"}]
    changes.append({"version": "9"})
    for changed in changes:
        with TeiServer(**changed) as server:
            embedder = await opened(server.url)
            await embedder.close()
        digests.add(embedder.identity.digest)

    assert len(digests) == 5


async def test_a_model_that_changes_behind_an_address_is_noticed(server: TeiServer) -> None:
    embedder = await opened(server.url)
    server.info["model_sha"] = "another"

    with pytest.raises(EncoderUnavailable, match="another model"):
        await embedder.embed(["x"])

    await embedder.close()


async def test_a_server_outside_is_refused_in_every_mode() -> None:
    settings = Settings(
        mode="cloud", recall=RecallSettings(similar=SimilarSettings(embedder="https://embeddings.example.com"))
    )

    with pytest.raises(NotPermitted):
        await open_embedder(settings, Egress(settings))


async def test_another_scheme_is_no_embedder() -> None:
    with pytest.raises(BadEncoder):
        await opened("ftp://gpu-1/model")


async def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(ExtraMissing, match="embeddings"):
        await opened(str(tmp_path))


def test_the_door_imports_nothing_heavy() -> None:
    code = "import coderev.recall.similar, sys; print(*sorted({'numpy', 'onnxruntime', 'psycopg'} & set(sys.modules)))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert found.stdout.strip() == b""
