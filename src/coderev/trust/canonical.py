"""Canonical JSON: one spelling for each value, so that what is signed can be read in one way only.

The rules are clause 2.1 of spec/bundle.md: RFC 8785 without fractions, with the text in NFC and its depth bounded.
A reader encodes what it decoded and compares: that finds blanks, other orders, names that stand twice and needless
escapes at once.
"""

import unicodedata
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from coderev.errors import TrustError

T = TypeVar("T")

MAX_DEPTH = 16  # nested arrays and objects
MAX_INTEGER = 2**53 - 1  # what every reader of JSON holds exactly


class NotCanonical(TrustError):
    """Bytes that should be canonical JSON are not, or a value has no canonical form."""

    message = "not canonical JSON: {reason}"
    hint = "it was changed, or written by another program: get the file again from whoever signed it"


def encode(value: object) -> bytes:
    """The one spelling of a value: objects, arrays, text, integers, truth values, null; structs of msgspec are objects.

    Raises NotCanonical for what clause 2.1 of spec/bundle.md cannot say.
    """
    try:
        plain = msgspec.to_builtins(value, str_keys=False)
        _check_values(plain)
        content = msgspec.json.encode(value, order="sorted")
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise NotCanonical(reason=f"no canonical form: {error}") from error
    _check_text(content)
    return content


def decode(content: bytes, *, limit: int) -> object:
    """The value of canonical JSON of at most `limit` bytes: dicts, lists, str, int, bool, None. Raises NotCanonical."""
    value: object = decode_as(object, content, limit=limit)
    return value


def decode_as(kind: type[T], content: bytes, *, limit: int) -> T:
    """The value of canonical JSON as a struct of msgspec, or any other type that it decodes. Raises NotCanonical.

    Where the type has defaults and leaves them out (`omit_defaults`), a default that is written out is refused.
    """
    if len(content) > limit:
        raise NotCanonical(reason=f"more than {limit} bytes")
    _check_text(content)
    try:
        value = msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotCanonical(reason=str(error)) from error
    if encode(value) != content:
        raise NotCanonical(
            reason="the same value is spelled otherwise: blanks, order, a name twice, an escape, a default"
        )
    return value


def _check_text(content: bytes) -> None:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise NotCanonical(reason=f"byte {error.start} is not UTF-8") from error
    if unicodedata.normalize("NFC", text) != text:
        raise NotCanonical(reason="the text is not in normalisation form NFC")


def _check_values(value: object) -> None:
    """Walk level by level, without recursion: only what JSON has, whole numbers within bounds, not too deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    if any(isinstance(each, dict | list | tuple) for each in level):
        raise NotCanonical(reason=f"nested more than {MAX_DEPTH} deep")
    for each in level:
        _inner(each)


def _inner(value: object) -> Iterable[object]:
    """What a value holds; of a scalar nothing."""
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise NotCanonical(reason="the name of a member is not text")
        return value.values()
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise NotCanonical(reason="an integer is beyond 2^53 - 1")
    if value is not None and not isinstance(value, str | int):
        raise NotCanonical(reason=f"{type(value).__name__} has no canonical form")
    return ()
