"""SARIF 2.1.0 (OASIS Standard), for editors, forges and code-scanning stores. Section numbers are the standard's."""

from collections.abc import Iterator
from typing import Any

from coderev.finding import SEVERITIES, Coverage, Finding, Fix, Result, Severity, Step
from coderev.report.facts import exclusions, failures, not_run
from coderev.report.json import document
from coderev.report.manner import Manner

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVEL: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
# As code-scanning stores read the property: over 9 is critical, from 7 high, from 4 medium, above 0 low.
SCORE: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}


def render(result: Result, _manner: Manner) -> str:
    """One log with one run."""
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(result)]})


def _run(result: Result) -> dict[str, Any]:
    rules = _rules(result.findings)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    tool = {"name": result.tool.name, "semanticVersion": result.tool.version, "rules": rules}
    return {
        "tool": {"driver": tool},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the top of the reviewed tree"}}},
        "invocations": [_invocation(result)],
        "results": [_result(finding, index[finding.rule]) for finding in result.findings],
        "properties": {
            "base": result.change.base,
            "head": result.change.head,
            "verdict": result.verdict,
            "reason": result.gate.reason,
        },
    }


def _rules(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """One rule per name, as its worst finding describes it, sorted by name."""
    worst: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda each: SEVERITIES.index(each.severity)):
        worst.setdefault(finding.rule, finding)
    return [_rule(worst[name]) for name in sorted(worst)]


def _rule(finding: Finding) -> dict[str, Any]:
    tags = [finding.category, f"external/cwe/{finding.cwe.lower()}"] if finding.cwe else [finding.category]
    properties: dict[str, Any] = {"tags": tags, "precision": finding.confidence}
    if finding.category == "security":
        properties["security-severity"] = SCORE[finding.severity]
    return {
        "id": finding.rule,
        "shortDescription": _message(finding.title),
        "help": _message(finding.message),
        "defaultConfiguration": {"level": LEVEL[finding.severity]},
        "properties": properties,
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    optional = {
        "codeFlows": [_flow(finding.flow)] if finding.flow else None,
        "fixes": [_fix(finding.path, finding.fix)] if finding.fix else None,
        "suppressions": [{"kind": "external", "status": "accepted"}] if finding.status == "dismissed" else None,
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": LEVEL[finding.severity],
        "baselineState": "new" if finding.status == "new" else "unchanged",
        "message": _message(f"{finding.title}\n{finding.message}"),
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(finding.path), "region": _region(finding)}}],
        "partialFingerprints": {"coderev/v1": finding.fingerprint},
        **{name: value for name, value in optional.items() if value is not None},
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "category": finding.category,
            "touched": finding.touched,
            "doubted": finding.doubted,
            "source": f"{finding.source.kind} {finding.source.name} {finding.source.version}".rstrip(),
        },
    }


def _message(text: str) -> dict[str, str]:
    """Plain text in which nothing is an embedded link (3.11.6)."""
    return {"text": text.replace("](", "] (") or "-"}


def _artifact(path: str) -> dict[str, str]:
    from urllib.parse import quote

    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _region(finding: Finding) -> dict[str, Any]:
    columns = {"startColumn": finding.start_column, "endColumn": finding.end_column}
    return {
        "startLine": finding.start_line,
        "endLine": finding.end_line,
        **{name: column for name, column in columns.items() if column is not None},
        "snippet": {"text": finding.evidence},
    }


def _flow(steps: tuple[Step, ...]) -> dict[str, Any]:
    return {"threadFlows": [{"locations": [{"location": _step(step)} for step in steps]}]}


def _step(step: Step) -> dict[str, Any]:
    region = {"startLine": step.line, "snippet": {"text": step.code}}
    place = {"artifactLocation": _artifact(step.path), "region": region}
    return {"physicalLocation": place, "message": _message(step.note)}


def _fix(path: str, fix: Fix) -> dict[str, Any]:
    """Lines with their line ends for a deletion; without the last one else, for the file may end there (3.30)."""
    if fix.replacement:
        deleted = {"startLine": fix.start_line, "startColumn": 1, "endLine": fix.end_line}
    else:
        deleted = {"startLine": fix.start_line, "startColumn": 1, "endLine": fix.end_line + 1, "endColumn": 1}
    inserted = {"text": fix.replacement.removesuffix("\n").removesuffix("\r")}
    replacement = {"deletedRegion": deleted, "insertedContent": inserted}
    return {
        "description": {"text": "safe" if fix.safe else "a proposal: read it before you take it"},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": [replacement]}],
    }


def _invocation(result: Result) -> dict[str, Any]:
    failed = failures(result.coverage)
    complete = result.verdict != "incomplete" and not failed
    return {"executionSuccessful": complete, "toolExecutionNotifications": list(_notifications(result.coverage))}


def _notifications(coverage: Coverage) -> Iterator[dict[str, Any]]:
    """What was not reviewed, and what a reader of the verdict must know."""
    for level, what, gaps in (
        ("error", "failed", failures(coverage)),
        ("note", "excluded", exclusions(coverage)),
        ("note", "not run", not_run(coverage)),
    ):
        yield from (_notification(level, f"{what}: {gap}", gap.path) for gap in gaps)
    added = (f"suppression added by this change: {line}" for line in coverage.suppressions)
    yield from (_notification("note", note) for note in (*added, *coverage.notes, *coverage.models.notes))


def _notification(level: str, text: str, path: str | None = None) -> dict[str, Any]:
    place = [{"physicalLocation": {"artifactLocation": _artifact(path)}}] if path else []
    return {"level": level, "message": _message(text), **({"locations": place} if place else {})}
