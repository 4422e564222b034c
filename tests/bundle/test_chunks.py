import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.bundle.format.chunks import CHUNK_BYTES, EMPTY, ContentHash, chunk_count, chunk_sizes, digest, fill

VECTORS = json.loads((Path(__file__).parents[2] / "spec/bundle/digests.json").read_text(encoding="utf-8"))


class Dribble(BytesIO):
    """Gives at most seven bytes at a time, as a pipe may."""

    def readinto(self, buffer: Any, /) -> int:
        return super().readinto(memoryview(buffer)[:7])


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{case['count']} times {case['byte']}")
def test_the_vectors_have_their_digests(case: dict[str, Any]) -> None:
    """4.1, 4.2: the vectors."""
    found = digest(BytesIO(bytes.fromhex(case["byte"]) * case["count"]))

    assert (found.digest, found.size, list(found.chunks)) == (case["digest"], case["count"], case["chunks"])


def test_an_empty_blob_has_no_chunks() -> None:
    """4.2."""
    assert digest(BytesIO()) == (EMPTY, 0, ())


@given(size=st.integers(0, 2**41))
def test_chunks_fill_a_blob_and_only_the_last_is_shorter(size: int) -> None:
    """4.1."""
    size %= 2**34
    sizes = list(chunk_sizes(size))

    assert sum(sizes) == size
    assert len(sizes) == chunk_count(size)
    assert all(each == CHUNK_BYTES for each in sizes[:-1])
    assert all(0 < each <= CHUNK_BYTES for each in sizes)


@given(pieces=st.lists(st.binary(max_size=50), max_size=8))
def test_the_pieces_that_bytes_come_in_do_not_matter(pieces: list[bytes]) -> None:
    """4.2."""
    hashing = ContentHash()

    for piece in pieces:
        hashing.update(piece)

    assert hashing.digested() == digest(BytesIO(b"".join(pieces)))


def test_pieces_across_the_ends_of_chunks_do_not_matter_either() -> None:
    """4.1, 4.2."""
    content = bytes(range(256)) * (CHUNK_BYTES // 128) + b"rest"
    hashing = ContentHash()

    for start in range(0, len(content), 5_000_001):
        hashing.update(content[start : start + 5_000_001])

    assert hashing.digested() == digest(BytesIO(content))


def test_a_source_that_gives_little_at_a_time_is_read_on() -> None:
    """4.1: a chunk ends where it is full, not where a read ended."""
    buffer = memoryview(bytearray(20))

    assert fill(Dribble(b"x" * 30), buffer) == 20
    assert fill(Dribble(b"x" * 10), buffer) == 10
    assert digest(Dribble(b"x" * 100)) == digest(BytesIO(b"x" * 100))
