"""GitLab Code Quality: the subset of the Code Climate form that GitLab reads.

GitLab compares two branches itself, so existing findings are in it. What failed is in it too, for the form
has no other place that says that a review is incomplete.
"""

from hashlib import sha256
from typing import Any

from coderev.finding import Finding, Result, Severity
from coderev.report.facts import failures
from coderev.report.json import document
from coderev.report.manner import Manner

SEVERITY: dict[Severity, str] = {
    "critical": "blocker",
    "high": "critical",
    "medium": "major",
    "low": "minor",
    "info": "info",
}


def render(result: Result, _manner: Manner) -> str:
    """An array of issues; dismissed findings are not in it."""
    issues = [_issue(finding) for finding in result.findings if finding.status != "dismissed"]
    for failure in failures(result.coverage):
        what = f"not reviewed, so the review is incomplete: {failure}"
        mark = sha256(what.encode()).hexdigest()[:32]
        issues.append(_entry("coderev/incomplete", "blocker", what, (failure.path or ".", 1, 1), mark))
    return document(_each_once(issues))


def _issue(finding: Finding) -> dict[str, Any]:
    what = f"{finding.title}: {finding.message}"
    place = (finding.path, finding.start_line, finding.end_line)
    return _entry(finding.rule, SEVERITY[finding.severity], what, place, finding.fingerprint)


def _entry(name: str, severity: str, what: str, place: tuple[str, int, int], fingerprint: str) -> dict[str, Any]:
    path, begin, end = place
    return {
        "description": what,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": begin, "end": end}},
    }


def _each_once(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """GitLab shows one issue per fingerprint: the second of its kind is numbered."""
    seen: dict[str, int] = {}
    for issue in issues:
        mark = issue["fingerprint"]
        seen[mark] = number = seen.get(mark, 0) + 1
        if number > 1:
            issue["fingerprint"] = f"{mark}-{number}"
    return issues
