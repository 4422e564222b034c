"""spec/bundle.md 5.2 to 5.6, 5.10 to 5.12, 6.1, 6.2, 6.6 and 6.9: TUF metadata under attack."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner
from trust.depot import FINGERPRINT, KEYRING, MANIFEST, MONTH, NOW, Depot, believe, signed, three, with_

from coderev.trust.canonical import encode
from coderev.trust.keys import Algorithm, make_key
from coderev.trust.making import make_root, make_targets, target
from coderev.trust.metadata import (
    Accepted,
    BundleExpired,
    MetadataOlder,
    Offered,
    RootUnknown,
    ThresholdMissed,
    Trusted,
    judge,
    root_on_paper,
)
from coderev.trust.wire import MetadataRefused

DIGEST = sha256(MANIFEST).hexdigest()


@pytest.fixture(scope="module")
def depot() -> Depot:
    return Depot().begin()


@pytest.fixture(scope="module")
def offered(depot: Depot) -> Offered:
    return depot.publish()


def resigned(content: bytes, signers: list[CryptoSigner], change: Any) -> bytes:
    """The file after `change(signed part)`, signed anew by hand: what a holder of these keys can make."""
    file = json.loads(content)
    change(file["signed"])
    payload = (encode_canonical(file["signed"]) or "").encode()
    made = [signer.sign(payload) for signer in signers]
    file["signatures"] = [{"keyid": one.keyid, "sig": one.signature} for one in made]
    return encode(file)


def test_a_good_set_tells_targets_signers_and_what_to_remember(depot: Depot, offered: Offered) -> None:
    """5.5, 5.6, 6.2."""
    trusted = believe(offered, depot.fresh)

    assert (trusted.manifest.digest, trusted.manifest.length) == (DIGEST, len(MANIFEST))
    assert trusted.keyring.digest == sha256(KEYRING).hexdigest()
    assert (trusted.seq, trusted.root_version, trusted.expires, trusted.expired) == (7, 1, MONTH, ())
    assert trusted.fingerprints == {FINGERPRINT}
    assert trusted.signers["targets"] == tuple(sorted(key.public_key.keyid for key in depot.targets[:2]))
    assert trusted.signers["root"] == tuple(sorted(key.public_key.keyid for key in depot.root[:2]))
    assert trusted.remembered(depot.fresh, NOW) == Accepted(
        root=depot.roots[0], timestamp=7, snapshot=7, targets=7, time=NOW
    )


def test_ecdsa_keys_sign_every_role() -> None:
    """5.2."""
    depot = Depot(root=three(Algorithm.ECDSA_P256), targets=three(Algorithm.ECDSA_P256)).begin()

    assert believe(depot.publish(), depot.fresh).seq == 7


# the root


def test_the_root_on_paper_is_found_whatever_its_digest_is_typed_like(depot: Depot) -> None:
    """6.1."""
    digest = sha256(depot.roots[0]).hexdigest().upper()

    assert root_on_paper(depot.roots, f"{digest[:32]} {digest[32:]}\n") == depot.roots[0]
    with pytest.raises(RootUnknown, match="none of the 1 roots"):
        root_on_paper(depot.roots, "0" * 64)


def test_a_chain_of_roots_leads_from_old_keys_to_new_ones() -> None:
    """5.4: and a site may begin at any root that it has accepted."""
    depot = Depot().begin()
    first, old = depot.fresh, depot.root
    depot.root, depot.targets = three(), three()
    depot.rotate([*old[:2], *depot.root[:2]])
    middle = Accepted(root=depot.roots[1])
    again, depot.root = depot.root, three()
    depot.rotate([*again[:2], *depot.root[:2]])
    offered = depot.publish()

    assert believe(offered, first).root_version == 3
    assert believe(offered, middle).root == depot.roots[2]
    assert believe(with_(offered, roots=tuple(depot.roots[1:])), middle).root_version == 3
    assert believe(with_(offered, roots=tuple(depot.roots[2:])), middle).root_version == 3
    assert believe(with_(offered, roots=tuple(depot.roots[:2])), Accepted(root=depot.roots[2])).root_version == 3


@pytest.mark.parametrize(
    ("old", "new"), [(2, 1), (1, 2), (2, 0), (0, 2)], ids=["new 1", "old 1", "only old", "only new"]
)
def test_a_root_without_both_thresholds_is_refused(old: int, new: int) -> None:
    """5.4."""
    depot = Depot().begin()
    before, depot.root = depot.root, three()
    depot.rotate([*before[:old], *depot.root[:new]])

    with pytest.raises(ThresholdMissed, match=r"root\.json is signed by [01] of the 2 keys"):
        believe(depot.publish(), depot.fresh)


def test_a_root_that_skips_a_version_is_refused() -> None:
    """5.4."""
    depot = Depot().begin()
    depot.rotate(depot.root)
    depot.rotate(depot.root)
    offered = depot.publish()

    with pytest.raises(MetadataRefused, match="not one after the other"):
        believe(with_(offered, roots=(depot.roots[0], depot.roots[2])), depot.fresh)
    with pytest.raises(MetadataRefused, match="begin with version 3, and this site accepted 1"):
        believe(with_(offered, roots=(depot.roots[2],)), depot.fresh)


def test_another_root_of_the_accepted_version_is_refused(depot: Depot) -> None:
    """5.4."""
    thief = Depot().begin()

    with pytest.raises(MetadataRefused, match="another version 1 than the accepted"):
        believe(thief.publish(), depot.fresh)


def test_the_roots_before_the_accepted_one_give_no_trust(depot: Depot) -> None:
    """5.4: an old root that a thief made says nothing of the ones that follow it."""
    chain = Depot(root=depot.root, targets=depot.targets, daily=depot.daily, roots=list(depot.roots))
    chain.rotate(depot.root)
    thief = Depot().begin()
    thief.roots = [thief.roots[0], chain.roots[1]]

    with pytest.raises(ThresholdMissed, match=r"timestamp\.json is signed by 0 of the 1"):
        believe(thief.publish(), Accepted(root=chain.roots[1]))


def test_a_broken_root_before_the_accepted_one_is_refused() -> None:
    depot = Depot().begin()
    depot.rotate(depot.root)
    broken = resigned(depot.roots[0], depot.root[:2], lambda part: part.update(expires="2027-01-01T00:00:00Z"))
    broken = broken.replace(b'"expires":"2027-01-01', b'"expires":"2027-01-02')

    with pytest.raises(MetadataRefused, match=r"root\.json is refused: the signature"):
        believe(with_(depot.publish(), roots=(broken, depot.roots[1])), Accepted(root=depot.roots[1]))


def test_too_many_roots_are_refused(depot: Depot, offered: Offered) -> None:
    """14.1."""
    with pytest.raises(MetadataRefused, match="there are 257 roots"):
        believe(with_(offered, roots=tuple(depot.roots * 257)), depot.fresh)


def test_one_key_under_two_ids_is_refused(depot: Depot, offered: Offered) -> None:
    """5.3: a threshold counts keys."""

    def twice(part: dict[str, Any]) -> None:
        id_ = part["roles"]["targets"]["keyids"][0]
        part["keys"]["0" * 64] = part["keys"][id_]
        part["roles"]["targets"]["keyids"].append("0" * 64)

    forged = resigned(depot.roots[0], depot.root[:2], twice)

    with pytest.raises(MetadataRefused, match="its key id would be"):
        believe(with_(offered, roots=(forged,)), Accepted(root=forged))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda part: part["roles"]["targets"].update(threshold=4), "targets needs 4 signatures of 3 keys"),
        (lambda part: part["roles"]["targets"].update(threshold=0), ">= 1"),
        (lambda part: part["roles"].update(mirrors=part["roles"]["targets"]), "unknown field `mirrors`"),
        (lambda part: part["roles"].pop("snapshot"), "missing required field `snapshot`"),
        (lambda part: part.update(consistent_snapshot=True), "invalid enum value True"),
        (lambda part: part.update(consistent_snapshot="x"), "consistent_snapshot"),
        (lambda part: part.update(spec_version="2.0.0"), "spec_version"),
        (lambda part: part.update(expires="2027-02-31T00:00:00Z"), "cannot be read"),
        (lambda part: part["roles"]["root"]["keyids"].pop(), "other keys than those that it holds"),
        (lambda part: part["roles"]["root"]["keyids"].append(part["roles"]["root"]["keyids"][0]), "Nonunique"),
        (lambda part: part.update(version="1"), "version"),
        (lambda part: part.update(version=True), "version"),
    ],
)
def test_a_malformed_root_is_refused(depot: Depot, offered: Offered, change: Any, said: str) -> None:
    forged = resigned(depot.roots[0], depot.root[:2], change)

    with pytest.raises(MetadataRefused, match="(?i)" + said):
        believe(with_(offered, roots=(forged,)), Accepted(root=forged))


def test_a_root_that_names_the_custody_key_is_refused(depot: Depot, offered: Offered) -> None:
    """5.12."""
    site = replace(depot.fresh, custody=frozenset({depot.daily[0].public_key.keyid}))

    with pytest.raises(MetadataRefused, match="this site's key of custody"):
        believe(offered, site)


# thresholds


def test_one_stolen_key_of_three_signs_nothing(depot: Depot) -> None:
    """5.3."""
    with pytest.raises(ThresholdMissed, match="signed by 1 of the 2 keys that root 1 asks for"):
        believe(depot.publish(by=depot.targets[:1]), depot.fresh)


def test_the_same_signature_twice_is_refused(depot: Depot) -> None:
    """5.3."""
    file = json.loads(depot.publish(by=depot.targets[:1]).targets)
    file["signatures"] *= 2

    with pytest.raises(MetadataRefused, match="Multiple signatures"):
        believe(depot.offer_raw(encode(file)), depot.fresh)


def test_a_key_of_another_role_counts_for_nothing(depot: Depot) -> None:
    """5.3."""
    with pytest.raises(ThresholdMissed, match="signed by 1 of the 2"):
        believe(depot.publish(by=[depot.targets[0], depot.root[0]]), depot.fresh)


def test_a_revoked_key_counts_for_nothing(depot: Depot) -> None:
    """5.10: two others still make a threshold."""
    site = replace(depot.fresh, revoked=frozenset({depot.targets[0].public_key.keyid}))

    assert len(believe(depot.publish(by=depot.targets), site).signers["targets"]) == 2
    with pytest.raises(ThresholdMissed, match="signed by 1 of the 2"):
        believe(depot.publish(by=depot.targets[:2]), site)


def test_a_key_that_a_newer_root_dropped_counts_for_nothing_and_harms_nothing(depot: Depot) -> None:
    """5.3, 5.4: bundles that it helped to sign before stay good where enough others signed."""
    chain = Depot(root=depot.root, targets=list(depot.targets), daily=depot.daily, roots=list(depot.roots))
    by_all, by_two = chain.publish(by=chain.targets), chain.publish(by=chain.targets[:2])
    chain.targets = [*chain.targets[1:], make_key(Algorithm.ED25519)]
    chain.rotate(depot.root)
    site = Accepted(root=chain.roots[1])

    assert len(believe(by_all, site).signers["targets"]) == 2
    with pytest.raises(ThresholdMissed, match="signed by 1 of the 2"):
        believe(by_two, site)


def test_a_signature_by_a_stranger_is_refused(depot: Depot) -> None:
    with pytest.raises(MetadataRefused, match="which no root names"):
        believe(depot.publish(by=[*depot.targets, make_key(Algorithm.ED25519)]), depot.fresh)


def test_too_many_signatures_are_refused(depot: Depot, offered: Offered) -> None:
    """14.1."""
    file = json.loads(offered.timestamp)
    file["signatures"] = [{"keyid": f"{number:064x}", "sig": "00"} for number in range(65)]

    with pytest.raises(MetadataRefused, match="<= 64"):
        believe(with_(offered, timestamp=encode(file)), depot.fresh)


# what one file says of the next


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets"])
def test_mixed_sets_are_refused(depot: Depot, offered: Offered, name: str) -> None:
    """6.2: every file is good, but they are not of one set."""
    other = depot.publish(8)

    with pytest.raises(MetadataRefused, match="not those that were signed"):
        believe(with_(offered, **{name: getattr(other, name)}), depot.fresh)


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets"])
def test_a_file_in_the_place_of_another_is_refused(depot: Depot, offered: Offered, name: str) -> None:
    with pytest.raises(MetadataRefused):
        believe(with_(offered, **{name: offered.roots[0]}), depot.fresh)


def test_a_root_in_the_place_of_the_timestamp_is_named(depot: Depot, offered: Offered) -> None:
    with pytest.raises(MetadataRefused, match="it is metadata of snapshot"):
        believe(with_(offered, timestamp=offered.snapshot), depot.fresh)


@pytest.mark.parametrize("name", ["timestamp", "snapshot"])
def test_versions_that_are_not_one_seq_are_refused(depot: Depot, offered: Offered, name: str) -> None:
    """5.5: signed rightly, but for another seq."""
    files = {name: resigned(getattr(offered, name), depot.daily, lambda part: part.update(version=9))}
    if name == "snapshot":

        def follow(part: dict[str, Any]) -> None:
            content = files["snapshot"]
            hashes = {"sha256": sha256(content).hexdigest()}
            part["meta"]["snapshot.json"] = {"hashes": hashes, "length": len(content), "version": 9}

        files["timestamp"] = resigned(offered.timestamp, depot.daily, follow)

    with pytest.raises(MetadataRefused, match="have not one version"):
        believe(with_(offered, **files), depot.fresh)


def test_a_version_that_was_not_named_is_refused(depot: Depot, offered: Offered) -> None:
    forged = resigned(offered.timestamp, depot.daily, lambda part: part["meta"]["snapshot.json"].update(version=8))

    with pytest.raises(MetadataRefused, match=r"snapshot\.json is refused: it has version 7, not 8"):
        believe(with_(offered, timestamp=forged), depot.fresh)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda part: part["targets"].pop("KEYRING.gpg"), "missing required field"),
        (lambda part: part["targets"].update({"more": part["targets"]["MANIFEST.json"]}), "unknown field `more`"),
        (lambda part: part["targets"]["MANIFEST.json"]["hashes"].update(md5="0" * 32), "unknown field `md5`"),
        (lambda part: part["targets"]["MANIFEST.json"]["hashes"].update(sha256="A" * 64), "regex"),
        (lambda part: part["targets"]["MANIFEST.json"].update(length=-1), ">= 0"),
        (lambda part: part.update(delegations={"keys": {}, "roles": []}), "unknown field `delegations`"),
        (lambda part: part["targets"]["KEYRING.gpg"]["custom"].update(fingerprints=[]), "length >= 1"),
        (lambda part: part["targets"]["KEYRING.gpg"]["custom"].update(fingerprints=["F354C72E2E126369"]), "regex"),
        (
            lambda part: part["targets"]["KEYRING.gpg"]["custom"].update(fingerprints=[FINGERPRINT] * 2),
            "stands there twice",
        ),
        (lambda part: part["targets"]["KEYRING.gpg"].pop("custom"), "missing required field `custom`"),
    ],
)
def test_targets_that_say_less_or_more_are_refused(depot: Depot, offered: Offered, change: Any, said: str) -> None:
    """5.5, 5.6: though the threshold signed them."""
    forged = resigned(offered.targets, depot.targets[:2], change)

    with pytest.raises(MetadataRefused, match=said):
        believe(depot.offer_raw(forged), depot.fresh)


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000, b"x", b" " * 70_000, b'{"signed":NaN}'])
def test_rubbish_is_refused(depot: Depot, offered: Offered, name: str, content: bytes) -> None:
    with pytest.raises(MetadataRefused):
        believe(with_(offered, **{name: content}), depot.fresh)


def test_files_over_their_limit_are_refused(depot: Depot, offered: Offered) -> None:
    """14.1."""
    with pytest.raises(MetadataRefused, match="more than 65536 bytes"):
        believe(with_(offered, timestamp=b" " * 65_537), depot.fresh)
    with pytest.raises(MetadataRefused, match="more than 524288 bytes"):
        believe(with_(offered, roots=(b" " * 524_289,)), depot.fresh)


# time and versions


def test_older_metadata_is_refused(depot: Depot) -> None:
    """6.2."""
    site = believe(depot.publish(8), depot.fresh).remembered(depot.fresh, NOW)

    with pytest.raises(MetadataOlder, match=r"timestamp\.json has version 7, and this site already accepted 8"):
        believe(depot.publish(7), site)
    assert believe(depot.publish(8), site).seq == 8


def test_each_version_is_held_to_what_was_accepted_of_it(depot: Depot, offered: Offered) -> None:
    """6.2."""
    for name, site in (("snapshot", replace(depot.fresh, snapshot=8)), ("targets", replace(depot.fresh, targets=8))):
        with pytest.raises(MetadataOlder, match=rf"{name}\.json has version 7"):
            believe(offered, site)


def test_new_daily_keys_forget_a_version_that_a_thief_made_huge(depot: Depot) -> None:
    """6.2: recovery from a fast-forward attack (TUF 5.3.11)."""
    chain = Depot(root=depot.root, targets=depot.targets, daily=depot.daily, roots=list(depot.roots))
    site = believe(chain.publish(2**53 - 1), chain.fresh).remembered(chain.fresh, NOW)
    with pytest.raises(MetadataOlder):
        believe(chain.publish(8), site)
    chain.daily = [make_key(Algorithm.ED25519)]
    chain.rotate(depot.root)

    recovered = believe(chain.publish(8), site).remembered(site, NOW)

    assert (recovered.timestamp, recovered.snapshot, recovered.targets) == (8, 8, 8)
    assert recovered.root == chain.roots[1]


def test_an_expired_set_is_refused_and_named(depot: Depot, offered: Offered) -> None:
    """6.6, 6.9."""
    with pytest.raises(BundleExpired, match="timestamp on 2026-12-25, snapshot on 2026-12-25, targets") as caught:
        believe(offered, depot.fresh, at=MONTH)

    assert f"--unsafe-accept-expired {DIGEST}" in caught.value.next_step
    assert believe(offered, depot.fresh, at=MONTH - timedelta(seconds=1)).expired == ()


def test_a_clock_that_was_set_back_brings_nothing_back(depot: Depot, offered: Offered) -> None:
    """6.6."""
    site = replace(depot.fresh, time=MONTH + timedelta(days=1))

    with pytest.raises(BundleExpired):
        believe(offered, site, at=NOW.replace(year=2020))
    assert believe(depot.publish(expires=MONTH + timedelta(days=9)), site).remembered(site, NOW).time == site.time


def test_exactly_the_named_set_may_be_expired(depot: Depot, offered: Offered) -> None:
    """6.9: and it is told, to be recorded."""
    other = depot.publish(manifest=b"other")

    assert believe(offered, depot.fresh, at=MONTH, unsafe=DIGEST).expired[0] == "timestamp on 2026-12-25"
    with pytest.raises(BundleExpired):
        believe(other, depot.fresh, at=MONTH, unsafe=DIGEST)


def test_what_may_be_expired_may_not_be_anything_else(depot: Depot) -> None:
    """6.9."""
    with pytest.raises(ThresholdMissed):
        believe(depot.publish(by=depot.targets[:1]), depot.fresh, at=MONTH, unsafe=DIGEST)


def test_of_the_chain_only_the_last_root_must_not_be_expired() -> None:
    """6.6."""
    depot = Depot().begin()
    depot.rotate(depot.root, expires=NOW - timedelta(days=1))
    late = depot.publish()
    depot.rotate(depot.root)

    with pytest.raises(BundleExpired, match="root on 2026-11-24"):
        believe(late, depot.fresh)
    assert believe(depot.publish(), depot.fresh).root_version == 3


# every bit


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(["root", "timestamp", "snapshot", "targets"]), place=st.integers(0), bit=st.integers(0, 7))
def test_no_bit_of_any_metadata_can_be_flipped(name: str, place: int, bit: int) -> None:
    """5.1: not even in a signature that the threshold can spare."""
    offered, site = SPARE
    content = offered.roots[1] if name == "root" else getattr(offered, name)
    flipped = bytearray(content)
    flipped[place % len(content)] ^= 1 << bit
    changed = {"roots": (offered.roots[0], bytes(flipped))} if name == "root" else {name: bytes(flipped)}

    with pytest.raises((MetadataRefused, ThresholdMissed)):
        judge(with_(offered, **changed), site, NOW)


def spare() -> tuple[Offered, Accepted]:
    """Two roots and a set that all three officers signed, with a daily key of three."""
    depot = Depot(daily=three()).begin()
    depot.rotate(depot.root)
    return depot.publish(by=depot.targets), depot.fresh


SPARE = spare()


@settings(max_examples=60, deadline=None)
@given(
    offers=st.lists(st.tuples(st.integers(1, 9), st.integers(-40, 40), st.sets(st.integers(0, 2))), max_size=6),
)
def test_whatever_a_site_is_offered_its_versions_and_time_never_fall(
    offers: list[tuple[int, int, set[int]]],
) -> None:
    """6.2, 6.6."""
    site = DEPOT.fresh
    for seq, days, by in offers:
        at = NOW + timedelta(days=days)
        offered = DEPOT.publish(seq, by=[DEPOT.targets[number] for number in by], expires=NOW + timedelta(days=20))
        before = site
        try:
            trusted: Trusted | None = believe(offered, site, at=at)
        except (ThresholdMissed, MetadataOlder, BundleExpired):
            trusted = None
        good = len(by) >= 2 and seq >= before.targets and max(at, before.time) < NOW + timedelta(days=20)
        assert (trusted is not None) == good
        site = site if trusted is None else trusted.remembered(site, at)
        assert (site.timestamp, site.time) >= (before.timestamp, before.time)


DEPOT = Depot().begin()


def test_making_refuses_what_reading_would_refuse() -> None:
    with pytest.raises(MetadataRefused):
        make_targets(target(b""), target(b""), set(), seq=1, expires=MONTH)
    with pytest.raises(MetadataRefused):
        make_targets(target(b""), target(b""), {FINGERPRINT}, seq=2**60, expires=MONTH)
    assert signed(make_root(DEPOT.roles, MONTH), DEPOT.root[:1])
