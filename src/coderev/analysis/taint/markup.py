"""Where in HTML a value lands that follows some text: between tags, in an attribute, in a script, in an address.

What is dangerous there differs, so text that is escaped for one place is not for another.
"""

import re

from coderev.analysis.taint.contexts import BIT

TAIL = 400  # characters before a value that are looked at
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>(?![\s\S]*</\1)", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z!?/][^<>]*$")
_VALUE = re.compile(r"""([\w:@.-]+)\s*=\s*("[^"]*|'[^']*|[^\s"'>]*)$""")
_ADDRESSES = frozenset(("href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcdoc"))
UNQUOTED = BIT["html"] | BIT["attribute"] | BIT["script"]


def danger_after(before: str) -> int:  # noqa: PLR0911 - one answer for each place
    """The contexts of which any makes a value dangerous after some text; 0 where the text is no HTML."""
    tail = before[-TAIL:]
    if "<" not in tail:
        return 0
    if _SCRIPT.search(tail):
        return BIT["script"] | BIT["script-close"]
    tag = _TAG.search(tail)
    if tag is None:
        return BIT["html"]
    value = _VALUE.search(tag[0])
    if value is None:
        return UNQUOTED
    name, text = value[1].lower(), value[2]
    if name.startswith("on"):
        return BIT["script"]
    if text[:1] not in ('"', "'"):
        return UNQUOTED
    is_address = name in _ADDRESSES and not text[1:].strip()
    return BIT["attribute"] | (BIT["href"] if is_address else 0)


def placed(mask: int, before: str) -> int:
    """A mask after some text: `html` then says whether the value is dangerous where it stands."""
    danger = danger_after(before)
    if not danger:
        return mask
    if danger in (BIT["html"], BIT["attribute"]) and not mask & danger:  # what opens no tag adds nothing to XML either
        mask &= ~BIT["xml"]
    elif danger == BIT["attribute"]:  # what ends the value adds others, in XML too
        mask |= BIT["xml"]
    return mask | BIT["html"] if mask & danger else mask & ~BIT["html"]
