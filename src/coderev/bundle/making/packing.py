"""Blobs out of files: each content once, compressed where that pays, or as a patch of what the base has.

Clauses 4.4 to 4.8 and 9 of spec/bundle.md. A large file is read once, and hashed, encoded and written as it goes by; it
is read again only where what was tried did not pay. With a base each file is hashed first, for most are there already.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, BinaryIO

from backports import zstd

from coderev.bundle.delta import PATCH_AT_LEAST, Patching, whole_limit
from coderev.bundle.format.chunks import EMPTY, ContentHash, Digested, blob_digest, digest
from coderev.bundle.format.encodings import LEVEL, PIECE, compress
from coderev.bundle.format.entries import Blob, Content
from coderev.bundle.format.parts import PartWriter, Placed
from coderev.bundle.images.streams import Stream
from coderev.bundle.making.contents import Contents
from coderev.bundle.progress import Progress

SMALL = 1024 * 1024  # bytes: read whole and encoded in memory
DROP_BYTES = 4 * 1024 * 1024  # bytes that were read, before the system may forget them
SAMPLE = 256 * 1024  # bytes of each of four samples of a large file
PAYS = 90  # percent: what does not become smaller than this share of itself stays as it is
COMPRESS_AT_LEAST = 256  # bytes of a content: below, nothing is saved that matters

Opened = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the base has: contents by digest, and, where the earlier bundle is at hand, their bytes."""

    held: Mapping[str, Content]
    contents: Contents | None


NOTHING = Before(held={}, contents=None)


class Packer:
    """Puts contents into the parts of one bundle. `blobs` and `held` are what the manifest lists."""

    def __init__(self, writer: PartWriter, progress: Progress, before: Before = NOTHING) -> None:
        self._writer, self._progress, self._before = writer, progress, before
        self._packed: dict[str, Content] = {}
        self._held: dict[str, Content] = {}
        self._compressor = zstd.ZstdCompressor(level=LEVEL)  # making one costs more than a small file's frame
        self.blobs: list[Blob] = []

    @property
    def held(self) -> tuple[Content, ...]:
        """What the base has of all that was packed, by digest (2.5)."""
        return tuple(self._held[each] for each in sorted(self._held))

    def pack(
        self, opened: Opened, base: Content | None = None, *, seen: Callable[[BinaryIO], None] | None = None
    ) -> Content:
        """Put one content into the parts, if it is not there yet; `base` is what it is likely to come from.

        `seen` is shown the open file, once: each opening costs more than a small file's digest.
        Raises what `opened` and the file raise, OSError, PartSizeRefused.
        """
        with closing(opened()) as file:
            if seen is not None:
                seen(file)
            head = file.read(SMALL + 1)
            if len(head) <= SMALL:
                return self._small(head, base)
            if not self._before.held:
                return self._large(head, file, opened, self._progress)
        return self._delta(opened, base)

    def _small(self, content: bytes, base: Content | None) -> Content:
        self._progress.add(len(content))
        found = Content(digest=blob_digest((sha256(content).digest(),)) if content else EMPTY, size=len(content))
        if not self._is_there(found) and not self._patched(lambda: BytesIO(content), found, base):
            packed = self._frame_of(content) if len(content) >= COMPRESS_AT_LEAST else content
            encoded = _is_less(len(packed), len(content))
            self._take(self._writer.add(BytesIO(packed if encoded else content)), found, encoded=encoded)
        return found

    def _frame_of(self, content: bytes) -> bytes:
        return self._compressor.compress(content, zstd.ZstdCompressor.FLUSH_FRAME)

    def _delta(self, opened: Opened, base: Content | None) -> Content:
        """A large file where there is a base: hashed first."""
        with closing(opened()) as file:
            found = _content(digest(_Counted(file, self._progress, file)))
        if self._is_there(found) or self._patched(opened, found, base):
            return found
        with closing(opened()) as file:
            return self._large(file.read(SMALL + 1), file, opened, None)

    def _large(self, head: bytes, file: BinaryIO, opened: Opened, progress: Progress | None) -> Content:
        source = _Counted(_Rejoined(head, file), progress, file)
        if not _pays(head, file):
            return self._raw(source)
        if (found := self._compressed(source)) is not None:
            return found
        with closing(opened()) as again:
            return self._raw(again)

    def _raw(self, source: Any) -> Content:
        placed = self._writer.add(source)
        return self._keep(placed, Content(digest=placed.digest, size=placed.size), encoded=False)

    def _compressed(self, source: "_Counted") -> Content | None:
        """The content, or None where the samples promised too much: then nothing was kept (4.7)."""
        hashing = ContentHash()
        placed = self._writer.add(Stream(compress(_pieces(source, hashing))))
        found = _content(hashing.digested())
        if _is_less(placed.size, found.size):
            return self._keep(placed, found, encoded=True)
        self._writer.take_back()
        return None

    def _keep(self, placed: Placed, content: Content, *, encoded: bool) -> Content:
        """Keep what was written last, if its content is not there yet (4.5)."""
        if self._is_there(content):
            self._writer.take_back()
        else:
            self._take(placed, content, encoded=encoded)
        return content

    def _patched(self, opened: Opened, found: Content, base: Content | None) -> bool:
        """Whether a content became a patch (9.2), which must be small enough (9.4)."""
        contents = self._before.contents
        if contents is None or base is None or base.digest not in self._before.held:
            return False
        if min(base.size, found.size) < PATCH_AT_LEAST:
            return False
        with closing(opened()) as file, contents.open(base.digest) as earlier:
            patching = Patching(_pieces(file, None), base, earlier, whole_limit(_size_without(opened, found)))
            placed = self._writer.add(Stream(iter(patching)))
            made, said = patching.result()
        worth_it = patching.is_worth_it and _content(made) == found
        if worth_it:
            self._packed[found.digest] = found
            self.blobs.append(Blob(**placed._asdict(), encoding="patch", content=found, patch=said))
        else:
            self._writer.take_back()
        return worth_it

    def _is_there(self, content: Content) -> bool:
        if content.digest in self._packed:
            return True
        if content.digest in self._before.held:
            self._held[content.digest] = content
            return True
        return False

    def _take(self, placed: Placed, content: Content, *, encoded: bool) -> None:
        self._packed[content.digest] = content
        more: dict[str, Any] = {"encoding": "zstd", "content": content} if encoded else {}
        self.blobs.append(Blob(**placed._asdict(), **more))


def _content(found: Digested) -> Content:
    return Content(digest=found.digest, size=found.size)


def _pays(head: bytes, file: BinaryIO) -> bool:
    """Whether samples say that compressing pays: of a file four places, of a stream its beginning."""
    samples = head
    if file.seekable():
        here, end = file.tell(), file.seek(0, 2)
        for quarter in range(4):
            file.seek(quarter * end // 4)
            samples = (b"" if not quarter else samples) + file.read(SAMPLE)
        file.seek(here)
    return _is_less(len(zstd.compress(samples, LEVEL)), len(samples))


def _is_less(stored: int, size: int) -> bool:
    """Whether encoding saves enough to be worth the reader's time."""
    return stored * 100 < size * PAYS


def _size_without(opened: Opened, found: Content) -> int:
    """What a content would take without a patch (9.4): compressed to be counted, where that pays."""
    with closing(opened()) as file:
        head = file.read(SMALL + 1)
        if not _pays(head, file):
            return found.size
        packed = sum(map(len, compress(_pieces(_Rejoined(head, file), None))))
        return min(found.size, packed)


def _pieces(source: Any, hashing: ContentHash | None) -> Iterator[bytes]:
    view = memoryview(bytearray(PIECE))
    while count := source.readinto(view):
        piece = bytes(view[:count])
        if hashing is not None:
            hashing.update(piece)
        yield piece


class _Rejoined:
    """A file whose beginning was read already."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = memoryview(head), file

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._head:
            return self._file.readinto(buffer)  # type: ignore[attr-defined, no-any-return] # every BinaryIO that we open has it
        count = min(len(buffer), len(self._head))
        buffer[:count] = self._head[:count]
        self._head = self._head[count:]
        return count


class _Counted:
    """A source whose bytes the progress is told of, and which leaves nothing of itself in the system's memory.

    Each byte is read once. Whoever lets the kernel keep 4 GB of them pays for 4 GB of new pages: here 1.8 CPU-s per
    GiB against 0.3, and everybody else's files are thrown out.
    """

    def __init__(self, source: Any, progress: Progress | None, file: BinaryIO) -> None:
        self._source, self._progress = source, progress
        self._descriptor = file.fileno() if file.seekable() and not isinstance(file, BytesIO) else None
        self._at = self._dropped = 0

    def readinto(self, buffer: memoryview, /) -> int:
        count: int = self._source.readinto(buffer)
        if self._progress is not None:
            self._progress.add(count)
        self._at += count
        if self._descriptor is not None and self._at - self._dropped >= DROP_BYTES:
            os.posix_fadvise(self._descriptor, self._dropped, self._at - self._dropped, os.POSIX_FADV_DONTNEED)
            self._dropped = self._at
        return count
