"""A stand-in of `jose.jwt`."""

from typing import Any

from jwt import decode, encode

from benchmarks.taint.worlds_python.world import world

__all__ = ["decode", "encode"]


def get_unverified_claims(_token: Any) -> Any:
    """The claims of a token, whoever signed it."""
    world.record("configuration", "jose.jwt.get_unverified_claims", {"verified": False, "algorithms": []})
    return {"sub": "ann"}
