"""New or existing: a one-to-one matching of what was seen at head with what was seen at base. Pure.

In this order (DESIGN 5.3): the same rule at the line that the diff maps to; the same rule, unit and structure;
the same rule and structure in a moved unit: one of the same name elsewhere, else one that this file did not have.
A flow is the same only if it comes from the same unit and kind of source too; what lies between does not count.
Among equals, the order in the file decides. What is left at head is new: a second copy has nothing left to match.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import chain

from coderev.analysis.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSides:
    """The places of one changed file, in their order.

    `head_line` says what became of a line of base; `base_units` are the names of all units of base.
    """

    base: tuple[Place, ...] = ()
    head: tuple[Place, ...] = ()
    head_line: Callable[[int], int | None]
    base_units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Candidate:
    file: int
    number: int  # among the places of its side
    line: int | None  # at head
    moved: bool  # its unit may have come from elsewhere, or gone there
    place: Place


def new_places(files: Sequence[TwoSides]) -> tuple[frozenset[int], ...]:
    """For each file, the numbers of those of its head places that match nothing at base."""
    base = [
        _Candidate(file, number, sides.head_line(place.start_line), moved=True, place=place)
        for file, sides in enumerate(files)
        for number, place in enumerate(sides.base)
    ]
    head = [
        _Candidate(file, number, place.start_line, moved=place.unit not in sides.base_units, place=place)
        for file, sides in enumerate(files)
        for number, place in enumerate(sides.head)
    ]
    for step in (_same_line, _same_unit, _same_unit_elsewhere, _moved_unit):
        base, head = _left(base, head, step)
    new: list[set[int]] = [set() for _ in files]
    for each in head:
        new[each.file].add(each.number)
    return tuple(map(frozenset, new))


def _same_line(each: _Candidate) -> Hashable:
    statement = each.place.key if each.place.origin else ""  # a flow into a rewritten statement is another one
    return each.line and (each.file, each.place.rule_id, each.place.origin, statement, each.line)


def _same_unit(each: _Candidate) -> Hashable:
    return each.file, each.place.rule_id, each.place.origin, each.place.unit, each.place.key


def _same_unit_elsewhere(each: _Candidate) -> Hashable:
    return each.place.rule_id, each.place.origin, each.place.unit, each.place.key


def _moved_unit(each: _Candidate) -> Hashable:
    return (each.place.rule_id, each.place.origin, each.place.key) if each.moved else None


def _left(
    base: list[_Candidate], head: list[_Candidate], step: Callable[[_Candidate], Hashable]
) -> tuple[list[_Candidate], list[_Candidate]]:
    """What remains of both sides when those that agree have been paired, first with first."""
    waiting: defaultdict[Hashable, deque[_Candidate]] = defaultdict(deque)
    for each in base:
        waiting[step(each)].append(each)
    unanswerable = waiting.pop(None, deque())
    left = []
    for each in sorted(head, key=lambda each: each.moved):  # first those that no later step can match
        if queue := waiting.get(step(each)):
            queue.popleft()
        else:
            left.append(each)
    return [*unanswerable, *chain.from_iterable(waiting.values())], left
