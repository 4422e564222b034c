"""Answers are sealed before they are stored: whoever holds the store can neither read them nor move them about.

AES-256-GCM (NIST SP 800-38D) under keys that HKDF-SHA256 (RFC 5869) derives for each tenant from one file. A sealed
value is: format version (1 byte), key id (8), nonce (12), ciphertext, tag (16). Its associated data is version, key id,
tenant and key: a value that is moved to another key, tenant or site does not open. Nonces are random: below 2^32 values
for each tenant's key, two are equal with a chance under 2^-32.
"""

import os
import secrets
import zlib
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from coderev.errors import TrustError
from coderev.files import data_folder
from coderev.settings import RecallSettings
from coderev.store import key_file

KEY_FILE = "recall.key"  # in the user's data folder
KEY_BYTES = key_file.KEY_BYTES
KEY_ID_BYTES = 8
VERSION = b"\x01"  # of the sealed form
NONCE_BYTES = 12
TAG_BYTES = 16
MAX_PLAIN_BYTES = 1 << 20  # of one value, sealed or opened
COMPRESSION_LEVEL = 1  # of zlib: answers are short, and 6 takes twice the time to save a twentieth
_PLAIN, _ZLIB = b"\x00", b"\x01"
_HEADER_BYTES = len(VERSION) + KEY_ID_BYTES + NONCE_BYTES


class KeyFileRefused(TrustError):
    """The file with recall's key is no secret of this user, or holds no key."""

    message = "{path} is not used as recall's key: {reason}"
    hint = (
        "it must be a file of this user with mode 0600 that holds 32 bytes or 64 hex digits, as made by "
        "`(umask 077; openssl rand -hex 32 > FILE)`; answers sealed with another key are asked anew"
    )


class Tampered(ValueError):
    """A sealed value is not what was sealed for this tenant and key: it is no answer."""


class TooLong(ValueError):
    """A value is longer than what is sealed."""


class Seal:
    """Seals and opens one tenant's values, and makes tags that name things without telling what they are.

    `material` is the site's key, 32 bytes; `read_key` reads it.
    """

    def __init__(self, material: bytes, tenant: str) -> None:
        if len(material) != KEY_BYTES:
            message = f"a key has {KEY_BYTES} bytes, not {len(material)}"
            raise ValueError(message)
        name = tenant.encode()
        derived = HKDF(SHA256(), 2 * KEY_BYTES, salt=None, info=b"coderev recall 1\0" + name).derive(material)
        self._cipher, self._tag_key = AESGCM(derived[:KEY_BYTES]), derived[KEY_BYTES:]
        self._opening = VERSION + sha256(b"coderev recall key id\0" + material).digest()[:KEY_ID_BYTES]
        self._bound = self._opening + _joined((name,))

    @classmethod
    def of(cls, settings: RecallSettings) -> Self:
        """The seal of the tenant that the settings name. Raises KeyFileRefused, CannotWrite."""
        return cls(read_key(settings.key_file), settings.tenant)

    def seal(self, key: bytes, plain: bytes) -> bytes:
        """Compress and encrypt a value for one key. Raises TooLong above MAX_PLAIN_BYTES."""
        if len(plain) > MAX_PLAIN_BYTES:
            message = f"{len(plain)} bytes are more than {MAX_PLAIN_BYTES}"
            raise TooLong(message)
        shorter = zlib.compress(plain, COMPRESSION_LEVEL)
        packed = _ZLIB + shorter if len(shorter) < len(plain) else _PLAIN + plain
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._opening + nonce + self._cipher.encrypt(nonce, packed, self._bound + key)

    def open(self, key: bytes, sealed: bytes) -> bytes:
        """The value that was sealed for this key. Raises Tampered when anything does not fit."""
        if len(sealed) > _HEADER_BYTES + len(_PLAIN) + MAX_PLAIN_BYTES + TAG_BYTES:
            raise Tampered("it is longer than anything that is sealed")
        if not sealed.startswith(self._opening):
            raise Tampered("it has another format or was sealed with another key")
        nonce = sealed[len(self._opening) : _HEADER_BYTES]
        try:
            packed = self._cipher.decrypt(nonce, sealed[_HEADER_BYTES:], self._bound + key)
        except (InvalidTag, ValueError) as error:  # ValueError: too short for a nonce or a tag
            raise Tampered("it is not what was sealed for this tenant and key") from error
        return _unpacked(packed)

    def tag(self, *parts: bytes) -> bytes:
        """A name of 32 bytes for these parts: the same for the same, and it tells nothing without the key."""
        return digest(self._tag_key, _joined(parts), "sha256")


def read_key(named: str | None) -> bytes:
    """The site's key of 32 bytes: from the file named, or from the user's own, made when first needed.

    Raises KeyFileRefused; CannotWrite when there is no file and none can be made.
    """
    if named is not None:
        return key_file.read_keys(Path(named), KeyFileRefused)[0]
    path = data_folder() / KEY_FILE
    if not os.path.lexists(path):
        key_file.make_key(path)
    return key_file.read_keys(path, KeyFileRefused)[0]


def _joined(parts: tuple[bytes, ...]) -> bytes:
    """Each part with its length before it, so that no two sequences of parts look alike."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _unpacked(packed: bytes) -> bytes:
    flag, content = packed[:1], packed[1:]
    if flag == _PLAIN:
        return content
    if flag != _ZLIB:
        raise Tampered("it is packed in an unknown way")
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(content, MAX_PLAIN_BYTES + 1)
    except zlib.error as error:
        raise Tampered("it cannot be unpacked") from error
    if len(plain) > MAX_PLAIN_BYTES or not unpacking.eof or unpacking.unused_data:
        raise Tampered("it unpacks to more, or to less, than what is sealed")
    return plain
