"""Endless data: a medium that would fill memory, hang the reader, or lead it elsewhere (spec/bundle.md 1.4, 14.1)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from stand_ins.bundles import Hospital, hospital

from coderev.bundle.format.reading import PartUnreadable, PartWrong
from coderev.bundle.media import MediumRefused, NotABundle, NotSigned

TERABYTE = 1 << 40
METADATA = (
    "MANIFEST.json",
    "KEYRING.gpg",
    "SIGNATURE.asc",
    "tuf/timestamp.json",
    "tuf/targets.json",
    "tuf/1.root.json",
)


def sparse(path: Path) -> None:
    path.unlink()
    with path.open("wb") as file:
        file.truncate(TERABYTE)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path) -> None:
    moved = path.with_name("moved")
    path.rename(moved)
    path.symlink_to(moved)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    return hospital(tmp_path)


@pytest.mark.parametrize("name", METADATA)
@pytest.mark.parametrize("instead", [sparse, pipe, link, folder, device])
def test_metadata_that_is_no_plain_file_of_its_size_is_refused_unread(
    site: Hospital, tmp_path: Path, name: str, instead: Callable[[Path], None]
) -> None:
    """1.4, 14.1: a sparse terabyte, a pipe, a link, a folder, a device."""
    bundle = site.depot.make(tmp_path / "bundle")
    instead(bundle / name)

    with pytest.raises(MediumRefused):
        site.install(bundle)

    assert site.live is None


@pytest.mark.parametrize("instead", [pipe, link, folder, device])
def test_a_part_that_is_no_plain_file_is_refused(
    site: Hospital, tmp_path: Path, instead: Callable[[Path], None]
) -> None:
    """1.4."""
    bundle = site.depot.make(tmp_path / "bundle")
    instead(bundle / "parts/0000.part")

    with pytest.raises(MediumRefused):
        site.install(bundle)


def test_a_part_longer_than_listed_is_refused_before_anything_is_written(site: Hospital, tmp_path: Path) -> None:
    """4.11, 7.1."""
    bundle = site.depot.make(tmp_path / "bundle")
    with (bundle / "parts/0000.part").open("ab") as file:
        file.truncate(1 << 33)

    with pytest.raises(PartWrong, match="after the listed end"):
        site.install(bundle)

    assert [fault.kind for fault in site.verify(bundle).faults] == ["long"]
    assert not list((tmp_path / "opt").rglob("*"))


def test_a_part_shorter_than_listed_is_told_as_not_copied_wholly(site: Hospital, tmp_path: Path) -> None:
    """4.11."""
    bundle = site.depot.make(tmp_path / "bundle")
    os.truncate(bundle / "parts/0000.part", 10)

    with pytest.raises(PartUnreadable, match="missing at the end") as caught:
        site.install(bundle)

    assert "copy it again" in caught.value.next_step


def test_a_folder_of_parts_that_is_a_link_is_refused(site: Hospital, tmp_path: Path) -> None:
    """1.4."""
    bundle = site.depot.make(tmp_path / "bundle")
    (bundle / "parts").rename(tmp_path / "elsewhere")
    (bundle / "parts").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(MediumRefused):
        site.install(bundle)


def test_a_flood_of_roots_is_refused(site: Hospital, tmp_path: Path) -> None:
    """14.1."""
    bundle = site.depot.make(tmp_path / "bundle")
    for number in range(2, 300):
        (bundle / f"tuf/{number}.root.json").write_bytes(b"{}")

    with pytest.raises(MediumRefused, match="256 roots"):
        site.install(bundle)


def test_a_folder_without_a_bundle_says_what_is_missing(site: Hospital, tmp_path: Path) -> None:
    """1.1."""
    bundle = site.depot.make(tmp_path / "bundle")
    (bundle / "SIGNATURE.asc").unlink()

    with pytest.raises(NotSigned, match=r"SIGNATURE\.asc is missing"):
        site.install(bundle)
    with pytest.raises(NotABundle, match="no folder"):
        site.install(tmp_path / "nothing")
