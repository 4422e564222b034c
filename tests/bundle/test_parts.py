import os
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coderev.bundle.format import parts as parts_module
from coderev.bundle.format.chunks import CHUNK_BYTES
from coderev.bundle.format.entries import MAX_PART_BYTES, Blob, Part
from coderev.bundle.format.layout import lay_out
from coderev.bundle.format.parts import PART_BYTES, PartSizeRefused, PartWriter, Placed, part_name
from coderev.bundle.format.reading import Chunk, Fault, PartReader, PartUnreadable, PartWrong, missing

MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
small_blobs = st.lists(st.binary(max_size=40), min_size=1, max_size=12, unique=True)


def written(folder: Path, contents: Sequence[bytes], **sizes: Any) -> tuple[tuple[Part, ...], list[Blob]]:
    with PartWriter(lambda medium: folder / f"medium-{medium}", **sizes) as writer:
        blobs = [as_blob(writer.add(BytesIO(content))) for content in contents]
        return writer.finish(), blobs


def as_blob(placed: Placed) -> Blob:
    return Blob(**placed._asdict())


def path_of(folder: Path, parts: Sequence[Part], number: int) -> Path:
    return folder / f"medium-{parts[number].medium}" / part_name(number)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read(folder: Path, parts: Sequence[Part], blobs: Sequence[Blob]) -> tuple[list[bytes], list[Fault]]:
    """Every blob's bytes, put together from its chunks, and every fault."""
    contents, faults = [bytearray(blob.size) for blob in blobs], []
    reader = PartReader(parts, blobs)
    for number in range(len(parts)):
        with opened(path_of(folder, parts, number)) as descriptor:
            for found in reader.read(number, descriptor):
                if isinstance(found, Fault):
                    faults.append(found)
                else:
                    contents[found.number][found.start : found.start + len(found.view)] = found.view
    return [bytes(content) for content in contents], faults


def flipped(path: Path, offset: int, mask: int = 1) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


@pytest.fixture(scope="module")
def large() -> list[bytes]:
    """Blobs of 0, 1 and 3 chunks with small ones between them."""
    long = bytes(range(256)) * (CHUNK_BYTES // 256)
    return [b"first", long + long[::-1] + b"tail", b"", b"middle" * 1000, long[1:] + b"x", b"last"]


# writing


@MANY
@given(contents=small_blobs)
def test_blobs_come_back_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    """4.8, 4.11."""
    folder = tmp_path_factory.mktemp("media")

    parts, blobs = written(folder, contents)

    assert read(folder, parts, blobs) == (contents, [])
    assert sum(part.size for part in parts) == sum(map(len, contents))


@pytest.mark.parametrize("part_size", [CHUNK_BYTES, CHUNK_BYTES + 5, 2 * CHUNK_BYTES, PART_BYTES])
def test_large_blobs_span_parts_at_the_ends_of_chunks(tmp_path: Path, large: list[bytes], part_size: int) -> None:
    """4.3, 4.8, 4.9: a chunk lies within one part, and no part is longer than asked."""
    parts, blobs = written(tmp_path, large, part_size=part_size)

    assert read(tmp_path, parts, blobs) == (large, [])
    assert all(0 < part.size <= part_size for part in parts)
    assert [path_of(tmp_path, parts, number).stat().st_size for number in range(len(parts))] == [
        part.size for part in parts
    ]
    assert len(list(lay_out(parts, blobs))) == 7
    assert [len(blob.chunks) for blob in blobs] == [0, 3, 0, 0, 0, 0]


def test_parts_are_grouped_over_media(tmp_path: Path, large: list[bytes]) -> None:
    """4.9, 2.5."""
    size = 2 * CHUNK_BYTES + 10_000

    parts, blobs = written(tmp_path, large, part_size=CHUNK_BYTES + 9000, medium_size=size)

    on_medium: dict[int, int] = {}
    for part in parts:
        on_medium[part.medium] = on_medium.get(part.medium, 0) + part.size
    assert [part.medium for part in parts] == sorted(part.medium for part in parts)
    assert len(on_medium) == 2
    assert max(on_medium.values()) <= size
    assert read(tmp_path, parts, blobs) == (large, [])


def test_a_medium_smaller_than_a_part_bounds_its_part(tmp_path: Path, large: list[bytes]) -> None:
    """4.9."""
    parts, blobs = written(tmp_path, large, medium_size=CHUNK_BYTES)

    assert [part.medium for part in parts] == list(range(1, len(parts) + 1))
    assert max(part.size for part in parts) == CHUNK_BYTES
    assert read(tmp_path, parts, blobs) == (large, [])


def test_the_same_blobs_give_the_same_parts(tmp_path: Path, large: list[bytes]) -> None:
    """4.10."""
    first = written(tmp_path / "a", large, part_size=2 * CHUNK_BYTES)
    second = written(tmp_path / "b", large, part_size=2 * CHUNK_BYTES)

    assert first == second
    for number in range(len(first[0])):
        one, other = (path_of(tmp_path / name, first[0], number) for name in "ab")
        assert one.read_bytes() == other.read_bytes()


@MANY
@given(contents=small_blobs, taken=st.binary(max_size=40))
def test_what_is_taken_back_was_never_there(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], taken: bytes
) -> None:
    """4.5: a content that turns out to be there already goes again."""
    folder = tmp_path_factory.mktemp("media")
    half = len(contents) // 2

    with PartWriter(lambda medium: folder / f"medium-{medium}") as writer:
        blobs = [as_blob(writer.add(BytesIO(content))) for content in contents[:half]]
        writer.add(BytesIO(taken))
        writer.take_back()
        blobs += [as_blob(writer.add(BytesIO(content))) for content in contents[half:]]
        parts = writer.finish()

    assert read(folder, parts, blobs) == (contents, [])
    assert (parts, blobs) == written(folder / "again", contents)


def test_what_is_taken_back_takes_its_parts_and_media_with_it(tmp_path: Path, large: list[bytes]) -> None:
    """4.5, 4.9."""
    sizes = {"part_size": CHUNK_BYTES, "medium_size": 2 * CHUNK_BYTES}
    with PartWriter(lambda medium: tmp_path / f"medium-{medium}", **sizes) as writer:
        blobs = [as_blob(writer.add(BytesIO(b"first")))]
        writer.add(BytesIO(large[1]))
        writer.take_back()
        blobs.append(as_blob(writer.add(BytesIO(b"second"))))
        parts = writer.finish()

    assert parts == (Part(medium=1, size=11),)
    assert [path.name for path in tmp_path.rglob("*.part")] == ["0000.part"]
    assert read(tmp_path, parts, blobs) == ([b"first", b"second"], [])


def test_a_part_that_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    """4.8: a part holds what its writer put there, nothing else."""
    written(tmp_path, [b"old"])

    with pytest.raises(FileExistsError):
        written(tmp_path, [b"new"])

    assert (tmp_path / "medium-1/parts/0000.part").read_bytes() == b"old"


def test_only_empty_blobs_need_no_part(tmp_path: Path) -> None:
    """4.2, 4.9: a part is not empty."""
    parts, blobs = written(tmp_path, [b""])

    assert parts == ()
    assert list(tmp_path.iterdir()) == []
    assert list(lay_out(parts, blobs)) == []


@pytest.mark.parametrize(
    "sizes", [{"part_size": CHUNK_BYTES - 1}, {"part_size": MAX_PART_BYTES + 1}, {"medium_size": CHUNK_BYTES - 1}]
)
def test_a_size_that_no_bundle_can_have_is_refused(tmp_path: Path, sizes: dict[str, int]) -> None:
    """4.9, 14.1."""
    with pytest.raises(PartSizeRefused):
        written(tmp_path, [b"x"], **sizes)


def test_more_parts_than_a_bundle_has_are_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """14.1."""
    monkeypatch.setattr(parts_module, "MAX_PARTS", 2)

    with pytest.raises(PartSizeRefused, match="more than 2"):
        written(tmp_path, [bytes(2 * CHUNK_BYTES + 1)], part_size=CHUNK_BYTES)


def test_part_names_have_four_digits_at_least() -> None:
    """1.1, 2.5."""
    assert [part_name(number) for number in (0, 42, 9999)] == ["parts/0000.part", "parts/0042.part", "parts/9999.part"]


# reading


@MANY
@given(contents=small_blobs.filter(any), data=st.data())
def test_any_flipped_byte_is_found_with_its_part_and_offset(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], data: st.DataObject
) -> None:
    """4.11: and nothing but its blob is lost."""
    folder = tmp_path_factory.mktemp("media")
    parts, blobs = written(folder, contents)
    place = data.draw(st.integers(0, parts[0].size - 1))
    flipped(path_of(folder, parts, 0), place, data.draw(st.integers(1, 255)))
    ends = list(accumulate(map(len, contents)))
    hit = next(number for number, end in enumerate(ends) if place < end)

    found, faults = read(folder, parts, blobs)

    assert [(fault.part, fault.offset, fault.length, fault.blob) for fault in faults] == [
        (0, blobs[hit].offset, blobs[hit].size, blobs[hit].digest)
    ]
    assert [content for number, content in enumerate(found) if number != hit] == [
        content for number, content in enumerate(contents) if number != hit
    ]
    assert found[hit] == bytes(len(contents[hit]))  # a chunk that differs is not handed out


@pytest.mark.parametrize("place", [0, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES - 1, 2 * CHUNK_BYTES + 3])
def test_a_fault_in_a_large_blob_is_narrowed_to_its_chunk(tmp_path: Path, large: list[bytes], place: int) -> None:
    """4.11."""
    parts, blobs = written(tmp_path, large[1:2])
    flipped(path_of(tmp_path, parts, 0), place)

    found, faults = read(tmp_path, parts, blobs)

    start = place // CHUNK_BYTES * CHUNK_BYTES
    assert [(fault.kind, fault.offset, fault.length) for fault in faults] == [
        ("changed", start, min(CHUNK_BYTES, blobs[0].size - start))
    ]
    assert found[0][:start] == large[1][:start]
    assert found[0][start + CHUNK_BYTES :] == large[1][start + CHUNK_BYTES :]


def test_every_fault_is_told_not_the_first(tmp_path: Path, large: list[bytes]) -> None:
    """6.10, 4.11."""
    parts, blobs = written(tmp_path, large, part_size=2 * CHUNK_BYTES)
    for number in range(len(parts)):
        flipped(path_of(tmp_path, parts, number), 0)

    _, faults = read(tmp_path, parts, blobs)

    assert [fault.part for fault in faults] == list(range(len(parts)))


@pytest.mark.parametrize("cut", [1, 4, 10, 14])
def test_a_short_part_is_told_and_what_is_there_is_read(tmp_path: Path, cut: int) -> None:
    """4.11, 1.7."""
    contents = [b"one", b"three", b"eleven"]
    parts, blobs = written(tmp_path, contents)
    os.truncate(path_of(tmp_path, parts, 0), 14 - cut)

    found, faults = read(tmp_path, parts, blobs)

    assert [(fault.kind, fault.offset, fault.length) for fault in faults] == [("short", 14 - cut, cut)]
    whole = [content for content, end in zip(contents, (3, 8, 14), strict=True) if end <= 14 - cut]
    assert [content for content in found if any(content)] == whole


def test_a_part_longer_than_listed_is_told_and_not_read_on(tmp_path: Path) -> None:
    """4.11, 1.4: endless data is refused without reading it."""
    parts, blobs = written(tmp_path, [b"one", b"two"])
    os.truncate(path_of(tmp_path, parts, 0), 2**40)  # a sparse terabyte

    found, faults = read(tmp_path, parts, blobs)

    assert found == [b"one", b"two"]
    assert [(fault.kind, fault.offset, fault.length) for fault in faults] == [("long", 6, 2**40 - 6)]


def test_parts_in_another_order_are_told(tmp_path: Path, large: list[bytes]) -> None:
    """4.11: mixed-up parts are not what was signed."""
    parts, blobs = written(tmp_path, [large[1]], part_size=CHUNK_BYTES)
    first, second = path_of(tmp_path, parts, 0), path_of(tmp_path, parts, 1)
    first.rename(tmp_path / "aside")
    second.rename(first)
    (tmp_path / "aside").rename(second)

    _, faults = read(tmp_path, parts, blobs)

    assert [(fault.part, fault.kind) for fault in faults] == [(0, "changed"), (1, "changed")]


def test_blobs_that_are_there_already_are_not_read(tmp_path: Path) -> None:
    """4.11, 7.14: what a role or a resumed installation does not need costs nothing."""
    parts, blobs = written(tmp_path, [b"one", b"two", b"three", b"four"])
    flipped(path_of(tmp_path, parts, 0), 3)  # in the second, which is left out

    with opened(path_of(tmp_path, parts, 0)) as descriptor:
        found = [
            (chunk.number, bytes(chunk.view))
            for chunk in PartReader(parts, blobs).read(0, descriptor, without={1})
            if isinstance(chunk, Chunk)
        ]

    assert found == [(0, b"one"), (2, b"three"), (3, b"four")]


def test_a_reader_that_stops_early_leaves_nothing_running(tmp_path: Path, large: list[bytes]) -> None:
    """4.11."""
    parts, blobs = written(tmp_path, large)

    with opened(path_of(tmp_path, parts, 0)) as descriptor:
        chunks = PartReader(parts, blobs).read(0, descriptor)
        first = next(chunks)
        assert isinstance(first, Chunk)
        assert bytes(first.view) == b"first"
        chunks.close()  # type: ignore[attr-defined]


def test_the_parts_of_a_blob_are_known_beforehand(tmp_path: Path, large: list[bytes]) -> None:
    """4.11: of each medium it is known which blobs need it."""
    parts, blobs = written(tmp_path, large, part_size=CHUNK_BYTES)
    reader = PartReader(parts, blobs)

    assert [sorted(reader.blobs_of(number)) for number in range(len(parts))] == [[0], [1], [1], [1, 3], [4], [5]]


Happening = Callable[[int, int], None]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Happening], None]:
    """Before the system reads of a medium, let something happen, given the range of bytes."""

    def install(happen: Happening) -> None:
        really = os.preadv

        def preadv(descriptor: int, buffers: list[memoryview], offset: int) -> int:
            happen(offset, offset + len(buffers[0]))
            return really(descriptor, buffers, offset)

        monkeypatch.setattr(os, "preadv", preadv)

    return install


def bad_sector(at: int) -> Happening:
    def happen(start: int, end: int) -> None:
        if start <= at < end:
            raise OSError(5, "Input/output error")

    return happen


def test_bytes_that_cannot_be_read_are_told_and_their_neighbours_read(
    tmp_path: Path, large: list[bytes], failing: Callable[[Happening], None]
) -> None:
    """4.11: a bad sector takes one chunk, not the part."""
    parts, blobs = written(tmp_path, large[:2])

    failing(bad_sector(5 + CHUNK_BYTES + 77))
    found, faults = read(tmp_path, parts, blobs)

    assert [(fault.kind, fault.offset, fault.length) for fault in faults] == [
        ("unreadable", 5 + CHUNK_BYTES, CHUNK_BYTES)
    ]
    assert found[0] == b"first"
    assert found[1][:CHUNK_BYTES] == large[1][:CHUNK_BYTES]
    assert found[1][2 * CHUNK_BYTES :] == b"tail"


def test_small_blobs_beside_a_bad_one_are_read_one_by_one(tmp_path: Path, failing: Callable[[Happening], None]) -> None:
    """4.11."""
    parts, blobs = written(tmp_path, [b"one", b"two", b"three"])

    failing(bad_sector(4))
    found, faults = read(tmp_path, parts, blobs)

    assert [(fault.kind, fault.blob) for fault in faults] == [("unreadable", blobs[1].digest)]
    assert found == [b"one", bytes(3), b"three"]


def test_a_second_read_tells_a_failing_medium_from_changed_bytes(
    tmp_path: Path, failing: Callable[[Happening], None]
) -> None:
    """4.12."""
    parts, blobs = written(tmp_path, [b"one", b"two"])
    path = path_of(tmp_path, parts, 0)
    flipped(path, 3)
    _, changed = read(tmp_path, parts, blobs)

    failing(lambda start, _: flipped(path, 4) if start == 3 else None)  # each look at it gives something else
    _, failed = read(tmp_path, parts, blobs)

    assert [(fault.kind, fault.offset) for fault in changed] == [("changed", 3)]
    assert [(fault.kind, fault.offset) for fault in failed] == [("failing", 3)]
    assert "keep the medium for the security officer" in changed[0].advice
    assert failed[0].advice == "the medium is failing: copy parts/0000.part again, to another medium"


def test_a_fault_says_where_in_the_words_of_an_operator() -> None:
    """4.11, 4.12."""
    whole = Fault(kind="failing", part=3, offset=512 * 2**20, length=CHUNK_BYTES)
    small = Fault(kind="changed", part=0, offset=5, length=3, blob="ab" * 32)

    assert str(whole) == (
        "part 3, bytes 512 to 528 MiB: these are not the bytes that were signed, and a second read differed"
    )
    assert str(small).startswith(f"part 0, bytes 5 to 8, of blob {'ab' * 32}: these are not the bytes")
    assert str(missing(2, Part(medium=1, size=2**20))) == "part 2, bytes 0 to 1 MiB: the part is not there"


@pytest.mark.parametrize(
    ("kind", "leaf", "status"),
    [
        ("changed", PartWrong, 3),
        ("long", PartWrong, 3),
        ("failing", PartUnreadable, 4),
        ("unreadable", PartUnreadable, 4),
        ("short", PartUnreadable, 4),
        ("missing", PartUnreadable, 4),
    ],
)
def test_who_must_act_depends_on_the_fault(kind: Any, leaf: type[PartWrong], status: int) -> None:
    """4.11, 4.12."""
    fault = Fault(kind=kind, part=1, offset=0, length=9)

    error = fault.error()

    assert type(error) is leaf
    assert error.exit_status == status
    assert str(error) == str(fault)
    assert "parts/0001.part" in error.next_step


def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    """4.11: one buffer writes and two read a part of any size."""

    class Zeros:
        left = 8 * CHUNK_BYTES

        def readinto(self, buffer: memoryview, /) -> int:
            count = min(len(buffer), self.left)
            self.left -= count
            return count

    tracemalloc.start()
    with PartWriter(lambda _: tmp_path) as writer:
        blob = as_blob(writer.add(Zeros()))
        parts = writer.finish()
    with opened(tmp_path / part_name(0)) as descriptor:
        found = sum(len(each.view) for each in PartReader(parts, [blob]).read(0, descriptor) if isinstance(each, Chunk))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found == 8 * CHUNK_BYTES
    assert peak < 3.5 * CHUNK_BYTES
