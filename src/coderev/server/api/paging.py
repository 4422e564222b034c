"""Cursors: where a page ended, as a word that the next request brings back."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from coderev.server.asking import BadRequest

T = TypeVar("T")


def cursor_of(place: object) -> str:
    """A place in a list as a cursor."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str, form: type[T]) -> T | None:
    """The place of a cursor; None for the empty one. Raises BadRequest."""
    if not cursor:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=form)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise BadRequest(where="query `cursor`", reason="it is none that a page gave") from None
