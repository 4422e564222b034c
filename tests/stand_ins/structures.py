"""Structure keys of short texts, as recall asks for them: a whole text, parsed by itself."""

from coderev.syntax import parse


def key_of(text: str | bytes, language: str, keep_comments: bool = False) -> bytes | None:
    """The structure key of a text; None where it did not parse or its language has none."""
    source = text.encode() if isinstance(text, str) else text
    parsed = parse(source, language)
    structure = parsed.structure(1, parsed.lines, keep_comments=keep_comments)
    return None if structure is None else structure.key
