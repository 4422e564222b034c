"""From what a model claims to findings with a place: place, merge samples, doubt. Pure.

What a model says is bounded and made one line; where it repeats a secret of the file, it stops after four characters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from coderev.analysis import fingerprint
from coderev.finding import Confidence, Finding, Fix, Source
from coderev.recall import Code, Place
from coderev.report import normal_lines
from coderev.review.answers import Claim, FileClaim
from coderev.review.material import SHOWN, ReviewUnit, Text
from coderev.review.severity import severity_of

MAX_EVIDENCE = 12  # lines
MAX_EVIDENCE_CHARACTERS = 2_000
MAX_TITLE = 120  # characters
MAX_MESSAGE = 1_000  # characters
MAX_FIX = 4_000  # characters; a longer one is not offered


@dataclass(frozen=True, slots=True)
class PlacedClaim:
    """A claim whose quote was found, and the share of the samples in which it was made."""

    claim: Claim | FileClaim
    place: Place
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Speaker:
    """The model that answered: its id in the registry and its version there."""

    model: str
    version: str


def place_claims(claims: Iterable[Claim | FileClaim], code: Code) -> tuple[list[PlacedClaim], int]:
    """Place claims in the code that they are about; and how many were dropped since their quote is not there."""
    placed, dropped = [], 0
    for claim in claims:
        found = code.find(claim.quote, claim.start_line)
        if found is None:
            dropped += 1
        else:
            placed.append(PlacedClaim(claim, found))
    return placed, dropped


def merge_samples(samples: Sequence[Sequence[PlacedClaim]]) -> list[PlacedClaim]:
    """One claim for those of the same category whose quotes overlap; the first sample's words stand.

    The share of samples is a score, not a probability.
    """
    merged: list[tuple[PlacedClaim, set[int]]] = []
    for number, sample in enumerate(samples):
        for placed in sample:
            same = next((seen for kept, seen in merged if _same_problem(kept, placed)), None)
            if same is None:
                merged.append((placed, {number}))
            else:
                same.add(number)
    return [PlacedClaim(kept.claim, kept.place, len(seen) / len(samples)) for kept, seen in merged]


def _same_problem(one: PlacedClaim, other: PlacedClaim) -> bool:
    return one.claim.category == other.claim.category and (
        one.place.start_line <= other.place.end_line and other.place.start_line <= one.place.end_line
    )


def to_finding(placed: PlacedClaim, unit: ReviewUnit, speaker: Speaker, *, doubted: bool) -> Finding:
    """The finding for a placed claim. A model's confidence is at most medium until it is calibrated on a gold set."""
    claim, text, start = placed.claim, unit.text, placed.place.start_line
    end = min(placed.place.end_line, start + MAX_EVIDENCE - 1)
    confidence: Confidence = "low" if doubted or placed.share < 0.5 else "medium"  # noqa: PLR2004 - a majority
    return Finding(
        rule=f"model/{claim.category}",
        severity=severity_of(claim.category, claim.consequence, test_code=text.is_test),
        confidence=confidence,
        category=claim.category,
        path=text.path,
        start_line=start,
        end_line=end,
        title=told(claim.title, MAX_TITLE, text.secrets) or f"a {claim.category} problem",
        message=told(f"{claim.trigger}: {claim.consequence}", MAX_MESSAGE, text.secrets),
        evidence=_evidence(text, start, end),
        fix=_fix(claim, placed.place, text),
        source=Source(kind="model", name=speaker.model, version=speaker.version),
        doubted=doubted,
        fingerprint=fingerprint(claim.category, unit.stable_name, _key(text, start, end), 0),
    )


def told(said: str, limit: int, secrets: Iterable[str]) -> str:
    """What a model said, on one line of at most `limit` characters, without the secrets."""
    line = " ".join(said.split())
    for secret in secrets:
        line = line.replace(secret, secret[:SHOWN] + "…")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _evidence(text: Text, start: int, end: int) -> str:
    """The quoted lines, up to four characters of the first secret in them."""
    evidence = "\n".join(text.lines[start - 1 : end])
    stops = [at + SHOWN for secret in text.secrets if (at := evidence.find(secret)) >= 0]
    return evidence[: min([MAX_EVIDENCE_CHARACTERS, *stops])]


def _key(text: Text, start: int, end: int) -> str:
    if text.parsed is not None:
        return text.parsed.key(start, end)
    return sha256("\n".join(line.strip() for line in text.lines[start - 1 : end]).encode()).hexdigest()


def _fix(claim: Claim | FileClaim, found: Place, text: Text) -> Fix | None:
    """What a model would write in the place of the lines; None where it quoted less than whole lines."""
    said = claim.fix or ""
    lines = text.lines[found.start_line - 1 : found.end_line]
    whole = normal_lines(claim.quote) == normal_lines("\n".join(lines))
    if not said.strip() or len(said) > MAX_FIX or not whole or any(secret in said for secret in text.secrets):
        return None
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    wanted = said.replace("\r\n", "\n").strip("\n").split("\n")
    if indent and not wanted[0].startswith((" ", "\t")):  # models quote and fix without the indentation
        wanted = [indent + line if line else line for line in wanted]
    replacement = "".join(line + text.line_end for line in wanted)
    return Fix(start_line=found.start_line, end_line=found.end_line, replacement=replacement)
