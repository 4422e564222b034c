"""What an analyser saw at one place, before anybody asks whether it is new."""

import msgspec

from coderev.analysis.rule import Rule
from coderev.finding import Confidence, Fix, Step

EVIDENCE_LINES = 12  # at most this many whole lines are quoted
EVIDENCE_CHARACTERS = 4_000  # the quote of longer lines, as generated files have them, stops there


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One rule at one place of one file.

    Lines and columns are 1-based; lines end at line feeds only, as in git; columns count code points;
    `end_column` is exclusive. `message` says what stands there and never quotes a secret.
    `fix.safe` is the analyser's claim; the engine tests it.
    `hidden` are the bytes of the file (start, end exclusive) that no evidence may show.

    A sighting of a flow ends where the flow does: `flow` are its steps, and `identity` says where it comes from, so
    that two flows to one statement are told apart. `touched`: the change touches a step. `opened` is the hunk that
    opened it (path:line) where that is not the sink itself. `confidence`, where given, goes before the rule's.
    """

    rule: Rule
    start_line: int
    end_line: int
    start_column: int | None = None
    end_column: int | None = None
    message: str
    fix: Fix | None = None
    hidden: tuple[int, int] | None = None
    confidence: Confidence | None = None
    flow: tuple[Step, ...] = ()
    identity: str = ""
    touched: bool = False
    opened: str = ""
