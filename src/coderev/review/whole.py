"""The question about the whole change: what no single unit shows."""

from collections.abc import Iterator, Sequence
from itertools import islice

from coderev.recall import Code
from coderev.report import visible
from coderev.review.context import Budget, Context, Part, change_summary, fill, numbered
from coderev.review.material import ReviewUnit, Text, simple
from coderev.review.neighbours import Neighbours

MAX_SIGNATURES = 40
MAX_USERS = 8  # named for each changed signature
SIGNATURES = "changed signatures and who uses them"

_Changed = tuple[Text, str, str, str]  # the file, the unit's name, its signature before, and after


def change_context(
    texts: Sequence[Text], units: Sequence[ReviewUnit], neighbours: Neighbours | None, budget: Budget
) -> Context:
    """The context of the question about the whole: signatures before and after, their users, tests, hunks that fit."""
    changed = list(islice(_changed(texts), MAX_SIGNATURES + 1))
    kept, cut = fill(
        [
            Part("change summary", change_summary(texts)),
            _signatures(changed[:MAX_SIGNATURES], neighbours),
            Part("tests", _tests(texts)),
            *_hunks(units, budget),
        ],
        budget.parts,
    )
    codes = {text.path: Code(text.head, 1) for text in texts}
    more = (f"{SIGNATURES}, after {MAX_SIGNATURES}",) if len(changed) > MAX_SIGNATURES else ()
    return Context(parts=kept, cut=more + cut, codes=codes, comments=True)


def _changed(texts: Sequence[Text]) -> Iterator[_Changed]:
    for text in texts:
        if text.parsed is None and text.change.head is not None:
            continue
        before = {unit.name: unit.signature for unit in (text.base_parsed.units if text.base_parsed else ())}
        after = {unit.name: unit.signature for unit in (text.parsed.units if text.parsed else ())}
        for name, old in sorted(before.items()):
            if old and old != (new := after.get(name, "removed")):
                yield text, name, old, new


def _signatures(changed: Sequence[_Changed], neighbours: Neighbours | None) -> Part:
    if neighbours is not None:
        neighbours.look_up(simple(name) for _, name, _, _ in changed if "<" not in name)
    lines = [visible(f"{text.path}: {old}  ->  {new}") + _users(name, neighbours) for text, name, old, new in changed]
    return Part(SIGNATURES, "\n".join(lines), tuple(path for text, *_ in changed for path in text.paths))


def _users(name: str, neighbours: Neighbours | None) -> str:
    if neighbours is None or "<" in name:
        return ""
    places = [f"{visible(file.path)}:{line}" for file, line in neighbours.call_sites(simple(name))]
    return f"; called at {', '.join(places[:MAX_USERS])}" if places else "; no caller found"


def _tests(texts: Sequence[Text]) -> str:
    touched = [visible(text.path) for text in texts if text.is_test]
    return "\n".join(["tests that the change touches:", *touched]) if touched else "the change touches no test"


def _hunks(units: Sequence[ReviewUnit], budget: Budget) -> Iterator[Part]:
    for unit in units:
        shown, _ = numbered(unit, budget.unit // 4, comments=True)
        yield Part(f"{unit.unit.name} in {unit.path}", shown, unit.text.paths)
