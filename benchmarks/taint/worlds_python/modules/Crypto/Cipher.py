# ruff: noqa: N999 - named as the library is
"""A stand-in of `Crypto.Cipher`: each algorithm is a module there."""

from typing import Any

import ciphers

_MODES = ("ECB", "CBC", "CFB", "OFB", "CTR", "GCM", "EAX", "CCM", "SIV")


class _Algorithm:
    """A module with `new` and the modes."""

    block_size = 16

    def __init__(self, name: str) -> None:
        self.name = name
        for mode in _MODES:
            setattr(self, f"MODE_{mode}", mode)

    def new(self, key: Any, mode: Any = None, *args: Any, **named: Any) -> Any:
        """Record what is made."""
        vector = next((named[name] for name in ("iv", "IV", "nonce") if name in named), args[0] if args else None)
        return ciphers.made(f"Crypto.Cipher.{self.name}.new", algorithm=self.name, mode=mode, key=key, vector=vector)


def __getattr__(name: str) -> Any:
    if not name.isupper() and name not in ("ChaCha20", "ChaCha20_Poly1305", "Blowfish"):
        raise AttributeError(name)
    return _Algorithm(name)
