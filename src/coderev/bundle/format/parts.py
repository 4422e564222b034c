"""Writing parts: blobs one after the other, each stored byte read, hashed and written once, in one buffer of 16 MiB.

Clauses 4.8 to 4.10 of spec/bundle.md; `reading` has the way back.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from coderev.bundle.format.chunks import CHUNK_BYTES, Readable, blob_digest, fill
from coderev.bundle.format.entries import MAX_PART_BYTES, MAX_PARTS, Part
from coderev.errors import InputError

WRITE_AT_ONCE = 256 * 1024  # bytes: one call of 16 MiB costs ext4 nine times as much CPU (measured, Linux 6)
PART_BYTES = 3900 * 1024 * 1024  # where no part size is named: some file systems and tools stop before 4 GiB


class PartSizeRefused(InputError):
    """A part or medium size was asked for that no bundle can have, or that makes too many parts."""

    message = "parts of at most {part_size} bytes cannot be written: {reason}"
    hint = "name a part size of 16 MiB to 4 GiB - 1 byte, and a medium size of at least one part"


class Placed(NamedTuple):
    """Where stored bytes came to lie, as an entry of `blobs` says it (4.4); `chunks` is empty below two (4.3)."""

    digest: str
    size: int
    part: int
    offset: int
    chunks: tuple[str, ...]


class _Position(NamedTuple):
    """Where a writer stands: the open part's number, medium and size, and the bytes of the medium's parts."""

    part: int
    medium: int
    size: int
    on_medium: int


def part_name(number: int) -> str:
    """The path of a part on its medium: `parts/0003.part` (2.5)."""
    return f"parts/{number:04}.part"


class PartWriter:
    """Puts blobs into parts of a given size, on media of a given size, in bytes (4.8, 4.9).

    `folder_of` gives the folder of a medium, from 1; parts are made below it, and none may be there yet. Without a
    medium size all is on medium 1. As a context it closes its file; only `finish` makes the parts complete.
    """

    def __init__(
        self, folder_of: Callable[[int], Path], *, part_size: int = PART_BYTES, medium_size: int | None = None
    ) -> None:
        self._folder_of = folder_of
        self._part_size, self._medium_size = part_size, medium_size
        self._buffer = memoryview(bytearray(CHUNK_BYTES))
        self._file: FileIO | None = None
        self._parts: list[Part] = []  # the open one is the last
        self._at = self._before = _Position(-1, 1, 0, 0)
        if not CHUNK_BYTES <= part_size <= MAX_PART_BYTES or (medium_size or CHUNK_BYTES) < CHUNK_BYTES:
            raise PartSizeRefused(part_size=part_size, reason="a chunk must fit, and a part must fit on FAT32")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def add(self, source: Readable) -> Placed:
        """Read a source to its end and put it into the parts as one blob. Raises OSError, PartSizeRefused."""
        self._before, size, first = self._at, 0, None
        chunks: list[bytes] = []
        while length := fill(source, self._buffer):
            part, offset = self._write(self._buffer[:length])
            first, size = first or (part, offset), size + length
            chunks.append(sha256(self._buffer[:length]).digest())
        listed = tuple(chunk.hex() for chunk in chunks) if len(chunks) > 1 else ()  # 4.3
        return Placed(blob_digest(chunks), size, *(first or (0, 0)), listed)

    def take_back(self) -> None:
        """Undo the last `add`, once: its content turned out to be there already (4.5). Raises OSError."""
        self._close()
        for number in range(self._at.part, self._before.part, -1):
            self._path(number).unlink()
            self._parts.pop()
        self._at = self._before
        if self._parts:
            self._file = FileIO(self._path(self._at.part), "r+")
            self._file.truncate(self._at.size)
            self._file.seek(self._at.size)
            self._parts[-1] = Part(medium=self._at.medium, size=self._at.size)

    def finish(self) -> tuple[Part, ...]:
        """Bring the last part to disk; all parts in order, as the manifest lists them. Raises OSError."""
        self._sync()
        self._close()
        return tuple(self._parts)

    def _write(self, chunk: memoryview) -> tuple[int, int]:
        full = self._medium_size is not None and self._at.on_medium + len(chunk) > self._medium_size
        if self._file is None or full or self._at.size + len(chunk) > self._part_size:
            self._begin_part(next_medium=full and bool(self._parts))
        place, offset = self._at.part, self._at.size
        _write_all(self._file, chunk)
        size, on_medium = offset + len(chunk), self._at.on_medium + len(chunk)
        self._at = self._at._replace(size=size, on_medium=on_medium)
        self._parts[-1] = Part(medium=self._at.medium, size=size)
        return place, offset

    def _begin_part(self, *, next_medium: bool) -> None:
        self._sync()
        self._close()
        if len(self._parts) == MAX_PARTS:
            raise PartSizeRefused(part_size=self._part_size, reason=f"there would be more than {MAX_PARTS}")
        medium, on_medium = (self._at.medium + 1, 0) if next_medium else (self._at.medium, self._at.on_medium)
        self._at = _Position(len(self._parts), medium, 0, on_medium)
        path = self._folder_of(medium) / part_name(self._at.part)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = FileIO(path, "x")
        self._parts.append(Part(medium=medium, size=1))  # replaced when its first chunk is there

    def _path(self, number: int) -> Path:
        return self._folder_of(self._parts[number].medium) / part_name(number)

    def _sync(self) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _write_all(file: FileIO | None, chunk: memoryview) -> None:
    while file is not None and chunk:
        chunk = chunk[file.write(chunk[:WRITE_AT_ONCE]) :]
