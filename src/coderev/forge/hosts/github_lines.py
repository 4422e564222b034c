"""A comment at a line as GitHub takes it, with its one-click suggestion. Pure."""

import re

from coderev.forge.values import Note

_FENCE = re.compile(r"`+")


def positioned(note: Note, head: str) -> dict[str, object]:
    """A comment at a line of the head side, or over the lines that its suggestion replaces."""
    fix = note.fix if suggestible(note) else None
    start = fix.start_line if fix else min(note.start_line, note.line)
    several = {"start_line": start, "start_side": "RIGHT"} if start < note.line else {}
    body = note.body + suggestion(note)
    return {"body": body, "commit_id": head, "path": note.path, "line": note.line, "side": "RIGHT", **several}


def suggestible(note: Note) -> bool:
    """Whether a suggestion says the fix exactly: it replaces the lines of its comment, which end at the comment's."""
    return note.fix is not None and note.fix.safe and note.fix.start_line <= note.fix.end_line == note.line


def suggestion(note: Note) -> str:
    """A fix as GitHub's suggestion below the text; empty where it has no such form."""
    if note.fix is None or not suggestible(note):
        return ""
    return f"\n\n{fenced(note.fix.replacement, 'suggestion')}"


def fenced(replacement: str, word: str = "") -> str:
    """Lines in a fence that they cannot close; `word` is said after its first mark."""
    longest = max(map(len, _FENCE.findall(replacement)), default=0)
    fence = "`" * max(3, longest + 1)
    text = replacement.removesuffix("\n").removesuffix("\r")
    inner = f"{text}\n" if replacement else ""
    return f"{fence}{word}\n{inner}{fence}"
