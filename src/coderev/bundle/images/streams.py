"""Streams that prove themselves: what is read through them was counted, hashed and unpacked, or an error was raised.

Nothing says how large a compressed layer becomes, so a limit bounds what is unpacked (spec/bundle.md 11.4).
"""

import hashlib
import io
import os
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, NoReturn

from backports import zstd

from coderev.errors import TrustError

PIECE = 1 << 20  # bytes in memory at a time
DROP_BYTES = 4 << 20  # bytes that were read, before the system may forget them
MAX_UNPACKED = 64 << 30  # bytes of one layer
MAX_WINDOW_LOG = 26  # 64 MiB of memory for one frame
MAX_RATIO = 200  # unpacked bytes for one packed byte, of a layer larger than FREE_UNPACKED
FREE_UNPACKED = 1 << 30  # bytes that any layer may become

MAX_FRAMES = 500_000  # members or frames of one layer; some builders make one for each file
_BITE = 64 * 1024  # bytes
_SKIPPABLE = b"\x2a\x4d\x18"
Packing = Literal["none", "gzip", "zstd"]
Pieces = Generator[bytes]


class ImageRefused(TrustError):
    """An image has other bytes than its own digests and sizes say, or would unpack without end."""

    message = "the image {image} is refused: {part}: {reason}"
    hint = "fetch the image again from where it was built; if that gives the same, do not use it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the bytes of a stream must be: a digest `sha256:…`, maybe a size, and never more than `most` bytes."""

    image: str
    part: str  # in the words of an error: "layer sha256:… as packed"
    digest: str | None
    size: int | None
    most: int = MAX_UNPACKED

    def refuse(self, reason: str) -> NoReturn:
        """Raise ImageRefused."""
        raise ImageRefused(image=self.image, part=self.part, reason=reason)

    def check(self, pieces: Pieces) -> Pieces:
        """Hand the pieces on, the last one only when all are proved. Raises ImageRefused, also at a byte too many."""
        count, digest, last = 0, hashlib.sha256(), b""
        for piece in pieces:
            count += len(piece)
            if count > (self.most if self.size is None else self.size):
                self.refuse(f"longer than {self.most if self.size is None else self.size} bytes")
            digest.update(piece)
            if last:
                yield last
            last = piece
        if self.size is not None and count != self.size:
            self.refuse(f"{count} bytes where {self.size} were stated")
        if self.digest is not None and (found := f"sha256:{digest.hexdigest()}") != self.digest:
            self.refuse(f"its digest is {found}")
        yield last


def most_unpacked(packed: int) -> int:
    """How many bytes a packed layer of so many bytes may become."""
    return min(MAX_UNPACKED, max(FREE_UNPACKED, packed * MAX_RATIO))


def packing_of(start: bytes) -> Packing:
    """How a stream is packed, by its first four bytes."""
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if start == b"\x28\xb5\x2f\xfd" or _skippable(start) else "none"


def _skippable(start: bytes) -> bool:
    return start[1:] == _SKIPPABLE and 0x50 <= start[0] <= 0x5F  # noqa: PLR2004 - RFC 8878, 3.1.2


def pieces_of(opened: Callable[[], BinaryIO]) -> Pieces:
    """The content of a file, which is opened for the first piece and closed after the last.

    Layers are large and are read once: what was read of a file is given back to the system, for others need its memory.
    """
    with opened() as file:
        raw, at, dropped = getattr(file, "raw", None), 0, 0
        while piece := file.read(PIECE):
            yield piece
            at += len(piece)
            if at - dropped >= DROP_BYTES and isinstance(raw, io.FileIO):
                os.posix_fadvise(raw.fileno(), dropped, at - dropped, os.POSIX_FADV_DONTNEED)
                dropped = at


def unpacked(pieces: Pieces, packing: Packing, proof: Proof) -> Pieces:
    """The pieces without their packing; `proof` names them in the error. Raises ImageRefused."""
    match packing:
        case "none":
            return pieces
        case "gzip":
            return _unpacked(pieces, _Gzip, proof)
        case "zstd":
            return _unpacked(pieces, _zstd, proof)


class _Gzip:
    """One member of a gzip stream; `zlib` in the manner of `backports.zstd`, which keeps its rest itself."""

    def __init__(self) -> None:
        self._member, self._rest, self._full = zlib.decompressobj(wbits=31), b"", False

    def decompress(self, data: bytes, most: int) -> bytes:
        plain = self._member.decompress(self._rest + data, most)
        self._rest, self._full = self._member.unconsumed_tail, len(plain) == most
        return plain

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    @property
    def needs_input(self) -> bool:
        return not (self._rest or self._full)


_Frame = _Gzip | zstd.ZstdDecompressor


def _zstd() -> zstd.ZstdDecompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG})


def _unpacked(pieces: Pieces, begin: Callable[[], _Frame], proof: Proof) -> Pieces:
    """Members or frames one after the other, at most PIECE bytes at a time."""
    frame: _Frame | None = None
    frames = 0
    for data in _bites(pieces):
        rest = data
        while rest or _has_more(frame):
            if frame is None:
                frame, frames = begin(), frames + 1
            plain = _step(frame, rest, proof)
            rest = b""
            if frame.eof:
                rest, frame = frame.unused_data, None
            yield plain
        if frames > MAX_FRAMES:
            proof.refuse(f"cannot be unpacked: more than {MAX_FRAMES} members")
    if frame is not None:
        proof.refuse("cannot be unpacked: it ends in the middle")


def _has_more(frame: _Frame | None) -> bool:
    return frame is not None and not frame.needs_input


def _step(frame: _Frame, data: bytes, proof: Proof) -> bytes:
    try:
        return frame.decompress(data, PIECE)
    except (zlib.error, zstd.ZstdError) as error:
        proof.refuse(f"cannot be unpacked: {error}")


def _bites(pieces: Pieces) -> Pieces:
    """Smaller pieces: what follows a member is copied for each member, and a hostile layer has many."""
    for piece in pieces:
        for start in range(0, len(piece), _BITE):
            yield piece[start : start + _BITE]


class Stream(io.RawIOBase):
    """A file of the pieces that an iterator gives."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces, self._waiting = pieces, memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what comes next, and return how many bytes that is; 0 at the end."""
        while not self._waiting:
            if (piece := next(self._pieces, None)) is None:
                return 0
            self._waiting = memoryview(piece)
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._waiting))
        view[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count

    def close(self) -> None:
        """Close what the pieces come from."""
        self._pieces.close()
        super().close()


def file_of(pieces: Pieces) -> BinaryIO:
    """The pieces as a file to read from."""
    return io.BufferedReader(Stream(pieces), PIECE)
