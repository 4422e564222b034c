"""The attacker has the custody key of a site, which lies there for a program to use: what can be done with it?"""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from trust.depot import NOW, Depot, believe, signed

from coderev.bundle.custody import open_custody, record
from coderev.trust.canonical import encode
from coderev.trust.chain import ChainBroken, next_line
from coderev.trust.keys import Algorithm, make_key, read_private
from coderev.trust.making import sign
from coderev.trust.metadata import Accepted
from coderev.trust.wire import MetadataRefused

MANIFEST = sha256(b"{}").hexdigest()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    open_custody(tmp_path).add(record("verified", MANIFEST, datetime(2026, 11, 25, tzinfo=UTC)))
    return tmp_path


def stolen(site: Path) -> CryptoSigner:
    passphrase, _, pem = (site / "custody/key.pem").read_bytes().partition(b"\n")
    return read_private(pem, passphrase)


def accepted(site: Path, depot: Depot) -> Accepted:
    return Accepted(root=depot.roots[0], custody=open_custody(site).key_ids)


@pytest.mark.parametrize("role", ["targets", "daily", "root"])
def test_a_root_that_names_the_custody_key_is_refused(site: Path, role: str) -> None:
    """5.12: in any role, even where all the right keys signed it."""
    depot = Depot().begin()
    getattr(depot, role).append(stolen(site))
    depot.rotate(depot.root[:2])

    with pytest.raises(MetadataRefused, match="custody"):
        believe(depot.publish(), accepted(site, depot))


def test_a_signature_by_the_custody_key_counts_for_no_role(site: Path) -> None:
    """5.12, 5.3."""
    depot = Depot().begin()
    offered = depot.publish(by=[depot.targets[0], stolen(site)])

    with pytest.raises(MetadataRefused, match="no root names"):
        believe(offered, accepted(site, depot), at=NOW)


def test_a_line_of_custody_is_no_signature_of_metadata(site: Path) -> None:
    """5.12: what the key signs begins with words of its own, so that no line passes for metadata."""
    depot = Depot().begin()
    metadata = depot.publish().targets

    line = next_line({"signed": metadata.decode()}, None, stolen(site))
    forged = sign(metadata, stolen(site))

    assert forged != metadata
    assert encode({"keyid": stolen(site).public_key.keyid}) not in line


def test_a_key_of_another_site_adds_nothing_here(site: Path) -> None:
    """10.4: signed with the site's custody key."""
    other = make_key(Algorithm.ED25519)
    file = site / "custody.jsonl"
    last = sha256(file.read_bytes().splitlines()[-1]).hexdigest()
    file.write_bytes(file.read_bytes() + next_line({"step": "installed"}, last, other))

    with pytest.raises(ChainBroken, match="no key of custody"):
        open_custody(site).read()


def test_a_release_key_signs_no_custody(site: Path) -> None:
    """10.4, 5.12: the two never meet."""
    depot = Depot().begin()
    file = site / "custody.jsonl"
    last = sha256(file.read_bytes().splitlines()[-1]).hexdigest()
    file.write_bytes(file.read_bytes() + next_line({"step": "installed"}, last, depot.targets[0]))

    with pytest.raises(ChainBroken):
        open_custody(site).read()


def test_whoever_has_the_key_still_cannot_shorten_what_the_journal_knows(site: Path) -> None:
    """10.2: rewriting is possible with the key, and shows where the last digest is known from elsewhere."""
    custody = open_custody(site)
    head = custody.add(record("installed", MANIFEST, NOW)).digest
    (site / "custody.jsonl").unlink()
    custody.add(record("installed", MANIFEST, NOW, details={"outcome": "another story"}))

    assert len(custody.read()) == 1
    with pytest.raises(ChainBroken, match="missing"):
        custody.read(head=head)


def test_signatures_of_the_right_keys_are_believed_beside_a_site_with_custody(site: Path) -> None:
    depot = Depot().begin()

    trusted = believe(depot.publish(), accepted(site, depot))

    assert trusted.seq == 7
    assert signed(depot.publish().targets, []) == depot.publish().targets
