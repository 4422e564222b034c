"""What an analyser saw at one place, before anybody asks whether it is new."""

import msgspec

from coderev.analysis.rule import Rule
from coderev.finding import Fix

EVIDENCE_LINES = 12  # at most this many whole lines are quoted
EVIDENCE_CHARACTERS = 4_000  # the quote of longer lines, as generated files have them, stops there


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One rule at one place of one file.

    Lines and columns are 1-based; lines end at line feeds only, as in git; columns count code points;
    `end_column` is exclusive. `message` says what stands there and never quotes a secret.
    `fix.safe` is the analyser's claim; the engine tests it.
    `hidden` are the bytes of the file (start, end exclusive) that no evidence may show.
    """

    rule: Rule
    start_line: int
    end_line: int
    start_column: int | None = None
    end_column: int | None = None
    message: str
    fix: Fix | None = None
    hidden: tuple[int, int] | None = None
