"""A stand-in of `cryptography…asymmetric.ec`."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.world import world


class EllipticCurve:
    """A curve, with as many bits as its name says."""

    key_size = 0


class SECP192R1(EllipticCurve):
    """A small one."""

    key_size = 192


class SECP224R1(EllipticCurve):
    """A medium one."""

    key_size = 224


class SECP256R1(EllipticCurve):
    """A large one."""

    key_size = 256


class SECP384R1(EllipticCurve):
    """A larger one."""

    key_size = 384


def generate_private_key(curve: EllipticCurve, *_args: Any) -> Any:
    """Record the bits; a curve's count for about ten of RSA's."""
    world.record("bits", "cryptography.ec.generate_private_key", curve.key_size * 10)
    return Permissive()
