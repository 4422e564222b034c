"""Freeze: an attacker keeps offering what was good last year, and sets the clock back (spec/bundle.md 6.6)."""

from datetime import timedelta
from pathlib import Path

import pytest
from stand_ins.bundles import NOW, YEAR, hospital, officer, seq_files

from coderev.bundle.journal import Journal
from coderev.trust.metadata import BundleExpired
from coderev.trust.openpgp import SignatureRefused

AFTER = YEAR + timedelta(days=1)


def test_an_expired_bundle_is_refused(tmp_path: Path) -> None:
    """6.6."""
    site = hospital(tmp_path)

    with pytest.raises(BundleExpired):
        site.install(site.depot.make(tmp_path / "bundle"), at=AFTER)

    assert site.live is None


def test_a_manifest_expires_by_itself(tmp_path: Path) -> None:
    """6.6: also where all metadata of TUF is still good."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle", expires=NOW + timedelta(days=3))

    with pytest.raises(BundleExpired, match="manifest on"):
        site.install(bundle, at=NOW + timedelta(days=3))

    site.install(bundle, at=NOW + timedelta(days=2))
    assert site.tree() == seq_files(7)


def test_a_clock_that_was_set_back_brings_nothing_back(tmp_path: Path) -> None:
    """6.6: the latest time that was accepted counts."""
    site = hospital(tmp_path)
    short = site.depot.make(tmp_path / "short", seq=8, expires=NOW + timedelta(days=3))
    site.install(site.depot.make(tmp_path / "seven", seq=7), at=NOW + timedelta(days=9))

    with pytest.raises(BundleExpired):
        site.install(short, at=NOW)


def test_the_time_that_was_accepted_counts_also_without_tuf(tmp_path: Path) -> None:
    """5.1, 6.6."""
    site = hospital(tmp_path, signatures="openpgp")
    paper = {"fingerprints": frozenset({officer()[1]})}
    short = site.depot.make(tmp_path / "short", seq=8, expires=NOW + timedelta(days=3))
    site.install(site.depot.make(tmp_path / "seven", seq=7), at=NOW + timedelta(days=9), paper=paper)

    with pytest.raises(BundleExpired):
        site.install(short, at=NOW)


def test_exactly_one_expired_set_can_be_installed_on_purpose_and_that_is_recorded(tmp_path: Path) -> None:
    """6.9: and it moves no time."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle", seq=7)
    other = site.depot.make(tmp_path / "other", seq=8)
    with pytest.raises(BundleExpired) as caught:
        site.install(bundle, at=AFTER)
    named = {"unsafe_accept_expired": caught.value.facts["digest"]}

    site.install(bundle, at=AFTER, paper=named)
    with pytest.raises(BundleExpired):
        site.install(other, at=AFTER, paper=named)
    site.install(other, at=NOW)

    refused, accepted, *_ = [attempt.ended for attempt in Journal(site.site.state).history()]
    assert refused is not None
    assert accepted is not None
    assert refused.outcome == "refused"
    assert [entry.partition(" ")[0] for entry in accepted.expired] == [
        "root",
        "timestamp",
        "snapshot",
        "targets",
        "manifest",
    ]
    assert site.tree() == seq_files(8)


def test_a_clock_in_2020_is_told_by_the_signature(tmp_path: Path) -> None:
    """5.9: a signature from the future."""
    site = hospital(tmp_path)

    with pytest.raises(SignatureRefused, match="set the clock"):
        site.install(site.depot.make(tmp_path / "bundle"), at=NOW.replace(year=2020))

    assert site.live is None


def test_a_clock_in_2038_refuses_and_poisons_nothing(tmp_path: Path) -> None:
    """6.6: what was refused moves no time, so the right clock goes on."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle")

    with pytest.raises(BundleExpired):
        site.install(bundle, at=NOW.replace(year=2038))

    site.install(bundle)
    assert site.tree() == seq_files(7)


def test_advisories_beyond_their_age_are_told_as_stale(tmp_path: Path) -> None:
    """6.11."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bases", kind="advisories", maximum_age_days=30)

    assert not site.verify(bundle).stale
    assert site.verify(bundle, at=NOW + timedelta(days=40)).stale
