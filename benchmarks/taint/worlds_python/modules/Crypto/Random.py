# ruff: noqa: N999 - named as the library is
"""A stand-in of `Crypto.Random`."""

from os import urandom as get_random_bytes

__all__ = ["get_random_bytes"]
