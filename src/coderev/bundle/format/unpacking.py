"""From stored bytes to content: frames of Zstandard, never more than was promised, and checked before they are used.

Clauses 4.6, 9.2 and 9.3 of spec/bundle.md. What comes out goes to a sink in pieces; its digest is compared at the end,
before anything gets its name in the store.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from backports import zstd

from coderev.bundle.format.chunks import ContentHash, Digested
from coderev.bundle.format.encodings import PATCH_WINDOW_LOG
from coderev.bundle.format.entries import SEGMENT_BYTES, Blob, Content
from coderev.errors import TrustError

MAX_WINDOW_LOG = 23  # 8 MiB, of a `zstd` blob
PIECE = 1 << 20  # bytes that come out at a time

Sink = Callable[[memoryview], None]


class ContentWrong(TrustError):
    """What a blob unpacks to is not the content that was signed."""

    message = "blob {blob} is refused: {reason}"
    hint = (
        "the bundle was made wrongly, or by somebody who tries something: ask its signers, and tell them this message"
    )


class RawContent:
    """The stored bytes are the content, and their chunks were compared already (7.2)."""

    def __init__(self, blob: Blob, sink: Sink) -> None:
        self._blob, self._sink, self._size = blob, sink, 0

    def take(self, view: memoryview) -> None:
        """Hand the next bytes on. Raises OSError."""
        self._sink(view)
        self._size += len(view)

    def finish(self) -> None:
        """Refuse an end before the blob's. Raises ContentWrong."""
        if self._size != self._blob.size:
            raise ContentWrong(blob=self._blob.digest, reason=f"it ended after {self._size} bytes")


class UnpackedContent:
    """One frame (4.6), or a frame for each segment of a patch (9.2), unpacked under the promised size."""

    def __init__(self, blob: Blob, sink: Sink, base: Path | None = None) -> None:
        self._blob, self._sink, self._base = blob, sink, base
        self._content: Content = blob.unpacked
        self._hash, self._size, self._segment = ContentHash(), 0, 0
        self._frame: zstd.ZstdDecompressor | None = None

    def take(self, view: memoryview) -> None:
        """Unpack the next stored bytes and hand on what comes out. Raises ContentWrong, OSError."""
        data: bytes | memoryview = view
        while data or (self._frame is not None and not self._frame.needs_input):
            frame = self._frame or self._begin()
            self._frame = frame
            try:
                piece = frame.decompress(data, min(PIECE, self._end - self._size + 1))
            except zstd.ZstdError as error:
                self._refuse(f"it cannot be unpacked: {error}")
            self._give(piece)
            data = b""
            if frame.eof:
                data = frame.unused_data
                self._close()
                del frame  # it holds its prefix and its window, and the next one has its own

    def finish(self) -> None:
        """Compare what came out with what was signed. Raises ContentWrong."""
        if self._frame is not None or self._size != self._content.size:
            self._refuse(f"it ended after {self._size} of {self._content.size} bytes")
        found: Digested = self._hash.digested()
        if found.digest != self._content.digest:
            self._refuse("what comes out is not what was signed")

    @property
    def _end(self) -> int:
        """Where the content's open segment ends; without a patch there is one segment."""
        if self._blob.patch is None:
            return self._content.size
        return min(self._content.size, (self._segment + 1) * SEGMENT_BYTES)

    def _begin(self) -> zstd.ZstdDecompressor:
        if self._size == self._content.size:
            self._refuse("bytes follow the frame that ends its content")
        patch = self._blob.patch
        if patch is None or self._base is None:
            return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG})
        prefix = _window(self._base, patch.windows[self._segment])
        return zstd.ZstdDecompressor(
            zstd_dict=zstd.ZstdDict(prefix, is_raw=True).as_prefix,
            options={zstd.DecompressionParameter.window_log_max: PATCH_WINDOW_LOG},
        )

    def _give(self, piece: bytes) -> None:
        if self._size + len(piece) > self._end:
            self._refuse(f"it unpacks to more than {self._end} bytes")
        self._hash.update(piece)
        self._sink(memoryview(piece))
        self._size += len(piece)

    def _close(self) -> None:
        if self._size != self._end:
            self._refuse(f"a frame ended after {self._size} bytes, not {self._end}")
        self._frame, self._segment = None, self._segment + 1

    def _refuse(self, reason: str) -> NoReturn:
        raise ContentWrong(blob=self._blob.digest, reason=reason)


def _window(base: Path, start: int) -> bytes:
    with base.open("rb") as file:
        file.seek(start)
        return file.read(SEGMENT_BYTES)


def unpacking(blob: Blob, sink: Sink, base: Path | None) -> RawContent | UnpackedContent:
    """What turns the stored bytes of a blob into its content; `base`: the file that a patch starts from.

    Raises ContentWrong for a patch without one.
    """
    if blob.patch is not None and base is None:
        raise ContentWrong(blob=blob.digest, reason="the content that it starts from is not here")
    return RawContent(blob, sink) if blob.encoding == "raw" else UnpackedContent(blob, sink, base)
