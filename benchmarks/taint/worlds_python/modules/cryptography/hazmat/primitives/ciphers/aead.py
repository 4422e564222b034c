"""A stand-in of `cryptography…ciphers.aead`."""

import os
from typing import Any

import ciphers


class AESGCM:
    """Seals texts, each with a nonce."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def encrypt(self, nonce: Any, _data: Any, _more: Any) -> bytes:
        """Sealed."""
        ciphers.made("cryptography.AESGCM.encrypt", algorithm="AES", mode="GCM", key=self.key, vector=nonce)
        return b"sealed"

    @staticmethod
    def generate_key(bit_length: int) -> bytes:
        """A key."""
        return os.urandom(bit_length // 8)


ChaCha20Poly1305 = AESGCM
