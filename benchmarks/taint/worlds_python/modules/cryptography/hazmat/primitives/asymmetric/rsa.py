"""A stand-in of `cryptography…asymmetric.rsa`."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.world import world


def generate_private_key(public_exponent: int, key_size: int, *_args: Any) -> Any:
    """Record the bits."""
    world.record("bits", "cryptography.rsa.generate_private_key", key_size)
    made = Permissive()
    made.key_size, made.public_exponent = key_size, public_exponent
    return made
