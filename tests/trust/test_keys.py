"""spec/bundle.md 5.2: keys in files, and which public keys are believed."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import SSlibKey

from coderev.trust.keys import (
    Algorithm,
    PassphraseTooShort,
    PrivateKeyNotOpened,
    PublicKeyRefused,
    algorithm_of,
    make_key,
    read_private,
    read_public,
    write_private,
    write_public,
)

PASSPHRASE = b"correct horse battery staple"
P384 = generate_ec_key(SECP384R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_key_comes_back_from_its_file_and_signs(algorithm: Algorithm) -> None:
    """5.2."""
    made = make_key(algorithm)

    opened = read_private(write_private(made, PASSPHRASE), PASSPHRASE)

    assert opened.public_key == made.public_key
    made.public_key.verify_signature(opened.sign(b"message"), b"message")
    assert algorithm_of(opened.public_key) is algorithm


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_openssl_opens_the_file_of_a_private_key(algorithm: Algorithm, tmp_path: Path) -> None:
    key, file = make_key(algorithm), tmp_path / "key.pem"
    file.write_bytes(write_private(key, PASSPHRASE))

    argv = ["openssl", "pkey", "-in", str(file), "-passin", f"pass:{PASSPHRASE.decode()}", "-pubout"]
    public = subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout

    assert public == write_public(key.public_key)


def test_a_key_id_is_what_tuf_computes() -> None:
    key = make_key(Algorithm.ED25519).public_key
    canonical = encode_canonical({"keytype": key.keytype, "scheme": key.scheme, "keyval": key.keyval})

    assert key.keyid == sha256((canonical or "").encode()).hexdigest()


def test_the_file_of_a_key_does_not_hold_the_key() -> None:
    key = make_key(Algorithm.ED25519)

    first, second = write_private(key, PASSPHRASE), write_private(key, PASSPHRASE)

    assert first.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert first != second


@pytest.mark.parametrize("passphrase", [b"", b"short", b"eleven char"])
def test_a_key_is_not_written_under_a_short_passphrase(passphrase: bytes) -> None:
    with pytest.raises(PassphraseTooShort, match=f"this one has {len(passphrase)}"):
        write_private(make_key(Algorithm.ED25519), passphrase)


@pytest.mark.parametrize("passphrase", [b"", b"another passphrase"])
def test_another_passphrase_opens_nothing(passphrase: bytes) -> None:
    pem = write_private(make_key(Algorithm.ED25519), PASSPHRASE)

    with pytest.raises(PrivateKeyNotOpened, match="passphrase"):
        read_private(pem, passphrase)


def test_a_key_that_stands_unencrypted_is_refused() -> None:
    with pytest.raises(PrivateKeyNotOpened, match="stands unencrypted"):
        read_private(make_key(Algorithm.ED25519).private_bytes, PASSPHRASE)


@pytest.mark.parametrize("pem", [b"", b"rubbish", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", b"x" * 5000])
def test_what_is_no_key_is_refused(pem: bytes) -> None:
    with pytest.raises(PrivateKeyNotOpened):
        read_private(pem, PASSPHRASE)


def test_keys_of_other_kinds_are_not_opened() -> None:
    """5.2."""
    for key in (generate_ec_key(SECP384R1()), generate_rsa_key(65537, 2048)):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE))
        with pytest.raises(PrivateKeyNotOpened, match="neither ed25519 nor ECDSA P-256"):
            read_private(pem, PASSPHRASE)
        public = key.public_key()
        with pytest.raises(PublicKeyRefused, match="neither ed25519 nor ECDSA P-256"):
            algorithm_of(SSlibKey.from_crypto(public))
        with pytest.raises(PublicKeyRefused, match="neither ed25519 nor ECDSA P-256"):
            read_public(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_public_key_travels_as_pem(algorithm: Algorithm) -> None:
    key = make_key(algorithm).public_key

    assert read_public(write_public(key)) == key


def test_a_private_key_or_rubbish_is_no_public_key() -> None:
    private = make_key(Algorithm.ED25519).private_bytes

    for pem in (private, b"", b"rubbish"):
        with pytest.raises(PublicKeyRefused, match="no public key in PEM"):
            read_public(pem)


def test_a_key_under_a_second_id_or_spelling_is_refused() -> None:
    """5.3: or one holder could count twice."""
    ed, ec = make_key(Algorithm.ED25519).public_key, make_key(Algorithm.ECDSA_P256).public_key
    public = ec.keyval["public"]
    spellings = [
        SSlibKey("0" * 64, ed.keytype, ed.scheme, ed.keyval),
        SSlibKey(ed.keyid, ed.keytype, ed.scheme, {"public": ed.keyval["public"].upper() + " "}),
        SSlibKey(ec.keyid, ec.keytype, ec.scheme, {"public": public + "\n"}),
        SSlibKey(ec.keyid, ec.keytype, ec.scheme, {"public": public, "more": "x"}),
    ]

    for spelling in spellings:
        with pytest.raises(PublicKeyRefused):
            algorithm_of(spelling)


@pytest.mark.parametrize(
    ("keytype", "scheme", "public"),
    [
        ("ed25519", "ed25519", "not hex"),
        ("ed25519", "ed25519", "00"),
        ("ecdsa", "ecdsa-sha2-nistp256", "no PEM"),
        ("ecdsa", "ecdsa-sha2-nistp384", "x"),
        ("ecdsa", "ecdsa-sha2-nistp256", P384),
        ("rsa", "rsassa-pss-sha256", "x"),
        ("sphincs", "sphincs-shake-128s", "x"),
    ],
)
def test_a_public_key_that_cannot_be_read_is_refused(keytype: str, scheme: str, public: str) -> None:
    """5.2."""
    with pytest.raises(PublicKeyRefused):
        algorithm_of(SSlibKey("0" * 64, keytype, scheme, {"public": public}))


def test_nothing_of_a_passphrase_or_key_is_in_an_error() -> None:
    pem = make_key(Algorithm.ED25519).private_bytes

    with pytest.raises(PrivateKeyNotOpened) as caught:
        read_private(pem, PASSPHRASE)

    assert PASSPHRASE.decode() not in f"{caught.value} {caught.value.next_step}"
