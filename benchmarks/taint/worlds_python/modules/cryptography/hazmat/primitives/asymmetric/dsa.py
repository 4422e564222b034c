"""A stand-in of `cryptography…asymmetric.dsa`."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.world import world


def generate_private_key(key_size: int, *_args: Any) -> Any:
    """Record the bits."""
    world.record("bits", "cryptography.dsa.generate_private_key", key_size)
    return Permissive()
