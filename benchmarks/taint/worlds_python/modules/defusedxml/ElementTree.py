# ruff: noqa: N999 - named as the library is
"""A stand-in of `defusedxml.ElementTree`."""

import io
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import ParseError, tostring

from defusedxml import checked

__all__ = ["ParseError", "tostring"]


_parse = ET.parse


def fromstring(text: Any, **switches: bool) -> Any:
    """A tree. Raises what `checked` raises, and ParseError."""
    given = checked(text, **switches)
    return _parse(io.BytesIO(given if isinstance(given, bytes) else given.encode())).getroot()


XML = fromstring


def parse(source: Any, **switches: bool) -> Any:
    """A tree of a file."""
    return _parse(io.BytesIO(checked(source.read(), **switches)))
