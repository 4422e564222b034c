"""Chunk digests and a blob's digest: each stored byte is hashed once, and a fault is found within 16 MiB.

Clauses 4.1 to 4.3 of spec/bundle.md; `spec/bundle/digests.json` are its test vectors.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple, Protocol

CHUNK_BYTES = 16 * 1024 * 1024  # a chunk, but the last of a blob
EMPTY = sha256().hexdigest()  # the digest of a blob without chunks


class Readable(Protocol):
    """What bytes are read from: a file opened without buffering, or anything that fills a buffer."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer from its beginning, maybe not wholly; the number of bytes, 0 at the end."""


class Digested(NamedTuple):
    """What hashing found: the blob's digest and size in bytes, and its chunks' digests (hex)."""

    digest: str
    size: int
    chunks: tuple[str, ...]


def blob_digest(chunks: Iterable[bytes]) -> str:
    """A blob's digest, in hex, from the raw digests of its chunks in order (spec/bundle.md 4.2)."""
    return sha256(b"".join(chunks)).hexdigest()


def chunk_count(size: int) -> int:
    """How many chunks `size` bytes have (spec/bundle.md 4.1)."""
    return -(-size // CHUNK_BYTES)


def chunk_sizes(size: int) -> Iterator[int]:
    """The sizes in bytes of the chunks of `size` bytes, in order (spec/bundle.md 4.1)."""
    for start in range(0, size, CHUNK_BYTES):
        yield min(CHUNK_BYTES, size - start)


def fill(source: Readable, view: memoryview) -> int:
    """Read until the view is full or the source ends; the number of bytes. Raises OSError."""
    filled = 0
    while filled < len(view):
        count = source.readinto(view[filled:])
        if not count:
            break
        filled += count
    return filled


def digest(source: Readable, buffer: bytearray | None = None) -> Digested:
    """Hash a source to its end; `buffer` is used when it is given and must have CHUNK_BYTES. Raises OSError."""
    view = memoryview(bytearray(CHUNK_BYTES) if buffer is None else buffer)
    hashing = ContentHash()
    while size := fill(source, view):
        hashing.update(view[:size])
    return hashing.digested()


class ContentHash:
    """The digest of bytes that come in pieces of any size, made as a blob's (spec/bundle.md 4.1, 4.2)."""

    def __init__(self) -> None:
        self._open, self._room = sha256(), CHUNK_BYTES
        self._chunks: list[bytes] = []
        self._size = 0

    def update(self, piece: bytes | bytearray | memoryview) -> None:
        """Take the next bytes."""
        view = memoryview(piece)
        while view:
            taken = view[: self._room]
            self._open.update(taken)
            self._room -= len(taken)
            self._size += len(taken)
            view = view[len(taken) :]
            if not self._room:
                self._close()

    def _close(self) -> None:
        self._chunks.append(self._open.digest())
        self._open, self._room = sha256(), CHUNK_BYTES

    def digested(self) -> Digested:
        """Digest, size and chunks of all bytes so far; nothing may follow."""
        if self._room < CHUNK_BYTES:
            self._close()
        return Digested(blob_digest(self._chunks), self._size, tuple(chunk.hex() for chunk in self._chunks))
