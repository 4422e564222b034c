"""The OpenAI backend against the scripted server, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.model_server import (
    ModelServer,
    Reply,
    Request,
    Script,
    answer,
    body,
    chooses,
    completion,
    events,
    half_json,
    knows,
    prose,
    status,
    wrong_name,
)

from coderev.egress import Egress
from coderev.files import monotonic
from coderev.gateway.backends.openai import MAX_RETRY_AFTER, OpenAI
from coderev.gateway.backends.wire import MAX_LINE, Events, Heard
from coderev.gateway.prompt import BackendFailed, Completion, Message, Patience, Prompt
from coderev.settings import Settings

TEXT = '{"findings": [], "scratch": "ünïcode \\u2028 and \\" quotes"}'
PROMPT = Prompt(
    messages=(Message("system", "You review."), Message("user", "def f(): …")),
    schema={"type": "object", "properties": {"findings": {"type": "array"}}},
    schema_name="Findings",
    max_tokens=64,
    seed=7,
)


def patience(*, first: float = 5, gap: float = 5, whole: float = 10) -> Patience:
    return Patience(first_token_seconds=first, gap_seconds=gap, deadline=monotonic() + whole)


@asynccontextmanager
async def asked(
    script: Script, *, models: Sequence[str] = ("stand-in",), name: str = "stand-in", key: str | None = None
) -> AsyncIterator[tuple[OpenAI, ModelServer]]:
    with ModelServer(script, models=models) as server:
        backend = OpenAI(Egress(Settings()), server.endpoint + "/", name, key)
        try:
            yield backend, server
        finally:
            await backend.close()


async def said(script: Script) -> Completion:
    async with asked(script) as (backend, _):
        return await backend.complete(PROMPT, patience())


@pytest.mark.parametrize(
    "script",
    [answer(TEXT), answer(TEXT, plain=True), answer(TEXT, byte_by_byte=True), answer(TEXT, after=0.05, gap=0.001)],
    ids=["streamed", "plain", "byte by byte", "slowly"],
)
async def test_a_good_answer_is_read_however_it_comes(script: Reply) -> None:
    heard = await said(script)

    assert heard == Completion(
        text=TEXT, served_name="stand-in", finish="stop", input_tokens=7, output_tokens=-(-len(TEXT) // 4)
    )


async def test_the_request_says_all_that_decides_the_answer() -> None:
    async with asked(answer(TEXT), key="k-1") as (backend, server):
        await backend.complete(PROMPT, patience())

    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer k-1"
    assert request.json == {
        "model": "stand-in",
        "messages": [{"role": "system", "content": "You review."}, {"role": "user", "content": "def f(): …"}],
        "max_tokens": 64,
        "temperature": 0.0,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "Findings", "schema": PROMPT.schema, "strict": True},
        },
    }


@pytest.mark.parametrize("plain", [True, False])
async def test_connections_are_reused(*, plain: bool) -> None:
    async with asked(answer(TEXT, plain=plain)) as (backend, server):
        for _ in range(5):
            await backend.complete(PROMPT, patience())
            assert server.open_connections == 1

    assert len(server.requests) == 5


async def test_questions_at_once_are_answered_each_with_its_own() -> None:
    async with asked(answer(lambda request: request.text.split()[-1], gap=0.001)) as (backend, _):

        async def ask(number: int) -> str:
            prompt = Prompt(messages=(Message("user", f"number {number}"),), schema={}, schema_name="N", max_tokens=9)
            return (await backend.complete(prompt, patience())).text

        assert await asyncio.gather(*map(ask, range(20))) == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    ("script", "text", "finish"),
    [
        (prose(), "Sure! Here", "stop"),
        (half_json(), '{"findings": [{"start_line"', "length"),
        (answer("x", finish="content_filter"), "x", "other"),
        (answer("", finish="stop"), "", "stop"),
        (answer("", finish="length", plain=True), "", "length"),
    ],
)
async def test_what_was_said_is_handed_on_as_it_is(script: Reply, text: str, finish: str) -> None:
    heard = await said(script)

    assert heard.text.startswith(text)
    assert heard.finish == finish


async def test_another_model_than_the_one_asked_is_reported() -> None:
    assert (await said(wrong_name())).served_name == "somebody-else"


async def test_an_answer_without_a_name_or_usage_is_an_answer() -> None:
    bare = b'{"choices": [{"message": {"role": "assistant", "content": "x"}}]}'

    heard = await said(body(bare, "application/json; charset=utf-8"))

    assert heard == Completion(text="x", served_name="", finish="other", input_tokens=None, output_tokens=None)


async def test_the_models_of_an_endpoint_are_listed() -> None:
    async with asked(answer(TEXT), models=["a", "b/c:7b"]) as (backend, _):
        assert await backend.served() == ("a", "b/c:7b")


# what a server may not know


def serves(name: str) -> Reply:
    missing = status(404, '{"error": "model not found"}')
    return chooses(lambda request: answer(TEXT) if request.json["model"] == name else missing)


async def test_the_only_model_of_an_endpoint_is_taken_and_remembered() -> None:
    async with asked(serves("/models/codellama"), models=["/models/codellama"], name="code") as (backend, server):
        first = await backend.complete(PROMPT, patience())
        await backend.complete(PROMPT, patience())

    assert first.served_name == "/models/codellama"
    assert [request.json["model"] for request in server.questions] == ["code", *["/models/codellama"] * 2]


@pytest.mark.parametrize("models", [[], ["a", "b"], ["code"]])
async def test_no_model_is_guessed_where_several_or_none_are_listed(models: list[str]) -> None:
    async with asked(serves("other"), models=models, name="code") as (backend, server):
        with pytest.raises(BackendFailed, match=r"refused: status 404: .*model not found"):
            await backend.complete(PROMPT, patience())

    assert len(server.questions) == 1


async def test_a_server_that_denies_the_model_that_it_lists_is_asked_twice_at_most() -> None:
    async with asked(status(404), models=["listed"], name="code") as (backend, server):
        with pytest.raises(BackendFailed, match="refused"):
            await backend.complete(PROMPT, patience())

    assert [request.json["model"] for request in server.questions] == ["code", "listed"]


def formats(server: ModelServer) -> list[str]:
    return [request.json.get("response_format", {"type": "none"})["type"] for request in server.questions]


@pytest.mark.parametrize(
    ("known", "tried"),
    [
        (["json_schema"], ["json_schema", "json_schema"]),
        (["json_object"], ["json_schema", "json_object", "json_object"]),
        (["none"], ["json_schema", "json_object", "none", "none"]),
    ],
)
async def test_a_format_that_a_server_does_not_know_is_given_up_once(known: list[str], tried: list[str]) -> None:
    async with asked(knows(known, answer(TEXT))) as (backend, server):
        for _ in range(2):
            assert (await backend.complete(PROMPT, patience())).text == TEXT

    assert formats(server) == tried


async def test_a_server_that_knows_no_format_at_all_is_left_after_three() -> None:
    async with asked(knows([], answer(TEXT))) as (backend, server):
        with pytest.raises(BackendFailed, match="refused: status 400"):
            await backend.complete(PROMPT, patience())

    assert formats(server) == ["json_schema", "json_object", "none"]


async def test_many_that_learn_at_once_take_the_first_manner_that_works() -> None:
    script = knows(["json_object"], serves("only"))
    async with asked(script, models=["only"], name="code") as (backend, server):
        heard = await asyncio.gather(*(backend.complete(PROMPT, patience()) for _ in range(12)))

    assert {completion.text for completion in heard} == {TEXT}
    assert "none" not in formats(server)


async def test_another_complaint_of_status_400_is_no_reason_to_ask_again() -> None:
    async with asked(status(400, '{"error": "prompt too long"}')) as (backend, server):
        with pytest.raises(BackendFailed, match=r"refused: status 400: .*prompt too long"):
            await backend.complete(PROMPT, patience())

    assert len(server.questions) == 1


# how a server fails


async def failure(script: Script, limits: Patience | None = None) -> BackendFailed:
    async with asked(script) as (backend, _):
        with pytest.raises(BackendFailed) as caught:
            await backend.complete(PROMPT, limits or patience())
    return caught.value


@pytest.mark.parametrize(
    ("number", "cause"),
    [(500, "server"), (502, "server"), (503, "server"), (429, "throttled"), (401, "refused"), (403, "refused"),
     (422, "refused"), (302, "refused"), (204, "refused")],
)  # fmt: skip
async def test_a_status_has_one_cause(number: int, cause: str) -> None:
    fault = await failure(status(number, "as  \n scripted" * 100 if number != 204 else ""))

    assert fault.cause == cause
    assert fault.detail.startswith(f"status {number}:")
    assert len(fault.detail) < 240


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("2", 2, 2),
        ("0", 0, 0),
        ("999999999999", MAX_RETRY_AFTER, MAX_RETRY_AFTER),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
    ],
    ids=["seconds", "at once", "too long", "a date gone by"],
)
async def test_a_throttled_answer_says_when_to_come_back(value: str, least: float, most: float) -> None:
    fault = await failure(status(429, "{}", f"Retry-After: {value}"))

    assert fault.retry_after is not None
    assert least <= fault.retry_after <= most


async def test_a_throttled_answer_may_name_a_date_to_come() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)

    fault = await failure(status(429, "{}", f"Retry-After: {soon}"))

    assert fault.retry_after is not None
    assert 1 <= fault.retry_after <= 40


@pytest.mark.parametrize("value", ["-5", "soon", "1e9", "nan", "²", "Wed, 21 Oct 2015 07:28:00"])
async def test_a_retry_after_that_makes_no_sense_is_none(value: str) -> None:
    assert (await failure(status(429, "{}", f"Retry-After: {value}"))).retry_after is None


async def test_nobody_there_is_a_connection_failure() -> None:
    with ModelServer(answer(TEXT)) as server:
        endpoint = server.endpoint
    backend = OpenAI(Egress(Settings()), endpoint, "stand-in")

    for ask in (backend.complete(PROMPT, patience()), backend.served()):
        with pytest.raises(BackendFailed, match="connection: ClientConnectorError"):
            await ask
    await backend.close()


async def test_a_backend_that_was_never_asked_is_closed() -> None:
    await OpenAI(Egress(Settings()), "http://model.internal/v1", "m").close()


@pytest.mark.parametrize(
    ("listed", "cause"),
    [(status(404), "refused"), (status(500), "server"), (body(b"[]"), "garbled"), (body(b"{"), "garbled")],
)
async def test_a_list_of_models_that_fails_is_a_failed_backend(listed: Reply, cause: str) -> None:
    def reply(_request: Request) -> Reply:
        return listed

    async with asked(answer(TEXT)) as (backend, server):
        server._reply = reply  # type: ignore[assignment, method-assign]
        with pytest.raises(BackendFailed) as caught:
            await backend.served()

    assert caught.value.cause == cause


# the wire, purely


STREAM = b"".join(events(TEXT, "stand-in"))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=12), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_a_stream_says_the_same_wherever_its_bytes_break(cuts: list[int], end: bytes) -> None:
    stream = b": comment\n\nid: 1\nretry: 5\n\n" + STREAM
    stream, places = stream.replace(b"\n", end), [0, *sorted(cuts), len(stream) * 2]
    wire, heard = Events(10**6), Heard()

    for start, stop in pairwise(places):
        for payload in wire.feed(stream[start:stop]):
            heard.take(payload)

    assert heard.ended
    assert heard.completion().text == TEXT


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "delta", "message", "content", "model", "usage", "error", "finish_reason"]), inner
    ),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_any_payload_is_text_or_a_failed_backend(payload: bytes) -> None:
    heard = Heard()

    with suppress(BackendFailed):  # and nothing else
        heard.take(payload)
        assert isinstance(heard.completion().text, str)


def test_a_line_without_end_is_not_kept() -> None:
    wire = Events(10 * MAX_LINE)
    wire.feed(b"data: " + b"x" * (MAX_LINE - 6))

    with pytest.raises(BackendFailed, match="garbled: an event of more than"):
        wire.feed(b"x")


def test_blanks_are_no_progress() -> None:
    heard = Heard()

    assert [heard.take(completion(text, "m")) for text in ("", " \n\t", "x ")] == [False, False, True]
