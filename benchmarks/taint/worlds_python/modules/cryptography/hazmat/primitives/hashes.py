"""A stand-in of `cryptography.hazmat.primitives.hashes`: made hashes are recorded as `hash`."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


class HashAlgorithm:
    """A hash function."""

    digest_size = 32


class MD5(HashAlgorithm):
    """A broken one."""


class SHA1(HashAlgorithm):
    """A broken one."""


class SHA256(HashAlgorithm):
    """A good one."""


class SHA384(HashAlgorithm):
    """A good one."""


class SHA512(HashAlgorithm):
    """A good one."""


class Hash:
    """Takes the digest of what it is fed."""

    def __init__(self, algorithm: HashAlgorithm, **_named: Any) -> None:
        self.algorithm = algorithm

    def update(self, data: bytes) -> None:
        """Record the function and what it is fed."""
        name = type(self.algorithm).__name__.lower()
        world.record("hash", f"cryptography.{name}", {"name": name, "data": bytes(data)})

    def finalize(self) -> bytes:
        """A digest."""
        return b"d" * 32
