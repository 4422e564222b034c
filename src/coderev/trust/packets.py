"""OpenPGP packets, as far as a release needs them: detached signatures and public keys (RFC 4880, RFC 6637).

Strict, because gpgv is not (spec/bundle.md 5.7): a signature file has one spelling, and a byte in it that no signature
covers has one value, so that no flipped bit passes. gpgv is given the binary form that was read here, never the file.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import new, sha1

SIGNATURE, PUBLIC_KEY, PUBLIC_SUBKEY = 2, 6, 14  # packet tags (RFC 4880, section 4.3)
RSA, ECDSA, EDDSA = 1, 19, 22  # public key algorithms (section 9.1; 22 as GnuPG writes ed25519)
ALGORITHMS = {RSA: "RSA", ECDSA: "ECDSA", EDDSA: "EdDSA"}
HASHES = {8: "sha256", 9: "sha384", 10: "sha512"}  # hash algorithms (section 9.4) that are believed
CURVES = {  # object identifiers, as the key packet holds them
    bytes.fromhex("2b06010401da470f01"): "ed25519",
    bytes.fromhex("2a8648ce3d030107"): "nistp256",
    bytes.fromhex("2b81040022"): "nistp384",
    bytes.fromhex("2b81040023"): "nistp521",
}
MAX_PACKETS = 512  # of a keyring; a key with ten user names and subkeys has some thirty
_ARMOUR = re.compile(
    r"-----BEGIN PGP SIGNATURE-----\n\n((?:[A-Za-z0-9+/=]{1,76}\n)+?)(?:=([A-Za-z0-9+/]{4})\n)?"
    r"-----END PGP SIGNATURE-----\n?"
)
_MPIS = {RSA: 1, ECDSA: 2, EDDSA: 2}  # how many numbers a signature holds
_CREATED, _ISSUER_ID, _ISSUER = 2, 16, 33  # signature subpackets (section 5.2.3.1)
_VERSION = 4
_DETACHED_BINARY = 0x00  # signature type (section 5.2.1)
_FINGERPRINT_BYTES = 20
_CRC24_START, _CRC24_POLYNOMIAL = 0xB704CE, 0x1864CFB  # section 6.1
_WIDE_TAG, _TAG_BITS = 0x40, 0x3F
_ONE_BYTE, _TWO_BYTES = 192, 8384  # packet lengths below these take that many bytes (section 4.2.2)


class NotAsExpected(ValueError):
    """The bytes are no OpenPGP of the kind that is read here; says why, in words."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePacket:
    """One detached signature of version 4, as its packet states it; nothing here is verified yet."""

    issuer: str  # fingerprint of the key or subkey that signed: 40 hex digits
    created: int  # seconds since 1970
    algorithm: int
    hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """One public key or subkey of a keyring: `bits` of an RSA modulus (else 0), `curve` of the others (else empty)."""

    fingerprint: str
    primary: str  # its own fingerprint for a primary key
    algorithm: int
    bits: int
    curve: str


def binary_of(content: bytes) -> bytes:
    """The packets of a signature file, which may be armoured as `gpg --armor` does it. Raises NotAsExpected."""
    if content[:1] != b"-":
        return content
    try:
        text = content.decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotAsExpected(why="it is armoured and not plain text") from error
    if text.startswith("-----BEGIN PGP SIGNED MESSAGE-----"):
        raise NotAsExpected(why="it is clear-signed: it brings a text of its own")
    if (block := _ARMOUR.fullmatch(text)) is None:
        raise NotAsExpected(why="it is not exactly one armoured signature block without headers")
    joined = block[1].replace("\n", "")
    try:
        binary = b64decode(joined, validate=True)
    except ValueError as error:
        raise NotAsExpected(why="its armour is broken") from error
    if b64encode(binary).decode() != joined:
        raise NotAsExpected(why="its armour has a second spelling")
    if block[2] is not None and b64decode(block[2]) != crc24(binary):
        raise NotAsExpected(why="the checksum of its armour is wrong")
    return binary


def signatures_in(binary: bytes, signed: bytes) -> Iterator[SignaturePacket]:
    """Each signature packet of a detached signature over `signed`; there may be no other packet. Raises NotAsExpected.

    The two bytes of the digest that a packet repeats must be those of `signed`: gpgv does not look at them.
    """
    for tag, body in _packets(binary, exact=True):
        if tag != SIGNATURE:
            raise NotAsExpected(why=f"it holds a packet of type {tag}: it is inline, or no signature")
        yield _signature(body, signed)


def keys_in(keyring: bytes) -> Iterator[PublicKey]:
    """Each public key and subkey of a binary keyring, as `gpg --export` writes it. Raises NotAsExpected."""
    primary = ""
    for tag, body in _packets(keyring, exact=False):
        if tag not in {SIGNATURE, PUBLIC_KEY, PUBLIC_SUBKEY, 13, 17}:  # 13, 17: a user's name, a user's picture
            raise NotAsExpected(why=f"it holds a packet of type {tag}, and only public keys may stand in it")
        if tag == PUBLIC_KEY:
            primary = _fingerprint(body)
        elif not primary:
            raise NotAsExpected(why="it does not begin with a public key")
        if tag in {PUBLIC_KEY, PUBLIC_SUBKEY}:
            yield _public_key(body, primary)


def _packets(content: bytes, *, exact: bool) -> Iterator[tuple[int, bytes]]:
    place, count = 0, 0
    while place < len(content):
        count += 1
        if count > MAX_PACKETS:
            raise NotAsExpected(why=f"it holds more than {MAX_PACKETS} packets")
        tag, start, length = _header(content, place, exact=exact)
        place = start + length
        if place > len(content):
            raise NotAsExpected(why="a packet ends before its length says")
        yield tag, content[start:place]


def _header(content: bytes, place: int, *, exact: bool) -> tuple[int, int, int]:
    """A packet's tag, where its body starts, and how long it is; `exact`: only in the shortest spelling.

    The targets name a keyring by its SHA-256, so there the old keys with long spellings, which gpg keeps, do no harm.
    """
    first = content[place]
    if not first & 0x80:
        raise NotAsExpected(why="it is not made of OpenPGP packets")
    if first & _WIDE_TAG:
        start, length = _new_length(content, place + 1)
        return first & _TAG_BITS, start, length
    kind = first & 3
    if kind == 3:  # noqa: PLR2004 - section 4.2.1: until the end of the file
        raise NotAsExpected(why="a packet has no length: it is inline")
    size = 1 << kind
    length = int.from_bytes(_cut(content, place + 1, size), "big")
    if exact and kind and length < 1 << (4 * size):
        raise NotAsExpected(why="a packet's length is not spelt the short way")
    return (first >> 2) & 15, place + 1 + size, length


def _new_length(content: bytes, place: int) -> tuple[int, int]:
    """Where what follows the length starts, and the length (section 4.2.2 and, without 0xFF, 5.2.3.1)."""
    first = _cut(content, place, 1)[0]
    if first < _ONE_BYTE:
        return place + 1, first
    if first < 224:  # noqa: PLR2004 - from here on it is a part of a body
        length = ((first - _ONE_BYTE) << 8) + _cut(content, place + 1, 1)[0] + _ONE_BYTE
        return place + 2, length
    length = int.from_bytes(_cut(content, place + 1, 4), "big")
    if first != 255 or length < _TWO_BYTES:  # noqa: PLR2004 - 224 to 254: partial
        raise NotAsExpected(why="a packet's length is partial, or not spelt the short way")
    return place + 5, length


def _signature(body: bytes, signed: bytes) -> SignaturePacket:
    version, kind, algorithm, hashing = _cut(body, 0, 4)
    if version != _VERSION:
        raise NotAsExpected(why=f"it is of version {version}, and version {_VERSION} is believed")
    if kind != _DETACHED_BINARY:
        raise NotAsExpected(why=f"it is of type 0x{kind:02x} and not a signature over a file's bytes (0x00)")
    if hashing not in HASHES:
        raise NotAsExpected(why=f"it uses the hash algorithm {hashing}; believed are {', '.join(HASHES.values())}")
    if algorithm not in _MPIS:
        raise NotAsExpected(why=f"it uses the key algorithm {algorithm}; believed are {', '.join(ALGORITHMS.values())}")
    hashed, place = _area(body, 4)
    unhashed, place = _area(body, place)
    covered = dict(_subpackets(hashed))
    issuer, created = covered.get(_ISSUER, b""), covered.get(_CREATED, b"")
    if len(issuer) != 1 + _FINGERPRINT_BYTES or issuer[0] != _VERSION or len(created) != 4:  # noqa: PLR2004
        raise NotAsExpected(why="it does not say, under its signature, by which key and when it was made")
    if list(_subpackets(unhashed)) not in ([], [(_ISSUER_ID, issuer[-8:])]):
        raise NotAsExpected(why="it holds statements that the signature does not cover")
    _check_rest(body[place:], _digest(HASHES[hashing], signed, body[: 6 + len(hashed)]), _MPIS[algorithm])
    return SignaturePacket(
        issuer=issuer[1:].hex().upper(), created=int.from_bytes(created, "big"), algorithm=algorithm, hash=hashing
    )


def _check_rest(rest: bytes, digest: bytes, numbers: int) -> None:
    if rest[:2] != digest[:2]:
        raise NotAsExpected(why="it is over other bytes")
    place = 2
    for _ in range(numbers):
        _, place = _number(rest, place)
    if place != len(rest):
        raise NotAsExpected(why="it goes on after its end")


def _digest(name: str, signed: bytes, hashed_part: bytes) -> bytes:
    """What a signature of version 4 is over (section 5.2.4)."""
    trailer = bytes((_VERSION, 0xFF)) + len(hashed_part).to_bytes(4, "big")
    return new(name, signed + hashed_part + trailer).digest()


def _area(body: bytes, place: int) -> tuple[bytes, int]:
    length = int.from_bytes(_cut(body, place, 2), "big")
    return _cut(body, place + 2, length), place + 2 + length


def _subpackets(area: bytes) -> Iterator[tuple[int, bytes]]:
    place, seen = 0, set[int]()
    while place < len(area):
        start, length = _new_length(area, place)
        content = _cut(area, start, length)
        kind = _cut(content, 0, 1)[0]
        if kind & 0x7F in {_CREATED, _ISSUER_ID, _ISSUER} and kind & 0x7F in seen:
            raise NotAsExpected(why="it says twice by which key or when it was made")
        seen.add(kind & 0x7F)
        yield kind, content[1:]
        place = start + length


def _public_key(body: bytes, primary: str) -> PublicKey:
    algorithm = _cut(body, 5, 1)[0]
    bits, curve = 0, ""
    if algorithm == RSA:
        bits, _ = _number(body, 6)
    elif algorithm in {ECDSA, EDDSA}:
        length = _cut(body, 6, 1)[0]
        curve = CURVES.get(_cut(body, 7, length), "unknown")
    return PublicKey(fingerprint=_fingerprint(body), primary=primary, algorithm=algorithm, bits=bits, curve=curve)


def _fingerprint(body: bytes) -> str:
    """The fingerprint of a key of version 4 (section 12.2): SHA-1 is the standard's, not our choice."""
    if body[:1] != bytes((_VERSION,)):
        raise NotAsExpected(why=f"a key is not of version {_VERSION}")
    return sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()


def _number(content: bytes, place: int) -> tuple[int, int]:
    """The bits of a number (section 3.2), which must be exact, and where it ends."""
    bits = int.from_bytes(_cut(content, place, 2), "big")
    size = (bits + 7) // 8
    value = int.from_bytes(_cut(content, place + 2, size), "big")
    if value.bit_length() != bits:
        raise NotAsExpected(why="a number's length is not exact")
    return bits, place + 2 + size


def _cut(content: bytes, start: int, length: int) -> bytes:
    piece = content[start : start + length]
    if len(piece) != length:
        raise NotAsExpected(why="it ends too early")
    return piece


def crc24(content: bytes) -> bytes:
    """The three bytes at the end of an armoured block (RFC 9580, 6.1)."""
    value = _CRC24_START
    for byte in content:
        value ^= byte << 16
        for _ in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= _CRC24_POLYNOMIAL
    return value.to_bytes(3, "big")
