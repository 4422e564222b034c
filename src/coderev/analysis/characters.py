"""Trojan source: characters that make a reader see other code than the machine runs.

After Boucher and Anderson, "Trojan Source: Invisible Vulnerabilities" (2021; CVE-2021-42574, CVE-2021-42694),
and Unicode UTS 39 and 55. What honest authors need does not reach the gate: joiners in emoji and in Persian,
right-to-left words inside a closed isolate, a byte order mark at the start, Russian comments.

A file of plain ASCII costs one search.
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain

import msgspec

from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.character_rules import (
    BIDIRECTIONAL_CONTROL,
    CLOSED_ISOLATE,
    CONTROL,
    HIDDEN_TEXT,
    INVISIBLE,
    INVISIBLE_IN_WORD,
    LINE_SEPARATOR,
    LONE_RETURN,
    LOOKALIKE,
    PRIVATE_USE,
    UNUSUAL_SPACE,
)
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting

MANY_SELECTORS = 4  # variation selectors in a row: more than any glyph needs
NAMED = 4  # characters that a message names
MANY_PRIVATE = 16  # private-use characters in a row: more than any icon needs
_Suspect = tuple[Rule, int, str]  # the offset in code points, and the text there
_BOM = "\ufeff"
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]|\r(?!\n)")
_LONE_RETURN = re.compile(r"\r(?!\n)")

_CLOSERS = {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069", "\u202a": "\u202c", "\u202b": "\u202c"}
_BIDI = "\u202a-\u202e\u2066-\u2069"
_BIDI_CONTROL = re.compile(f"[{_BIDI}]")
_LEAVES_TEXT = re.compile(r"[\"'`#]|//|/\*|\*/|<!--|-->")  # a string or comment begins or ends

_SELECTORS = "\ufe00-\ufe0f"
_SOFT_HYPHEN = "\u00ad"  # its place is inside a long word of a text
_KEEP_IT_TO_TEXT = frozenset({"python", "javascript", "typescript", "tsx", "go", "rust"})  # others take it in names
_JOINERS = "\u200c\u200d\u200e\u200f\u061c\u00ad\ufe0e\ufe0f"  # some scripts and emoji need these
_TAGS = "\U000e0000-\U000e007f"
_FLAG = re.compile("[\U000e0030-\U000e007a]+\U000e007f")  # of England and such, after a black flag (UTS 51)
_WORD = re.compile("[A-Za-z0-9_]")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7ff]")

# Letters that look exactly like a Latin one in common fonts; Greek small letters but ο are left to mathematics.
_CYRILLIC = "аеорсухѕіјһԁԛԝАВЕКМНОРСТХУЅІЈԌԚԜ"
_GREEK = "οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_OTHER = "օսոհⲞꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ"
_COMPATIBLE = "\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d6a5"  # Python reads these as the plain letter (PEP 3131)
_ALIKE = f"{_CYRILLIC}{_GREEK}{_OTHER}{_COMPATIBLE}"
_MIXED = re.compile(f"(?<=[A-Za-z0-9_])[{_ALIKE}]|[{_ALIKE}](?=[A-Za-z0-9_])")
_ONLY_ALIKE = re.compile(f"[A-Za-z0-9_{_ALIKE}]*")
_LATIN = re.compile("[A-Za-z]")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"\w*\Z"), re.compile(r"\w*")
WORD_REACH = 100  # characters of a word on either side of a suspect


class _Page:
    """A file as text, with what the judges ask about its lines worked out once."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.text = file.source.decode(errors="replace")
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text)), len(self.text) + 1]
        self._closed: dict[int, bool] = {}

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of a character."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def is_closed(self, line: int) -> bool:
        """Whether every isolate and embedding ends on its line, inside the string or comment where it began."""
        if line not in self._closed:
            self._closed[line] = _is_closed(self.text[self._starts[line - 1] : self._starts[line] - 1])
        return self._closed[line]

    def is_comment(self, place: tuple[int, int]) -> bool:
        """Whether a line and column lie in a comment."""
        number = bisect_right(self._comments, (place, (sys.maxsize, 0))) - 1
        return number >= 0 and self._comments[number][1] > place

    @cached_property
    def _comments(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        spans = self.file.parsed.comments if self.file.parsed else ()
        return sorted(((span.start_line, span.start_column), (span.end_line, span.end_column)) for span in spans)


class _Run(msgspec.Struct, frozen=True):
    """Neighbouring characters of the classes below, with the characters before and after them."""

    page: _Page
    start: int
    text: str

    @property
    def around(self) -> tuple[str, str]:
        text, end = self.page.text, self.start + len(self.text)
        return text[max(self.start - 1, 0) : self.start], text[end : end + 1]

    @property
    def in_code(self) -> bool:
        return self.page.file.language is not None


def _bidirectional(run: _Run) -> Rule:
    line, _ = run.page.place(run.start)
    return CLOSED_ISOLATE if run.page.is_closed(line) else BIDIRECTIONAL_CONTROL


def _is_closed(line: str) -> bool:
    open_at: list[tuple[str, int]] = []
    for found in _BIDI_CONTROL.finditer(line):
        control = found.group()
        if closer := _CLOSERS.get(control):
            open_at.append((closer, found.start()))
            continue
        closer, start = open_at.pop() if open_at else ("", 0)  # an override has no legitimate closer
        if control != closer or (not open_at and _LEAVES_TEXT.search(line, start, found.start())):
            return False
    return not open_at


def _tagged(run: _Run) -> Rule | None:
    is_flag = run.around[0] == "\U0001f3f4" and _FLAG.fullmatch(run.text)
    return None if is_flag else HIDDEN_TEXT


def _selected(run: _Run) -> Rule | None:
    return HIDDEN_TEXT if len(run.text) >= MANY_SELECTORS else None


def _invisible(run: _Run) -> Rule | None:
    before, after = run.around
    if run.start == 0 and run.text == _BOM:
        return None
    if not (before + after).isascii() and not run.text.strip(_JOINERS):
        return None
    if run.page.file.language in _KEEP_IT_TO_TEXT and not run.text.strip(_SOFT_HYPHEN):
        return INVISIBLE
    inside = _WORD.fullmatch(before) and _WORD.fullmatch(after)
    return INVISIBLE_IN_WORD if run.in_code and inside else INVISIBLE


def _filler(run: _Run) -> Rule | None:
    if any(_HANGUL.fullmatch(neighbour) for neighbour in run.around):
        return None
    return INVISIBLE_IN_WORD if run.in_code else INVISIBLE


def _separator(_: _Run) -> Rule:
    return LINE_SEPARATOR


def _control(_: _Run) -> Rule:
    return CONTROL


def _space(run: _Run) -> Rule | None:
    return UNUSUAL_SPACE if run.in_code and "".join(run.around).isascii() else None


def _private(run: _Run) -> Rule:
    return HIDDEN_TEXT if len(run.text) >= MANY_PRIVATE else PRIVATE_USE


_CLASSES: tuple[tuple[str, Callable[[_Run], Rule | None]], ...] = (
    (_BIDI, _bidirectional),
    (_TAGS, _tagged),
    (f"{_SELECTORS}\U000e0100-\U000e01ef", _selected),
    (f"\u034f\u180e\u200b-\u200f\u061c\u00ad\u2060-\u2064{_BOM}", _invisible),
    ("\u115f\u1160\u3164\uffa0", _filler),  # letters to a compiler, blank to a reader
    ("\u2028\u2029\u0085", _separator),
    ("\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f", _control),
    ("\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000", _space),
    ("\ue000-\uf8ff\U000f0000-\U0010fffd", _private),
)
_ODD = re.compile("[" + "".join(characters for characters, _ in _CLASSES) + "]+")
_JUDGES = tuple((re.compile(f"[{characters}]"), judge) for characters, judge in _CLASSES)


class Characters:
    """The analyser `characters`."""

    name = "characters"
    version = "1"

    def look(self, files: Sequence[SourceFile]) -> Looked:
        """Judge every file, whatever its language."""
        suspects = (file for file in files if not file.source.isascii() or _CONTROL_BYTES.search(file.source))
        found = ((file.key, tuple(_sightings(file))) for file in suspects)
        return Looked(sightings={key: sightings for key, sightings in found if sightings})


def _sightings(file: SourceFile) -> Iterator[Sighting]:
    """At most one sighting of a rule on each line."""
    page = _Page(file)
    seen: set[tuple[Rule, int]] = set()
    for rule, start, text in chain(_odd(page), _returns(page), _lookalikes(page)):
        line, column = page.place(start)
        if (rule, line) not in seen:
            seen.add((rule, line))
            yield Sighting(
                rule=rule,
                start_line=line,
                end_line=line,
                start_column=column,
                end_column=column + len(text),
                message=f"{rule.title}: {_named(text)}",
            )


def _named(text: str) -> str:
    shown = [f"U+{ord(character):04X}" for character in dict.fromkeys(text) if not _WORD.fullmatch(character)]
    return ", ".join(shown[:NAMED]) + (" …" if len(shown) > NAMED else "")


def _odd(page: _Page) -> Iterator[_Suspect]:
    for found in _ODD.finditer(page.text):
        run = _Run(page, found.start(), found.group())
        for pattern, judge in _JUDGES:
            first = pattern.search(run.text)
            if first and (rule := judge(run)):
                yield rule, run.start + first.start(), run.text[first.start() :]


def _returns(page: _Page) -> Iterator[_Suspect]:
    for found in _LONE_RETURN.finditer(page.text):
        yield LONE_RETURN, found.start(), found.group()


def _lookalikes(page: _Page) -> Iterator[_Suspect]:
    """Words of Latin letters with others between them that look Latin: the whole word must read as Latin."""
    if page.file.language is None:
        return
    for found in _MIXED.finditer(page.text):
        start, word = _word_at(page.text, found.start())
        if _ONLY_ALIKE.fullmatch(word) and _LATIN.search(word) and not page.is_comment(page.place(found.start())):
            yield LOOKALIKE, start, word


def _word_at(text: str, offset: int) -> tuple[int, str]:
    before = _WORD_BEFORE.search(text[max(offset - WORD_REACH, 0) : offset])
    after = _WORD_AFTER.match(text, offset, offset + WORD_REACH)
    head, tail = (before.group() if before else ""), (after.group() if after else "")
    return offset - len(head), head + tail
