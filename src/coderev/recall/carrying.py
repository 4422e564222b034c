"""Carrying an answer from the code that it was given about to code of the same structure. Pure.

`anchored` tells every quote by tokens; `carried` tells it by the lines of the new code, where it is quoted anew. Both
return None rather than an answer that might say something else: a member that is not in FIELDS, a quote that is not
there, a changed name in the prose outside of backticks, a line number in the prose.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from coderev.recall.code import TICKED, Anchor, Code

Answer = dict[str, Any]  # a JSON object
Role = Literal["line", "quote", "proof", "prose", "code", "word", "notes"]

FIELDS: Mapping[str, Role] = {
    "start_line": "line",
    "quote": "quote",
    "proof": "proof",  # a line of the unit, or of what else the question shows
    "trigger": "prose",
    "consequence": "prose",
    "title": "prose",
    "fix": "code",
    "category": "word",
    "verdict": "word",
    "path": "word",
    "scratch": "notes",  # nobody reads them, so they are not kept
}
PLACEHOLDER = "«"  # what stands for a secret is bound to one question
_LINE_NUMBER = re.compile(r"(?i)\b(?:lines?|l)\.?\s*#?\d")


class Remembered(msgspec.Struct, frozen=True, array_like=True):
    """An answer apart from the layout of its code: quotes are anchors, lines are 0.

    `names` are the local names in its prose, `layout` the lines that its tokens stood on.
    """

    answer: Answer
    names: tuple[str, ...]
    layout: bytes


def anchored(answer: Answer, code: Code) -> Remembered | None:
    """An answer about `code`, to be remembered by its structure; None where it cannot be carried."""
    if code.structure is None:
        return None
    try:
        told = _anchored(answer, code)
    except _Refused:
        return None
    return Remembered(told, code.names, layout_of(code))


def carried(remembered: Remembered, code: Code, *, same_repository: bool) -> Answer | None:
    """A remembered answer as it is about `code`, which has the same structure; None where it cannot be served.

    Renamed locals are served only within one repository.
    """
    renamed: dict[str, str] = {}
    if remembered.names != code.names:
        if len(remembered.names) != len(code.names) or not same_repository:
            return None
        renamed = {old: new for old, new in zip(remembered.names, code.names, strict=True) if old != new}
    try:
        return _carried(remembered.answer, code, _Prose(renamed, lambda: remembered.layout != layout_of(code)))
    except _Refused:
        return None


def quotes_of(answer: Answer) -> Iterator[tuple[str, str, int]]:
    """Path, text and stated line of each quote in an answer; the path is "" where a claim names none."""
    for finding in answer.get("findings", ()):
        yield finding.get("path", ""), finding["quote"], finding["start_line"]


def layout_of(code: Code) -> bytes:
    """The lines on which tokens start."""
    return msgspec.msgpack.encode(code.token_lines)


class _Refused(Exception):
    """An answer cannot be carried."""


def _anchored(answer: Answer, code: Code) -> Answer:
    told: Answer = {}
    for name, value in answer.items():
        if name == "findings":
            told[name] = [_anchored(finding, code) for finding in value]
        elif (role := FIELDS.get(name)) is None:
            raise _Refused
        elif role != "notes":
            told[name] = _anchored_member(role, value, answer.get("start_line", 0), code)
    return told


def _anchored_member(role: Role, value: Any, stated_line: int, code: Code) -> Any:
    if isinstance(value, str) and PLACEHOLDER in value:
        raise _Refused
    match role:
        case "line":
            return 0
        case "quote":
            return _anchor(value, stated_line, code)
        case "proof":
            return _proof(value, code)
        case _:
            return value


def _anchor(quote: str, line: int, code: Code) -> Anchor:
    anchor = code.anchor(quote, line)
    if anchor is None:
        raise _Refused
    return anchor


def _proof(proof: str, code: Code) -> Anchor | str:
    """A line of the unit by its tokens; a line of what else was shown, which the key holds, as it stands."""
    if not proof.strip() or not any(" ".join(proof.split()) in " ".join(line.split()) for line in code.lines):
        return proof
    return _anchor(proof, 0, code)


class _Prose:
    """What happens to prose: names in backticks are replaced, anything else that changed refuses it."""

    def __init__(self, renamed: Mapping[str, str], moved: Callable[[], bool]) -> None:
        self._renamed, self._moved = renamed, moved
        words = "|".join(map(re.escape, sorted(renamed)))
        self._changed = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if renamed else None

    def carried(self, text: str) -> str:
        if _LINE_NUMBER.search(text) and self._moved():
            raise _Refused
        if self._changed is None:
            return text
        if self._changed.search(TICKED.sub(self._rest, text)):
            raise _Refused
        return TICKED.sub(lambda found: f"`{self._renamed.get(found[1], found[1])}`", text)

    def code(self, text: str) -> str:
        if self._changed is not None and self._changed.search(text):
            raise _Refused
        return text

    def _rest(self, found: re.Match[str]) -> str:
        return "``" if found[1] in self._renamed else found[0]


def _carried(answer: Answer, code: Code, prose: _Prose) -> Answer:
    told: Answer = {}
    for name, value in answer.items():
        match FIELDS.get(name):
            case None:
                told[name] = [_carried(finding, code, prose) for finding in value]
            case "quote":
                told["start_line"], told[name] = _quoted(value, code)
            case "proof" if not isinstance(value, str):
                told[name] = _proven(value, code)
            case "prose" | "proof":
                told[name] = prose.carried(value)
            case "code" if isinstance(value, str):
                told[name] = prose.code(value)
            case "line":
                pass
            case _:
                told[name] = value
    return told


def _proven(anchor: Any, code: Code) -> str:
    """A proof is one whole line; it stays one, or it proves nothing."""
    line, text = _quoted(anchor, code)
    if " ".join(text.split()) != " ".join(code.lines[line - code.first_line].split()):
        raise _Refused
    return text


def _quoted(anchor: Any, code: Code) -> tuple[int, str]:
    quoted = code.quote(msgspec.convert(anchor, Anchor))
    if quoted is None:
        raise _Refused
    return quoted
