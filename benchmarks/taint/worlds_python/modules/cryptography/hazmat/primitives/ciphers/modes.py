"""A stand-in of `cryptography…ciphers.modes`."""

from typing import Any


class ECB:
    """Without a vector."""


class CBC:
    """With a vector."""

    def __init__(self, vector: Any, *_args: Any) -> None:
        self.vector = vector


class CTR(CBC):
    """With a counter's start."""


class CFB(CBC):
    """With a vector."""


class OFB(CBC):
    """With a vector."""


class GCM(CBC):
    """With a nonce."""
