"""What literals mean: strings with their escapes, numbers, the text of JSX. Pure functions on source text."""

import html
import re

MAX_DIGITS = 400  # of a number; Python refuses to read much longer ones, and no honest code has them

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,12})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-3]?[0-7]{1,2})|(\r\n|[\s\S]))"
)
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_LINE_ENDS = ("\n", "\r", "\r\n", "\u2028", "\u2029")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_CODE_POINT = 0x10FFFF
_REPLACEMENT = "\ufffd"


def string_value(raw: str) -> str:
    """What stands between the quotes of a string or template, decoded. Halves of surrogate pairs become U+FFFD."""
    if "\\" not in raw:
        return raw
    decoded = _ESCAPE.sub(_unescape, raw)
    if _SURROGATE.search(decoded):
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


def number_value(raw: str) -> int | float | None:
    """A number of any notation, also a bigint; None where it is none, or too long to be read."""
    text = raw.replace("_", "").lower()
    if len(text) > MAX_DIGITS:
        return None
    text = text.removesuffix("n")
    try:
        if len(text) > 1 and text[0] == "0" and text.isdigit():
            return int(text, 10 if set(text) & {"8", "9"} else 8)
        return int(text, 0)
    except ValueError:
        return _real(text)


def jsx_text(raw: str) -> str:
    """Text between tags as JSX reads it: lines are trimmed and joined by blanks; empty where only layout stands."""
    if "\n" not in raw:
        return html.unescape(raw) if "&" in raw else raw
    lines = raw.replace("\t", " ").split("\n")
    last = len(lines) - 1
    trimmed = [line.lstrip(" " if at else "").rstrip(" \r" if at < last else "") for at, line in enumerate(lines)]
    return html.unescape(" ".join(line for line in trimmed if line))


def jsx_string(raw: str) -> str:
    """The value of an attribute between its quotes: entities, no backslashes."""
    return html.unescape(raw) if "&" in raw else raw


def _real(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unescape(match: re.Match[str]) -> str:
    braced, four, two, octal, single = match.groups()
    if single is not None:
        return "" if single in _LINE_ENDS else _SINGLE.get(single, single)
    if octal is not None:
        return chr(int(octal, 8))
    point = int(braced or four or two, 16)
    return chr(point) if point <= _MAX_CODE_POINT else _REPLACEMENT
