"""Fast-forward: a thief signs an enormous version, so that nothing true is new enough again (spec/bundle.md 5.5)."""

import json
from pathlib import Path

import pytest
from stand_ins.bundles import YEAR, BundleDepot, hospital, seq_files
from trust.depot import Depot, signed

from coderev.bundle.host.health import HealthFailed
from coderev.trust.canonical import encode
from coderev.trust.keys import Algorithm, make_key
from coderev.trust.making import make_snapshot, make_timestamp
from coderev.trust.wire import MetadataRefused

HUGE = 2**53 - 1


def forwarded(depot: Depot, folder: Path) -> None:
    """What whoever holds the daily key can do: the signed targets, under a snapshot and timestamp of a huge version."""
    targets = (folder / "tuf/targets.json").read_bytes()
    snapshot = json.loads(make_snapshot(targets, YEAR))
    snapshot["signed"]["version"] = HUGE
    made = signed(encode(snapshot), depot.daily)
    (folder / "tuf/snapshot.json").write_bytes(made)
    (folder / "tuf/timestamp.json").write_bytes(signed(make_timestamp(made, YEAR), depot.daily))


def test_versions_that_are_not_the_seq_are_refused_and_nothing_is_remembered(tmp_path: Path) -> None:
    """5.5: the daily key alone moves no version."""
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    stolen = site.depot.make(tmp_path / "stolen", seq=8)
    forwarded(site.depot.depot, stolen)

    with pytest.raises(MetadataRefused, match="not one version"):
        site.install(stolen)

    site.install(site.depot.make(tmp_path / "eight", seq=8))
    assert site.tree() == seq_files(8)


def test_a_bundle_that_was_never_live_raises_no_floor(tmp_path: Path) -> None:
    """7.7: what was only verified, or failed its checks, does not shut out what comes next."""
    site = hospital(tmp_path)
    huge = site.depot.make(tmp_path / "huge", seq=HUGE, health=("files", "config"))
    bad = {**seq_files(1), "bin/coderev": b"no program"}
    failing = site.depot.make(tmp_path / "failing", bad, seq=HUGE - 1, health=("files", "config"))

    assert site.verify(huge).proved
    with pytest.raises(HealthFailed):
        site.install(failing)

    site.install(site.depot.make(tmp_path / "eight", seq=8))
    assert site.tree() == seq_files(8)


def test_after_the_daily_key_was_changed_the_site_goes_on(tmp_path: Path) -> None:
    """5.4, TUF 5.3.11."""
    depot = BundleDepot()
    site = hospital(tmp_path, depot)
    site.install(depot.make(tmp_path / "seven", seq=7))

    depot.depot.daily = [make_key(Algorithm.ED25519)]
    depot.depot.rotate(depot.depot.root[:2], expires=YEAR)

    site.install(depot.make(tmp_path / "eight", seq=8))
    assert site.tree() == seq_files(8)
