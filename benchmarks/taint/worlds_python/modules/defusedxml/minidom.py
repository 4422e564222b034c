"""A stand-in of `defusedxml.minidom`."""

from typing import Any
from xml.dom import minidom

from defusedxml import checked

_parse_string = minidom.parseString


def parseString(text: Any, **switches: bool) -> Any:  # noqa: N802 - as in the library
    """A document. Raises what `checked` raises."""
    return _parse_string(checked(text, **switches))


def parse(source: Any, **switches: bool) -> Any:
    """A document of a file."""
    return parseString(source.read(), **switches)
