"""Digests: functions and what they are fed are `hash` records, costs of passwords' hashes `cost`, keys `key`."""

import hashlib
import hmac
from typing import Any

from benchmarks.taint.worlds_python.calling import by_program
from benchmarks.taint.worlds_python.replacing import replace
from benchmarks.taint.worlds_python.world import world

_new = hashlib.new
_NAMES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s")


class _Digest:
    """A digest that tells what it is fed."""

    def __init__(self, name: str, data: Any, real: Any, *, secure: bool) -> None:
        self.name, self.real, self.secure = name, real, secure
        if data:
            self._tell(data)

    def _tell(self, data: Any) -> None:
        world.record("hash", f"hashlib.{self.name}", {"name": self.name, "data": bytes(data), "secure": self.secure})

    def update(self, data: Any) -> None:
        """Feed it."""
        self._tell(data)
        self.real.update(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def _named(name: str, real: Any) -> Any:
    def made(data: Any = b"", *args: Any, **named: Any) -> Any:
        digest = real(data, *args, **named)
        return _Digest(name, data, digest, secure=named.get("usedforsecurity", True)) if by_program() else digest

    return made


def _any(name: str, data: Any = b"", **named: Any) -> Any:
    digest = _new(name, data, **named)
    return _Digest(name.lower(), data, digest, secure=named.get("usedforsecurity", True)) if by_program() else digest


def _pbkdf2(name: str, password: Any, salt: Any, iterations: int, dklen: Any = None) -> bytes:
    world.record("cost", "hashlib.pbkdf2_hmac", iterations)
    return _new(name, bytes(password) + bytes(salt)).digest()[:dklen]


def _scrypt(password: Any, *, salt: Any, n: int, **_named: Any) -> bytes:
    world.record("cost", "hashlib.scrypt", n)
    return _new("sha512", bytes(password) + bytes(salt)).digest()


def _keyed(real: Any) -> Any:
    def made(key: Any, *args: Any, **named: Any) -> Any:
        world.record("key", "hmac.new", key)
        return real(key, *args, **named)

    return made


def install() -> None:
    """Watch what is hashed."""
    replace(hashlib, **{name: _named(name, getattr(hashlib, name)) for name in _NAMES})
    replace(hashlib, new=_any, pbkdf2_hmac=_pbkdf2, scrypt=_scrypt)
    replace(hmac, new=_keyed(hmac.new), digest=_keyed(hmac.digest))
