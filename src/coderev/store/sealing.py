"""What is code is sealed before it is stored: whoever holds the database can neither read it nor move it about.

AES-256-GCM (NIST SP 800-38D) under keys that HKDF-SHA256 (RFC 5869) derives for each tenant from the site's key. A
sealed value is: format version (1 byte), key id (8), nonce (12), ciphertext, tag (16). Its associated data is version,
key id, tenant, table, column and row, each with its length: a value that is moved to another place does not open.
Nonces are random: below 2^32 values for each tenant's key, two are equal with a chance under 2^-32.

A site's key file may hold several keys, one on a line: the first seals, all of them open. That is how keys rotate.
"""

import os
import secrets
import zlib
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from coderev.errors import InputError, TrustError
from coderev.files import data_folder
from coderev.settings import DatabaseSettings, environment
from coderev.store.key_file import KEY_BYTES, make_key, read_keys

KEY_FILE = "database.key"  # in the user's data folder
CREDENTIAL = "coderev-database.key"  # of systemd: LoadCredential=coderev-database.key:/path
MOST_KEYS = 16  # in one file
KEY_ID_BYTES = 8
VERSION = b"\x01"  # of the sealed form
NONCE_BYTES = 12
TAG_BYTES = 16
MAX_PLAIN_BYTES = 64 << 20  # of one value, sealed or opened
COMPRESSION_LEVEL = 1  # of zlib: 6 takes four times as long to save a tenth
TENANTS_AT_HAND = 1_024  # whose derived keys are kept
_PLAIN, _ZLIB = b"\x00", b"\x01"
_HEADER_BYTES = len(VERSION) + KEY_ID_BYTES + NONCE_BYTES


class SealingKeyRefused(TrustError):
    """The file with the database's key is no secret of this user, or holds no key."""

    message = "{path} is not used as the database's key: {reason}"
    hint = (
        "it must be a file of this user with mode 0600 that holds 32 bytes, or 64 hex digits on each line, as made by "
        "`(umask 077; openssl rand -hex 32 > FILE)`; what was sealed opens with the key that sealed it, and no other"
    )


class TooLargeToKeep(InputError):
    """A value is larger than what is kept in its column."""

    message = "{column} is not kept: {size} bytes are more than {most}"
    hint = "split the change, or lower `limits` so that less is reviewed at once"


class Tampered(TrustError):
    """A sealed value is not what was sealed for its place: nothing of it is used."""

    message = "{column} of {row} does not open: {reason}"
    hint = "somebody who may write to the database changed or moved it; restore a backup, and look at who may write"


class SealedWithAnotherKey(Tampered):
    """A value was sealed with a key that the key file does not hold."""

    message = "{column} of {row} does not open: {reason}"
    hint = "add the key that sealed it as another line of the key file (`database.key_file`); no other opens it"


class Column(NamedTuple):
    """Where a value is kept, and how many bytes one may have."""

    table: str
    name: str
    most: int = MAX_PLAIN_BYTES

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


class Seal:
    """Seals and opens what is kept, and makes tags (`mac`) that tell nothing without the site's key.

    `keys` are of 32 bytes each; the first seals, all of them open. `Seal.of` reads them. Whoever uses it from
    several threads may.
    """

    def __init__(self, *keys: bytes) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            message = f"a key has {KEY_BYTES} bytes, not {[len(key) for key in keys]}"
            raise ValueError(message)
        self._keys = {sha256(b"coderev store key id\0" + key).digest()[:KEY_ID_BYTES]: key for key in keys}
        self._cipher = lru_cache(TENANTS_AT_HAND)(self._derived_cipher)
        self._mac_key = lru_cache(TENANTS_AT_HAND)(self._derived_mac_key)

    @classmethod
    def of(cls, settings: DatabaseSettings) -> Self:
        """The seal under the site's keys. Raises SealingKeyRefused, CannotWrite."""
        return cls(*read_sealing_keys(settings.key_file))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """What the keys are called, in hex: first that which seals. It tells nothing about them."""
        return tuple(key_id.hex() for key_id in self._keys)

    def seal(self, column: Column, tenant: str, row: str, plain: bytes) -> bytes:
        """Compress and encrypt a value for one place. Raises TooLargeToKeep."""
        if len(plain) > column.most:
            raise TooLargeToKeep(column=column, size=len(plain), most=column.most)
        shorter = zlib.compress(plain, COMPRESSION_LEVEL)
        packed = _ZLIB + shorter if len(shorter) < len(plain) else _PLAIN + plain
        key_id, nonce = next(iter(self._keys)), secrets.token_bytes(NONCE_BYTES)
        bound = _bound(key_id, tenant, column, row)
        return VERSION + key_id + nonce + self._cipher(key_id, tenant).encrypt(nonce, packed, bound)

    def open(self, column: Column, tenant: str, row: str, sealed: bytes) -> bytes:
        """The value that was sealed for this place. Raises Tampered when anything does not fit."""
        if len(sealed) > _HEADER_BYTES + len(_PLAIN) + column.most + TAG_BYTES:
            raise Tampered(column=column, row=row, reason="it is longer than anything that is sealed")
        if not sealed.startswith(VERSION):
            raise Tampered(column=column, row=row, reason="it has another format")
        key_id = sealed[len(VERSION) : len(VERSION) + KEY_ID_BYTES]
        if key_id not in self._keys:
            raise SealedWithAnotherKey(column=column, row=row, reason=f"the key {key_id.hex()} is not in the key file")
        nonce = sealed[len(VERSION) + KEY_ID_BYTES : _HEADER_BYTES]
        try:
            bound = _bound(key_id, tenant, column, row)
            packed = self._cipher(key_id, tenant).decrypt(nonce, sealed[_HEADER_BYTES:], bound)
            return _unpacked(packed, column.most)
        except InvalidTag:
            reason = "it is not what was sealed for this place"
        except ValueError as error:  # too short for a nonce or a tag, or not packed as we do
            reason = str(error)
        raise Tampered(column=column, row=row, reason=reason)

    def mac(self, purpose: bytes, value: bytes) -> bytes:
        """HMAC-SHA-256 of a token or a cookie, 32 bytes: a key of its own for each purpose, from the key that seals."""
        return self.macs(purpose, value)[0]

    def macs(self, purpose: bytes, value: bytes) -> tuple[bytes, ...]:
        """What `mac` says now, then what it said under the older keys: what was made before they rotated is found."""
        return tuple(digest(self._mac_key(key_id, purpose), value, "sha256") for key_id in self._keys)

    def _derived_cipher(self, key_id: bytes, tenant: str) -> AESGCM:
        return AESGCM(self._derived(key_id, b"value", tenant.encode()))

    def _derived_mac_key(self, key_id: bytes, purpose: bytes) -> bytes:
        return self._derived(key_id, b"mac", purpose)

    def _derived(self, key_id: bytes, *parts: bytes) -> bytes:
        about = _joined(b"coderev store 1", *parts)
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=about).derive(self._keys[key_id])


def read_sealing_keys(named: str | None) -> Sequence[bytes]:
    """The site's keys, of 32 bytes each; the first seals.

    They stand in the file named, else in the systemd credential, else in the user's own file, made when first needed.
    Raises SealingKeyRefused; CannotWrite when there is no file and none can be made.
    """
    if named is not None:
        return read_keys(Path(named), SealingKeyRefused, most=MOST_KEYS)
    if (handed := environment("CREDENTIALS_DIRECTORY")) and os.path.lexists(path := Path(handed) / CREDENTIAL):
        return read_keys(path, SealingKeyRefused, most=MOST_KEYS, handed=True)
    path = data_folder() / KEY_FILE
    if not os.path.lexists(path):
        make_key(path)
    return read_keys(path, SealingKeyRefused, most=MOST_KEYS)


def _bound(key_id: bytes, tenant: str, column: Column, row: str) -> bytes:
    return _joined(VERSION, key_id, tenant.encode(), column.table.encode(), column.name.encode(), row.encode())


def _joined(*parts: bytes) -> bytes:
    """Each part with its length before it, so that no two sequences of parts look alike."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _unpacked(packed: bytes, most: int) -> bytes:
    flag, content = packed[:1], packed[1:]
    if flag == _PLAIN:
        return content
    if flag != _ZLIB:
        raise ValueError("it is packed in an unknown way")
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(content, most + 1)
    except zlib.error as error:
        raise ValueError("it cannot be unpacked") from error
    if len(plain) > most or not unpacking.eof or unpacking.unused_data:
        raise ValueError("it unpacks to more, or to less, than what is sealed")
    return plain
