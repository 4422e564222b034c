"""spec/bundle.md 5.7: one spelling of a signature file; packets made by hand where no gpg would make them."""

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust.pgp import MANIFEST, Pgp

from coderev.trust.packets import EDDSA, NotAsExpected, PublicKey, SignaturePacket, binary_of, keys_in, signatures_in

HEAD, TAIL = b"-----BEGIN PGP SIGNATURE-----\n\n", b"-----END PGP SIGNATURE-----\n"
OID = bytes.fromhex("2b06010401da470f01")
KEY = b"\x04\0\0\0\0\x16\x09" + OID + b"\x01\x07\x40" + b"\x01" * 31  # an ed25519 key, cut: its point is not looked at


@pytest.fixture(scope="module")
def packet(pgp: Pgp, alice: str) -> bytes:
    """A real signature packet: header of two bytes, then the body."""
    return binary_of(pgp.sign(alice, options=("--armor",)))


def refused(binary: bytes) -> str:
    with pytest.raises(NotAsExpected) as caught:
        list(signatures_in(binary, MANIFEST))
    return str(caught.value)


def refused_keys(keyring: bytes) -> str:
    with pytest.raises(NotAsExpected) as caught:
        list(keys_in(keyring))
    return str(caught.value)


def refused_armour(content: bytes) -> str:
    with pytest.raises(NotAsExpected) as caught:
        binary_of(content)
    return str(caught.value)


def subpacket(kind: int, content: bytes) -> bytes:
    return bytes((1 + len(content), kind)) + content


def body(hashed: bytes, unhashed: bytes = b"") -> bytes:
    areas = b"".join(len(area).to_bytes(2, "big") + area for area in (hashed, unhashed))
    return b"\x04\x00\x16\x08" + areas + b"\0\0"


def framed(content: bytes, tag: int = 2) -> bytes:
    return bytes((0x80 | tag << 2, len(content))) + content


def test_a_packet_tells_what_gpg_put_into_it(packet: bytes, alice: str) -> None:
    (signature,) = signatures_in(packet, MANIFEST)

    assert signature == SignaturePacket(issuer=alice, created=signature.created, algorithm=EDDSA, hash=8)


@given(content=st.binary(min_size=1, max_size=300))
def test_armour_is_taken_off(content: bytes) -> None:
    text = b64encode(content)
    lines = b"".join(text[start : start + 64] + b"\n" for start in range(0, len(text), 64))

    assert binary_of(HEAD + lines + TAIL) == content
    assert binary_of((HEAD + lines + TAIL).replace(b"\n", b"\r\n")) == content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD + b"AAAA\n" + TAIL + b"more", "exactly one"),
        (HEAD + b"AAAA\n" + TAIL + HEAD + b"AAAA\n" + TAIL, "exactly one"),
        (HEAD.replace(b"\n\n", b"\nComment: x\n\n") + b"AAAA\n" + TAIL, "without headers"),
        (HEAD + b"\n" + TAIL, "exactly one"),
        (HEAD + b"AA=A\n" + TAIL, "its armour is broken"),
        (HEAD + b"AAAAA\n" + TAIL, "its armour is broken"),
        (HEAD + b"AB==\n" + TAIL, "a second spelling"),
        (HEAD + b"AAAA\n=AAAA\n" + TAIL, "the checksum of its armour is wrong"),
        (HEAD + "AÄAA\n".encode() + TAIL, "not plain text"),
    ],
)
def test_another_spelling_of_an_armour_is_refused(content: bytes, said: str) -> None:
    assert said in refused_armour(content)


def test_another_spelling_of_a_packet_is_refused(packet: bytes) -> None:
    content = packet[2:]
    size = len(content).to_bytes(4, "big")

    assert list(signatures_in(bytes((0xC2, len(content))) + content, MANIFEST))  # the newer form of the header
    assert "the short way" in refused(b"\x89" + size[2:] + content)
    assert "the short way" in refused(b"\x8a" + size + content)
    assert "has no length" in refused(b"\x8b" + content)
    assert "partial" in refused(b"\xc2\xff" + size + content)
    assert "partial" in refused(b"\xc2\xe6" + content)
    assert "not made of OpenPGP packets" in refused(b"\x08" + content)
    assert "before its length says" in refused(packet[:-1])
    assert "ends too early" in refused(b"\xc2")


def test_a_long_packet_in_the_newer_form_is_read(pgp: Pgp) -> None:
    key = pgp.make("long", "rsa3072")
    content = pgp.sign(key)[3:]
    length = len(content) - 192

    (signature,) = signatures_in(bytes((0xC2, 192 + (length >> 8), length & 255)) + content, MANIFEST)

    assert signature.issuer == key


def test_what_the_signature_does_not_cover_is_refused(packet: bytes) -> None:
    issuer, created = subpacket(33, b"\x04" + b"\x07" * 20), subpacket(2, b"\0\0\0\1")

    assert "does not cover" in refused(framed(body(issuer + created, subpacket(16, b"\x08" * 8))))
    assert "does not cover" in refused(framed(body(issuer + created, subpacket(20, b"note"))))
    assert "other bytes" in refused(framed(body(issuer + created, subpacket(16, b"\x07" * 8))))
    assert "goes on after its end" in refused(framed(packet[2:] + b"\0"))


def test_who_and_when_must_be_said_once_and_under_the_signature() -> None:
    issuer, created = subpacket(33, b"\x04" + b"\x07" * 20), subpacket(2, b"\0\0\0\1")

    for hashed in (b"", issuer, created, subpacket(33, b"\x05" + b"\x07" * 20) + created, issuer + subpacket(2, b"\1")):
        assert "does not say, under its signature" in refused(framed(body(hashed)))
    assert "says twice" in refused(framed(body(issuer + created + issuer)))
    assert "says twice" in refused(framed(body(issuer + created + subpacket(0x82, b"\0\0\0\2"))))
    assert "ends too early" in refused(framed(body(b"\x00")))


def test_another_version_of_a_signature_is_refused(packet: bytes) -> None:
    assert "of version 3" in refused(framed(b"\x03" + packet[3:]))


@pytest.mark.parametrize("numbers", [b"\0\x08\x01" * 2, b"\0\x01\x01\0\x09\0\xff"])
def test_a_number_with_an_inexact_length_is_refused(numbers: bytes) -> None:
    hashed = subpacket(33, b"\x04" + b"\x07" * 20) + subpacket(2, b"\0\0\0\1")
    covered = body(hashed)[: 6 + len(hashed)]
    digest = sha256(MANIFEST + covered + b"\x04\xff" + len(covered).to_bytes(4, "big")).digest()

    assert "length is not exact" in refused(framed(covered + b"\0\0" + digest[:2] + numbers))


def test_a_keyring_made_by_hand_is_read() -> None:
    keyring = framed(KEY, 6) + framed(b"a name", 13) + framed(KEY[:-1] + b"\2", 14)

    primary, subkey = keys_in(keyring)

    assert primary == PublicKey(
        fingerprint=primary.fingerprint, primary=primary.fingerprint, algorithm=EDDSA, bits=0, curve="ed25519"
    )
    assert subkey.primary == primary.fingerprint != subkey.fingerprint
    assert list(keys_in(b"\x99\0" + framed(KEY, 6)[1:])) == [primary]  # a long spelling of its length, as gpg keeps it


def test_a_picture_in_a_keyring_is_passed_over() -> None:
    picture = b"\xd1\xff" + (9000).to_bytes(4, "big") + bytes(9000)

    assert len(list(keys_in(framed(KEY, 6) + picture + framed(KEY[:-1] + b"\2", 14)))) == 2


def test_a_keyring_of_another_make_is_refused() -> None:
    assert "does not begin with a public key" in refused_keys(framed(KEY, 14))
    assert "packet of type 12" in refused_keys(framed(KEY, 6) + framed(b"\0", 12))
    assert "not of version 4" in refused_keys(framed(b"\x05" + KEY[1:], 6))
    assert "more than 512 packets" in refused_keys(framed(KEY, 6) + framed(b"a", 13) * 512)
    assert "ends too early" in refused_keys(framed(KEY[:9], 6))
    assert "length is not exact" in refused_keys(framed(b"\x04\0\0\0\0\x01\x00\x0a\x01\x01", 6))
