"""Opening what was carried in: spec/bundle.md 1.2 to 1.5."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from stand_ins.bundles import FILES, NOW, hospital

from coderev.bundle.format.reading import PartUnreadable
from coderev.bundle.install import Told, install
from coderev.bundle.media import NotABundle, named

LONG = 20 << 20


def test_a_folder_of_media_stands_for_all_of_them_in_their_order(tmp_path: Path) -> None:
    """1.1."""
    for number in (10, 2, 1):
        (tmp_path / f"medium-{number}").mkdir()
    (tmp_path / "notes").mkdir()

    found = named([tmp_path])

    assert [folder.name for folder in found.folders] == ["medium-1", "medium-2", "medium-10"]


def test_a_medium_itself_is_not_looked_into_for_others(tmp_path: Path) -> None:
    """1.3."""
    (tmp_path / "MANIFEST.json").touch()
    (tmp_path / "medium-1").mkdir()

    assert named([tmp_path, tmp_path]).folders == (tmp_path,)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NotABundle):
        named([tmp_path / "file"])


def test_one_drive_may_take_one_medium_after_the_other(tmp_path: Path) -> None:
    """1.2: each is asked for; a blob that lies on two media needs no joining."""
    site, drive = hospital(tmp_path), tmp_path / "drive"
    files = {**FILES, "a": os.urandom(LONG), "b": os.urandom(LONG)}
    waiting = sorted(site.depot.make(tmp_path / "bundle", files, medium_size=33 << 20).iterdir())
    waiting.pop(0).rename(drive)
    asked: list[int] = []

    def bring(number: int) -> bool:
        asked.append(number)
        drive.rename(tmp_path / f"used {len(asked)}")
        waiting.pop(0).rename(drive)
        return True

    install(replace(named([drive]), bring=bring), site.order(), NOW, Told())

    assert asked
    assert waiting == []
    assert site.tree() == files


def test_a_medium_that_is_not_brought_ends_the_installation(tmp_path: Path) -> None:
    """7.6."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle")
    (bundle / "parts/0000.part").unlink()

    with pytest.raises(PartUnreadable):
        install(replace(named([bundle]), bring=lambda _: False), site.order(), NOW, Told())

    assert site.live is None
