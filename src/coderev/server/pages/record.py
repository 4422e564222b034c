"""How one review was made: its time line, who said what, what was recalled, and what was not reviewed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from coderev.finding import Coverage, Finding, Result
from coderev.report import FORMATS, facts
from coderev.server.pages.changes import ChangeChoice, finding_paths
from coderev.server.pages.frame import Frame, link, page
from coderev.server.pages.review import framing, missing
from coderev.store import records

ROWS = 500  # of a table; the whole is in the JSON result
NUMBERS = 20  # findings of one speaker that are linked


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, and how long after what stands before it."""

    at: datetime
    what: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """An analyser or a model, and what it said."""

    name: str
    version: str
    kind: str
    units: int
    new: int
    doubted: int
    numbers: tuple[int, ...]  # of its findings in the result
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the run record says of recall."""

    counts: Mapping[str, str]
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    served: tuple[tuple[str, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A file or unit that was excluded or failed."""

    what: str
    status: str
    reason: str


def render_record(
    frame: Frame,
    review: records.Review,
    result: Result | None,
    record: Mapping[str, Any],
    reason: str = "",
    *,
    sealed: bool = False,
) -> str:
    """The page; `record` is the run record, decoded, or empty."""
    base = f"/reviews/{review.id}"
    values = framing(review, result, reason, sealed=sealed) | {
        "at_tab": link(f"{base}/record", reason=reason),
        "moments": moments(review),
    }
    if result is None:
        nothing = missing(review, "Nothing else was kept of this review, or it is not for you to read.")
        return page("review_record.html.j2", frame, **values, coverage=None, nothing=nothing)
    coverage = result.coverage
    gaps = list(unreviewed(coverage))
    return page(
        "review_record.html.j2",
        frame,
        **values,
        coverage=coverage,
        models=_models(result),
        speakers=speakers(result),
        recalled=recalled(record),
        gaps=gaps[:ROWS],
        gaps_left=max(0, len(gaps) - ROWS),
        units=coverage.units[:ROWS],
        formats=tuple(FORMATS),
        result_path=lambda form: link(f"/api/v1/reviews/{review.id}/result", format=form, reason=reason),
        finding_path=finding_paths(result, ChangeChoice(review=base, reason=reason)),
    )


def moments(review: records.Review) -> tuple[Moment, ...]:
    """What happened to a review, in order."""
    again = f", attempt {review.attempts}" if review.attempts > 1 else ""
    ending = {"done": f"verdict: {review.verdict}", "failed": "broke off", "cancelled": "cancelled"}
    failure = f": {review.failure[:1000]}" if review.failure else ""
    told = (
        (review.created, f"asked for by {review.requested_by[:200]}"),
        (review.started, f"started{again}"),
        (review.ended, ending.get(review.state, "ended") + failure),
    )
    past = [(at, what) for at, what in told if at is not None]
    before = [None, *(at for at, _ in past)]
    return tuple(Moment(at, what, at - last if last else None) for (at, what), last in zip(past, before, strict=False))


def speakers(result: Result) -> tuple[Speaker, ...]:
    """Who said what: models first, then analysers, each by name."""
    said: defaultdict[tuple[str, str, str], list[tuple[int, Finding]]] = defaultdict(list)
    for number, finding in enumerate(result.findings, 1):
        said[finding.source.kind, finding.source.name, finding.source.version].append((number, finding))
    units: defaultdict[str, int] = defaultdict(int)
    for unit in result.coverage.units:
        if unit.model:
            units[unit.model] += 1
    silent = units.keys() - {name for kind, name, _ in said if kind == "model"}
    said.update({("model", name, ""): [] for name in silent})
    ordered = sorted(said, key=lambda who: (who[0] != "model", who))
    return tuple(_speaker(who, said[who], units[who[1]] if who[0] == "model" else 0) for who in ordered)


def _speaker(who: tuple[str, str, str], found: Sequence[tuple[int, Finding]], units: int) -> Speaker:
    new = [number for number, finding in found if finding.status == "new"]
    return Speaker(
        kind=who[0],
        name=who[1],
        version=who[2],
        units=units,
        new=len(new),
        doubted=sum(finding.doubted for _, finding in found),
        numbers=tuple(new[:NUMBERS]),
        more=max(0, len(new) - NUMBERS),
    )


def recalled(record: Mapping[str, Any]) -> Recalled:
    """What a run record says of recall; whatever has another form than ours is left out."""
    told = record.get("recall")
    told = told if isinstance(told, dict) else {}
    counts, notes, served = told.get("counts"), told.get("notes"), told.get("served")
    rows = [row for row in served if isinstance(row, dict)] if isinstance(served, list) else []
    columns = tuple(islice(dict.fromkeys(str(name) for row in rows[:ROWS] for name in row), 8))
    return Recalled(
        counts={str(name): str(count) for name, count in counts.items()} if isinstance(counts, dict) else {},
        notes=tuple(map(str, notes)) if isinstance(notes, list) else (),
        columns=columns,
        served=tuple(tuple(str(row.get(name, "")) for name in columns) for row in rows[:ROWS]),
        total=len(rows),
    )


def unreviewed(coverage: Coverage) -> Iterator[Unreviewed]:
    """Files and units that were not reviewed: what failed first."""
    for status in ("failed", "excluded"):
        for file in coverage.files:
            if file.status == status:
                yield Unreviewed(file.path, status, file.reason or "")
        for unit in coverage.units:
            if unit.status == status:
                yield Unreviewed(f"{unit.path}:{unit.start_line} {unit.name}", status, unit.reason or "")


def _models(result: Result) -> Mapping[str, Any]:
    fact = next(fact for fact in facts.facts(result, 0) if fact.label == facts.MODELS)
    alarm = result.coverage.models.status == "incomplete"
    return {"label": "answers" if not alarm else "incomplete", "value": fact.value, "alarm": alarm}
