"""A stand-in of `django.core.signing`: no request holds a signature that is ours."""

import base64
from typing import Any

from benchmarks.taint.worlds_python.world import Refused


class BadSignature(Refused):
    """The signature is not ours."""


def b64_decode(text: bytes) -> bytes:
    """Decoded."""
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def loads(text: str, *_args: Any, **_named: Any) -> Any:
    """What was signed. Raises BadSignature."""
    raise BadSignature(text)


def dumps(value: Any, *_args: Any, **_named: Any) -> str:
    """Signed."""
    return f"{value}:signature"
