"""A scripted OpenAI server over real HTTP: it answers well, late, never, wrongly or not at all, as a test says.

    with ModelServer(answer('{"findings": []}')) as server:
        … ask `server.endpoint` …
    assert server.requests[0].json["temperature"] == 0

A script is one reply for every question, or a sequence of replies of which the last one repeats; `chooses` makes a
reply that depends on the request. As a process of its own, for benchmarks:
`python tests/stand_ins/model_server.py --port 0 --delay-ms 200`
prints its port.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

TOKEN_LENGTH = 4  # characters of one streamed piece


@dataclass(frozen=True)
class Request:
    """One request as it came in; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body or b"{}")
        return parsed

    @property
    def text(self) -> str:
        """All that the question says."""
        return "\n".join(message["content"] for message in self.json["messages"])


class Wire:
    """The connection of one request, for a reply to write to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        await self._reader.read()

    async def raw(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    async def head(self, status: int, *headers: str) -> None:
        await self.raw("\r\n".join((f"HTTP/1.1 {status} Scripted", *headers, "", "")).encode())

    async def whole(self, status: int, content: bytes, *headers: str) -> None:
        await self.head(status, f"Content-Length: {len(content)}", *headers)
        await self.raw(content)

    async def chunk(self, content: bytes) -> None:
        await self.raw(b"%x\r\n%b\r\n" % (len(content), content))

    def reset(self) -> None:
        """Send RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()


Reply = Callable[[Wire, Request], Awaitable[None]]
Script = Reply | Sequence[Reply]
JSON = "Content-Type: application/json"
EVENTS = ("Content-Type: text/event-stream", "Transfer-Encoding: chunked")


def answer(
    text: str | Callable[[Request], str],
    *,
    name: str | None = None,
    after: float = 0,
    gap: float = 0,
    finish: str = "stop",
    plain: bool = False,
    byte_by_byte: bool = False,
) -> Reply:
    """A well-formed completion: `after` seconds to the first token, `gap` between two; `name` is whose it claims to be.

    Streamed where the request asks for it, unless `plain`.
    """

    async def reply(wire: Wire, request: Request) -> None:
        said = text if isinstance(text, str) else text(request)
        served = name or request.json["model"]
        await asyncio.sleep(after)
        if plain or not request.json.get("stream"):
            await wire.whole(200, completion(said, served, finish), JSON)
            return
        await wire.head(200, *EVENTS)
        for event in events(said, served, finish):
            for piece in (event[at : at + 1] for at in range(len(event))) if byte_by_byte else (event,):
                await wire.chunk(piece)
            if gap:
                await asyncio.sleep(gap)
        await wire.chunk(b"")

    return reply


def completion(text: str, name: str, finish: str = "stop") -> bytes:
    """The body of a completion that is not streamed."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"model": name, "choices": [choice], "usage": _usage(text)}).encode()


def events(text: str, name: str, finish: str = "stop") -> Iterator[bytes]:
    """The server-sent events of a streamed completion, one a token."""
    for at in range(0, len(text), TOKEN_LENGTH):
        yield _event(name, [{"index": 0, "delta": {"content": text[at : at + TOKEN_LENGTH]}, "finish_reason": None}])
    yield _event(name, [{"index": 0, "delta": {}, "finish_reason": finish}])
    yield _event(name, [], usage=_usage(text))
    yield b"data: [DONE]\n\n"


def _event(name: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": name, "choices": choices, **more}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _usage(text: str) -> dict[str, int]:
    return {"prompt_tokens": 7, "completion_tokens": -(-len(text) // TOKEN_LENGTH)}


def late(text: str, seconds: float) -> Reply:
    """A good answer whose first token comes late."""
    return answer(text, after=seconds)


def never() -> Reply:
    """No byte, and the connection stays open."""

    async def reply(wire: Wire, _request: Request) -> None:
        await wire.gone()

    return reply


def stalls(text: str) -> Reply:
    """Some tokens, then nothing, and the connection stays open."""

    async def reply(wire: Wire, request: Request) -> None:
        await wire.head(200, *EVENTS)
        for event in list(events(text, request.json["model"]))[:-3]:
            await wire.chunk(event)
        await wire.gone()

    return reply


def status(number: int, body: str = '{"error": {"message": "scripted"}}', *headers: str) -> Reply:
    """A failure such as 500, or 429 with `Retry-After: 2` among the headers."""

    async def reply(wire: Wire, _request: Request) -> None:
        await wire.whole(number, body.encode(), JSON, *headers)

    return reply


def prose() -> Reply:
    """A chatty answer where JSON was asked for."""
    return answer(
        "Sure! Here is what I found in your code: it looks great. Let me know if I can help with anything else."
    )


def half_json() -> Reply:
    """An answer cut in the middle of its JSON."""
    return answer('{"findings": [{"start_line": 3, "quo', finish="length")


def empty() -> Reply:
    """An answer of no characters."""
    return answer("")


def wrong_name(text: str = '{"findings": []}', name: str = "somebody-else") -> Reply:
    """A good answer of another model than the one that was asked."""
    return answer(text, name=name)


def endless(content: bytes, *, gap: float = 0.005, kind: str = "text/event-stream") -> Reply:
    """The same bytes again and again: white space, comments, tokens."""

    async def reply(wire: Wire, _request: Request) -> None:
        await wire.head(200, f"Content-Type: {kind}", "Transfer-Encoding: chunked")
        while True:
            await wire.chunk(content)
            await asyncio.sleep(gap)

    return reply


def endless_whitespace() -> Reply:
    """A model that is caught in its grammar and writes blanks for ever."""
    return endless(_event("stand-in", [{"index": 0, "delta": {"content": " \n"}, "finish_reason": None}]))


def endless_comments() -> Reply:
    """A server that keeps the connection alive and never answers."""
    return endless(b": keep-alive\n\n")


def resets(*, after: bytes = b"") -> Reply:
    """Some bytes, then the connection is reset."""

    async def reply(wire: Wire, _request: Request) -> None:
        if after:
            await wire.head(200, *EVENTS)
            await wire.chunk(after)
        wire.reset()

    return reply


def garbage(content: bytes = b"\x16\x03\x01\x02\x00\x01 this is not HTTP\r\n\r\n") -> Reply:
    """Bytes that are no HTTP answer."""

    async def reply(wire: Wire, _request: Request) -> None:
        await wire.raw(content)
        wire.reset()

    return reply


def body(content: bytes, kind: str = "text/event-stream") -> Reply:
    """Status 200 with just these bytes."""

    async def reply(wire: Wire, _request: Request) -> None:
        await wire.whole(200, content, f"Content-Type: {kind}")

    return reply


def knows(kinds: Sequence[str], then: Reply) -> Reply:
    """A server that answers 400 to a `response_format` of another type than these; "none" is a request without one."""

    async def reply(wire: Wire, request: Request) -> None:
        kind = request.json.get("response_format", {"type": "none"})["type"]
        refusal = status(400, '{"error": {"message": "unsupported response_format"}}')
        await (then if kind in kinds else refusal)(wire, request)

    return reply


def chooses(pick: Callable[[Request], Reply]) -> Reply:
    """The reply that `pick` takes for this request."""

    async def reply(wire: Wire, request: Request) -> None:
        await pick(request)(wire, request)

    return reply


class ModelServer:
    """The server, in a thread of its own, from `with` to the end of it. Each request that came is in `requests`."""

    def __init__(self, script: Script, *, models: Sequence[str] = ("stand-in",), port: int = 0) -> None:
        self.script = script
        self.models = models
        self.port = port
        self.requests: list[Request] = []
        self.open_connections = 0
        self._asked = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        """What a model registry calls `endpoint`."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def questions(self) -> list[Request]:
        """The requests for a completion."""
        return [request for request in self.requests if request.method == "POST"]

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._converse, "127.0.0.1", self.port, backlog=512))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        self._server.close()
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close in the turn after their tasks

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.is_closing():
                    request = await _read_request(reader)
                    self.requests.append(request)
                    await self._reply(request)(Wire(reader, writer), request)
        finally:
            self.open_connections -= 1
            writer.close()

    def _reply(self, request: Request) -> Reply:
        if request.method == "GET":
            listed = [{"id": name, "object": "model"} for name in self.models]
            return status(200, json.dumps({"object": "list", "data": listed}))
        self._asked += 1
        if isinstance(self.script, Sequence):
            return self.script[min(self._asked, len(self.script)) - 1]
        return self.script


async def _read_request(reader: asyncio.StreamReader) -> Request:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def main() -> None:
    """Serve until standard input ends or the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0, help="before the first token")
    parser.add_argument("--gap-ms", type=float, default=0, help="between two tokens")
    parser.add_argument("--text", default='{"findings": []}')
    parser.add_argument("--plain", action="store_true", help="never stream")
    given = parser.parse_args()
    reply = answer(given.text, after=given.delay_ms / 1000, gap=given.gap_ms / 1000, plain=given.plain)
    with ModelServer(reply, port=given.port) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
