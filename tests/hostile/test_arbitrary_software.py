"""Arbitrary software: whoever can write to the medium changes bits, anywhere (spec/bundle.md 4.11, 5.1, 6.3, 7.2)."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.bundles import Hospital, hospital, seq_files

from coderev.errors import InputError, TrustError, Unavailable
from coderev.trust.packets import NotAsExpected, binary_of

NAMES = (
    "tuf/1.root.json",
    "tuf/timestamp.json",
    "tuf/snapshot.json",
    "tuf/targets.json",
    "MANIFEST.json",
    "KEYRING.gpg",
    "SIGNATURE.asc",
    "parts/0000.part",
)


class World:
    """A site with a live release, and a newer bundle whose every byte may be changed."""

    def __init__(self, home: Path) -> None:
        self.site: Hospital = hospital(home)
        self.site.install(self.site.depot.make(home / "seven", seq=7))
        self.bundle = self.site.depot.make(home / "eight", seq=8, packed={"models/small/model.gguf"})
        self.whole = {name: (self.bundle / name).read_bytes() for name in NAMES}

    def state(self) -> dict[str, bytes]:
        kept = [self.site.home / "opt/generations", self.site.home / "state/site.json"]
        files = [path for top in kept for path in (top.rglob("*") if top.is_dir() else [top]) if path.is_file()]
        return {str(path): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_told_and_no_other_byte_becomes_live(world: World, data: st.DataObject) -> None:
    """5.1, 6.3, 7.2: in any metadata, part or signature. Bytes of a part that the site has already are not read."""
    name = data.draw(st.sampled_from(NAMES))
    content = world.whole[name]
    offset = data.draw(st.integers(0, len(content) - 1))
    flipped = bytes([content[offset] ^ (1 << data.draw(st.integers(0, 7)))])
    before = world.state()
    (world.bundle / name).write_bytes(content[:offset] + flipped + content[offset + 1 :])

    try:
        proved, installed = is_proved(world), is_installed(world)
    finally:
        (world.bundle / name).write_bytes(content)
    tree, after = world.site.tree(), world.state()
    if installed:
        back_to_seven(world)

    same = name == "SIGNATURE.asc" and says_the_same(content, offset, flipped)
    assert proved == same
    assert not installed or same or name.startswith("parts/")
    assert tree == seq_files(8 if installed else 7)
    assert installed or {path: after.get(path) for path in before} == before or name.startswith("parts/")


def is_proved(world: World) -> bool:
    try:
        return world.site.verify(world.bundle).proved
    except (TrustError, InputError):
        return False


def is_installed(world: World) -> bool:
    try:
        world.site.install(world.bundle)
    except (TrustError, Unavailable, InputError):
        return False
    return True


def says_the_same(content: bytes, offset: int, flipped: bytes) -> bool:
    """Whether the armour still holds the very packets that were signed: a blank for a line break, a dash."""
    try:
        return binary_of(content[:offset] + flipped + content[offset + 1 :]) == binary_of(content)
    except NotAsExpected:
        return False


def back_to_seven(world: World) -> None:
    for name in ("opt", "state"):
        shutil.rmtree(world.site.home / name)
    world.site.install(world.site.home / "seven")


def test_every_byte_of_a_part_belongs_to_a_chunk_so_any_change_is_told_with_its_place(world: World) -> None:
    """4.8, 4.11, 4.12, 6.10: all faults, not the first."""
    part = world.bundle / "parts/0000.part"
    content = world.whole["parts/0000.part"]
    part.write_bytes(bytes([content[0] ^ 1]) + content[1:-1] + bytes([content[-1] ^ 1]))

    try:
        found = world.site.verify(world.bundle)
    finally:
        part.write_bytes(content)

    first, last = found.faults
    assert not found.proved
    assert (first.kind, first.part, first.offset) == ("changed", 0, 0)
    assert last.offset + last.length == len(content)
    assert "the bytes were changed after signing" in first.advice


def test_the_whole_bundle_is_proved(world: World) -> None:
    """6.10: so the refusals above are not for another reason."""
    assert world.site.verify(world.bundle).proved


def test_files_that_no_manifest_names_are_never_opened(tmp_path: Path) -> None:
    """1.3: a pipe would hang whoever opened it."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle")
    for name in ("autorun.inf", "parts/9999.part", "tuf/README", "CHECKSUMS.sha256", "CUSTODY.jsonl"):
        os.mkfifo(bundle / name)

    site.install(bundle)

    assert site.tree() == seq_files(7)


def test_checksums_for_people_decide_nothing(tmp_path: Path) -> None:
    """1.6: nothing that verifies reads them."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle")
    (bundle / "CHECKSUMS.sha256").write_text("0" * 64 + "  MANIFEST.json\n")

    assert site.verify(bundle).proved
