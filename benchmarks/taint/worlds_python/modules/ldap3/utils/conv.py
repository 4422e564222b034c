"""A stand-in of `ldap3.utils.conv`: RFC 4515, section 3."""

_ESCAPES = {"\\": r"\5c", "*": r"\2a", "(": r"\28", ")": r"\29", "\0": r"\00"}


def escape_filter_chars(text: str, _encoding: str | None = None) -> str:
    """Text whose special characters mean themselves in a filter."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)
