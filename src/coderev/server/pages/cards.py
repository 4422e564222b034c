"""A finding as a card: the code it is about, why, how a value gets there, and what would make it safe."""

from dataclasses import dataclass

from coderev.finding import Finding, GateOutcome
from coderev.report import excerpt, facts

ROOM = 400  # characters of a code line
CODE_LINES = 40
DIFF_LINES = 60
STEPS = 100  # of a flow
OPEN = 10  # cards that are open at first
UNFOLDED = 3  # cards whose flow is unfolded at first
ALWAYS_SHORT = frozenset({"low", "info"})  # closed at first: one line each


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A finding with its number in the result, cut to what a person reads."""

    it: Finding
    number: int
    open: bool
    unfolded: bool
    advisory: bool
    code: tuple[excerpt.CodeLine, ...]
    left: int  # lines of evidence that are not shown
    diff: tuple[excerpt.DiffLine, ...]
    steps: int = STEPS
    place: str = ""  # where it is shown in the change


def card(finding: Finding, number: int, *, gate: GateOutcome, rank: int, place: str = "") -> Card:
    """The card of a finding; `rank` counts from 0 on its page and decides what is open at first."""
    return Card(
        it=finding,
        number=number,
        open=rank < OPEN and finding.severity not in ALWAYS_SHORT,
        unfolded=rank < UNFOLDED,
        advisory=facts.advisory(finding, gate),
        code=excerpt.code_lines(finding, room=ROOM, most=CODE_LINES),
        left=excerpt.lines_left(finding, most=CODE_LINES),
        diff=excerpt.diff_lines(finding, room=ROOM, most=DIFF_LINES),
        place=place,
    )
