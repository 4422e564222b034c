"""spec/bundle.md 5.6 to 5.10, with real gpg and gpgv; each hostile case shows what gpgv alone would have said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trust.pgp import FUTURE, LONG_AGO, MANIFEST, Pgp

from coderev.trust.openpgp import (
    MAX_KEYRING_BYTES,
    MAX_SIGNATURE_BYTES,
    MAX_STATUS_BYTES,
    FingerprintRefused,
    KeyringRefused,
    Pins,
    SignatureRefused,
    fingerprint,
    judge_signatures,
    read_keyring,
    read_signatures,
)

PREFIX = b"[GNUPG:] "


@pytest.fixture(scope="module")
def good(pgp: Pgp, alice: str) -> bytes:
    return pgp.sign(alice, options=("--armor",))


@pytest.fixture(scope="module")
def ring(pgp: Pgp, alice: str) -> bytes:
    return pgp.keyring(alice)


@pytest.fixture(scope="module")
def status(pgp: Pgp, good: bytes, ring: bytes) -> bytes:
    return pgp.verify(good, ring).status


def judge(status: bytes, good: bytes, ring: bytes, alice: str, at: datetime | None = None) -> tuple[str, ...]:
    pins = Pins(pinned=frozenset({alice}))
    signers = judge_signatures(
        status, read_signatures(good, MANIFEST), read_keyring(ring), pins, at or datetime.now(UTC)
    )
    return tuple(signer.fingerprint for signer in signers)


@pytest.mark.parametrize("form", [("--armor",), ()], ids=["armoured", "binary"])
def test_a_good_signature_tells_who_signed_when_and_with_what(pgp: Pgp, alice: str, form: tuple[str, ...]) -> None:
    signature = pgp.sign(alice, options=form)

    (signer,) = pgp.judge(signature, pgp.keyring(alice), {alice})

    assert (signer.fingerprint, signer.primary) == (alice, alice)
    assert (signer.algorithm, signer.hash) == ("EdDSA ed25519", "sha256")
    assert abs(datetime.now(UTC) - signer.made) < timedelta(minutes=10)


@pytest.mark.parametrize("hashing", ["SHA384", "SHA512"])
def test_the_longer_hashes_are_believed(pgp: Pgp, alice: str, hashing: str) -> None:
    """5.8."""
    signature = pgp.sign(alice, options=("--digest-algo", hashing))

    (signer,) = pgp.judge(signature, pgp.keyring(alice), {alice})

    assert signer.hash == hashing.lower()


@pytest.mark.parametrize(
    ("algorithm", "described"),
    [("nistp256", "ECDSA nistp256"), ("nistp384", "ECDSA nistp384"), ("rsa3072", "RSA 3072")],
)
def test_strong_keys_of_other_kinds_are_believed(pgp: Pgp, algorithm: str, described: str) -> None:
    """5.8."""
    key = pgp.make(f"strong-{algorithm}", algorithm)

    (signer,) = pgp.judge(pgp.sign(key), pgp.keyring(key), {key})

    assert signer.algorithm == described


def test_a_subkey_signs_for_its_primary_key(pgp: Pgp) -> None:
    primary = pgp.make("carol", "ed25519", "cert")
    pgp.gpg("--quick-add-key", primary, "ed25519", "sign", "never")
    subkey = pgp.fingerprints("carol")[1]
    signature, ring = pgp.sign("carol@example"), pgp.keyring(primary)

    (signer,) = pgp.judge(signature, ring, {primary})

    assert (signer.fingerprint, signer.primary) == (subkey, primary)
    with pytest.raises(SignatureRefused, match="revoked at this site"):
        pgp.judge(signature, ring, {primary}, revoked={subkey})


def test_a_strong_subkey_does_not_make_up_for_a_weak_primary_key(pgp: Pgp) -> None:
    """5.8: whoever breaks the primary key makes subkeys at will."""
    primary = pgp.make("weak-primary", "rsa1024", "cert")
    pgp.gpg("--quick-add-key", primary, "ed25519", "sign", "never")

    with pytest.raises(SignatureRefused, match=f"{primary} is too weak: RSA 1024"):
        pgp.judge(pgp.sign("weak-primary@example"), pgp.keyring(primary), {primary})


def test_a_primary_key_of_another_kind_is_refused(pgp: Pgp) -> None:
    """5.8."""
    primary = pgp.make("dsa-primary", "dsa2048", "cert")
    pgp.gpg("--quick-add-key", primary, "ed25519", "sign", "never")

    with pytest.raises(SignatureRefused, match="too weak: its algorithm is number 17"):
        pgp.judge(pgp.sign("dsa-primary@example"), pgp.keyring(primary), {primary})


def test_a_keyring_that_gpgv_did_not_use_refuses(good: bytes, status: bytes, pgp: Pgp, alice: str, bob: str) -> None:
    with pytest.raises(SignatureRefused, match=f"its key {alice} is not in the pinned keyring"):
        judge(status, good, pgp.keyring(bob), alice)


def test_two_good_signatures_are_both_told(pgp: Pgp, alice: str, bob: str) -> None:
    signers = pgp.judge(pgp.sign(alice, bob), pgp.keyring(alice, bob), {alice, bob})

    assert {signer.fingerprint for signer in signers} == {alice, bob}


def test_another_key_of_the_keyring_is_refused(pgp: Pgp, alice: str, bob: str) -> None:
    """5.6."""
    signature, ring = pgp.sign(bob), pgp.keyring(alice, bob)

    assert pgp.verify(signature, ring).exit_status == 0
    with pytest.raises(SignatureRefused, match="not among those that this site pinned"):
        pgp.judge(signature, ring, {alice})


def test_a_key_that_is_not_in_the_keyring_is_refused(pgp: Pgp, alice: str, bob: str) -> None:
    with pytest.raises(SignatureRefused, match=f"its key {bob} is not in the pinned keyring"):
        pgp.judge(pgp.sign(bob), pgp.keyring(alice), {alice, bob})


def test_an_expired_key_is_refused(pgp: Pgp) -> None:
    """5.8."""
    key = pgp.make("expired", when=LONG_AGO, expire="7d")
    signature, ring = pgp.sign(key, options=LONG_AGO), pgp.keyring(key)

    assert pgp.verify(signature, ring).exit_status == 0
    with pytest.raises(SignatureRefused, match="its key has expired"):
        pgp.judge(signature, ring, {key})


def test_an_expired_signature_is_refused(pgp: Pgp) -> None:
    """5.8."""
    key = pgp.make("old", when=LONG_AGO)
    signature = pgp.sign(key, options=(*LONG_AGO, "--default-sig-expire", "7d"))

    with pytest.raises(SignatureRefused, match="it has expired"):
        pgp.judge(signature, pgp.keyring(key), {key})


def test_an_expired_signature_is_refused_by_the_time_that_the_site_accepted(pgp: Pgp, alice: str) -> None:
    """5.8, 6.6: a clock that was set back brings nothing back."""
    signature, ring = pgp.sign(alice, options=("--default-sig-expire", "7d")), pgp.keyring(alice)

    assert pgp.judge(signature, ring, {alice})
    with pytest.raises(SignatureRefused, match=f"the signature of {alice} has expired"):
        pgp.judge(signature, ring, {alice}, at=datetime.now(UTC) + timedelta(days=8))


def test_a_revoked_key_is_refused(pgp: Pgp) -> None:
    """5.8."""
    key = pgp.make("revoked")
    signature = pgp.sign(key)
    pgp.revoke(key)
    ring = pgp.keyring(key)

    assert pgp.verify(signature, ring).exit_status == 0
    with pytest.raises(SignatureRefused, match="its key is revoked"):
        pgp.judge(signature, ring, {key})


def test_a_key_that_is_revoked_from_paper_is_refused_at_once(pgp: Pgp, alice: str, bob: str) -> None:
    """5.10: one revoked signer refuses the bundle, whoever else signed."""
    with pytest.raises(SignatureRefused, match=f"the key {bob} is revoked at this site"):
        pgp.judge(pgp.sign(alice, bob), pgp.keyring(alice, bob), {alice, bob}, revoked={bob})


def test_sha_1_is_refused(pgp: Pgp, alice: str, ring: bytes) -> None:
    """5.8."""
    signature = pgp.sign(alice, options=("--digest-algo", "SHA1"))

    assert pgp.verify(signature, ring).exit_status == 0
    with pytest.raises(SignatureRefused, match="hash algorithm 2;"):
        pgp.judge(signature, ring, {alice})


def test_rsa_1024_is_refused(pgp: Pgp) -> None:
    """5.8."""
    key = pgp.make("short", "rsa1024")
    signature, ring = pgp.sign(key), pgp.keyring(key)

    assert pgp.verify(signature, ring).exit_status == 0
    with pytest.raises(SignatureRefused, match="too weak: RSA 1024, and the least is 3072"):
        pgp.judge(signature, ring, {key})


def test_dsa_is_refused(pgp: Pgp) -> None:
    """5.8."""
    key = pgp.make("dsa", "dsa2048")

    with pytest.raises(SignatureRefused, match="key algorithm 17;"):
        pgp.judge(pgp.sign(key), pgp.keyring(key), {key})


def test_a_curve_that_is_not_listed_is_refused(pgp: Pgp) -> None:
    """5.8."""
    key = pgp.make("bitcoin", "secp256k1")

    with pytest.raises(SignatureRefused, match="its curve is not believed"):
        pgp.judge(pgp.sign(key), pgp.keyring(key), {key})


def test_a_signature_from_the_future_is_refused(pgp: Pgp, alice: str, ring: bytes) -> None:
    """5.9."""
    signature = pgp.sign(alice, options=FUTURE)

    assert pgp.verify(signature, ring).exit_status == 0
    with pytest.raises(SignatureRefused, match="signed on 2040-01-01"):
        pgp.judge(signature, ring, {alice})


def test_a_day_of_clock_skew_is_borne(good: bytes, ring: bytes, status: bytes, alice: str) -> None:
    """5.9."""
    now = datetime.now(UTC)

    assert judge(status, good, ring, alice, now - timedelta(hours=23)) == (alice,)
    with pytest.raises(SignatureRefused, match="signed on"):
        judge(status, good, ring, alice, now - timedelta(hours=25))


@pytest.mark.parametrize(
    ("how", "options", "said"),
    [
        ("--sign", (), "it is inline"),
        ("--sign", ("--armor",), "not exactly one armoured signature block"),
        ("--sign", ("--compress-algo", "none"), "it is inline"),
        ("--clear-sign", (), "it is clear-signed"),
    ],
    ids=["inline", "inline armoured", "inline uncompressed", "clear-signed"],
)
def test_a_file_that_brings_its_own_text_is_refused_before_gpgv_runs(
    pgp: Pgp, alice: str, how: str, options: tuple[str, ...], said: str
) -> None:
    """5.7."""
    signature = pgp.sign(alice, how=how, options=options)

    with pytest.raises(SignatureRefused, match=said):
        read_signatures(signature, MANIFEST)


def test_a_signature_over_text_is_refused(pgp: Pgp, alice: str) -> None:
    """5.7: over text, line breaks and blanks at the end of lines do not count."""
    with pytest.raises(SignatureRefused, match="of type 0x01"):
        read_signatures(pgp.sign(alice, options=("--textmode",)), MANIFEST)


def test_one_good_and_one_bad_signature_are_refused(pgp: Pgp, alice: str, bob: str) -> None:
    """5.8: every signature is good."""
    spoilt = bytearray(pgp.sign(bob))
    spoilt[-1] ^= 1
    both = pgp.sign(alice) + bytes(spoilt)

    with pytest.raises(SignatureRefused, match="it does not fit the manifest"):
        pgp.judge(both, pgp.keyring(alice, bob), {alice, bob})


def test_one_good_and_one_over_other_bytes_are_refused_before_gpgv_runs(pgp: Pgp, alice: str, bob: str) -> None:
    both = pgp.sign(alice) + pgp.sign(bob, content=b"other")

    with pytest.raises(SignatureRefused, match="it is over other bytes"):
        read_signatures(both, MANIFEST)


def test_one_pinned_and_one_unknown_signature_are_refused(pgp: Pgp, alice: str, bob: str) -> None:
    with pytest.raises(SignatureRefused, match="is not in the pinned keyring"):
        pgp.judge(pgp.sign(alice, bob), pgp.keyring(alice), {alice})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=0), bit=st.integers(0, 7), armoured=st.booleans())
def test_no_bit_of_a_signature_file_can_be_flipped(
    pgp: Pgp, alice: str, good: bytes, ring: bytes, place: int, bit: int, *, armoured: bool
) -> None:
    """5.7, 5.8: nor in the packets, where no checksum of an armour helps."""
    flipped = bytearray(good if armoured else read_signatures(good, MANIFEST).binary)
    flipped[place % len(flipped)] ^= 1 << bit

    with pytest.raises(SignatureRefused):
        pgp.judge(bytes(flipped), ring, {alice})


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300))
def test_rubbish_is_refused_with_one_error(content: bytes) -> None:
    with pytest.raises(SignatureRefused):
        read_signatures(content, MANIFEST)
    with pytest.raises(KeyringRefused):
        read_keyring(content)


def test_a_signature_file_and_a_keyring_over_their_limits_are_refused() -> None:
    """14.1."""
    with pytest.raises(SignatureRefused, match="the most is 65536"):
        read_signatures(b"-" * (MAX_SIGNATURE_BYTES + 1), MANIFEST)
    with pytest.raises(KeyringRefused, match="the most is 1048576"):
        read_keyring(b"\x98" * (MAX_KEYRING_BYTES + 1))


def test_too_many_signatures_are_refused(pgp: Pgp, alice: str) -> None:
    signature = pgp.sign(alice)

    with pytest.raises(SignatureRefused, match="it holds 65 signatures"):
        read_signatures(signature * 65, MANIFEST)


def test_a_keyring_with_a_private_key_is_refused(pgp: Pgp, alice: str) -> None:
    with pytest.raises(KeyringRefused, match="packet of type 5"):
        read_keyring(pgp.gpg("--export-secret-keys", alice))


@pytest.mark.parametrize("kind", ["twice", "armoured", "cut"])
def test_a_keyring_that_is_no_plain_list_of_keys_is_refused(pgp: Pgp, alice: str, ring: bytes, kind: str) -> None:
    content = {"twice": ring + ring, "armoured": pgp.gpg("--armor", "--export", alice), "cut": ring[:-1]}[kind]

    with pytest.raises(KeyringRefused):
        read_keyring(content)


def test_a_keyring_tells_every_key_with_its_strength(pgp: Pgp) -> None:
    primary = pgp.make("dave", "rsa3072", "cert")
    pgp.gpg("--quick-add-key", primary, "nistp384/ecdsa", "sign", "never")
    pgp.gpg("--quick-add-key", primary, "cv25519", "encr", "never")

    keys = read_keyring(pgp.keyring(primary))

    assert list(keys) == pgp.fingerprints("dave")
    assert [(key.bits, key.curve, key.primary) for key in keys.values()] == [
        (3072, "", primary),
        (0, "nistp384", primary),
        (0, "", primary),
    ]


@pytest.mark.parametrize(
    "keyword", ["SIGEXPIRED", "WARNING decrypt 9", "FAILURE gpgv 2", "ERROR x 1", "BRANDNEW", "TRUST_NEVER"]
)
def test_a_keyword_that_is_not_known_to_be_harmless_refuses(
    good: bytes, ring: bytes, status: bytes, alice: str, keyword: str
) -> None:
    """5.8: every line is judged."""
    with pytest.raises(SignatureRefused, match=keyword.split(maxsplit=1)[0]):
        judge(status + PREFIX + keyword.encode() + b"\n", good, ring, alice)
    with pytest.raises(SignatureRefused, match=keyword.split(maxsplit=1)[0]):
        judge(PREFIX + keyword.encode() + b"\n" + status, good, ring, alice)


@pytest.mark.parametrize(
    "harmless",
    ["NOTATION_NAME x", "POLICY_URL x", "VERIFICATION_COMPLIANCE_MODE 23", "KEYEXPIRED 1", "PROGRESS x ? 0 0"],
)
def test_a_harmless_line_changes_nothing(good: bytes, ring: bytes, status: bytes, alice: str, harmless: str) -> None:
    assert judge(status + PREFIX + harmless.encode() + b"\n", good, ring, alice) == (alice,)


@pytest.mark.parametrize("missing", [b"NEWSIG", b"GOODSIG", b"VALIDSIG"])
def test_a_line_that_is_missing_refuses(good: bytes, ring: bytes, status: bytes, alice: str, missing: bytes) -> None:
    fewer = b"".join(line for line in status.splitlines(keepends=True) if not line.startswith(PREFIX + missing))

    with pytest.raises(SignatureRefused):
        judge(fewer, good, ring, alice)


@pytest.mark.parametrize("doubled", [b"NEWSIG", b"GOODSIG", b"VALIDSIG"])
def test_a_line_that_stands_twice_refuses(good: bytes, ring: bytes, status: bytes, alice: str, doubled: bytes) -> None:
    more = b"".join(line * (2 if line.startswith(PREFIX + doubled) else 1) for line in status.splitlines(keepends=True))

    with pytest.raises(SignatureRefused):
        judge(more, good, ring, alice)


@pytest.mark.parametrize(
    "line",
    [b"a line of its own\n", b"[GNUPG:] \n", b"[GNUPG:] GOODSIG", b"[GNUPG:] " + b"x" * MAX_STATUS_BYTES + b"\n"],
)
def test_output_that_is_no_status_refuses(good: bytes, ring: bytes, status: bytes, alice: str, line: bytes) -> None:
    with pytest.raises(SignatureRefused, match="gpgv"):
        judge(status + line, good, ring, alice)


def test_no_output_refuses(good: bytes, ring: bytes, alice: str) -> None:
    with pytest.raises(SignatureRefused, match="gpgv saw 0 of its 1 signatures"):
        judge(b"", good, ring, alice)


def test_the_verdict_on_another_signature_refuses(pgp: Pgp, good: bytes, ring: bytes, alice: str) -> None:
    other = pgp.verify(pgp.sign(alice, options=("--digest-algo", "SHA512")), ring).status

    with pytest.raises(SignatureRefused, match="another signature than the one that was read"):
        judge(other, good, ring, alice)


def test_good_of_one_key_and_valid_of_another_refuses(
    good: bytes, ring: bytes, status: bytes, alice: str, bob: str
) -> None:
    swapped = status.replace(b"GOODSIG " + alice[-16:].encode(), b"GOODSIG " + bob[-16:].encode())

    assert swapped != status
    with pytest.raises(SignatureRefused, match="of one key good and of another valid"):
        judge(swapped, good, ring, alice)


@pytest.mark.parametrize(
    ("code", "said"), [("9", "not in the pinned"), ("4", "does not know the algorithm"), ("39", "code 39")]
)
def test_a_signature_that_gpgv_cannot_check_says_why(
    good: bytes, ring: bytes, alice: str, code: str, said: str
) -> None:
    status = f"[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG F354C72E2E126369 22 8 00 1735689600 {code} {alice}\n"

    with pytest.raises(SignatureRefused, match=said):
        judge(status.encode(), good, ring, alice)


def test_a_fingerprint_from_paper_may_have_blanks() -> None:
    typed = "164d 569d db03 04d7 6d8e  3f41 f354 c72e 2e12 6369"

    assert fingerprint(typed) == "164D569DDB0304D76D8E3F41F354C72E2E126369"


@pytest.mark.parametrize("typed", ["F354C72E2E126369", "0x164D569DDB0304D76D8E3F41F354C72E2E126369", "", "G" * 40])
def test_a_short_key_id_is_no_fingerprint(typed: str) -> None:
    with pytest.raises(FingerprintRefused):
        fingerprint(typed)
