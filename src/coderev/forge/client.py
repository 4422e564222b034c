"""The HTTP client of every host's API: a token in a header, pages, patience, strict JSON, and one error for each fault.

Nothing is repeated here: a request that timed out may have been carried out, and its caller looks first what stands.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import aiohttp
import msgspec
import yarl

from coderev.egress import Egress
from coderev.errors import InputError
from coderev.forge.errors import ForgeRefused, ForgeUnavailable, NotThere

T = TypeVar("T")
Place = tuple[str | int, ...]  # the segments of an API's path; each is quoted, so none can reach another place

MAX_ANSWER_BYTES = 32 * 1024 * 1024  # of one answer
MAX_LIST_BYTES = 128 * 1024 * 1024  # of the pages of one list; the one that exceeds it is the last
MAX_PAGES = 1_000  # of one list
MAX_ENTRIES = 10_000  # of one list
PAGE_ENTRIES = 100  # of a page: the most that GitLab and GitHub give
TOO_LONG = "too_long"  # the fact of a ForgeUnavailable that a shorter page may help
MAX_PATIENCE = 3600.0  # seconds that a host may ask us to wait
HURRY = (b"secondary rate limit", b"abuse detection", b"submitted too quickly")  # GitHub's words, with 403 or 422
HURRIED = 60.0  # seconds that GitHub asks for after them where it names none
MAX_REASON = 200  # characters of a host's own words in an error
TIMES = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=30)  # seconds
READ = frozenset({"GET", "HEAD"})


class ForgeRejected(InputError):
    """A forge understood what it was asked, and will not do it so: a line outside the diff, a state that stands."""

    message = "{forge} did not take {what}: {reason}"
    hint = "if it happens again, report it with the version of {forge}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a host answered: its status is 200 to 299. Header names are looked up without regard to case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One host's API, with our token in each request and in nothing else.

    `page_parameter` is what the host calls the length of a page, and `page_entries` the longest that it gives.
    `numbered`: some of its lists tell of no next page, and end with an empty one (Gitea).
    """

    forge: str  # its name in settings, for errors
    base: str  # https://code.example.internal/api/v4
    session: aiohttp.ClientSession
    headers: Mapping[str, str] = field(repr=False)  # of each request; the token is in one of them
    page_parameter: str = "per_page"
    page_entries: int = PAGE_ENTRIES
    numbered: bool = False
    times: aiohttp.ClientTimeout = TIMES

    async def get(self, place: Place, form: type[T], query: Mapping[str, str] | None = None) -> T:
        """Read one value. Raises ForgeUnavailable, ForgeRefused, NotThere, ForgeRejected."""
        return self.read((await self.ask("GET", place, query)).body, form, place)

    async def raw(self, place: Place, query: Mapping[str, str] | None = None, accept: str = "*/*") -> bytes:
        """Read the bytes of a file; `accept` is the media type that the host gives them as. Raises as `get` does."""
        return (await self.ask("GET", place, query, accept=accept)).body

    async def pages(self, place: Place, item: type[T], query: Mapping[str, str] | None = None) -> list[T]:
        """Read a list to its end, page by page; its page is shorter where a long one is too long an answer.

        One that does not end, or is too long as a whole, is ForgeUnavailable. Raises as `get` does.
        """
        *longer, shortest = dict.fromkeys((self.page_entries, max(self.page_entries // 10, 1), 1))
        for entries in longer:
            try:
                return await self._pages(place, item, query, entries)
            except ForgeUnavailable as error:  # a few comments of a megabyte each must not hide the rest
                if not error.facts.get(TOO_LONG):
                    raise
        return await self._pages(place, item, query, shortest)

    async def whole(self, place: Place, item: type[T], query: Mapping[str, str] | None = None) -> list[T]:
        """Read a list that the host gives in one answer, however long, up to what is read of any list."""
        answer = await self.ask("GET", place, query, most=MAX_LIST_BYTES)
        return self.read(answer.body, list[item], place)  # type: ignore[valid-type]

    async def _pages(self, place: Place, item: type[T], query: Mapping[str, str] | None, entries: int) -> list[T]:
        found: list[T] = []
        left, asked = MAX_LIST_BYTES, {**(query or {}), self.page_parameter: str(entries)}
        for _ in range(min(MAX_PAGES, MAX_ENTRIES // entries)):
            answer = await self.ask("GET", place, asked)
            page = self.read(answer.body, list[item], place)  # type: ignore[valid-type]
            found += page
            left -= len(answer.body)
            following = next_page(answer.headers, asked)
            if self.numbered and page and "Link" not in answer.headers:
                following = {**asked, "page": str(int(asked.get("page", "1")) + 1)}
            if following is None:
                return found
            if left < 0:
                break
            asked = following
        raise ForgeUnavailable(forge=self.forge, reason=f"it has more about {shown(place)} than is read")

    async def send(self, method: str, place: Place, body: Mapping[str, object], form: type[T]) -> T:
        """Change something, and read what it has become. Raises as `get` does."""
        return self.read((await self.ask(method, place, body=body)).body, form, place)

    async def ask(
        self,
        method: str,
        place: Place,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        accept: str = "application/json",
        most: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """One request and its answer, whole. Redirects are not followed: the token would go with them.

        Raises ForgeUnavailable, ForgeRefused, NotThere, ForgeRejected, and NotPermitted of egress.
        """
        url = yarl.URL(self.base + self._path(place) + (f"?{urlencode(query)}" if query else ""), encoded=True)
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "coderev", **self.headers}
        data = None
        if body is not None:
            data, headers["Content-Type"] = msgspec.json.encode(body), "application/json"
        try:
            async with self.session.request(
                method,
                url,
                headers=headers,
                data=data,
                allow_redirects=False,
                auto_decompress=False,
                timeout=self.times,
            ) as response:
                content = await self._content(response, most)
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            # `from None`: aiohttp's errors hold the request with its headers, and the token is in one of them
            raise ForgeUnavailable(forge=self.forge, reason=_why(error)) from None
        self._judge(response, content, "reading" if method in READ else "changing", place)
        return Answer(headers=response.headers, body=content)

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()

    def _path(self, place: Place) -> str:
        segments = tuple(map(str, place))
        if any(segment in {"", ".", ".."} for segment in segments):  # a host would read another place in these
            raise NotThere(forge=self.forge, what=shown(place))
        return "".join(f"/{quote(segment, safe='')}" for segment in segments)

    async def _content(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ForgeUnavailable(forge=self.forge, reason="it packed its answer, which nobody asked for")
        content = bytearray()
        async for piece in response.content.iter_any():
            content += piece
            if len(content) > most:
                reason = f"its answer is longer than {most} bytes"
                raise ForgeUnavailable(forge=self.forge, reason=reason, **{TOO_LONG: True})
        return bytes(content)

    def _judge(self, response: aiohttp.ClientResponse, content: bytes, doing: str, place: Place) -> None:
        """Raise the error of a status that is no success."""
        status, what = response.status, f"{doing} {shown(place)}"
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        reason = f"status {status}{self._words(content)}"
        patience = retry_after(response.headers)
        if status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY} and hurried(content):
            raise ForgeUnavailable(forge=self.forge, reason=reason, retry_after=patience or HURRIED)
        limited = status == HTTPStatus.FORBIDDEN and (patience is not None or spent(response.headers))
        busy = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
        if limited or status in busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ForgeUnavailable(forge=self.forge, reason=reason, retry_after=patience)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ForgeRefused(forge=self.forge, what=what, reason=reason, status=status)
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise NotThere(forge=self.forge, what=shown(place))
        if status < HTTPStatus.BAD_REQUEST:
            raise NotThere(forge=self.forge, what=f"{shown(place)} at this address (it sends us elsewhere)")
        raise ForgeRejected(forge=self.forge, what=what, reason=reason, status=status)

    def _words(self, content: bytes) -> str:
        """What the host itself said, made short and printable, without our token should it be repeated there."""
        text = content[: 4 * MAX_REASON].decode(errors="replace")
        for secret in self.headers.values():
            text = text.replace(secret.rpartition(" ")[2], "…")
        text = "".join(character if character.isprintable() else " " for character in text)[:MAX_REASON].strip()
        return f": {text}" if text else ""

    def read(self, content: bytes, form: type[T], place: Place) -> T:
        """Decode an answer strictly. Raises ForgeUnavailable for what is not of the form that the API documents."""
        try:
            return msgspec.json.decode(content, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = f"its answer about {shown(place)} is not what its API documents ({str(error)[:MAX_REASON]})"
            raise ForgeUnavailable(forge=self.forge, reason=reason) from None


def open_client(forge: str, base: str, headers: Mapping[str, str], egress: Egress, **pages: Any) -> Client:
    """A client of the API at `base`. Raises NotPermitted where the site's mode keeps us from there."""
    egress.judge(base)
    return Client(forge=forge, base=base, headers=headers, session=egress.client(), **pages)


def covered(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether the site lets a repository be reviewed: by `forges[].repositories`, where `*` crosses `/` too."""
    return not patterns or any(fnmatchcase(path.lower(), pattern.lower()) for pattern in patterns)


def next_page(headers: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str] | None:
    """The query of a list's next page (RFC 8288 `Link`, or GitLab's `x-next-page`); None after the last.

    Only the query is taken from a link: our path stays, so that no answer leads the token to another place.
    """
    for part in headers.get("Link", "").split(","):
        target, *parameters = part.split(";")
        if any(parameter.strip().lower() in {'rel="next"', "rel=next"} for parameter in parameters):
            return dict(parse_qsl(urlsplit(target.strip().strip("<>")).query)) or None
    number = headers.get("X-Next-Page", "")
    return {**asked, "page": number} if number.isdecimal() else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the host asks us to wait: by `Retry-After` (RFC 9110), or until its limit is set back.

    A limit's end is a time by the host's clock, so it is compared with the host's own `Date`.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return min(float(asked), MAX_PATIENCE)
    clock, end = _time(headers.get("Date", "")), _time(asked)
    if end is None and spent(headers):
        end = next((_epoch(headers[name]) for name in _RESETS if name in headers), None)
    if clock is None or end is None:
        return None
    return min(max((end - clock).total_seconds(), 0.0), MAX_PATIENCE)


def spent(headers: Mapping[str, str]) -> bool:
    """Whether the host says that no request is left to us for now."""
    return any(headers.get(name, "").strip() == "0" for name in _LEFT)


def hurried(content: bytes) -> bool:
    """Whether GitHub says that we were too fast; it does so also without a header that tells how long to wait."""
    return any(words in content[: 4 * MAX_REASON].lower() for words in HURRY)


_LEFT = ("RateLimit-Remaining", "X-RateLimit-Remaining")  # GitLab; GitHub, and Gitea behind a proxy that limits
_RESETS = ("RateLimit-Reset", "X-RateLimit-Reset")  # seconds since 1970


def _time(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and len(text) <= 10 else None  # noqa: PLR2004 - until the year 2286


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to it ({error.os_error.strerror or 'no address'})"
    return "the connection broke off"


def shown(place: Place) -> str:
    """A place of the API for an error, made short and printable."""
    text = "/".join(str(segment) for segment in place)
    return "".join(character if character.isprintable() else "?" for character in text)[:MAX_REASON]
