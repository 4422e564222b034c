"""A model server that lies, stalls, floods, and shows to others what it was told."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from stand_ins.model_server import (
    EVENTS,
    JSON,
    ModelServer,
    Reply,
    Request,
    Wire,
    answer,
    body,
    chooses,
    endless,
    endless_comments,
    endless_whitespace,
    events,
    garbage,
    late,
    never,
    resets,
    stalls,
    status,
)

from coderev.egress import Egress
from coderev.files import monotonic
from coderev.gateway.backends.openai import MAX_BODY, OpenAI
from coderev.gateway.backends.wire import MAX_LINE
from coderev.gateway.prompt import BackendFailed, Completion, Message, Patience, Prompt
from coderev.settings import Settings

KEY = "k-" + "0123456789abcdef"
PROMPT = Prompt(messages=(Message("user", "x"),), schema={"type": "object"}, schema_name="X", max_tokens=64)
LIMIT = 0.15  # seconds: what the tests wait for
SLACK = 1.0  # seconds: this machine may be busy
TOKEN = b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n'


@asynccontextmanager
async def a_backend(script: Reply, name: str = "m") -> AsyncIterator[tuple[OpenAI, ModelServer]]:
    with ModelServer(script) as server:
        backend = OpenAI(Egress(Settings()), server.endpoint, name, KEY)
        try:
            yield backend, server
        finally:
            await backend.close()


def limits(*, first: float = 5, gap: float = 5, whole: float = 10) -> Patience:
    return Patience(first_token_seconds=first, gap_seconds=gap, deadline=monotonic() + whole)


async def failure(script: Reply, patience: Patience | None = None) -> BackendFailed:
    async with a_backend(script) as (backend, _):
        with pytest.raises(BackendFailed) as caught:
            await backend.complete(PROMPT, patience or limits())
    return caught.value


async def completed(script: Reply, patience: Patience | None = None) -> Completion:
    async with a_backend(script) as (backend, _):
        return await backend.complete(PROMPT, patience or limits())


def trickle(content: bytes, kind: str = "application/json") -> Reply:
    return endless(content, gap=0.01, kind=kind)


# time


@pytest.mark.parametrize(
    "script",
    [
        never(),
        late("x", 2),
        stalls(""),
        endless_whitespace(),
        endless_comments(),
        trickle(b" "),
        trickle(b'{"a": '),
        trickle(b"data: {}\n\n", "text/event-stream"),
        trickle(b"event: ping\n", "text/event-stream"),
    ],
)
async def test_what_is_no_answer_never_holds_up_the_first_token(script: Reply) -> None:
    started = time.monotonic()

    fault = await failure(script, limits(first=LIMIT))

    assert fault.cause == "timeout"
    assert LIMIT <= time.monotonic() - started < LIMIT + SLACK


@pytest.mark.parametrize("then", [b"", b": keep-alive\n\n", b'data: {"choices": [{"delta": {"content": " "}}]}\n\n'])
async def test_what_is_no_answer_never_holds_up_the_next_token(then: bytes) -> None:
    async def script(wire: Wire, _request: Request) -> None:
        await wire.head(200, *EVENTS)
        await wire.chunk(TOKEN)
        while then:
            await wire.chunk(then)
            await asyncio.sleep(0.01)
        await wire.gone()

    started = time.monotonic()
    fault = await failure(script, limits(gap=LIMIT))

    assert fault.cause == "timeout"
    assert LIMIT <= time.monotonic() - started < LIMIT + SLACK


@pytest.mark.parametrize("script", [endless(TOKEN), endless(TOKEN[:-1]), never(), stalls("x" * 100)])
async def test_no_answer_outlives_its_deadline(script: Reply) -> None:
    started = time.monotonic()

    fault = await failure(script, limits(whole=LIMIT))

    assert fault.cause == "timeout"
    assert LIMIT <= time.monotonic() - started < LIMIT + SLACK


async def test_a_deadline_that_has_passed_asks_nothing() -> None:
    async with a_backend(answer("x")) as (backend, server):
        with pytest.raises(BackendFailed, match="timeout"):
            await backend.complete(PROMPT, limits(whole=-1))

    assert server.requests == []


async def test_a_slow_answer_is_not_cut_while_it_goes_on() -> None:
    text = "word " * 25  # 1.5 s, each gap a twentieth of what is allowed: a busy machine has slack

    assert (await completed(answer(text, gap=0.06), limits(first=1.2, gap=1.2))).text == text


async def test_new_excuses_do_not_win_new_time() -> None:
    async def excuse(wire: Wire, request: Request) -> None:
        await asyncio.sleep(LIMIT * 0.6)
        await status(400, '{"error": "response_format"}')(wire, request)

    started = time.monotonic()
    fault = await failure(excuse, limits(first=LIMIT))

    assert fault.cause == "timeout"
    assert time.monotonic() - started < LIMIT + SLACK


async def test_an_end_that_never_comes_costs_a_moment_and_no_answer() -> None:
    async def script(wire: Wire, _request: Request) -> None:
        await wire.head(200, *EVENTS)
        await wire.chunk(b"".join(events("x", "m")))
        await wire.gone()

    started = time.monotonic()

    assert (await completed(script)).text == "x"
    assert time.monotonic() - started < SLACK


async def test_a_reset_after_the_end_costs_no_answer() -> None:
    whole = b"".join(events("x", "m"))

    assert (await completed(resets(after=whole))).text == "x"


# the wire


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (resets(), "connection"),
        (resets(after=TOKEN), "connection"),
        (garbage(), "connection"),
        (garbage(b"HTTP/1.1 two hundred\r\n\r\n"), "connection"),
        (garbage(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n"), "connection"),
        (garbage(b"HTTP/1.1 200 OK\r\n" + b"A: x\r\n" * 50_000 + b"\r\n"), "connection"),
        (garbage(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "connection"),
        (garbage(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Type: text/event-stream\r\n\r\n"), "connection"),
        (body(b""), "garbled"),
        (body(b"", "application/json"), "garbled"),
        (body(b"<html>Sign in</html>", "text/html"), "garbled"),
        (body(b"data: {\n\n"), "garbled"),
        (body(b"data: \xff\n\n"), "garbled"),
        (body(b"data: [DONE]\n\n"), "garbled"),
        (body(TOKEN), "garbled"),  # cut off, and the connection ends well
        (body(b'{"choices": []}', "application/json"), "garbled"),
        (body(b'{"choices": [{"message": {"content": 7}}]}', "application/json"), "garbled"),
        (body(b"[" * 100_000, "application/json"), "garbled"),
        (body(b'{"a":' * 100_000, "application/json"), "garbled"),
        (body(b"data: " + b"x" * MAX_LINE * 2), "garbled"),
        (body(TOKEN + b'data: {"error": {"message": "CUDA out of memory"}}\n\n'), "server"),
        (body(b'{"error": "overloaded"}', "application/json"), "server"),
    ],
)
async def test_what_is_no_answer_has_a_cause(script: Reply, cause: str) -> None:
    assert (await failure(script)).cause == cause


async def test_half_an_answer_is_none() -> None:
    async def script(wire: Wire, _request: Request) -> None:
        await wire.head(200, "Content-Type: text/event-stream", "Connection: close")
        await wire.raw(b"".join(list(events('{"findings": []}', "m"))[:2]))
        wire._writer.close()

    assert (await failure(script)).cause == "garbled"


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_a_flood_is_cut_off(kind: str) -> None:
    tracemalloc.start()
    fault = await failure(endless(b": " + b"x" * 200_000 + b"\n", gap=0, kind=kind))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert fault.cause == "garbled"
    assert peak < 6 * MAX_BODY


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_a_small_body_that_unfolds_to_a_flood_is_cut_off(kind: str) -> None:
    bomb = gzip.compress(b"\n" * (8 * MAX_BODY))

    async def script(wire: Wire, _request: Request) -> None:
        await wire.whole(200, bomb, f"Content-Type: {kind}", "Content-Encoding: gzip")

    assert (await failure(script)).cause in {"garbled", "connection"}


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_not_followed(number: int) -> None:
    with ModelServer(answer("x")) as other:
        fault = await failure(status(number, "", f"Location: {other.endpoint}/chat/completions"))

    assert fault.cause == "refused"
    assert other.requests == []


# the key


def echo(status_: int) -> Reply:
    """Says back the key wherever a server can say something."""

    def pick(request: Request) -> Reply:
        return status(status_, f'{{"error": "response_format: bad key {request.headers["authorization"]}"}}')

    return chooses(pick)


@pytest.mark.parametrize("number", [302, 400, 401, 404, 422, 429, 500])
async def test_the_key_is_never_in_an_error(number: int) -> None:
    fault = await failure(echo(number))

    assert KEY not in f"{fault} {fault!r} {fault.detail} {fault.facts} {fault.next_step}"
    assert "…" in fault.detail


@pytest.mark.parametrize(
    "script",
    [
        garbage(f"{KEY} HTTP/1.1\r\n{KEY}\r\n\r\n".encode()),
        garbage(f"HTTP/1.1 200 OK\r\n{KEY} {KEY}\r\n\r\n".encode()),
        body(f'data: {{"error": "{KEY}"}}\n\n'.encode()),
        body(f'{{"choices": "{KEY}", "{KEY}": {KEY}'.encode(), "application/json"),
    ],
)
async def test_the_key_is_in_no_error_of_the_wire(script: Reply) -> None:
    fault = await failure(script)

    assert KEY not in f"{fault} {fault.detail} {fault.facts}"


@pytest.mark.parametrize("plain", [True, False])
async def test_a_key_that_comes_back_as_an_answer_is_not_passed_on(*, plain: bool) -> None:
    heard = await completed(answer(f"the key is {KEY}!", name=KEY, plain=plain))

    assert (heard.text, heard.served_name) == ("the key is …!", "…")


async def test_the_key_stands_in_one_header_only() -> None:
    async with a_backend(answer("x")) as (backend, server):
        await backend.complete(PROMPT, limits())
        await backend.served()

    for request in server.requests:
        elsewhere = {name: value for name, value in request.headers.items() if name != "authorization"}
        assert KEY not in f"{request.path} {elsewhere} {request.body!r}"
        assert request.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(vars(backend)["_manner"])


async def test_what_a_server_wants_remembered_is_forgotten() -> None:
    async def script(wire: Wire, request: Request) -> None:
        cookie = status(500, "{}", "Set-Cookie: id=tracked; Path=/", JSON)
        await (cookie if len(server.questions) == 1 else answer("x"))(wire, request)

    async with a_backend(script) as (backend, server):
        with pytest.raises(BackendFailed):
            await backend.complete(PROMPT, limits())
        await backend.complete(PROMPT, limits())

    assert "cookie" not in server.requests[-1].headers
