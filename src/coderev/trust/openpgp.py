"""Who signed the manifest with OpenPGP: the signature file, the keyring and every status line of gpgv, judged.

The order (spec/bundle.md 5.6 to 5.10):

1. `read_signatures`: before gpgv runs, the file must be one detached block of signatures over these very bytes.
2. `read_keyring`: which keys and subkeys the pinned keyring holds, and how strong they are.
3. The caller runs `gpgv --status-fd` in an empty home, over the binary form that step 1 returned.
4. `judge_signatures`: every signature good, by a pinned key, strong, and made in the past.

The exit status of gpgv proves nothing: it is 0 for SHA-1, for RSA-1024, and for a date in the future.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coderev.errors import InputError, TrustError
from coderev.trust.packets import (
    ALGORITHMS,
    HASHES,
    RSA,
    NotAsExpected,
    PublicKey,
    SignaturePacket,
    binary_of,
    keys_in,
    signatures_in,
)

MAX_SIGNATURE_BYTES = 64 * 1024  # of SIGNATURE.asc
MAX_KEYRING_BYTES = 1024 * 1024  # of KEYRING.gpg
MAX_SIGNATURES = 64  # packets in SIGNATURE.asc
MAX_STATUS_BYTES = 256 * 1024  # of what gpgv says; some 500 a signature
MIN_RSA_BITS = 3072  # NIST SP 800-57, table 2: 128 bits of security
MAX_CLOCK_SKEW = timedelta(days=1)  # a signature may be this far ahead of the site's time (5.9)

_PREFIX = "[GNUPG:] "
_SILENT = frozenset({  # they say nothing for or against a signature (GnuPG, doc/DETAILS); KEYEXPIRED names any subkey
    "KEYEXPIRED", "KEY_CONSIDERED", "NOTATION_DATA", "NOTATION_FLAGS", "NOTATION_NAME", "POLICY_URL", "PROGRESS",
    "SIG_ID", "VERIFICATION_COMPLIANCE_MODE",
})  # fmt: skip
_REASONS = {
    "BADSIG": "it does not fit the manifest",
    "BADARMOR": "its armour is broken",
    "ERRSIG": "gpgv cannot check it",
    "EXPKEYSIG": "its key has expired",
    "EXPSIG": "it has expired",
    "KEYREVOKED": "its key is revoked",
    "NODATA": "gpgv finds no signature in it",
    "NO_PUBKEY": "its key is not in the pinned keyring",
    "PLAINTEXT": "it is inline: it brings a text of its own",
    "REVKEYSIG": "its key is revoked",
    "UNEXPECTED": "gpgv finds something else than a signature in it",
}
_MISSING_KEY, _UNKNOWN_ALGORITHM = "9", "4"  # codes of ERRSIG
_FINGERPRINT = re.compile(r"[0-9A-F]{40}")


class FingerprintRefused(InputError):
    """What was typed is no full fingerprint: short key ids can be made to collide in seconds."""

    message = "{typed!r} is no full OpenPGP fingerprint of 40 hex digits"
    hint = "type it from the paper, with or without blanks; `gpg --fingerprint` prints it"


class KeyringRefused(TrustError):
    """The pinned keyring is not a plain list of OpenPGP public keys."""

    message = "the OpenPGP keyring is refused: {reason}"
    hint = "make it with `gpg --export FINGERPRINT… > KEYRING.gpg` and sign the bundle again"


class SignatureRefused(TrustError):
    """The OpenPGP signature does not prove who made the bundle."""

    message = "the OpenPGP signature is refused: {reason}"
    hint = "install nothing from this medium; take the bundle from its source again and compare with the paper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """A signature file that was read: give `binary`, not the file, to gpgv."""

    binary: bytes
    signatures: tuple[SignaturePacket, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The full fingerprints of primary keys that a site believes, and of keys that it does not believe any more."""

    pinned: frozenset[str]
    revoked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPgpSigner:
    """One good signature: by which key, under which primary key, when, and with what."""

    fingerprint: str
    primary: str
    made: datetime
    algorithm: str  # such as `RSA 4096` or `EdDSA ed25519`
    hash: str  # such as `sha512`


def fingerprint(typed: str) -> str:
    """A fingerprint as a person types it from paper: 40 hex digits in capitals. Raises FingerprintRefused."""
    plain = "".join(typed.split()).upper()
    if _FINGERPRINT.fullmatch(plain) is None:
        raise FingerprintRefused(typed=typed)
    return plain


def read_signatures(content: bytes, signed: bytes) -> Detached:
    """Read a signature file (armoured or binary) that claims to be over `signed`. Raises SignatureRefused."""
    if len(content) > MAX_SIGNATURE_BYTES:
        raise SignatureRefused(reason=f"it has {len(content)} bytes, and the most is {MAX_SIGNATURE_BYTES}")
    try:
        binary = binary_of(content)
        signatures = tuple(signatures_in(binary, signed))
    except NotAsExpected as error:
        raise SignatureRefused(reason=str(error)) from error
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise SignatureRefused(reason=f"it holds {len(signatures)} signatures, and 1 to {MAX_SIGNATURES} are taken")
    return Detached(binary=binary, signatures=signatures)


def read_keyring(content: bytes) -> dict[str, PublicKey]:
    """The keys and subkeys of a binary keyring, by fingerprint. Raises KeyringRefused."""
    if len(content) > MAX_KEYRING_BYTES:
        raise KeyringRefused(reason=f"it has {len(content)} bytes, and the most is {MAX_KEYRING_BYTES}")
    try:
        keys = tuple(keys_in(content))
    except NotAsExpected as error:
        raise KeyringRefused(reason=str(error)) from error
    if not keys:
        raise KeyringRefused(reason="it is empty")
    if len({key.fingerprint for key in keys}) != len(keys):
        raise KeyringRefused(reason="a key stands in it twice")
    return {key.fingerprint: key for key in keys}


def judge_signatures(
    status: bytes, detached: Detached, keyring: Mapping[str, PublicKey], pins: Pins, at: datetime
) -> tuple[OpenPgpSigner, ...]:
    """Everybody who signed, from the status lines of gpgv; one signature that is not good refuses all.

    `at` is the larger of the clock and the last accepted time. Raises SignatureRefused, KeyringRefused.
    """
    blocks = _blocks(status)
    if len(blocks) != len(detached.signatures):
        raise SignatureRefused(reason=f"gpgv saw {len(blocks)} of its {len(detached.signatures)} signatures")
    return tuple(
        _judge(_valid(block), packet, keyring, pins, at)
        for block, packet in zip(blocks, detached.signatures, strict=True)
    )


def _blocks(status: bytes) -> list[list[list[str]]]:
    """The status lines of each signature, cut into words."""
    blocks: list[list[list[str]]] = []
    for words in _lines(status):
        if words[0] == "NEWSIG":
            blocks.append([])
        elif blocks:
            blocks[-1].append(words)
        elif words[0] not in _SILENT:
            raise SignatureRefused(reason=_reason(words))
    return blocks


def _lines(status: bytes) -> Iterator[list[str]]:
    if len(status) > MAX_STATUS_BYTES:
        raise SignatureRefused(reason="gpgv says more than it should")
    lines = status.decode("utf-8", "backslashreplace").split("\n")
    if lines.pop() != "":
        raise SignatureRefused(reason="gpgv stopped in the middle of a line")
    for line in lines:
        words = line.removeprefix(_PREFIX).split(" ")
        if not line.startswith(_PREFIX) or not words[0]:
            raise SignatureRefused(reason=f"gpgv says something that is no status: {line[:80]!r}")
        yield words


def _valid(block: Sequence[list[str]]) -> list[str]:
    """The words of VALIDSIG, when the block holds it once, GOODSIG of the same key once, and nothing against it."""
    for words in block:  # a keyword that is not known may be a warning: it refuses
        if words[0] not in _SILENT | {"GOODSIG", "VALIDSIG"}:
            raise SignatureRefused(reason=_reason(words))
    good = [words for words in block if words[0] == "GOODSIG"]
    valid = [words for words in block if words[0] == "VALIDSIG"]
    if len(good) != 1 or len(valid) != 1 or len(good[0]) < 2 or len(valid[0]) < 11:  # noqa: PLR2004 - doc/DETAILS
        raise SignatureRefused(reason="gpgv does not say of each signature, once, that it is good and valid")
    if not good[0][1] or not valid[0][1].endswith(good[0][1]):
        raise SignatureRefused(reason="gpgv calls the signature of one key good and of another valid")
    return valid[0]


def _reason(words: Sequence[str]) -> str:
    keyword, arguments = words[0], words[1:]
    if keyword == "ERRSIG" and len(arguments) > 5:  # noqa: PLR2004 - doc/DETAILS: keyid … code, fingerprint
        key = arguments[6] if len(arguments) > 6 else arguments[0]  # noqa: PLR2004
        if arguments[5] == _MISSING_KEY:
            return f"its key {key} is not in the pinned keyring"
        if arguments[5] == _UNKNOWN_ALGORITHM:
            return f"gpgv does not know the algorithm of key {key}"
        return f"gpgv cannot check it (key {key}, code {arguments[5]})"
    reason = _REASONS.get(keyword, f"gpgv says {keyword[:40]!r}, which is not known to be harmless")
    return f"{reason} ({' '.join(arguments)[:80]})" if arguments else reason


def _judge(
    valid: Sequence[str], packet: SignaturePacket, keyring: Mapping[str, PublicKey], pins: Pins, at: datetime
) -> OpenPgpSigner:
    named, made, expires = valid[1], valid[3], valid[4]
    stated = (packet.issuer, str(packet.created), "4", str(packet.algorithm), str(packet.hash), "00")
    if (named, made, valid[5], *valid[7:10]) != stated:
        raise SignatureRefused(reason="gpgv judged another signature than the one that was read")
    if expires != "0" and not (expires.isdecimal() and at < datetime.fromtimestamp(int(expires), UTC)):
        raise SignatureRefused(reason=f"the signature of {named} has expired")
    key = _pinned(keyring.get(named), valid[10], named, pins)
    for one in (key, keyring[key.primary]):
        if (weak := _weakness(one)) is not None:
            raise SignatureRefused(reason=f"the key {one.fingerprint} is too weak: {weak}")
    moment = datetime.fromtimestamp(packet.created, UTC)
    if moment > at + MAX_CLOCK_SKEW:
        raise SignatureRefused(
            reason=f"{named} signed on {moment:%Y-%m-%d}, and here it is {at:%Y-%m-%d}: set the clock"
        )
    return OpenPgpSigner(
        fingerprint=named, primary=key.primary, made=moment, algorithm=_described(key), hash=HASHES[packet.hash]
    )


def _pinned(key: PublicKey | None, primary: str, named: str, pins: Pins) -> PublicKey:
    if key is None or key.primary != primary:
        raise SignatureRefused(reason=f"its key {named} is not in the pinned keyring")
    if gone := {key.fingerprint, primary} & pins.revoked:
        raise SignatureRefused(reason=f"the key {gone.pop()} is revoked at this site")
    if primary not in pins.pinned:
        raise SignatureRefused(reason=f"the key {primary} is in the keyring and not among those that this site pinned")
    return key


def _weakness(key: PublicKey) -> str | None:
    if key.algorithm not in ALGORITHMS:
        return f"its algorithm is number {key.algorithm}; believed are {', '.join(ALGORITHMS.values())}"
    if key.algorithm == RSA:
        return None if key.bits >= MIN_RSA_BITS else f"RSA {key.bits}, and the least is {MIN_RSA_BITS}"
    return None if key.curve != "unknown" else "its curve is not believed"


def _described(key: PublicKey) -> str:
    return f"{ALGORITHMS[key.algorithm]} {key.bits or key.curve}"
