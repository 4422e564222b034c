"""What recall serves of variants of real functions: no semantic one, and cosmetic ones with findings in their place.

An answer about the original has a finding for each of its lines, which quotes the line and names a local of it. It is
anchored and carried onto the variant by recall's own code; where the findings must stand then is told by a lexer that
knows no language: it reads words and marks, and no brackets, quotes, commas or semicolons.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import msgspec
from stand_ins.remembering import code_of

from benchmarks.measure import ROOT, Row
from benchmarks.variants import LANGUAGES, NotRun, Variant, load
from coderev.recall import Code
from coderev.recall.carrying import Answer, Remembered, anchored, carried
from coderev.syntax import parse
from coderev.syntax.structure import MEMBER_OF
from coderev.syntax.units import line_count

PUBLIC = ROOT.parent / "shared" / "cases" / "recall" / "python-variants.jsonl"
LEAST = 0.97  # of the cosmetic variants
PEER = "cosine of MiniLM ≥ 0.95: most one-token bugs"
Served = Literal["right", "wrong", "not"]  # with every finding in its place, otherwise, not at all

_PREFIX = re.compile(r"(?i)(?<!\w)(?:u8|[urbflt]{1,2})(?=[\"'])")
_WORD = re.compile(
    r"(?P<number>(?<![\w.])\d(?:(?<=[eE])[+-](?=\d)|\w|\.(?=\d)|\.(?![.\w]))*)"
    r"|(?:@(?=[a-z_])|\$|(?<!\.)\.#?)?[^\W\d]\w*|\\.|\|\||[^\w\s]"  # a member is no local of the same name
)
_SILENT = frozenset(("(", ")", '"', "'", "`", ",", ";", "\\", '\\"', "\\'"))
_BEFORE_BAR = frozenset({":", "="})  # a union of types may begin with one


@dataclass(frozen=True)
class Text:
    """The text of a function: as recall has it, and as the crude lexer reads it."""

    code: Code

    @cached_property
    def words(self) -> list[tuple[int, str]]:
        """The words and marks of the text, each with the number of its line in the text."""
        return words(self.code.lines)


@dataclass(frozen=True)
class Claimed:
    """What is claimed about one line: the words that it holds are those from `first` up to `after`."""

    first: int
    after: int
    local: str
    finding: Answer


@dataclass
class Figures:
    """What became of one language's variants."""

    functions: int = 0
    semantic: int = 0
    wrong: int = 0  # semantic ones that were served
    cosmetic: int = 0
    right: int = 0  # cosmetic ones that were served with every finding in its place
    misplaced: int = 0  # cosmetic ones that were served otherwise
    lines: int = 0  # of the originals, that a finding could quote
    quotable: int = 0  # of these, those that an answer is remembered about
    missed: dict[str, int] = field(default_factory=dict)  # cosmetic variants not served right, by edit


def rows() -> Iterator[Row]:
    if PUBLIC.is_file():
        decoder = msgspec.json.Decoder(dict[str, str | int])
        lines = [decoder.decode(line) for line in PUBLIC.read_bytes().splitlines()]
        yield _row(
            "python, the public cases", [msgspec.convert({**line, "language": "python"}, Variant) for line in lines]
        )
    else:
        yield Row(
            "variants of python, the public cases", PEER, "0", "not run: they are not beside this checkout", met=False
        )
    for language in LANGUAGES:
        found = load(language)
        if isinstance(found, NotRun):
            yield Row(f"variants of {language}", PEER, "0", f"not run: {found.reason}", met=False)
        else:
            yield _row(language, found)


def _row(name: str, variants: Sequence[Variant]) -> Row:
    figures = measured(variants)
    share = figures.right / figures.cosmetic
    return Row(
        what=f"variants of {name}: {figures.functions} functions, {figures.semantic:,} semantic, "
        f"{figures.cosmetic:,} cosmetic",
        peer=PEER,
        goal=f"0 semantic served; ≥ {LEAST:.0%} cosmetic served with every finding in its place",
        ours=f"{figures.wrong}; {share:.1%}, {figures.misplaced} misplaced; "
        f"{figures.quotable / figures.lines:.1%} of the lines can be quoted",
        met=figures.wrong == 0 and figures.misplaced == 0 and share >= LEAST,
    )


def measured(variants: Sequence[Variant]) -> Figures:
    """Carry what is claimed about each function onto its variants."""
    figures = Figures()
    original: Text | None = None
    claims: list[Claimed] = []
    for variant in variants:
        text = Text(code(variant.text, variant.language))
        if variant.kind == "original":
            figures.functions += 1
            original, claims = text, list(_claims(text))
            figures.lines += len(claims)
            claims = [claim for claim in claims if anchored(_answer([claim]), text.code) is not None]
            figures.quotable += len(claims)
        elif original is not None:
            _count(figures, variant, _served(claims, original, text))
    return figures


def _count(figures: Figures, variant: Variant, served: Served) -> None:
    """Count one variant."""
    if variant.kind == "semantic":
        figures.semantic += 1
        figures.wrong += served != "not"
        return
    figures.cosmetic += 1
    figures.right += served == "right"
    figures.misplaced += served == "wrong"
    if served != "right":
        figures.missed[variant.edit] = figures.missed.get(variant.edit, 0) + 1


def _served(claims: Sequence[Claimed], original: Text, text: Text) -> Served:
    one, other = original.code.structure, text.code.structure
    if one is None or other is None or one.key != other.key or not claims:
        return "not"
    remembered = anchored(_answer(claims), original.code)
    assert isinstance(remembered, Remembered)
    answer = carried(remembered, text.code, same_repository=True)
    if answer is None:
        return "not"
    names = _renamed(original, text)
    told = zip(claims, answer["findings"], strict=True)
    right = names is not None and all(_is_right(claim, finding, text, names) for claim, finding in told)
    return "right" if right else "wrong"


def _is_right(claim: Claimed, finding: Answer, text: Text, names: Mapping[str, str]) -> bool:
    """Whether a carried finding quotes the words that it quoted, where they stand now, and names the same local."""
    above = finding["start_line"] - text.code.first_line
    lines = finding["quote"].split("\n")
    quoted = [(above + number, word) for number, word in words(lines)]
    local = names.get(claim.local, claim.local)
    return (
        lines[0].strip() in text.code.lines[above]
        and _unbarred(quoted) == _unbarred(text.words[claim.first : claim.after])
        and finding["trigger"] == f"`{local}` is odd"
    )


def _unbarred(found: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """Words without a bar at their beginning: whether it may be left out is told by what stands before it."""
    return found[1:] if found[:1] and found[0][1] == "|" else found


def _renamed(original: Text, text: Text) -> dict[str, str] | None:
    """Which word stands for which other; None where the two texts are not word for word the same but for such names.

    A word of a string may stay, though a local of that name does not.
    """
    if len(original.words) != len(text.words):
        return None
    pairs = {(one, other) for (_, one), (_, other) in zip(original.words, text.words, strict=True) if one != other}
    names = dict(pairs)
    one_to_one = len(names) == len(pairs) == len(set(names.values()))
    return names if one_to_one and all(map(str.isidentifier, names)) else None


def _claims(text: Text) -> Iterator[Claimed]:
    """A claim about each line that holds a word."""
    for number, line in enumerate(text.code.lines, 1):
        here = [at for at, (of, _) in enumerate(text.words) if of == number]
        if any(character.isalnum() for at in here for character in text.words[at][1]):
            local = next(
                (name for name in text.code.names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)), "it"
            )
            finding = {
                "start_line": number - 1 + text.code.first_line,
                "quote": line.strip(),
                "trigger": f"`{local}` is odd",
                "consequence": "wrong-result: it is not even",
                "category": "bug",
                "title": "not even",
                "fix": None,
            }
            yield Claimed(here[0], here[-1] + 1, local, finding)


def _answer(claims: Sequence[Claimed]) -> Answer:
    return {"scratch": "", "findings": [claim.finding for claim in claims]}


def words(lines: Sequence[str]) -> list[tuple[int, str]]:
    """The words and marks of some lines, each with its line's number from 1.

    Left out are brackets that may group, quotes, commas and semicolons; numbers are told by their values.
    """
    found: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        for each in _WORD.finditer(_PREFIX.sub("", line)):
            word = _value(each[0]) if each["number"] else each[0]
            if word not in _SILENT and (word != "|" or (found[-1][1] if found else "") not in _BEFORE_BAR):
                found.append((number, word))
    return found


def _value(number: str) -> str:
    plain = number.replace("_", "").lower()
    try:
        return repr(float(plain))
    except ValueError:  # hexadecimal, or with a suffix
        return plain


def code(text: str, language: str) -> Code:
    """A function as the code of a question; a method stands in a class."""
    whole = code_of(text, language)
    for before, after in () if whole.structure else MEMBER_OF.get(language, ()):
        parsed = parse(before + text.encode() + after, language)
        first = before.count(b"\n") + 1
        last = first + line_count(text.encode()) - 1
        if structure := parsed.structure(first, last):
            shown = parsed.blanked(first, last, structure.forgotten)
            return Code(shown, first, parsed.offset(first), structure)
    return whole
