"""A stand-in of `cryptography.fernet`."""

import base64
import os
from typing import Any

import ciphers


class InvalidToken(Exception):
    """No token."""


class Fernet:
    """Seals texts with a key."""

    def __init__(self, key: Any) -> None:
        ciphers.made("cryptography.fernet.Fernet", algorithm="AES", mode="CBC", key=key)

    def encrypt(self, _data: bytes) -> bytes:
        """Sealed."""
        return b"sealed"

    def decrypt(self, _token: Any, *_args: Any) -> bytes:
        """Opened."""
        return b"opened"

    @staticmethod
    def generate_key() -> bytes:
        """A key."""
        return base64.urlsafe_b64encode(os.urandom(32))
