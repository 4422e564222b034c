"""A stand-in of `cryptography.hazmat.primitives.ciphers`."""

from typing import Any

import ciphers


class Cipher:
    """An algorithm in a mode."""

    def __init__(self, algorithm: Any, mode: Any = None, *_args: Any) -> None:
        self.machine = ciphers.made(
            "cryptography.Cipher",
            algorithm=type(algorithm).__name__,
            mode=mode and type(mode).__name__,
            key=algorithm.key,
            vector=getattr(mode, "vector", getattr(algorithm, "nonce", None)),
        )

    def encryptor(self) -> Any:
        """What encrypts."""
        return self.machine

    decryptor = encryptor
