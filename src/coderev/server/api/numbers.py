"""Numbers in paths."""

from coderev.server.access.deciding import NotFound
from coderev.server.asking import Ask

MOST_DIGITS = 15


def number_of(ask: Ask, what: str) -> int:
    """The number in the path; what is none is not found. Raises NotFound."""
    text = ask.path("number")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotFound(what=f"such {what}")
    return int(text)
