"""Single contents out of a bundle's parts: each stored byte compared, and what is encoded unpacked and proved first.

For one's own bundles: as the base of a delta, and to show what is in one. `reading` goes through whole parts.
"""

import io
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from coderev.bundle.format.chunks import CHUNK_BYTES, blob_digest
from coderev.bundle.format.entries import Blob
from coderev.bundle.format.layout import Span, lay_out
from coderev.bundle.format.parts import part_name
from coderev.bundle.format.reading import Fault, Kind, missing
from coderev.bundle.format.unpacking import UnpackedContent
from coderev.bundle.inputs import open_plain
from coderev.bundle.making.media_folders import OwnBundle
from coderev.errors import InputError

MAX_CHAIN = 64  # deltas, each on the one before it


class EarlierMissing(InputError):
    """A content lies in an earlier bundle, and that is not at hand."""

    message = "the bundle with seq {seq} and the tree {tree} is needed, and is not in {folder}"
    hint = "name the folder that holds earlier bundles with --bundles, each in a folder of its own"


class TooManyDeltas(InputError):
    """Deltas stand on deltas, too many of them to read a content through all."""

    message = "more than {limit} deltas stand on one another, back to the bundle with seq {seq}"
    hint = "make a whole bundle now and then: leave out --since"


Earlier = Callable[[int, str], OwnBundle]  # seq and tree digest → the bundle; raises EarlierMissing


class Contents:
    """The contents of one bundle, and through `earlier` those that it leaves to the bundles before it.

    `scratch` is a folder with room for the largest encoded content that is asked for.
    """

    def __init__(self, bundle: OwnBundle, earlier: Earlier, scratch: Path, depth: int = 0) -> None:
        self._bundle, self._earlier, self._scratch, self._depth = bundle, earlier, scratch, depth
        self._blobs = {blob.unpacked.digest: number for number, blob in enumerate(bundle.manifest.blobs)}
        self._spans: list[list[Span]] = [[] for _ in bundle.manifest.blobs]
        for span in lay_out(bundle.manifest.parts, bundle.manifest.blobs):
            self._spans[span.blob].append(span)
        self._before: Contents | None = None

    def open(self, digest: str) -> BinaryIO:
        """A content of the tree, to be read from anywhere.

        A raw one is compared chunk by chunk as it is read, any other is unpacked and proved before this returns.
        Raises PartWrong, PartUnreadable, ContentWrong, EarlierMissing, TooManyDeltas, NotAPlainFile, OSError.
        """
        number = self._blobs.get(digest)
        if number is None:
            return self._earlier_ones().open(digest)
        blob = self._bundle.manifest.blobs[number]
        stored = io.BufferedReader(StoredBlob(self._bundle, blob, self._spans[number]), buffer_size=1)
        return stored if blob.encoding == "raw" else self._unpacked(blob, stored)

    def _earlier_ones(self) -> "Contents":
        if self._before is None:
            origin = self._bundle.manifest.origin
            if origin is None or self._depth >= MAX_CHAIN:
                raise TooManyDeltas(limit=self._depth, seq=self._bundle.manifest.seq)
            bundle = self._earlier(origin.seq, origin.tree)
            self._before = Contents(bundle, self._earlier, self._scratch, self._depth + 1)
        return self._before

    def _unpacked(self, blob: Blob, stored: BinaryIO) -> BinaryIO:
        path = self._scratch / blob.unpacked.digest
        if not path.exists():
            base = self._copied(blob.patch.base) if blob.patch else None
            beside = path.with_suffix(".new")
            with stored, beside.open("wb") as file:
                unpacking = UnpackedContent(blob, lambda view: _write(file, view), base)
                while piece := stored.read(CHUNK_BYTES):
                    unpacking.take(memoryview(piece))
                unpacking.finish()
            beside.rename(path)
        return path.open("rb")

    def _copied(self, digest: str) -> Path:
        """A content of an earlier bundle as a file: what unpacking a patch starts from."""
        path = self._scratch / digest
        if not path.exists():
            with self._earlier_ones().open(digest) as source, path.with_suffix(".copy").open("wb") as file:
                while piece := source.read(CHUNK_BYTES):
                    file.write(piece)
            path.with_suffix(".copy").rename(path)
        return path


def _write(file: BinaryIO, view: memoryview) -> None:
    file.write(view)


class StoredBlob(io.RawIOBase):
    """The stored bytes of one blob as a file, each chunk compared when it is reached (4.2)."""

    def __init__(self, bundle: OwnBundle, blob: Blob, spans: list[Span]) -> None:
        self._bundle, self._blob, self._spans = bundle, blob, spans
        self._at, self._chunk, self._content = 0, -1, b""

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from anywhere: yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place, in bytes from the beginning, from here or from the end; returns it from the beginning."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._blob.size}[whence]
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what comes next, and return how many bytes that is; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if self._at >= self._blob.size:
            return 0
        chunk, start = divmod(self._at, CHUNK_BYTES)
        if chunk != self._chunk:
            self._content, self._chunk = b"", -1  # two of them would be too much
            self._content, self._chunk = self._compared(self._spans[chunk]), chunk
        count = min(len(view), len(self._content) - start)
        view[:count] = memoryview(self._content)[start : start + count]
        self._at += count
        if start + count == len(self._content):
            self._content, self._chunk = b"", -1  # 16 MiB that are seldom asked for again
        return count

    def _compared(self, span: Span) -> bytes:
        with open_plain(self._medium(span.part), part_name(span.part)) as file:
            content = os.pread(file.fileno(), span.length, span.offset)
        found, blob = sha256(content).digest(), self._blob
        if found.hex() != blob.chunks[span.chunk] if blob.chunks else blob_digest((found,)) != blob.digest:
            kind: Kind = "short" if len(content) < span.length else "changed"
            raise Fault(kind=kind, part=span.part, offset=span.offset, length=span.length, blob=blob.digest).error()
        return content

    def _medium(self, part: int) -> Path:
        listed = self._bundle.manifest.parts[part]
        if listed.medium > len(self._bundle.media):
            raise missing(part, listed).error()
        return self._bundle.media[listed.medium - 1]
