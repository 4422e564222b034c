"""From places to findings: what is new, what it is called, and what tools of the site add. Pure."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from coderev.analysis.examine import Examined
from coderev.analysis.gathering import PlaceJudged, one_for_each_sink
from coderev.analysis.matching import TwoSides, new_places
from coderev.analysis.places import Place, fingerprint
from coderev.diff import Change, FileChange, LineMap, touched_lines
from coderev.finding import SEVERITIES, Finding, Severity, Source, Status


class Judged(NamedTuple):
    """The findings of a change, worst first, and the suppressions that it adds ("path:line: code")."""

    findings: tuple[Finding, ...]
    suppressions: tuple[str, ...]


def judge(change: Change, examined: Sequence[Examined]) -> Judged:
    """Match both sides, and say of each place at head whether it is new."""
    new = new_places([_two_sides(change, each, each.base.places, each.head.places) for each in examined])
    added = new_places([_two_sides(change, each, each.base.silenced, each.head.silenced) for each in examined])
    findings: list[Finding] = []
    for each, numbers in zip(examined, new, strict=True):
        own = one_for_each_sink((place, number in numbers) for number, place in enumerate(each.head.places))
        alone = _findings(_without_covered(own))
        findings += merge(alone, _findings(_imported(change.files[each.number], each.imported)))
    return Judged(
        findings=tuple(sorted(findings, key=_order)),
        suppressions=tuple(
            _line(each.head.silenced[number])
            for each, numbers in zip(examined, added, strict=True)
            for number in sorted(numbers)
        ),
    )


def _two_sides(change: Change, each: Examined, base: tuple[Place, ...], head: tuple[Place, ...]) -> TwoSides:
    lines = LineMap(change.files[each.number].hunks if base else ())
    return TwoSides(base=base, head=head, base_units=each.base_units, head_line=lines.head_line)


def _without_covered(judged: Sequence[PlaceJudged]) -> Iterator[PlaceJudged]:
    """What remains when another rule says more of a statement, unless that would hide something worse or newer.

    What a flow covers, it covers on every statement of this file that it runs through.
    """
    covering: defaultdict[str, list[PlaceJudged]] = defaultdict(list)
    for place, is_new in judged:
        for less in place.seen.sighting.rule.covers:
            covering[less].append((place, is_new))
    for place, is_new in judged:
        if not any(_covers(more, is_more_new, place, is_new) for more, is_more_new in covering.get(place.rule_id, ())):
            yield place, is_new


def _covers(more: Place, is_more_new: bool, less: Place, is_new: bool) -> bool:  # noqa: FBT001
    if is_new and not is_more_new:
        return False
    if SEVERITIES.index(more.seen.sighting.rule.severity) > SEVERITIES.index(less.seen.sighting.rule.severity):
        return False
    lines = (step.line for step in more.seen.sighting.flow if step.path == less.path)
    within = more.start_line <= less.end_line and less.start_line <= more.end_line
    return within or (more.unit, more.key) == (less.unit, less.key) or any(map(less.lines.__contains__, lines))


def _imported(file: FileChange, places: Sequence[Place]) -> Iterator[tuple[Place, bool]]:
    """A site's tool saw only head: what it says about lines that the change touches counts as new."""
    touched = touched_lines(file) if file.base else (range(1, sys.maxsize),)
    return ((place, _is_touched(place, touched)) for place in places)


def _is_touched(place: Place, touched: Sequence[range]) -> bool:
    return any(lines.start <= place.end_line and place.start_line < lines.stop for lines in touched)


def _line(place: Place) -> str:
    return f"{place.path}:{place.start_line}: {place.evidence.strip()}"


def _findings(judged: Iterable[tuple[Place, bool]]) -> list[Finding]:
    """The findings of one file; each is numbered among those that share rule, unit and evidence."""
    counted: Counter[tuple[str, str, str]] = Counter()
    findings = []
    for place, is_new in judged:
        name = (place.rule_id, place.unit, place.shown)
        findings.append(_finding(place, "new" if is_new else "existing", counted[name]))
        counted[name] += 1
    return findings


def _finding(place: Place, status: Status, occurrence: int) -> Finding:
    seen, sighting = place.seen, place.seen.sighting
    rule = sighting.rule
    whole = place.end_line == sighting.end_line and place.start_line == sighting.start_line
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        confidence=sighting.confidence or rule.confidence,
        category=rule.category,
        cwe=rule.cwe,
        path=place.path,
        start_line=place.start_line,
        end_line=place.end_line,
        start_column=sighting.start_column,
        end_column=sighting.end_column if whole else None,
        title=rule.title,
        message="; ".join(filter(None, (place.message, *_opened(place, status), *_more(place), rule.advice))),
        evidence=place.evidence,
        flow=sighting.flow,
        fix=sighting.fix if whole and not place.is_cut else None,
        source=Source(kind="analyser", name=seen.analyser, version=seen.version),
        status=status,
        touched=status == "existing" and sighting.touched,
        fingerprint=fingerprint(rule.id, place.unit, place.shown, occurrence),
    )


def _opened(place: Place, status: Status) -> Iterator[str]:
    """Where a change lets a value through to a statement that it did not write."""
    if status == "new" and place.seen.sighting.opened:
        yield f"the change opens this at {place.seen.sighting.opened}"


def _more(place: Place) -> Iterator[str]:
    if place.more:
        yield f"{place.more} more {'way leads' if place.more == 1 else 'ways lead'} here"


def merge(own: Iterable[Finding], imported: Iterable[Finding]) -> list[Finding]:
    """Fold findings of a site's tools into ours where both mean the same; the worse severity stands."""
    merged = list(own)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for number, finding in enumerate(merged):
        places[finding.start_line].append(number)
    for other in imported:
        same = next((number for number in places[other.start_line] if _same(merged[number], other)), None)
        if same is None:
            merged.append(other)
        else:
            worse = min(merged[same].severity, other.severity, key=SEVERITIES.index)
            merged[same] = msgspec.structs.replace(merged[same], severity=worse)
    return merged


def _same(one: Finding, other: Finding) -> bool:
    same_code = one.rule.rpartition("/")[2] == other.rule.rpartition("/")[2]
    return same_code or (one.cwe is not None and one.cwe == other.cwe)


def _order(finding: Finding) -> tuple[int, str, int, int, str, str]:
    severity: Severity = finding.severity
    place = (finding.path, finding.start_line, finding.start_column or 0)
    return (SEVERITIES.index(severity), *place, finding.rule, finding.message)
