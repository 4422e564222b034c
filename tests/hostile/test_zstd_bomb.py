"""A blob that unpacks to far more than it says, or needs far more memory than a host has (spec/bundle.md 4.6)."""

import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.bundles import FILES, Hospital, _fields, hospital

from coderev.bundle.format.chunks import digest
from coderev.bundle.format.encodings import PATCH_WINDOW_LOG
from coderev.bundle.format.entries import Blob, Content, Patch
from coderev.bundle.format.manifest import Manifest, encode
from coderev.bundle.format.parts import PartWriter
from coderev.bundle.format.unpacking import ContentWrong, UnpackedContent

MIB = 1024 * 1024
CLAIMED = bytes(random.Random(1).choices(b"ACGT", k=200_000))  # what the manifest says that comes out
HONEST = zstd.compress(CLAIMED)


def with_window(log: int) -> bytes:
    """A frame of the claimed content that asks its reader for a window of 2^log bytes."""
    options: dict[int, int] = {zstd.CompressionParameter.window_log: log}
    packing = zstd.ZstdCompressor(options=options)
    return packing.compress(CLAIMED) + packing.flush()


def with_dictionary() -> bytes:
    dictionary = zstd.train_dict([CLAIMED[start : start + 2000] for start in range(0, len(CLAIMED), 2000)], 4096)
    return zstd.compress(CLAIMED, zstd_dict=dictionary)


BOMBS: dict[str, Callable[[], bytes]] = {
    "256 MiB of nothing": lambda: zstd.compress(bytes(256 * MIB)),
    "one byte more": lambda: zstd.compress(CLAIMED + b"A"),
    "one byte fewer": lambda: zstd.compress(CLAIMED[:-1]),
    "a second frame": lambda: HONEST + zstd.compress(b"more"),
    "an empty second frame": lambda: HONEST + zstd.compress(b""),
    "a skippable frame behind": lambda: HONEST + b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip",
    "something behind": lambda: HONEST + b"x",
    "the end cut off": lambda: HONEST[:-1],
    "no frame at all": lambda: CLAIMED[:1000],
    "a window of 128 MiB": lambda: with_window(27),
    "a dictionary that nobody has": with_dictionary,
}


def carrying(site: Hospital, folder: Path, stored: bytes) -> Path:
    """A bundle, signed by everybody, one blob of which is not what the manifest says of it."""
    files = {"bin/tool": CLAIMED, "sbom.cdx.json": FILES["sbom.cdx.json"]}
    found = digest(BytesIO(CLAIMED))
    with PartWriter(lambda _: folder, part_size=16 * MIB) as writer:
        placed = writer.add(BytesIO(stored))
        bomb = Blob(**placed._asdict(), encoding="zstd", content=Content(digest=found.digest, size=found.size))
        blobs = {CLAIMED: bomb, files["sbom.cdx.json"]: Blob(**writer.add(BytesIO(files["sbom.cdx.json"]))._asdict())}
        parts = writer.finish()
    manifest = Manifest(**(_fields(files, blobs, {}, None, 7) | {"parts": parts}))
    site.depot.sign(folder, encode(manifest), seq=7)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    return hospital(tmp_path / "site")


def test_the_same_bundle_without_a_bomb_is_installed(site: Hospital, tmp_path: Path) -> None:
    site.install(carrying(site, tmp_path / "bundle", HONEST))

    assert site.tree()["bin/tool"] == CLAIMED


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_and_gets_no_name(site: Hospital, tmp_path: Path, bomb: Callable[[], bytes]) -> None:
    """4.6."""
    bundle = carrying(site, tmp_path / "bundle", bomb())

    with pytest.raises(ContentWrong):
        site.install(bundle)

    assert site.live is None
    named = (tmp_path / "site" / "opt" / "store").rglob(f"{digest(BytesIO(CLAIMED)).digest}*")
    assert {path.parent.name for path in named} <= {"tmp"}


def test_nothing_over_the_promised_size_is_handed_out() -> None:
    """4.6: a reader stops at the first byte more, however much would follow."""
    stored = zstd.compress(bytes(64 * MIB))
    handed_out: list[int] = []
    unpacking = UnpackedContent(blob_of(stored, 10 * MIB), lambda view: handed_out.append(len(view)))

    with pytest.raises(ContentWrong, match="more than"):
        unpacking.take(memoryview(stored))

    assert sum(handed_out) <= 10 * MIB
    assert max(handed_out) <= MIB


@given(at=st.integers(0, len(HONEST) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_never_gives_another_content(at: int, bit: int) -> None:
    """4.6: whatever the frame then says of itself; chunks that were compared come first, this is the second wall."""
    stored = bytearray(HONEST)
    stored[at] ^= 1 << bit
    out = bytearray()
    unpacking = UnpackedContent(blob_of(bytes(stored), len(CLAIMED)), out.extend)

    try:
        unpacking.take(memoryview(stored))
        unpacking.finish()
    except ContentWrong:
        return

    assert bytes(out) == CLAIMED  # a bit that no decoder looks at


def test_a_segment_of_a_patch_is_bounded_too(tmp_path: Path) -> None:
    """9.2: a patch that unpacks to more than its segment."""
    base = tmp_path / "base"
    base.write_bytes(CLAIMED)
    options: dict[int, int] = {zstd.CompressionParameter.window_log: PATCH_WINDOW_LOG}
    packing = zstd.ZstdCompressor(options=options, zstd_dict=zstd.ZstdDict(CLAIMED, is_raw=True).as_prefix)
    stored = packing.compress(CLAIMED * 40) + packing.flush()
    blob = blob_of(stored, len(CLAIMED), windows=(0,))
    out = bytearray()

    with pytest.raises(ContentWrong, match="more than"):
        UnpackedContent(blob, out.extend, base).take(memoryview(stored))

    assert len(out) <= len(CLAIMED)


def blob_of(stored: bytes, size: int, windows: tuple[int, ...] | None = None) -> Blob:
    """An entry for stored bytes that says that `size` bytes come out: of the claimed content, or of nothing known."""
    found, claimed = digest(BytesIO(stored)), digest(BytesIO(CLAIMED if size == len(CLAIMED) else bytes(size)))
    patch = None if windows is None else Patch(base=claimed.digest, size=len(CLAIMED), windows=windows)
    return Blob(
        digest=found.digest,
        size=found.size,
        part=0,
        offset=0,
        encoding="zstd" if patch is None else "patch",
        content=Content(digest=claimed.digest, size=size),
        patch=patch,
    )
