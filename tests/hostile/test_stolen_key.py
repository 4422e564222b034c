"""A thief with one key of three, or with all keys of one kind (spec/bundle.md 5.1, 5.3, 5.10, 5.12)."""

from dataclasses import replace
from pathlib import Path

import pytest
from stand_ins.bundles import NOW, BundleDepot, Hospital, hospital, officer, seq_files
from trust.depot import YEAR, signed

from coderev.bundle.custody import open_custody, record
from coderev.bundle.revocations import revoke
from coderev.trust.keys import read_public
from coderev.trust.making import make_root
from coderev.trust.metadata import ThresholdMissed
from coderev.trust.openpgp import SignatureRefused
from coderev.trust.wire import MetadataRefused


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    return hospital(tmp_path)


def resigned(site: Hospital, folder: Path, **changes: object) -> Path:
    bundle = site.depot.make(folder)
    site.depot.sign(bundle, (bundle / "MANIFEST.json").read_bytes(), seq=7, **changes)
    return bundle


def test_one_key_of_three_signs_nothing(site: Hospital, tmp_path: Path) -> None:
    """5.3."""
    with pytest.raises(ThresholdMissed, match="1 of the 2"):
        site.install(resigned(site, tmp_path / "bundle", by=site.depot.depot.targets[:1]))

    assert site.live is None


def test_one_key_that_signs_twice_counts_once(site: Hospital, tmp_path: Path) -> None:
    """5.3."""
    thief = site.depot.depot.targets[0]

    with pytest.raises(ThresholdMissed):
        site.install(resigned(site, tmp_path / "bundle", by=[thief, thief]))


def test_all_keys_of_tuf_are_not_enough_without_openpgp(site: Hospital, tmp_path: Path) -> None:
    """5.1, 5.6: the thief pins a key of his own in the keyring, and the paper names another."""
    pgp, alice = officer()
    mallory = pgp.make("mallory")
    forged = resigned(site, tmp_path / "bundle", user=mallory, keyring=pgp.keyring(alice, mallory))

    with pytest.raises(SignatureRefused, match=mallory):
        site.install(forged)


def test_the_fingerprint_from_paper_narrows_what_the_bundle_pins(site: Hospital, tmp_path: Path) -> None:
    """13.2, 5.6."""
    _, alice = officer()
    bundle = site.depot.make(tmp_path / "bundle")

    with pytest.raises(SignatureRefused, match="not among those"):
        site.install(bundle, paper={"fingerprints": frozenset({"0" * 40})})

    site.install(bundle, paper={"fingerprints": frozenset({alice})})
    assert site.tree() == seq_files(7)


def test_openpgp_is_not_enough_without_tuf(site: Hospital, tmp_path: Path) -> None:
    """5.1: another depot, with the officer's stolen OpenPGP key."""
    thief = BundleDepot()

    with pytest.raises(ThresholdMissed):
        site.install(mixed(site, thief, tmp_path))


def mixed(site: Hospital, thief: BundleDepot, folder: Path) -> Path:
    """The thief's targets, signed by keys that the true root does not name, under the true root."""
    thief.depot.roots = site.depot.depot.roots
    thief.depot.daily = site.depot.depot.daily
    thief.depot.targets = [*site.depot.depot.root[:2]]
    return thief.make(folder / "bundle")


def test_a_revoked_openpgp_key_works_no_more_at_once(site: Hospital, tmp_path: Path) -> None:
    """5.10: from paper, with nothing else."""
    _, alice = officer()
    revoke(site.site.state, alice)

    with pytest.raises(SignatureRefused, match="revoked at this site"):
        site.install(site.depot.make(tmp_path / "bundle"))


def test_a_revoked_key_of_tuf_counts_no_more(site: Hospital, tmp_path: Path) -> None:
    """5.3, 5.10."""
    first, second, third = site.depot.depot.targets
    revoke(site.site.state, first.public_key.keyid)

    with pytest.raises(ThresholdMissed):
        site.install(site.depot.make(tmp_path / "bundle"))

    site.install(resigned(site, tmp_path / "again", by=[second, third]))
    assert site.tree() == seq_files(7)


def test_a_release_signed_by_the_sites_own_custody_key_is_refused(site: Hospital, tmp_path: Path) -> None:
    """5.12: whoever holds the site's key cannot make releases, even where a root names it."""
    open_custody(site.site.state).add(record("verified", "0" * 64, NOW))
    own = read_public(next((site.site.state / "custody").rglob("public/*.pem")).read_bytes())
    forged = BundleDepot()
    roles = replace(forged.depot.roles, targets=(*forged.depot.roles.targets, own))
    forged.depot.roots = [signed(make_root(roles, YEAR), forged.depot.root[:2])]
    site = hospital(site.home, forged)

    with pytest.raises(MetadataRefused, match="key of custody"):
        site.install(forged.make(tmp_path / "bundle"))


def test_a_site_may_ask_for_one_signature_and_what_was_not_checked_is_told(tmp_path: Path) -> None:
    """5.1: never for none."""
    _, alice = officer()
    tuf, pgp = hospital(tmp_path / "tuf", signatures="tuf"), hospital(tmp_path / "pgp", signatures="openpgp")

    only_tuf = tuf.install(resigned(tuf, tmp_path / "one")).verified
    only_pgp = pgp.install(pgp.depot.make(tmp_path / "two"), paper={"fingerprints": frozenset({alice})}).verified

    assert (bool(only_tuf.tuf), bool(only_tuf.openpgp)) == (True, False)
    assert (bool(only_pgp.tuf), bool(only_pgp.openpgp)) == (False, True)
