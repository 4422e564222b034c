"""Which of the places that a rule's query marks count. The cost is linear in the marks, whoever wrote the file.

- `@place` where the flaw is; with `@varies`, only if that expression is not made of constants alone.
- `@inside`, `@outside` pieces of code around a place: the innermost that holds it decides.
- `@once` on an `@inside`: only the first of its places counts.
- `@unless` cancels the places of the same unit.
- `@anywhere`, `@nowhere` what the file must and must not hold, for a place that has a name.

A match with `@name` captures speaks only about places whose `@name` captures have the same texts.
A piece that is marked both as what must and as what must not be counts as the first.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import msgspec

from coderev.analysis.rules import StructuralRule
from coderev.syntax import Parsed, Span, Unit

Names = frozenset[bytes]
ANY: Names = frozenset()  # of a match that speaks about every place
MAX_NAME = 200  # bytes; what is longer is no name that people compare
ROLES = ("place", "inside", "outside", "once", "unless", "anywhere", "nowhere")

# What nobody outside chooses: literals, NAMES_OF_CONSTANTS, where the program is, and what joins them. Possessive:
# nothing is tried twice.
_OWN_PLACE = rb"__dirname|__filename|__file__|process\.execPath|process\.pid|sys\.executable"
_CONSTANT = re.compile(
    rb'(?:"(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\''
    rb"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{(?:" + _OWN_PLACE + rb"|[A-Z][A-Z0-9_.]*+)\})*+`"
    rb"|(?:" + _OWN_PLACE + rb"|(?:\w++\.)*+[A-Z][A-Z0-9_]*+)(?![\w(.\[])"
    rb"|[0-9]++|[\s+(),;.]|true|false|null|undefined)*+",
    re.DOTALL,
)


class Mark(msgspec.Struct, frozen=True):
    """One captured piece of code, and the names that its match speaks about."""

    span: Span
    names: Names


def places(rule: StructuralRule, parsed: Parsed) -> list[Span]:
    """Where a rule applies, in the order of the file. Raises TooManyMatches."""
    marks = _marks(rule, parsed)
    left = sorted(marks["place"], key=_order)
    if "@inside" in rule.text or "@outside" in rule.text:
        left = _within(left, marks, by_default="@inside" not in rule.text)
    if "@anywhere" in rule.text:
        left = _declared(left, marks)
    if left and marks["unless"]:
        left = _not_cancelled(left, marks, parsed.unit_at)
    return list({mark.span.start_byte: mark.span for mark in reversed(left)}.values())[::-1]


def _marks(rule: StructuralRule, parsed: Parsed) -> dict[str, list[Mark]]:
    """What the query marks, by role."""

    def constant(span: Span) -> bool:
        return _CONSTANT.fullmatch(parsed.source, span.start_byte, span.end_byte) is not None

    marks: dict[str, list[Mark]] = defaultdict(list)
    for match in parsed.matches(rule.query(parsed.language)):
        named = match.get("name", ())
        too_long = any(span.end_byte - span.start_byte > MAX_NAME for span in named)
        if too_long or any(constant(span) for span in match.get("varies", ())):
            continue
        names = frozenset(parsed.source[span.start_byte : span.end_byte] for span in named)
        for role in ROLES:
            marks[role] += (Mark(span, names) for span in match.get(role, ()))
    return marks


def _order(mark: Mark) -> tuple[int, int]:
    """By start; of two that start together the longer is first, as what holds the other."""
    return _depth(mark.span)


def _depth(span: Span) -> tuple[int, int]:
    """Greater for the inner of two spans that hold the same place."""
    return span.start_byte, -span.end_byte


def _by_names(marks: Iterable[Mark]) -> dict[Names, list[Mark]]:
    groups: dict[Names, list[Mark]] = defaultdict(list)
    for mark in marks:
        groups[mark.names].append(mark)
    return groups


def _within(left: list[Mark], marks: dict[str, list[Mark]], *, by_default: bool) -> list[Mark]:
    inside = {mark.span for mark in marks["inside"]}
    asked = {**_by_names(left), ANY: left}
    around = _by_names(marks["inside"] + marks["outside"])
    held: dict[Mark, Span] = {}
    for names, group in around.items():
        for mark, holder in _innermost(asked.get(names, []), sorted(group, key=_order)):
            held[mark] = max(held.get(mark, holder), holder, key=_depth)
    left = [mark for mark in left if (held[mark] in inside if mark in held else by_default)]
    return _first_of_each(left, held, {mark.span for mark in marks["once"]})


def _first_of_each(left: list[Mark], held: dict[Mark, Span], once: set[Span]) -> list[Mark]:
    first: dict[Span, Span] = {}
    for mark in left:
        first.setdefault(held.get(mark, mark.span), mark.span)
    return [mark for mark in left if held.get(mark) not in once or first[held[mark]] == mark.span]


def _innermost(left: list[Mark], around: list[Mark]) -> Iterator[tuple[Mark, Span]]:
    """Each mark that is held, with the innermost span that holds it; both lists in order, spans nested or apart."""
    open_spans: list[Span] = []
    following = 0
    for mark in left:
        while following < len(around) and around[following].span.start_byte <= mark.span.start_byte:
            _close(open_spans, around[following].span.start_byte)
            open_spans.append(around[following].span)
            following += 1
        _close(open_spans, mark.span.start_byte)
        holder = next((span for span in reversed(open_spans) if span.end_byte >= mark.span.end_byte), None)
        if holder is not None:
            yield mark, holder


def _close(open_spans: list[Span], at: int) -> None:
    while open_spans and open_spans[-1].end_byte <= at:
        open_spans.pop()


def _declared(left: list[Mark], marks: dict[str, list[Mark]]) -> list[Mark]:
    anywhere = {names: {mark.span for mark in group} for names, group in _by_names(marks["anywhere"]).items()}
    nowhere = {mark.names for mark in marks["nowhere"] if mark.span not in anywhere.get(mark.names, ())}
    return [mark for mark in left if not mark.names or (mark.names in anywhere and mark.names not in nowhere)]


def _not_cancelled(left: list[Mark], marks: dict[str, list[Mark]], unit_at: Callable[[int], Unit]) -> list[Mark]:
    cancelled = {(mark.names, unit_at(mark.span.start_line)) for mark in marks["unless"]}
    return [
        mark
        for mark in left
        if cancelled.isdisjoint({(names, unit_at(mark.span.start_line)) for names in (ANY, mark.names)})
    ]
