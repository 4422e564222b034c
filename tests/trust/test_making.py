"""spec/bundle.md 5.2 to 5.6 and 5.11: the ceremony of the root, and signing on several machines."""

from dataclasses import replace
from datetime import timedelta

import pytest
from trust.depot import FINGERPRINT, KEYRING, MANIFEST, MONTH, YEAR, Depot, believe, keys, signed, three

from coderev.trust.keys import Algorithm, PublicKeyRefused, make_key
from coderev.trust.making import (
    RolesRefused,
    SignaturesNotJoined,
    join,
    make_root,
    make_targets,
    revoke,
    roles_of,
    sign,
    tally,
    target,
)
from coderev.trust.metadata import Accepted
from coderev.trust.wire import MetadataRefused


def unsigned(seq: int = 7) -> bytes:
    return make_targets(target(MANIFEST), target(KEYRING), {FINGERPRINT}, seq=seq, expires=MONTH)


def test_a_root_asks_for_two_of_three_keys_unless_told_otherwise() -> None:
    """5.2."""
    roles = roles_of(Depot().begin().roots[0])

    assert (len(roles.root), roles.root_threshold) == (3, 2)
    assert (len(roles.targets), roles.targets_threshold) == (3, 2)


def test_roles_come_back_from_a_root() -> None:
    depot = Depot().begin()
    asked = replace(depot.roles, root_threshold=3, targets_threshold=1)

    assert roles_of(make_root(asked, YEAR)) == asked


def test_a_revoked_key_has_no_role_in_the_next_root() -> None:
    """5.4."""
    depot = Depot().begin()
    gone = depot.targets[0].public_key.keyid

    after = signed(revoke(depot.roots[0], gone, YEAR), depot.root[:2])

    assert roles_of(after) == depot.roles.without(gone)
    depot.roots.append(after)
    assert believe(depot.publish(by=depot.targets[1:]), Accepted(root=depot.roots[0])).root_version == 2


def test_a_key_without_a_role_cannot_be_revoked_in_a_root() -> None:
    with pytest.raises(RolesRefused, match="no role names the key"):
        revoke(Depot().begin().roots[0], "0" * 64, YEAR)


def test_a_threshold_out_of_reach_makes_no_root() -> None:
    """5.2."""
    depot = Depot().begin()
    fewer = revoke(depot.roots[0], depot.root[0].public_key.keyid, YEAR)

    with pytest.raises(RolesRefused, match="root asks for 2 of 1 keys"):
        revoke(fewer, depot.root[1].public_key.keyid, YEAR)
    for roles in (replace(depot.roles, targets_threshold=4), replace(depot.roles, targets_threshold=0)):
        with pytest.raises(RolesRefused, match="targets asks for"):
            make_root(roles, YEAR)


def test_a_key_twice_or_of_another_kind_makes_no_root() -> None:
    """5.2, 5.3."""
    depot = Depot()
    other = make_key(Algorithm.ED25519).public_key
    other.scheme = "ed448"

    with pytest.raises(RolesRefused, match="a key stands twice in root"):
        make_root(replace(depot.roles, root=keys([depot.root[0]] * 2)), YEAR)
    with pytest.raises(PublicKeyRefused):
        make_root(replace(depot.roles, root=(other, *depot.roles.root)), YEAR)


def test_signing_adds_a_signature_and_changes_nothing_that_was_signed() -> None:
    """5.11: the order of the machines does not matter."""
    depot = Depot().begin()
    one, two = depot.targets[:2]

    first = sign(sign(unsigned(), one), two)
    second = sign(sign(unsigned(), two), one)

    assert first == second
    assert tally(first, depot.roots[0]).complete
    assert believe(depot.offer(first), depot.fresh).seq == 7


def test_signatures_that_were_made_at_the_same_time_are_joined() -> None:
    """5.11."""
    depot = Depot().begin()
    one, two = (sign(unsigned(), signer) for signer in depot.targets[:2])

    joined = join(one, two)

    assert joined == signed(unsigned(), depot.targets[:2])
    with pytest.raises(SignaturesNotJoined, match="two files of targets"):
        join(one, sign(unsigned(8), depot.targets[1]))


def test_signing_again_keeps_one_signature_of_a_key() -> None:
    """5.3."""
    depot = Depot().begin()
    signer = depot.targets[0]

    assert tally(sign(sign(unsigned(), signer), signer), depot.roots[0]).signed == (signer.public_key.keyid,)


def test_a_tally_tells_who_signed_and_who_still_may() -> None:
    depot = Depot().begin()
    outsider = make_key(Algorithm.ED25519)
    content = signed(unsigned(), [depot.targets[1], outsider])

    counted = tally(content, depot.roots[0])

    assert (counted.role, counted.threshold, counted.complete) == ("targets", 2, False)
    assert counted.signed == (depot.targets[1].public_key.keyid,)
    assert set(counted.waiting) == {depot.targets[0].public_key.keyid, depot.targets[2].public_key.keyid}


def test_a_new_root_is_tallied_against_the_old_and_the_new() -> None:
    """5.4."""
    depot = Depot().begin()
    old, depot.root = depot.root, three()
    content = signed(make_root(depot.roles, YEAR, depot.roots[0]), [*old[:2], depot.root[0]])

    assert tally(content, depot.roots[0]).complete
    assert not tally(content, content).complete


def test_a_tally_does_not_count_a_wrong_signature() -> None:
    depot = Depot().begin()
    content = sign(unsigned(), depot.targets[0])
    changed = content.replace(b'"version":7', b'"version":8')

    with pytest.raises(MetadataRefused, match="is wrong"):
        tally(changed, depot.roots[0])


@pytest.mark.parametrize("content", [b"", b"[]", b'{"signatures":[],"signed":{"_type":"mirrors"}}', b"x" * 600_000])
def test_what_is_no_metadata_is_not_signed(content: bytes) -> None:
    with pytest.raises(MetadataRefused):
        sign(content, make_key(Algorithm.ED25519))


def test_the_same_inputs_make_the_same_bytes() -> None:
    """4.10."""
    roles = Depot().roles

    assert make_root(roles, YEAR) == make_root(roles, YEAR + timedelta(microseconds=9))
    assert unsigned() == unsigned()
