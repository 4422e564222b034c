"""Characters that nobody sees, or that command a terminal, shown as `U+202E`."""

import re

# Controls (C0, DEL, C1) and, by their code points in Unicode 16, every character that is drawn as nothing:
# soft hyphen, joiners, fillers, bidi controls, separators, variation selectors, tags, private use, surrogates.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def visible(text: str, *, keep: str = "") -> str:
    r"""`text` with each unseen character as its code point; `keep` names those (of `\n\t`) that stay."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: found[0] if found[0] in keep else f"U+{ord(found[0]):04X}", text)


def normal_lines(text: str) -> list[str]:
    """The lines of a text as they are compared: as they are shown, with white space told once, without blank ones."""
    lines = (" ".join(visible(line.removesuffix("\r"), keep="\t").split()) for line in text.split("\n"))
    return [line for line in lines if line]


def json_safe(document: str) -> str:
    """A JSON document that means the same, with every unseen character but line feeds as a JSON escape (RFC 8259)."""
    return _UNSEEN.sub(_escape, document)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\n":
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
