"""Mix-and-match: media or metadata of two bundles, each of them genuine, put together (1.2, 6.2, 6.3)."""

import os
import shutil
from pathlib import Path

import pytest
from stand_ins.bundles import FILES, Hospital, hospital

from coderev.bundle.format.reading import PartWrong
from coderev.bundle.judge import TargetWrong
from coderev.bundle.media import MediaMixed
from coderev.bundle.planning import MediumMissing
from coderev.errors import TrustError

LONG = 20 << 20


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    return hospital(tmp_path)


def media(site: Hospital, folder: Path, seq: int) -> list[Path]:
    files = {**FILES, "long": os.urandom(LONG), "long too": os.urandom(LONG)}
    return sorted(site.depot.make(folder, files, seq=seq, medium_size=33 << 20).iterdir())


def test_media_of_two_bundles_are_refused(site: Hospital, tmp_path: Path) -> None:
    """1.2."""
    first, *_ = media(site, tmp_path / "seven", 7)
    _, *others = media(site, tmp_path / "eight", 8)

    with pytest.raises(MediaMixed):
        site.install(first, *others)

    assert site.live is None


def test_a_part_of_another_bundle_is_refused_by_its_bytes(site: Hospital, tmp_path: Path) -> None:
    """7.2: the manifest decides, whatever the part is called."""
    ours = media(site, tmp_path / "seven", 7)
    theirs = media(site, tmp_path / "eight", 8)
    for part in (theirs[1] / "parts").iterdir():
        shutil.copyfile(part, ours[1] / "parts" / part.name)

    with pytest.raises(PartWrong):
        site.install(*ours)

    assert site.live is None
    assert not list((tmp_path / "opt").glob("generations/*"))


@pytest.mark.parametrize("name", ["timestamp.json", "snapshot.json", "targets.json"])
def test_metadata_of_two_bundles_does_not_fit(site: Hospital, tmp_path: Path, name: str) -> None:
    """6.2: each file names the next one by its bytes."""
    old, new = site.depot.make(tmp_path / "seven", seq=7), site.depot.make(tmp_path / "eight", seq=8)
    shutil.copyfile(old / "tuf" / name, new / "tuf" / name)

    with pytest.raises(TrustError):
        site.install(new)


@pytest.mark.parametrize("name", ["MANIFEST.json", "SIGNATURE.asc"])
def test_a_manifest_or_signature_of_another_bundle_does_not_fit(site: Hospital, tmp_path: Path, name: str) -> None:
    """6.3, 6.4."""
    old, new = site.depot.make(tmp_path / "seven", seq=7), site.depot.make(tmp_path / "eight", seq=8)
    shutil.copyfile(old / name, new / name)

    with pytest.raises(TrustError) as caught:
        site.install(new)

    assert isinstance(caught.value, TargetWrong) == (name == "MANIFEST.json")


def test_a_medium_that_is_missing_is_told_and_that_is_not_verified(site: Hospital, tmp_path: Path) -> None:
    """6.10."""
    first, *others = media(site, tmp_path / "seven", 7)

    found = site.verify(first)

    assert not found.proved
    assert not found.faults
    parts = found.verified.manifest.parts
    assert found.unseen == tuple(number for number, part in enumerate(parts) if part.medium > 1) != ()
    assert site.verify(*others, first).proved
    with pytest.raises(MediumMissing, match="it is on medium 2 of 2"):
        site.install(first)


def test_a_spool_is_incomplete_until_every_part_has_arrived(site: Hospital, tmp_path: Path) -> None:
    """1.7: in any order; a part that is still growing is not wrong."""
    bundle = site.depot.make(tmp_path / "bundle", {**FILES, "long": os.urandom(LONG)})
    spool = tmp_path / "spool"
    shutil.copytree(bundle, spool, ignore=shutil.ignore_patterns("*.part"))
    (spool / "parts/0001.part").write_bytes((bundle / "parts/0001.part").read_bytes()[:1000])

    names = sorted(part.name for part in (bundle / "parts").iterdir())
    begun = site.verify(spool, spool=True)
    for name in names[::-1]:
        shutil.copyfile(bundle / "parts" / name, spool / "parts" / name)
    whole = site.verify(spool, spool=True)

    assert (begun.proved, begun.faults, begun.incomplete) == (False, (), tuple(range(len(names))))
    assert whole.proved
