"""Key pairs of the TUF roles and of a site's custody: ed25519 and ECDSA P-256 (spec/bundle.md 5.2).

A private key stands in a file as PKCS#8 (RFC 5958), encrypted with a passphrase through scrypt and AES-256 (PBES2 of
RFC 8018, scrypt as RFC 7914, section 7, names it), so that `openssl pkey` opens it too. What signs is a `Signer` of
securesystemslib: a key in a file is one, a key in a token (PKCS#11) can be another.
"""

import secrets
from base64 import b64encode
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, Key, SSlibKey

from coderev.errors import InputError, TrustError

MIN_PASSPHRASE = 12  # bytes: four words, or twelve characters
MAX_PRIVATE_BYTES = 4096  # of a file with a private key
SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 14, 8, 5  # 16 MiB, below what openssl's reader allows (32 MiB)
_PBES2 = bytes.fromhex("2a864886f70d01050d")  # object identifiers, as DER writes them: 1.2.840.113549.1.5.13
_SCRYPT = bytes.fromhex("2b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_AES256_CBC = bytes.fromhex("60864801650304012a")  # 2.16.840.1.101.3.4.1.42
_SEQUENCE, _OCTETS, _OBJECT, _INTEGER = 0x30, 0x04, 0x06, 0x02
_SALT_BYTES = 16
_BLOCK_BYTES = 16
_SHORT_LENGTH = 0x80  # DER writes lengths below this in one byte
_PEM_COLUMNS = 64
_NEITHER = "it is neither ed25519 nor ECDSA P-256"


class Algorithm(StrEnum):
    """What a key may be: nothing else is made, opened or believed."""

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256"


class PassphraseTooShort(InputError):
    """A private key is not written without a passphrase that protects it."""

    message = "a private key needs a passphrase of at least {least} bytes, and this one has {length}"
    hint = "take four words or more that no book holds together"


class PrivateKeyNotOpened(InputError):
    """A file is no private key of ours, or the passphrase is another."""

    message = "the private key {key} cannot be opened: {reason}"
    hint = "give the passphrase that it was made with, or name the .pem file that `coderev keys add` wrote"


class PublicKeyRefused(TrustError):
    """A public key is of a kind that is not believed, or is not what its key id says."""

    message = "the public key {key} is refused: {reason}"
    hint = "make the key with `coderev keys add`; ed25519 and ECDSA P-256 are believed"


def make_key(algorithm: Algorithm) -> CryptoSigner:
    """A new key pair; its key id is the SHA-256 that TUF computes (specification, section 4.2)."""
    if algorithm is Algorithm.ED25519:
        return CryptoSigner(Ed25519PrivateKey.generate())
    return CryptoSigner(generate_ec_key(SECP256R1()))


def write_private(signer: CryptoSigner, passphrase: bytes) -> bytes:
    """The private key as encrypted PKCS#8 in PEM. Raises PassphraseTooShort."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise PassphraseTooShort(least=MIN_PASSPHRASE, length=len(passphrase))
    key = load_pem_private_key(signer.private_bytes, None)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _pem("ENCRYPTED PRIVATE KEY", _sealed(plain, passphrase))


def read_private(pem: bytes, passphrase: bytes, *, name: str = "in the file") -> CryptoSigner:
    """Open what `write_private` wrote; a key that stands unencrypted is refused; errors call it by `name`.

    Raises PrivateKeyNotOpened.
    """
    if len(pem) > MAX_PRIVATE_BYTES:
        raise PrivateKeyNotOpened(
            key=name, reason=f"it has {len(pem)} bytes, and a key has at most {MAX_PRIVATE_BYTES}"
        )
    if not passphrase:
        raise PrivateKeyNotOpened(key=name, reason="the passphrase is empty")
    try:
        key = load_pem_private_key(pem, passphrase)
    except TypeError as error:  # how the library says it
        raise PrivateKeyNotOpened(key=name, reason="it stands unencrypted, so others may have it") from error
    except (ValueError, UnsupportedAlgorithm, MemoryError) as error:
        raise PrivateKeyNotOpened(
            key=name, reason="the passphrase is wrong, or it is no encrypted PKCS#8 key"
        ) from error
    if isinstance(key, Ed25519PrivateKey):
        return CryptoSigner(key)
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return CryptoSigner(key)
    raise PrivateKeyNotOpened(key=name, reason=_NEITHER)


def write_public(key: Key) -> bytes:
    """The public key as SubjectPublicKeyInfo in PEM: what travels to the ceremony. Raises PublicKeyRefused."""
    return _opened(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public(pem: bytes, *, name: str = "in the file") -> SSlibKey:
    """A public key from PEM, under the key id that TUF computes. Raises PublicKeyRefused."""
    try:
        public = load_pem_public_key(pem[:MAX_PRIVATE_BYTES])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PublicKeyRefused(key=name, reason="it is no public key in PEM") from error
    if isinstance(public, Ed25519PublicKey) or (
        isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1)
    ):
        return SSlibKey.from_crypto(public)
    raise PublicKeyRefused(key=name, reason=_NEITHER)


def algorithm_of(key: Key) -> Algorithm:
    """Which algorithm a public key is of, after proof that its key id, scheme and spelling are what TUF makes of it.

    One key has one spelling and so one id; otherwise one holder could count twice towards a threshold.
    Raises PublicKeyRefused.
    """
    public = _opened(key)
    ours = SSlibKey.from_crypto(public)
    if ours.to_dict() != key.to_dict():
        raise PublicKeyRefused(key=key.keyid, reason="it is not spelt as its algorithm wants it")
    if ours.keyid != key.keyid:
        raise PublicKeyRefused(key=key.keyid, reason=f"its key id would be {ours.keyid}")
    return Algorithm.ED25519 if isinstance(public, Ed25519PublicKey) else Algorithm.ECDSA_P256


def _opened(key: Key) -> Ed25519PublicKey | EllipticCurvePublicKey:
    try:
        if (key.keytype, key.scheme) == ("ed25519", "ed25519"):
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))
        if (key.keytype, key.scheme) == ("ecdsa", "ecdsa-sha2-nistp256"):
            public = load_pem_public_key(key.keyval["public"].encode())
            if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
                return public
    except (ValueError, KeyError, TypeError, AttributeError, UnsupportedAlgorithm) as error:
        raise PublicKeyRefused(key=key.keyid, reason="it cannot be read") from error
    raise PublicKeyRefused(key=key.keyid, reason=_NEITHER)


def _sealed(plain: bytes, passphrase: bytes) -> bytes:
    salt, start = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_BLOCK_BYTES)
    secret = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    padder, cipher = PKCS7(8 * _BLOCK_BYTES).padder(), Cipher(AES256(secret), CBC(start)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    costs = b"".join(_integer(cost) for cost in (SCRYPT_N, SCRYPT_R, SCRYPT_P))
    derivation = _der(_SEQUENCE, _der(_OBJECT, _SCRYPT) + _der(_SEQUENCE, _der(_OCTETS, salt) + costs))
    encryption = _der(_SEQUENCE, _der(_OBJECT, _AES256_CBC) + _der(_OCTETS, start))
    scheme = _der(_SEQUENCE, _der(_OBJECT, _PBES2) + _der(_SEQUENCE, derivation + encryption))
    return _der(_SEQUENCE, scheme + _der(_OCTETS, cipher.update(padded) + cipher.finalize()))


def _der(tag: int, content: bytes) -> bytes:
    """One element of DER (ITU-T X.690, 8.1) with its length in the shortest form."""
    length = len(content)
    if length < _SHORT_LENGTH:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _SHORT_LENGTH | size)) + length.to_bytes(size, "big") + content


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _pem(label: str, content: bytes) -> bytes:
    text = b64encode(content).decode()
    lines = [text[start : start + _PEM_COLUMNS] for start in range(0, len(text), _PEM_COLUMNS)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()
