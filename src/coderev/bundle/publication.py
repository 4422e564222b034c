"""Where a bundle is fetched from, a web server or a folder: its small files under caps, its parts from any byte on.

The layout there is that of 1.1 of spec/bundle.md, or `medium-1/`, `medium-2/` … of it. Every request goes through
`egress`; nothing is redirected, decoded or believed here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coderev.bundle.inputs import NotAPlainFile, open_plain
from coderev.bundle.making.media_folders import medium_folder, read_optional
from coderev.errors import Unavailable
from coderev.trust import wire

if TYPE_CHECKING:
    import aiohttp

SILENCE_SECONDS = 60.0  # without a byte, after which a connection is given up
CONNECT_SECONDS = 30.0
SMALL_SECONDS = 600.0  # for one file of metadata: 64 MiB at 1 Mbit/s
READ_AT_ONCE = 256 * 1024  # bytes
_NOT_THERE = frozenset({404, 410})
_WHOLE, _PARTIAL = 200, 206


class NotServed(Unavailable):
    """A publisher does not give what was asked for, now."""

    message = "{url} cannot be fetched: {reason}"
    hint = "run the same command again: what came is kept, and it goes on where it stopped"


class Interrupted(Exception):
    """A connection ended in the middle, or never began. For the caller, who tries again some times."""


class Publication(Protocol):
    """One published bundle, wherever it is."""

    def address(self, name: str, medium: int = 1) -> str:
        """Where a file of a medium is, for people."""

    async def open(self) -> None:
        """Find out whether media lie beside each other there. Raises NotServed, NotPermitted."""

    async def small(self, name: str, limit: int) -> bytes | None:
        """A file of metadata, or None where there is none; at most `limit` bytes. Raises NotServed, NotPermitted."""

    def stream(
        self, name: str, medium: int, start: int, size: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of a part from `start` to its end at `size`.

        Raises NotServed for an answer that will not change, Interrupted for one that may, NotPermitted.
        """


class FolderPublication:
    """A bundle in folders of this machine, to be copied onto a medium."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._several = folder, False

    def address(self, name: str, medium: int = 1) -> str:
        """The path of a file."""
        return str(self._medium(medium) / name)

    async def open(self) -> None:
        """Look whether media lie beside each other."""
        self._several = not (self._folder / "tuf").is_dir()

    async def small(self, name: str, limit: int) -> bytes | None:
        """Read a file of metadata. Raises NotServed."""
        try:
            return read_optional(self._medium(1), name, limit)
        except NotAPlainFile as error:
            raise NotServed(url=self.address(name), reason=error) from error

    @asynccontextmanager
    async def stream(self, name: str, medium: int, start: int, size: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """Read a part on from a byte. Raises NotServed, Interrupted."""
        try:
            with open_plain(self._medium(medium), name) as file:
                file.seek(start)
                yield _read_pieces(file, size - start)
        except NotAPlainFile as error:
            raise NotServed(url=self.address(name, medium), reason=error) from error
        except OSError as error:
            raise Interrupted(_said(error)) from error

    def _medium(self, number: int) -> Path:
        return medium_folder(self._folder, number, several=self._several)


async def _read_pieces(file: BufferedReader, left: int) -> AsyncIterator[bytes]:
    while left and (piece := await asyncio.to_thread(file.read, min(left, READ_AT_ONCE))):
        left -= len(piece)
        yield piece


class WebPublication:
    """One published bundle; `session` is the HTTP client of `egress`, `base` its address."""

    def __init__(self, session: "aiohttp.ClientSession", base: str) -> None:
        self._session, self._base, self._several = session, base.rstrip("/"), False

    def address(self, name: str, medium: int = 1) -> str:
        """Where a file of a medium is."""
        return f"{self._base}/medium-{medium}/{name}" if self._several else f"{self._base}/{name}"

    async def open(self) -> None:
        """Ask for a file that each medium has. Raises NotServed, NotPermitted."""
        self._several = await self.small("tuf/1.root.json", wire.MAX_ROOT_BYTES) is None

    async def small(self, name: str, limit: int) -> bytes | None:
        """Get a file of metadata. Raises NotServed, NotPermitted."""
        import aiohttp

        url = self.address(name)
        try:
            async with asyncio.timeout(SMALL_SECONDS), self._get(url, {}) as response:
                if response.status in _NOT_THERE:
                    return None
                if response.status != _WHOLE:
                    raise NotServed(url=url, reason=f"it answers with status {response.status}")
                return await _capped(url, response, limit)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotServed(url=url, reason=_said(error)) from error

    @asynccontextmanager
    async def stream(self, name: str, medium: int, start: int, size: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """Get a part on from a byte; a server that knows no ranges is read from 0. Raises as Publication says."""
        import aiohttp

        url = self.address(name, medium)
        try:
            async with self._get(url, {"Range": f"bytes={start}-{size - 1}"}) as response:
                yield _pieces(response, _skipped(url, response, start))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Interrupted(_said(error)) from error

    def _get(self, url: str, headers: dict[str, str]) -> "aiohttp.client._RequestContextManager":
        import aiohttp

        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        plain = {"Accept-Encoding": "identity", **headers}
        return self._session.get(url, headers=plain, timeout=timeout, allow_redirects=False)


async def _capped(url: str, response: "aiohttp.ClientResponse", limit: int) -> bytes:
    content = bytearray()
    async for piece in response.content.iter_chunked(READ_AT_ONCE):
        content += piece
        if len(content) > limit:  # 1.4
            raise NotServed(url=url, reason=f"it has more than {limit} bytes")
    return bytes(content)


def _skipped(url: str, response: "aiohttp.ClientResponse", start: int) -> int:
    """How many bytes come before those that were asked for."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NotServed(url=url, reason="it is sent in another encoding")
    if response.status == _WHOLE:
        return start
    stated = response.headers.get("Content-Range", "")
    if response.status == _PARTIAL and stated.startswith(f"bytes {start}-"):
        return 0
    raise NotServed(url=url, reason=f"it answers with status {response.status} {stated}".rstrip())


async def _pieces(response: "aiohttp.ClientResponse", skipped: int) -> AsyncIterator[bytes]:
    async for piece in response.content.iter_chunked(READ_AT_ONCE):
        kept = piece[skipped:]
        skipped = max(0, skipped - len(piece))
        if kept:
            yield kept


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
