"""Somebody exchanges files on the medium between the check and the use (spec/bundle.md 1.5, 7.2)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from stand_ins.bundles import FILES, NOW, Hospital, hospital, seq_files

from coderev.bundle.format.reading import PartWrong
from coderev.bundle.install import Told
from coderev.bundle.planning import Plan

BIG = 33 << 20


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    return hospital(tmp_path)


def when_planned(act: Callable[[], object]) -> Told:
    """Do something at the moment at which all metadata was judged, and nothing of the parts was read."""

    def planned(_: Plan) -> None:
        act()

    return Told(plan=planned)


def test_metadata_that_is_exchanged_after_it_was_read_changes_nothing(site: Hospital, tmp_path: Path) -> None:
    """1.5."""
    bundle, other = site.depot.make(tmp_path / "one"), site.depot.make(tmp_path / "two", seq=8)

    def swap() -> None:
        for name in ("MANIFEST.json", "SIGNATURE.asc", "tuf/targets.json", "tuf/timestamp.json", "tuf/snapshot.json"):
            (bundle / name).write_bytes((other / name).read_bytes())

    done = site.install(bundle, told=when_planned(swap))

    assert done.verified.manifest.seq == 7
    assert site.tree() == seq_files(7)
    assert (done.folder / ".coderev/MANIFEST.json").read_bytes() == done.verified.content


def test_a_part_that_is_exchanged_after_its_length_was_seen_is_refused_by_its_bytes(
    site: Hospital, tmp_path: Path
) -> None:
    """7.2."""
    bundle = site.depot.make(tmp_path / "bundle")
    part = bundle / "parts/0000.part"

    def swap() -> None:
        forged = part.with_name("forged")
        forged.write_bytes(bytes(part.stat().st_size))
        forged.replace(part)

    with pytest.raises(PartWrong):
        site.install(bundle, told=when_planned(swap))

    assert site.live is None


def test_a_part_that_is_exchanged_while_it_is_read_is_read_from_the_old_file(site: Hospital, tmp_path: Path) -> None:
    """7.2: what was opened stays what it is; and each chunk is compared in the memory that is written."""
    files = {**FILES, "a": os.urandom(BIG)}
    bundle = site.depot.make(tmp_path / "bundle", files)
    swapped: list[Path] = []

    def watch(_: int) -> None:
        for part in [] if swapped else sorted((bundle / "parts").iterdir()):
            swapped.append(part)
            size = part.stat().st_size
            part.unlink()
            part.write_bytes(bytes(size))

    with pytest.raises(PartWrong):
        site.install(bundle, told=Told(watch=watch))

    assert swapped
    assert site.live is None
    assert not any(path.read_bytes().count(0) > BIG // 2 for path in (tmp_path / "opt").rglob("*") if path.is_file())


def test_a_store_that_somebody_else_writes_to_is_found_out_before_the_exchange(site: Hospital, tmp_path: Path) -> None:
    """7.3, 7.13: what an earlier generation left is read before it is used."""
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    (site.site.current("release") / "sbom.cdx.json").write_bytes(b'{"bomFormat":"Evil"}      ')

    site.install(site.depot.make(tmp_path / "eight", seq=8))

    assert site.tree() == seq_files(8)


def test_a_link_planted_in_the_stores_temporary_folder_is_not_followed(site: Hospital, tmp_path: Path) -> None:
    """7.2."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    bundle = site.depot.make(tmp_path / "bundle")
    for blob in site.verify(bundle).verified.manifest.blobs:
        planted = tmp_path / f"opt/store/tmp/{blob.unpacked.digest}.0644"
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.symlink_to(victim)

    site.install(bundle, at=NOW)

    assert victim.read_bytes() == b"precious"
    assert site.tree() == seq_files(7)
