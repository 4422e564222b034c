"""A root that was rotated by the old keys only, by the new ones only, in the wrong order (spec/bundle.md 5.4, 6.1)."""

from pathlib import Path

import pytest
from stand_ins.bundles import YEAR, BundleDepot, Hospital, hospital, seq_files
from trust.depot import three

from coderev.bundle.judge import NoRoot
from coderev.errors import TrustError
from coderev.trust.metadata import RootUnknown, ThresholdMissed


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    return site


def test_a_root_signed_by_old_and_new_keys_is_followed(site: Hospital, tmp_path: Path) -> None:
    """5.4."""
    depot = site.depot.depot
    old, depot.root, depot.targets = depot.root, three(), three()
    depot.rotate([*old[:2], *depot.root[:2]], expires=YEAR)

    site.install(site.depot.make(tmp_path / "eight", seq=8))

    assert site.tree() == seq_files(8)
    accepted = site.site.standing("release").accepted
    assert accepted is not None
    assert accepted.root == depot.roots[1]


@pytest.mark.parametrize("who", ["old", "new"])
def test_a_root_signed_by_one_side_only_is_refused(site: Hospital, tmp_path: Path, who: str) -> None:
    """5.4."""
    depot = site.depot.depot
    old, depot.root = depot.root, three()
    depot.rotate(old[:2] if who == "old" else depot.root[:2], expires=YEAR)

    with pytest.raises(ThresholdMissed):
        site.install(site.depot.make(tmp_path / "eight", seq=8))

    assert site.tree() == seq_files(7)


def test_the_old_root_alone_is_refused_once_the_new_one_was_accepted(site: Hospital, tmp_path: Path) -> None:
    """6.1: keys that were rotated away come not back by leaving the new root out."""
    depot = site.depot.depot
    stolen = list(depot.targets)
    depot.targets = three()
    depot.rotate(depot.root[:2], expires=YEAR)
    site.install(site.depot.make(tmp_path / "eight", seq=8))
    depot.targets = stolen
    forged = site.depot.make(tmp_path / "nine", seq=9)
    (forged / "tuf/2.root.json").unlink()

    with pytest.raises(TrustError):
        site.install(forged)

    assert site.tree() == seq_files(8)


def test_a_gap_in_the_chain_is_refused(site: Hospital, tmp_path: Path) -> None:
    """5.4: each version is one higher."""
    depot = site.depot.depot
    depot.rotate(depot.root[:2], expires=YEAR)
    depot.rotate(depot.root[:2], expires=YEAR)
    bundle = site.depot.make(tmp_path / "eight", seq=8)
    (bundle / "tuf/2.root.json").unlink()

    with pytest.raises(TrustError, match="one after the other"):
        site.install(bundle)


def test_a_root_that_is_not_the_one_on_paper_is_refused(tmp_path: Path) -> None:
    """6.1: another depot, whole and well signed."""
    site, thief = hospital(tmp_path), BundleDepot()

    with pytest.raises(RootUnknown):
        site.install(thief.make(tmp_path / "bundle"))
    with pytest.raises(NoRoot):
        site.install(site.depot.make(tmp_path / "own"), paper={"root": None})

    assert site.live is None
