"""What every form for people says at the end: what was found, what was and was not reviewed, and the verdict.

The facts hold repository text as it is: whoever prints them makes it harmless in its own way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from coderev.finding import (
    SEVERITIES,
    Coverage,
    Finding,
    GateOutcome,
    ModelCoverage,
    Result,
    Severity,
    Status,
    UnitCoverage,
    gated,
)

DETAILS = 10  # of one fact; the rest is counted, and is in the JSON
MODELS = "models"
ALIKE = 3  # minor findings of one rule in one file that people are shown in full: of the others they see the lines
MINOR: frozenset[Severity] = frozenset({"low", "info"})
COMMIT_DIGITS = 12  # of a commit or tree id, as far as people compare them


@dataclass(frozen=True, slots=True)
class Fact:
    """One closing line: a label, a value and the details that stand below it; `code` says that these are code."""

    label: str
    value: str
    details: tuple[str, ...] = ()
    code: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not reviewed, and why; `path` where it is about one file."""

    what: str
    reason: str
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.what} ({self.reason})"


def of_status(result: Result, *statuses: Status) -> tuple[Finding, ...]:
    """The findings of these statuses, in the result's order, which is worst first."""
    return tuple(finding for finding in result.findings if finding.status in statuses)


def is_touched(finding: Finding) -> bool:
    """Whether a finding was there before and the change touches its flow: worth a look, and fails no gate."""
    return finding.touched and finding.status == "existing"


def told_apart(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, ...], ...]]:
    """What is shown in full; and, rule by rule and file by file, the minor findings that only repeat it."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    shown: list[Finding] = []
    for finding in findings:
        group = groups[finding.path, finding.rule]
        if len(group) < ALIKE or finding.severity not in MINOR:
            shown.append(finding)
        group.append(finding)
    repeated = (tuple(each for each in group[ALIKE:] if each.severity in MINOR) for group in groups.values())
    return tuple(shown), tuple(group for group in repeated if group)


def lines_of(findings: Iterable[Finding]) -> str:
    """Where findings begin: `3, 14, 15`."""
    return ", ".join(str(finding.start_line) for finding in findings)


def per_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity there are, worst first; none is left out."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts


def counted(findings: Sequence[Finding]) -> str:
    """`3 (1 critical, 2 low)`, or `0`."""
    parts = [f"{count} {severity}" for severity, count in per_severity(findings).items() if count]
    return f"{len(findings)} ({', '.join(parts)})" if parts else "0"


def advisory(finding: Finding, gate: GateOutcome) -> bool:
    """Whether a model's new finding has no say in the verdict."""
    return (
        finding.status == "new"
        and finding.source.kind == "model"
        and not gated(finding, gate.fail_on, models=gate.models)
    )


def failures(coverage: Coverage) -> tuple[Gap, ...]:
    """Everything that makes a review incomplete, in the order files, units, analysers, models."""
    return (
        *_gaps(coverage, "failed"),
        *(Gap(each.name, each.reason or "failed") for each in coverage.analysers if each.status == "failed"),
        *(
            Gap(f"{each.name} on {file.path}", file.reason or "failed", file.path)
            for each in coverage.analysers
            for file in each.failed
        ),
        *_unanswered(coverage.models),
    )


def exclusions(coverage: Coverage) -> tuple[Gap, ...]:
    """What was left out on purpose; the review is complete without it."""
    return tuple(_gaps(coverage, "excluded"))


def not_run(coverage: Coverage) -> tuple[Gap, ...]:
    """The analysers, and the models, that were not asked to run."""
    analysers = (Gap(each.name, each.reason or "off") for each in coverage.analysers if each.status == "not-run")
    reason = _models_not_run(coverage.models)
    return (*analysers, *([Gap(MODELS, reason)] if reason else []))


def _gaps(coverage: Coverage, status: Literal["excluded", "failed"]) -> Iterator[Gap]:
    for file in coverage.files:
        if file.status == status:
            yield Gap(file.path, file.reason or status, file.path)
    for unit in coverage.units:
        if unit.status == status:
            yield Gap(f"{unit.path}:{unit.start_line} {unit.name}", unit.reason or status, unit.path)


def _unanswered(models: ModelCoverage) -> Iterator[Gap]:
    if models.status == "incomplete":
        left = models.questions - models.answered
        yield Gap(MODELS, models.reason or f"{left} of {models.questions} questions had no answer")


def verdict(result: Result) -> str:
    """`fail: the reason`; whatever the verdict, a review that is incomplete says so."""
    incomplete = result.verdict != "incomplete" and failures(result.coverage)
    return f"{result.verdict}{' and incomplete' if incomplete else ''}: {result.gate.reason}"


def opening(result: Result) -> str:
    """The sentence that stands where the new findings would, when there are none."""
    if not result.coverage.files and not result.findings:
        return "nothing to review"
    if result.verdict == "incomplete" or failures(result.coverage):
        return "no new findings in what was reviewed; the review is incomplete"
    return "no new findings"


def facts(result: Result, outside_bytes: int) -> tuple[Fact, ...]:
    """The closing lines, in the order in which a person needs them."""
    coverage = result.coverage
    lines = (
        Fact("change", f"{_short(result.change.base)}..{_short(result.change.head)}"),
        *_findings(result),
        _files(coverage),
        _list("excluded", exclusions(coverage)),
        _units(coverage),
        _list("context cut", [_cut(each) for each in coverage.units if each.cut]),
        _analysers(coverage),
        _list("not run", [gap for gap in not_run(coverage) if gap.what != MODELS]),
        _models(coverage.models),
        _suppressions(coverage),
        _list("notes", (*coverage.notes, *coverage.models.notes)),
        _list("failed", failures(coverage)),
        Fact("verdict", verdict(result)),
        Fact("bytes sent outside", str(outside_bytes)),
    )
    return tuple(fact for fact in lines if fact.value)


def _short(name: str) -> str:
    return name[:COMMIT_DIGITS] if len(name) in {40, 64} else name


def _list(label: str, details: Sequence[object]) -> Fact:
    if len(details) == 1:
        return Fact(label, str(details[0]))
    return Fact(label, str(len(details)) if details else "", _first(details))


def _first(details: Sequence[object]) -> tuple[str, ...]:
    shown = tuple(map(str, details[:DETAILS]))
    return (*shown, f"{len(details) - DETAILS} more: see --format json") if len(details) > DETAILS else shown


def _findings(result: Result) -> Iterator[Fact]:
    yield Fact("new", counted(of_status(result, "new")))
    yield Fact("existing", counted(of_status(result, "existing")))
    for status in ("baseline", "dismissed"):
        if found := of_status(result, status):
            yield Fact(status, counted(found))


def _files(coverage: Coverage) -> Fact:
    reviewed = sum(each.status == "reviewed" for each in coverage.files)
    return Fact("files", f"{reviewed} reviewed of {len(coverage.files)} changed")


def _units(coverage: Coverage) -> Fact:
    reviewed = sum(each.status == "reviewed" for each in coverage.units)
    return Fact("units", f"{reviewed} reviewed of {len(coverage.units)}")


def _cut(unit: UnitCoverage) -> str:
    return f"{unit.path}:{unit.start_line} {unit.name} (without {', '.join(unit.cut)})"


def _analysers(coverage: Coverage) -> Fact:
    ran = [f"{each.name} {each.version}".rstrip() for each in coverage.analysers if each.status == "ran"]
    return Fact("analysers", ", ".join(ran) or "none ran")


def _models_not_run(models: ModelCoverage) -> str:
    match models.status:
        case "not-configured":
            return "none configured"
        case "not-asked":
            return models.reason or "not asked"
        case _:
            return ""


def _models(models: ModelCoverage) -> Fact:
    if reason := _models_not_run(models):
        return Fact(MODELS, f"not run ({reason})")
    by = f" by {', '.join(models.models)}" if models.models else ""
    dropped = f"; findings dropped, for their quote is not in the code: {models.dropped}" if models.dropped else ""
    return Fact(MODELS, f"{models.answered} of {models.questions} questions answered{by}{dropped}")


def _suppressions(coverage: Coverage) -> Fact:
    found = coverage.suppressions
    return Fact("suppressions", f"{len(found)} added by this change" if found else "", _first(found), code=True)
