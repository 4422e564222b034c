"""One review: its verdict and why, then the findings, worst first, each with its code and what would make it safe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from coderev.finding import Finding, Result
from coderev.report import facts
from coderev.server.pages.cards import Card, card
from coderev.server.pages.frame import Frame, link, page, plural
from coderev.server.pages.reviews import named
from coderev.store import records

PAGE = 25  # findings
MANY = 8  # findings from which on a filter helps
ENDED = {"failed": "broke off", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages of a review."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A review without its result: there is none, or it is not for whoever asks. `sealed`: a reason would open it."""

    stored: tuple[records.StoredFinding, ...] = ()
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Dismissing:
    """How findings may be dismissed here."""

    most_days: int
    reasons: tuple[records.Reason, ...] = records.REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChoice:
    """Which findings of a review are shown; `start` counts from 0 in what matches."""

    review: str  # the address of the review
    severity: str = ""
    text: str = ""
    path_is: str = ""
    status: str = ""  # empty: new
    reason: str = ""  # why an auditor reads the code
    start: int = 0

    def path(self, **changed: Any) -> str:
        """The address of this choice, with what is changed about it; another choice starts at its first finding."""
        now = replace(self, **{"start": 0} | changed)
        query = {each.name: getattr(now, each.name) for each in fields(now) if each.name not in ("review", "path_is")}
        return link(self.review, **query | {"path": now.path_is, "start": now.start or ""})


def render_review(
    frame: Frame,
    review: records.Review,
    found: Result | Closed,
    asked: FindingChoice,
    *,
    dismissal: Dismissing | None = None,
) -> str:
    """The first page of a review: its findings, or what may be known without its result.

    `dismissal` is how whoever looks may dismiss; without it there is no form.
    """
    if isinstance(found, Closed):
        values = framing(review, None, asked.reason, sealed=found.sealed) | _unread(review, asked, found)
        return page("review_findings.html.j2", frame, **values)
    told = facts.facts(found, 0)
    values = framing(review, found, asked.reason) | {
        "dismissal": dismissal if review.repository else None,
        "facts": [fact for fact in told if fact.label not in {"change", "verdict", "bytes sent outside"}],
    }
    return page("review_findings.html.j2", frame, **values, **_chosen(found, asked))


def framing(review: records.Review, result: Result | None, reason: str = "", *, sealed: bool = False) -> dict[str, Any]:
    """What the pages of one review share; `sealed` asks for a reason to read the code."""
    base = f"/reviews/{review.id}"
    word = review.verdict if review.state == "done" and review.verdict else review.state
    return {
        "title": f"{word}: {named(review)}",
        "here": "/reviews",
        "review": review,
        "name": named(review),
        "word": word,
        "headline": headline(review, result),
        "at_tab": base,
        "reason": reason,
        "sealed": sealed,
        "result": result,
        "tabs": (
            Tab("Findings", link(base, reason=reason)),
            Tab("Changes", link(f"{base}/changes", reason=reason)),
            Tab("How it was reviewed", link(f"{base}/record", reason=reason)),
        ),
    }


def headline(review: records.Review, result: Result | None) -> str:
    """The first line: the verdict and why, or where the review is."""
    if result is not None:
        return facts.verdict(result)
    match review.state:
        case "done":
            return f"{review.verdict}: {plural(review.findings_new, 'new finding')} of {review.findings_all}"
        case "failed" | "cancelled":
            return f"{ENDED[review.state]}: {review.failure or 'no reason was kept'}"
        case "running":
            return "The review is running"
        case _:  # queued
            return "The review is waiting for its turn"


def missing(review: records.Review, otherwise: str) -> str:
    """What is said where there is nothing to show: it may still come."""
    return "It will stand here when the review is done." if review.state in {"queued", "running"} else otherwise


def _unread(review: records.Review, asked: FindingChoice, closed: Closed) -> dict[str, Any]:
    nothing = missing(review, "Nothing was kept of this review but what stands above.")
    return {"stored": closed.stored, "asked": asked, "nothing": nothing}


def _chosen(result: Result, asked: FindingChoice) -> dict[str, Any]:
    """The findings that are asked for, a page of them as cards, and what a person may ask for instead."""
    status = asked.status or "new"
    of_status = [(number, each) for number, each in enumerate(result.findings, 1) if each.status == status]
    matching = [numbered for numbered in of_status if _matches(numbered[1], asked)]
    start = min(asked.start, max(0, len(matching) - 1) // PAGE * PAGE)
    cards = tuple(_cards(matching[start : start + PAGE], result, asked))
    after = start + PAGE
    return {
        "asked": asked,
        "stored": (),
        "heading": f"{status.capitalize()} findings",
        "total": len(of_status),
        "matching": len(matching),
        "counts": {name: count for name, count in facts.per_severity(each for _, each in of_status).items() if count},
        "many": len(of_status) > MANY or asked.text or asked.path_is,
        "paths": _paths(each for _, each in of_status),
        "cards": cards,
        "first": start + 1,
        "last": start + len(cards),
        "earlier": asked.path(start=start - PAGE) if start else "",
        "later": asked.path(start=after) if after < len(matching) else "",
        "others": {
            other: count
            for other in ("new", "existing", "dismissed", "baseline")
            if other != status and (count := len(facts.of_status(result, other)))
        },
        "nothing": _none(result, asked),
    }


def _cards(numbered: Sequence[tuple[int, Finding]], result: Result, asked: FindingChoice) -> Iterator[Card]:
    for rank, (number, finding) in enumerate(numbered):
        place = link(f"{asked.review}/changes", path=finding.path, reason=asked.reason)
        yield card(finding, number, gate=result.gate, rank=rank, place=place)


def _matches(finding: Finding, asked: FindingChoice) -> bool:
    words = asked.text.casefold()
    return (
        (not asked.severity or finding.severity == asked.severity)
        and (not asked.path_is or finding.path == asked.path_is)
        and (not words or any(words in each.casefold() for each in (finding.title, finding.rule, finding.message)))
    )


def _paths(findings: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.path] = counts.get(finding.path, 0) + 1
    return dict(sorted(counts.items()))


def _none(result: Result, asked: FindingChoice) -> str:
    if asked.severity or asked.text or asked.path_is:
        return "No finding is like this."
    return facts.opening(result) if not asked.status or asked.status == "new" else f"no {asked.status} findings"
