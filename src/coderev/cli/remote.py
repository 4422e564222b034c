"""`coderev review --server URL`: the change is handed to a service, followed until it ends, and its result is fetched.

The service is reached as any other address is (`spec/egress.md`): inside the site, over https unless it is this
machine, with the site's CA, without redirects. The token comes from the site's or the user's configuration alone, and
goes to no other server than the one that stands beside it.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from coderev.egress import Egress
from coderev.errors import InputError, TrustError, Unavailable
from coderev.finding import Result
from coderev.settings import Configuration

if TYPE_CHECKING:
    import aiohttp

TOKENS_FILE = "server_tokens"  # beside coderev.yaml: on each line a server's URL and a token
MAX_TOKENS_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_EVENTS_BYTES = 4 * 1024 * 1024  # of one stream
MAX_TOLD = 200  # characters of how far it is
CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0  # a stream of events says that it lives every 15 seconds
MOST_STREAMS = 300  # one after the other, of ten minutes each
OTHERS = 0o077  # bits of a mode that let anybody but the owner in

Tell = Callable[[str], None]  # how far it is


def silent(_: str) -> None:
    """Nobody watches."""


class NoServerToken(InputError):
    """There is no token for the server that is asked."""

    message = "there is no token for {url}: {reason}"
    hint = f"write a line `URL TOKEN` into the file {TOKENS_FILE} beside coderev.yaml, with mode 0600"


class BadServer(InputError):
    """The address of a server cannot be used."""

    message = "{url} is no server to send code to: {reason}"
    hint = "give the address that `server.url` of the service names, such as https://review.internal"


class ServerRefused(TrustError):
    """A server does not do what it was asked for, because of who asks."""

    message = "{url} refused this: {reason}"
    hint = "see that the token is valid, and that its role and login may do this"


class ServerDisagrees(InputError):
    """A server found what it was sent wrong."""

    message = "{url} cannot review this: {reason}"
    hint = "see that the change is readable, and no larger than the server takes"


class ServerUnavailable(Unavailable):
    """A server does not answer, or not in the words of its API."""

    message = "{url} does not answer: {reason}"
    hint = "see its /readyz, or review here, without --server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A server, and what it is asked to review. With a forge it is a range of a repository there, else a patch."""

    url: str
    token: str
    submission: dict[str, Any]


class _Started(msgspec.Struct, frozen=True):
    id: UUID


class _Ended(msgspec.Struct, frozen=True):
    state: str
    failure: str = ""


class _Problem(msgspec.Struct, frozen=True):
    title: str = ""
    detail: str = ""


def patch_submission(patch: bytes, *, ask: bool) -> dict[str, Any]:
    """What is sent for a patch: bytes that are no UTF-8 are shown as such, as every text of a review is."""
    return {"kind": "patch", "patch": patch.decode("utf-8", "replace"), "ask": ask}


def range_submission(forge: str, repository: str, range_: tuple[str, str], *, ask: bool) -> dict[str, Any]:
    """What is sent for two revisions of a repository at a forge that the server knows."""
    base, head = range_
    return {"kind": "range", "forge": forge, "repository": repository, "base": base, "head": head, "ask": ask}


def checked_url(url: str) -> str:
    """The server's address without a path. Raises BadServer: code goes over https, or to this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadServer(url="this", reason="it is no URL") from None
    if parts.username or parts.password:
        raise BadServer(url=parts.hostname, reason="a user or password stands in it")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or not parts.hostname:
        raise BadServer(url=url, reason="it is more, or less, than scheme, host and port")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        raise BadServer(url=url, reason="it is not https")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def token_for(url: str, configuration: Configuration) -> str:
    """The token of a server. Raises NoServerToken."""
    path = configuration.find(TOKENS_FILE)
    if path is None:
        raise NoServerToken(url=url, reason=f"no folder of configuration has a file {TOKENS_FILE}")
    for line in _read(path, url).splitlines():
        server, _, token = line.strip().partition(" ")
        if server.rstrip("/") == url and token.strip():
            return token.strip()
    raise NoServerToken(url=url, reason=f"{path} does not name this server")


def _read(path: Path, url: str) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode) or facts.st_mode & OTHERS:
                raise NoServerToken(url=url, reason=f"{path} is no file that only its owner may read")
            return file.read(MAX_TOKENS_BYTES).decode("ascii", "replace")
    except OSError as error:
        raise NoServerToken(url=url, reason=f"{path}: {error.strerror}") from error


async def review_remotely(remote: Remote, egress: Egress, tell: Tell = silent) -> Result:
    """Hand in, follow, fetch. Raises ServerRefused, ServerDisagrees, ServerUnavailable, NotPermitted."""
    import aiohttp

    egress.judge(remote.url)
    async with egress.client() as client:
        server = _Server(client, remote)
        try:
            review = str((await server.ask("POST", "/api/v1/reviews", _Started, remote.submission)).id)
            ended = await _followed(server, review, tell)
            if ended.state != "done":
                raise ServerUnavailable(url=remote.url, reason=f"the review {ended.state}: {ended.failure}")
            result: Result = await server.ask("GET", f"/api/v1/reviews/{review}/result", Result)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ServerUnavailable(url=remote.url, reason=type(error).__name__) from error
    return result


async def _followed(server: "_Server", review: str, tell: Tell) -> _Ended:
    """Follow a review through as many streams as it takes. Raises ServerUnavailable."""
    for _ in range(MOST_STREAMS):
        async for name, said in server.events(review):
            if name == "end":
                ended: _Ended = _decoded(said, _Ended, server.url)
                return ended
            if name in {"state", "stage"}:
                tell(_decoded(said, dict[str, str], server.url).get(name, "")[:MAX_TOLD])
        await asyncio.sleep(1)
    raise ServerUnavailable(url=server.url, reason="the review did not end")


class _Server:
    """One server, with our token."""

    def __init__(self, client: "aiohttp.ClientSession", remote: Remote) -> None:
        import aiohttp

        self.url = remote.url
        self._client, self._headers = client, {"Authorization": f"Bearer {remote.token}"}
        self._patience = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS)

    async def ask(self, method: str, path: str, form: Any, body: object = None) -> Any:
        """One request, and its answer as a value."""
        async with self._request(method, path, body) as response:
            content = await _capped(response, MAX_ANSWER_BYTES, self.url)
            self._check(response.status, content)
            return _decoded(content, form, self.url)

    async def events(self, review: str) -> AsyncIterator[tuple[str, bytes]]:
        """The events of one stream."""
        async with self._request("GET", f"/api/v1/reviews/{review}/events", None) as response:
            if response.status != 200:  # noqa: PLR2004 - OK
                self._check(response.status, await _capped(response, MAX_ANSWER_BYTES, self.url))
                raise ServerUnavailable(url=self.url, reason="it answered no stream of events")
            length, block = 0, b""
            async for part in response.content.iter_any():
                length, block = length + len(part), block + part
                if length > MAX_EVENTS_BYTES:
                    raise ServerUnavailable(url=self.url, reason="it tells more than a review has to tell")
                *whole, block = block.split(b"\n\n")
                for each in whole:
                    yield _event(each)

    def _request(self, method: str, path: str, body: object) -> Any:
        content = None if body is None else msgspec.json.encode(body)
        headers = self._headers | ({"Content-Type": "application/json"} if content else {})
        return self._client.request(
            method,
            self.url + path,
            data=content,
            headers=headers,
            allow_redirects=False,
            timeout=self._patience,
        )

    def _check(self, status: int, content: bytes) -> None:
        """Raise what a status means for whoever typed the command."""
        if status in {200, 202}:
            return
        problem = _problem(content)
        reason = problem.detail or problem.title or f"status {status}"
        if 300 <= status < 400:  # noqa: PLR2004 - redirects
            raise ServerUnavailable(url=self.url, reason="it redirects, which is not followed")
        if status in {401, 403, 404, 429}:
            raise ServerRefused(url=self.url, reason=reason)
        if 400 <= status < 500:  # noqa: PLR2004 - faults of the asker
            raise ServerDisagrees(url=self.url, reason=reason)
        raise ServerUnavailable(url=self.url, reason=reason)


async def _capped(response: "aiohttp.ClientResponse", most: int, url: str) -> bytes:
    parts, length = [], 0
    async for part in response.content.iter_any():
        length += len(part)
        if length > most:
            raise ServerUnavailable(url=url, reason=f"its answer is larger than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _decoded(content: bytes, form: Any, url: str) -> Any:
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ServerUnavailable(url=url, reason="its answer is not of the API") from error


def _problem(content: bytes) -> _Problem:
    try:
        return msgspec.json.decode(content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problem()


def _event(block: bytes) -> tuple[str, bytes]:
    fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
    return fields.get(b"event", b"").decode("ascii", "replace"), fields.get(b"data", b"{}")
