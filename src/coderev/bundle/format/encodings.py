"""How content becomes stored bytes: frames of Zstandard, by themselves or with a prefix (spec/bundle.md 4.6, 9.2).

The way back, under the limits that an attacker must not pass, is `unpacking`.
"""

from collections.abc import Generator, Iterable

from backports import zstd

from coderev.bundle.format.entries import SEGMENT_BYTES

LEVEL = 1
PIECE = 1024 * 1024  # bytes in memory at a time
PATCH_WINDOW_LOG = (2 * SEGMENT_BYTES - 1).bit_length()  # a whole prefix and a whole segment


def compress(pieces: Iterable[bytes]) -> Generator[bytes, None, None]:
    """One frame of the pieces, which needs no dictionary; its window is far below the limit of 4.6."""
    return _frame(zstd.ZstdCompressor(level=LEVEL), pieces)


def patch(pieces: Iterable[bytes], prefix: bytes | memoryview) -> Generator[bytes, None, None]:
    """The frame of one segment, whose matches may lie anywhere in the prefix, which is copied.

    Long-distance matching finds what moved; the level hardly matters beside it (1.01 % of a segment of which 1 % of
    the pages changed, at levels 1 and 3).
    """
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.window_log: PATCH_WINDOW_LOG,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    return _frame(zstd.ZstdCompressor(options=options, zstd_dict=zstd.ZstdDict(prefix, is_raw=True).as_prefix), pieces)


def _frame(packing: zstd.ZstdCompressor, pieces: Iterable[bytes]) -> Generator[bytes, None, None]:
    for piece in pieces:
        yield packing.compress(piece)
    yield packing.flush()
