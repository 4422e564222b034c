"""A stand-in of `defusedxml.sax`."""

import xml.sax
from typing import Any

from defusedxml import checked


def parseString(text: Any, handler: Any, **switches: bool) -> None:  # noqa: N802 - as in the library
    """Parse. Raises what `checked` raises."""
    xml.sax.parseString(checked(text, **switches), handler)
