"""Find sensitive text in bytes: one scan for the literals of all detectors, then only the expressions they call for."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from coderev.finding import Confidence, Severity
from coderev.sensitive.checks import CHECKS, entropy, is_stand_in
from coderev.sensitive.detectors import Category, Detector, detectors, latin1

CLINICAL_REACH = 200  # bytes on either side, within the line, in which a clinical word counts
_CLINICAL = re2.compile(
    rb"(?i)patient|diagnos|medical|medicare|medicaid|\bmrn|\bdob\b|date.of.birth|\bicd|prescri|clinic|hospital|"
    rb"physician|treatment|medication|insur|\bhealth",
    latin1(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """One sensitive run of bytes, `end_byte` exclusive, of a kind of `docs/reference/detectors.md`."""

    kind: str
    category: Category
    start_byte: int
    end_byte: int
    severity: Severity
    title: str
    confidence: Confidence


def find(text: bytes) -> tuple[Sensitive, ...]:
    """Every secret and identifier in a text, of any encoding, in its order and without overlaps.

    Of two that overlap, a secret beats an identifier, the longer the shorter, and the more specific the other.
    What lies in one of our placeholders is not sensitive. The time is linear in the length of the text.
    """
    hidden = [match.span() for match in placeholder().finditer(text)]
    return _disjoint([found for detector in _called_for(text) for found in _matches(detector, text)], hidden)


@cache
def placeholder() -> Any:
    """The expression of our placeholders: of known kinds only, so that nothing hides by looking like one."""
    kinds = "|".join(detector.kind for detector in detectors())
    return re2.compile(f"«(?:SECRET|IDENTIFIER):(?:{kinds}):[0-9]{{1,6}}»".encode(), latin1())


def _called_for(text: bytes) -> list[Detector]:
    literals, owners = _prefilter()
    # The empty hint of some detectors is in every text: a scan that failed is None, and raises here.
    wanted = {owner for literal in literals.Match(text) for owner in owners[literal]}
    return [detectors()[place] for place in sorted(wanted)]


@cache
def _prefilter() -> tuple[Any, list[list[int]]]:
    """The set of all hints, and for each of its members the places of the detectors that it calls for."""
    owners: dict[str, list[int]] = {}
    for place, detector in enumerate(detectors()):
        for hint in detector.hints:
            owners.setdefault(hint.lower(), []).append(place)
    literals = re2.Set.SearchSet(latin1(case_sensitive=False))
    for hint in owners:
        literals.Add(re2.escape(hint.encode()))
    literals.Compile()
    return literals, list(owners.values())


@cache
def _expression(kind: str) -> Any:
    return next(detector for detector in detectors() if detector.kind == kind).expression()


def _matches(detector: Detector, text: bytes) -> Iterator[Sensitive]:
    expression, at = _expression(detector.kind), 0
    while match := expression.search(text, at):
        start, end = match.span(1)  # `secret` is the only group
        at = end  # what follows the secret may be the edge of the next
        if _is_real(detector, text[start:end]):
            yield Sensitive(
                kind=detector.kind,
                category=detector.category,
                start_byte=start,
                end_byte=end,
                severity=_severity(detector, text, start, end),
                title=detector.title,
                confidence=detector.confidence,
            )


def _is_real(detector: Detector, secret: bytes) -> bool:
    if detector.category == "secret" and (is_stand_in(secret) or entropy(secret) < detector.entropy):
        return False
    return detector.check is None or CHECKS[detector.check](secret)


def _severity(detector: Detector, text: bytes, start: int, end: int) -> Severity:
    """An identifier beside a clinical word on its line is health information: medium."""
    if detector.category == "secret":
        return detector.severity
    before = text[max(0, start - CLINICAL_REACH) : start].rpartition(b"\n")[2]
    after = text[end : end + CLINICAL_REACH].partition(b"\n")[0]
    return "medium" if _CLINICAL.search(before + b" " + after) else detector.severity


def _disjoint(candidates: list[Sensitive], hidden: list[tuple[int, int]]) -> tuple[Sensitive, ...]:
    """Those that remain where candidates overlap each other or one of our placeholders."""
    kept: list[Sensitive] = []
    for candidate in sorted(candidates, key=lambda candidate: candidate.start_byte):
        if _touches(hidden, candidate):
            continue
        if not kept or kept[-1].end_byte <= candidate.start_byte:
            kept.append(candidate)
        elif _weight(candidate) > _weight(kept[-1]):
            kept[-1] = candidate
    return tuple(kept)


def _weight(found: Sensitive) -> tuple[bool, int]:
    return found.category == "secret", found.end_byte - found.start_byte


def _touches(hidden: list[tuple[int, int]], found: Sensitive) -> bool:
    next_one = bisect(hidden, found.start_byte, key=lambda span: span[1])
    return next_one < len(hidden) and hidden[next_one][0] < found.end_byte
