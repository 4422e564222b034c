"""A stand-in of PyJWT: keys are recorded as `key`, whether a signature is verified as `configuration`."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


class PyJWTError(Exception):
    """Any error of PyJWT."""


InvalidTokenError = InvalidSignatureError = ExpiredSignatureError = DecodeError = PyJWTError


def encode(payload: Any, key: Any, algorithm: str = "HS256", **_named: Any) -> str:
    """A signed token."""
    world.record("key", "jwt.encode", key)
    world.record("configuration", "jwt.encode", {"algorithm": algorithm, "payload": payload})
    return "head.body.signature"


def decode(_token: Any, key: Any = "", algorithms: Any = None, options: Any = None, **_named: Any) -> Any:
    """The claims of a token."""
    verified = (options or {}).get("verify_signature", True)
    world.record("configuration", "jwt.decode", {"verified": verified, "algorithms": list(algorithms or ())})
    if verified:
        world.record("key", "jwt.decode", key)
    return {"sub": "ann"}


def get_unverified_header(_token: Any) -> Any:
    """The head of a token."""
    return {"alg": "HS256", "kid": "7"}
