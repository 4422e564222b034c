"""Where each chunk lies: parts hold the chunks of the blobs one after the other, and nothing else.

Clause 4.8 of spec/bundle.md, for the one who checks a manifest and the one who reads parts. Pure.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coderev.bundle.format.chunks import chunk_sizes
from coderev.bundle.format.entries import Blob, Part


class Span(NamedTuple):
    """One chunk in its part: the blob's and the chunk's number, offset and length in bytes."""

    blob: int
    chunk: int
    part: int
    offset: int
    length: int


def lay_out(parts: Sequence[Part], blobs: Sequence[Blob]) -> Iterator[Span]:
    """Every chunk in the order of the parts. Raises ValueError, at the latest at the end, where 4.8 does not hold."""
    part, offset = 0, 0
    for number, blob in enumerate(blobs):
        for index, length in enumerate(chunk_sizes(blob.size)):
            if part < len(parts) and offset == parts[part].size:
                part, offset = part + 1, 0
            if part >= len(parts) or offset + length > parts[part].size:
                raise _misplaced(number, "has a chunk that does not lie within one part")
            if not index and (blob.part, blob.offset) != (part, offset):
                raise _misplaced(number, "does not begin where the one before it ended")
            yield Span(number, index, part, offset, length)
            offset += length
    if (part, offset) != ((len(parts) - 1, parts[-1].size) if parts else (0, 0)):
        raise ValueError("a part has bytes that are in no blob (4.8)")


def _misplaced(number: int, reason: str) -> ValueError:
    return ValueError(f"blob {number} {reason} (4.8)")
