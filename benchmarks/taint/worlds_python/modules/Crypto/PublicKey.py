# ruff: noqa: N999 - named as the library is
"""A stand-in of `Crypto.PublicKey`: how many bits a key has is recorded as `bits`."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.world import world


class _Algorithm:
    """A module with `generate`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def generate(self, bits: int, *_args: Any, **_named: Any) -> Any:
        """Record the bits."""
        world.record("bits", f"Crypto.PublicKey.{self.name}.generate", bits)
        return Permissive()


RSA, DSA = _Algorithm("RSA"), _Algorithm("DSA")
