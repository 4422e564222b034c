"""Characters that were taken out of a text or escaped, and what that makes of it where it stands between quotes.

`Value.without` holds characters (128 for all beyond ASCII) of which none is left; a character more ESCAPED is one that
has a backslash before it wherever it stands, one more CLOSED a quote that ends the shell's text, stands escaped, and
begins it again.
"""

from coderev.analysis.taint.contexts import BIT, MASK

ESCAPED = 256
CLOSED = 512
_QUOTE, _BACKSLASH = ord("'"), ord("\\")
_IDIOMS = ("'\\''", "'\"'\"'")  # how a shell's text has a quote
_PATTERN = frozenset(map(ord, "\\^$.*+?()[]{}|"))
_NAME = frozenset(map(ord, ',+"\\<>;='))  # of LDAP
_FILTER = frozenset(map(ord, "*()\\"))
_TEXT = frozenset(ord(each) + ESCAPED for each in '\\"')  # of JSON and JavaScript
_DOUBLE = frozenset(ord(each) + ESCAPED for each in '\\"$`')


def escapes(removed: frozenset[int], replacement: str) -> frozenset[int]:
    """What is known of characters that were replaced by a text which begins like `replacement`."""
    if replacement in _IDIOMS and removed == {_QUOTE}:
        return frozenset({_QUOTE + CLOSED})
    if not replacement.startswith("\\") or _BACKSLASH not in removed:
        return frozenset()
    return frozenset(each + ESCAPED for each in removed)


def cleared_by_escapes(known: frozenset[int], *, is_raw: bool) -> int:
    """The contexts that need not fear a text whose characters have a backslash: `is_raw`, before they stand as such."""
    escaped = {each - ESCAPED for each in known if ESCAPED <= each < CLOSED}
    clears = MASK["ldap-dn"] if escaped >= _NAME else 0
    if is_raw:
        return clears | (MASK["pattern"] if escaped >= _PATTERN else 0)
    return clears | (MASK["ldap"] if escaped >= _FILTER else 0)


def cleared_in_quotes(without: frozenset[int], before: str) -> int:
    """The contexts that need not fear a text after another, since it cannot end the quotes that it stands in."""
    tag = before[before.rfind("<") :] if "<" in before else ""
    clears = BIT["attribute"] if tag and (opened := _open(tag)) and ord(opened) in without else 0
    quote = _open(before)
    if not quote:
        return clears
    if ord(quote) in without:
        clears |= BIT["xpath"] | (BIT["sql"] if _BACKSLASH in without else 0) | (BIT["shell"] if quote == "'" else 0)
    if (quote == "'" and _QUOTE + CLOSED in without) or (quote == '"' and without >= _DOUBLE):
        clears |= BIT["shell"]
    if quote == '"' and without >= _TEXT:
        clears |= BIT["code"] | BIT["script"]
    return clears


def _open(before: str) -> str:
    """The quote that a text leaves open; empty where it leaves none."""
    quote = ""
    for character in before:
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
    return quote
