"""From places to findings: what is new, what it is called, and what tools of the site add. Pure."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from coderev.analysis.examine import Examined
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
        covered = _covered(each.head.places)
        own = _findings(
            (place, number in numbers)
            for number, place in enumerate(each.head.places)
            if (place.rule_id, place.unit, place.key) not in covered
        )
        findings += merge(own, _findings(_imported(change.files[each.number], each.imported)))
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


def _covered(places: Sequence[Place]) -> set[tuple[str, str, str]]:
    """The rules, each with unit and structure of a statement, of which another rule says more there."""
    return {(less, place.unit, place.key) for place in places for less in place.seen.sighting.rule.covers}


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
        confidence=rule.confidence,
        category=rule.category,
        cwe=rule.cwe,
        path=place.path,
        start_line=place.start_line,
        end_line=place.end_line,
        start_column=sighting.start_column,
        end_column=sighting.end_column if whole else None,
        title=rule.title,
        message=f"{place.message}; {rule.advice}" if rule.advice else place.message,
        evidence=place.evidence,
        fix=sighting.fix if whole and not place.is_cut else None,
        source=Source(kind="analyser", name=seen.analyser, version=seen.version),
        status=status,
        fingerprint=fingerprint(rule.id, place.unit, place.shown, occurrence),
    )


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
