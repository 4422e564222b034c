"""Step 6: a second look at each claim, with evidence that the question lacked, by somebody who must prove a refutation.

It never sees the title or the reasoning, and what it says never hides a finding.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coderev.recall import Code
from coderev.report import normal_lines, visible
from coderev.review.answers import Doubt
from coderev.review.claims import PlacedClaim
from coderev.review.context import CLAIM_TOKENS, MAX_CALLERS, Context, Part, fill, quotes, unit_part
from coderev.review.interview import Interview
from coderev.review.material import ReviewUnit
from coderev.review.neighbours import Neighbours

MAX_TOLD = 1_500  # bytes of each thing that is told of a claim
CODE = re.compile(r" *\d* [+ ] \| (?P<code>.*)")  # a line that stands in the code now
COMMENT = re.compile(r"\s*(?:#|//|/\*|\*(?:\s|$)|--|<!--|\"\"\"|\'\'\')")


@dataclass(frozen=True, slots=True)
class Doubted:
    """What became of a claim: whether it was refuted, and what the verification could not show."""

    refuted: bool = False
    cut: tuple[str, ...] = ()


async def doubt(
    interview: Interview, unit: ReviewUnit, context: Context, placed: PlacedClaim, *, show_unit: bool = False
) -> Doubted:
    """Ask whether a claim can be refuted; it counts as refuted when most answers name a line that proves it.

    `context` is what the claim's question showed; `show_unit` says that the unit is not in it.
    """
    if not interview.material.settings.verify:
        return Doubted()
    neighbours = interview.material.neighbours
    shows = context.comments if show_unit else None
    evidence = await interview.read(lambda: list(_evidence(unit, placed, neighbours, shows=shows)))
    claim = Part("claim", told(placed), told=_by_structure(placed, context.codes.get("")))
    left = interview.budget.parts + CLAIM_TOKENS - claim.tokens - sum(part.tokens for part in context.parts)
    kept, cut = fill(() if isinstance(evidence, str) else evidence, left)
    shown = replace(context, parts=(*context.parts, *kept, claim), cut=cut)
    answers = await interview.answers(interview.question("verify", shown, unit), Doubt)
    if isinstance(answers, str):
        return Doubted(cut=cut)
    lines = code_lines((*context.parts, *kept))
    proven = [answer for answer in answers if answer.value.verdict == "refuted" and proves(answer.value.proof, lines)]
    return Doubted(refuted=2 * len(proven) > len(answers), cut=cut)


def told(placed: PlacedClaim) -> str:
    """What a verification is told of a claim; a model that says too much is cut short."""
    claim = placed.claim
    said = {"quote": claim.quote, "trigger": claim.trigger, "consequence": claim.consequence}
    return "\n".join(f"{name}: {_cut_short(text)}" for name, text in said.items())


def _by_structure(placed: PlacedClaim, code: Code | None) -> object:
    """What recall knows a claim by: the tokens that it quotes, and what it says with locals by their numbers."""
    claim = placed.claim
    anchor = code.anchor(claim.quote, placed.place.start_line) if code and code.structure else None
    if code is None or anchor is None:
        return None
    tokens = (anchor.first, anchor.after, anchor.opens, anchor.closes)
    return (*tokens, code.by_number(claim.trigger), code.by_number(claim.consequence))


def _cut_short(text: str) -> str:
    return visible(text[:MAX_TOLD], keep="\n\t").encode("utf-8", "replace")[:MAX_TOLD].decode("utf-8", "ignore")


def code_lines(parts: Iterable[Part]) -> frozenset[str]:
    """The lines of code that a question shows, as they are compared; a comment or a removed line proves nothing."""
    rows = (CODE.fullmatch(line) for part in parts for line in part.text.split("\n"))
    code = (row["code"] for row in rows if row and not COMMENT.match(row["code"]))
    return frozenset(line for text in code for line in normal_lines(text))


def proves(proof: str, lines: frozenset[str]) -> bool:
    """Whether a proof is one whole line of the code, and says something."""
    said = normal_lines(proof)
    return len(said) == 1 and said[0] in lines and any(map(str.isalnum, proof))


def _evidence(
    unit: ReviewUnit, placed: PlacedClaim, neighbours: Neighbours | None, *, shows: bool | None
) -> Iterable[Part]:
    """What the question lacked: the unit, the body of what the quoted lines call, further callers with their guards.

    `shows` says whether the unit is shown with its comments; None: the question showed it already.
    """
    if shows is not None:
        yield unit_part(unit, CLAIM_TOKENS, comments=shows)[0]
    if neighbours is None:
        return
    quoted: Sequence[str] = unit.text.lines[placed.place.start_line - 1 : placed.place.end_line]
    called = [name for name in unit.calls if any(name in line for line in quoted)]
    neighbours.look_up((unit.simple_name, *called))
    bodies = [found[0] for name in called if (found := neighbours.definition(name, unit.path))]
    yield quotes("body of what it calls", bodies[:1])
    yield quotes("more callers", neighbours.callers(unit.simple_name, unit.path)[MAX_CALLERS : 2 * MAX_CALLERS])
