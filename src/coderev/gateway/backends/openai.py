"""Models behind the OpenAI chat protocol: vLLM, llama.cpp, TGI, Ollama, and providers outside.

Answers are streamed where the server streams; a plain JSON body is read as well. Nothing that a server sends is
trusted: sizes are capped, redirects are refused, only answer text counts as progress, and a key that comes back is
not passed on.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from coderev.egress import Egress
from coderev.files import monotonic, now
from coderev.gateway.backends.wire import DONE, Events, Heard, body_of
from coderev.gateway.prompt import BackendFailed, Completion, Patience, Prompt

if TYPE_CHECKING:
    import aiohttp

MAX_BODY = 16 * 1024 * 1024  # bytes of one answer with its frame
MAX_ERROR = 2048  # bytes that are read of an error's body
MAX_QUOTED = 200  # characters that are shown of it
MAX_RETRY_AFTER = 60.0  # seconds
LIST_SECONDS = 10.0  # for the list of models
END_SECONDS = 0.05  # for the end of a body whose answer is complete

OK, BAD_REQUEST, NOT_FOUND, UNPROCESSABLE, THROTTLED, SERVER_FAULT = 200, 400, 404, 422, 429, 500
FORMATS = ("json_schema", "json_object", "none")  # what a server may know of constrained answers, best first
ABOUT_FORMAT = re.compile(r"(?i)response_format|json_?schema|json_?object|grammar")


class _Listed(msgspec.Struct):
    id: str


class _List(msgspec.Struct):
    data: list[_Listed]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a server is asked. It is learnt once and holds for all prompts."""

    name: str
    format: str = FORMATS[0]


class _NotUnderstood(BackendFailed):
    """The server refused the prompt as it was put; another manner may do."""

    def __init__(self, detail: str, *, is_format: bool, is_name: bool) -> None:
        super().__init__("refused", detail)
        self.is_format, self.is_name = is_format, is_name


class OpenAI:
    """One model at one endpoint (`…/v1`). `name` is what the server calls it; a key goes into one header, nowhere else.

    Where the server does not know the name and lists one model only, that one is taken.
    """

    def __init__(self, egress: Egress, endpoint: str, name: str, key: str | None = None) -> None:
        self._egress, self._endpoint, self._key = egress, endpoint.rstrip("/"), key
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._proxy = egress.proxy_for(endpoint)
        self._session: aiohttp.ClientSession | None = None
        self._name, self._manner = name, _Manner(name)

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        """Ask; and ask again where the server knows neither our name for the model nor JSON schemas.

        Raises BackendFailed, NotPermitted, BadCertificateFile.
        """
        first = min(monotonic() + patience.first_token_seconds, patience.deadline)
        while True:
            manner = self._manner
            try:
                return await self._once(prompt, patience, manner, first)
            except _NotUnderstood as fault:
                other = await self._other(manner, fault, first) if self._manner == manner else self._manner
                if self._manner == manner:  # else another prompt has just learnt it
                    self._manner = other

    async def served(self) -> tuple[str, ...]:
        """The names that the endpoint lists. Raises BackendFailed, NotPermitted, BadCertificateFile."""
        return await self._served(monotonic() + LIST_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _served(self, until: float) -> tuple[str, ...]:
        async with self._asked("GET", "/models", until) as (response, _):
            try:
                listed = msgspec.json.decode(await _whole(response), type=_List)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise BackendFailed("garbled", f"the list of models: {error}") from None
        return tuple(self._without_key(model.id) for model in listed.data)

    async def _other(self, manner: _Manner, fault: _NotUnderstood, until: float) -> _Manner:
        """Another manner that is worth trying: the only name there is, or less of a format. Raises the fault."""
        if fault.is_name and manner.name == self._name:
            match await self._served(until):
                case (only,) if only != manner.name:
                    return replace(manner, name=only)
        elif fault.is_format and manner.format != FORMATS[-1]:
            return replace(manner, format=FORMATS[FORMATS.index(manner.format) + 1])
        raise fault

    async def _once(self, prompt: Prompt, patience: Patience, manner: _Manner, first: float) -> Completion:
        heard, body = Heard(), body_of(prompt, manner.name, manner.format)
        async with self._asked("POST", "/chat/completions", first, body) as (response, limit):
            if response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
                await _listen(response, heard, limit, patience)
            else:
                heard.take(await _whole(response))
                heard.take(DONE)
            completion = heard.completion()
        if self._key and self._key in f"{completion.text} {completion.served_name}":
            text, served_name = self._without_key(completion.text), self._without_key(completion.served_name)
            return replace(completion, text=text, served_name=served_name)
        return completion

    @asynccontextmanager
    async def _asked(
        self, method: str, path: str, until: float, body: bytes | None = None
    ) -> AsyncIterator[tuple["aiohttp.ClientResponse", asyncio.Timeout]]:
        """One request under one time limit, with every way that it can fail turned into BackendFailed."""
        import aiohttp

        if until <= monotonic():
            raise BackendFailed("timeout", "no time is left")
        session = self._session = self._session or self._egress.client()
        request = session.request(
            method, self._endpoint + path, data=body, headers=self._headers, proxy=self._proxy, allow_redirects=False
        )
        try:
            async with asyncio.timeout_at(until) as limit, request as response:
                if response.status != OK:
                    raise await self._fault(response)
                yield response, limit
        except TimeoutError:
            raise BackendFailed("timeout", "no answer, or no more of it, in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise BackendFailed("connection", self._quoted(f"{type(error).__name__}: {error}")) from None
        except _NotUnderstood:
            raise
        except BackendFailed as failed:
            raise BackendFailed(failed.cause, self._quoted(failed.detail), retry_after=failed.retry_after) from None

    async def _fault(self, response: "aiohttp.ClientResponse") -> BackendFailed:
        """What another status than 200 means; its body is quoted."""
        status, said = response.status, (await response.content.read(MAX_ERROR)).decode("utf-8", "replace")
        detail = f"status {status}: {self._quoted(said)}"
        if status in {BAD_REQUEST, NOT_FOUND, UNPROCESSABLE}:
            return _NotUnderstood(detail, is_format=ABOUT_FORMAT.search(said) is not None, is_name=status == NOT_FOUND)
        if status == THROTTLED:
            return BackendFailed("throttled", detail, retry_after=_retry_after(response.headers.get("Retry-After")))
        return BackendFailed("server" if status >= SERVER_FAULT else "refused", detail)

    def _quoted(self, text: str) -> str:
        return " ".join(self._without_key(text).split())[:MAX_QUOTED]

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "…") if self._key else text


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number or an HTTP date (RFC 9110, section 10.2.3), at most MAX_RETRY_AFTER."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.isdecimal() else (parsedate_to_datetime(value) - now()).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


async def _whole(response: "aiohttp.ClientResponse") -> bytes:
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > MAX_BODY:
            raise BackendFailed("garbled", f"more than {MAX_BODY} bytes")
    return bytes(body)


async def _listen(response: "aiohttp.ClientResponse", heard: Heard, limit: asyncio.Timeout, patience: Patience) -> None:
    """Take a streamed answer; each piece of its text puts off the limit, once for all that came in together."""
    import aiohttp

    events = Events(MAX_BODY)
    while not heard.ended and (chunk := await response.content.readany()):
        if sum(map(heard.take, events.feed(chunk))):
            limit.reschedule(min(monotonic() + patience.gap_seconds, patience.deadline))
    if not response.content.at_eof():  # the body's end may come a moment later; without it the connection is lost
        with suppress(OSError, aiohttp.ClientError):  # TimeoutError is an OSError
            async with asyncio.timeout(END_SECONDS):
                await response.content.readany()
