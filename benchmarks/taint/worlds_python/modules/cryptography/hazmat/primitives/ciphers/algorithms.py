"""A stand-in of `cryptography…ciphers.algorithms`."""

from typing import Any


class _Algorithm:
    """An algorithm with its key."""

    block_size = 128

    def __init__(self, key: Any) -> None:
        self.key = key


class AES(_Algorithm):
    """A good one."""


class TripleDES(_Algorithm):
    """An old one."""


class ARC4(_Algorithm):
    """A broken one."""


class Blowfish(_Algorithm):
    """An old one."""


class ChaCha20(_Algorithm):
    """A good one, with its nonce."""

    def __init__(self, key: Any, nonce: Any) -> None:
        super().__init__(key)
        self.nonce = nonce
