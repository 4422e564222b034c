"""Results of reviews that never happened, for whoever needs one."""

from typing import Any

from msgspec import convert, to_builtins
from msgspec.structs import replace

from coderev.finding import (
    AnalyserCoverage,
    ChangeName,
    Coverage,
    FileCoverage,
    Finding,
    Fix,
    GateOutcome,
    ModelCoverage,
    Result,
    Source,
    Step,
    Tool,
    UnitCoverage,
)

OURS = {
    "schema",
    "verdict",
    "fail_on",
    "on_incomplete",
    "severity",
    "confidence",
    "category",
    "kind",
    "status",
    "fingerprint",
}  # fields that no stranger writes
CHECKS = Source(kind="analyser", name="checks", version="1")
MODEL = Source(kind="model", name="small-coder", version="2024.1")


def a_finding(**changes: Any) -> Finding:
    """A new SQL injection at the appointments of a clinic, with what the caller changes about it."""
    values: dict[str, Any] = {
        "rule": "S608",
        "severity": "critical",
        "confidence": "high",
        "category": "security",
        "cwe": "CWE-89",
        "path": "clinic/appointments.py",
        "start_line": 42,
        "end_line": 42,
        "start_column": 20,
        "end_column": 66,
        "title": "SQL statement built from a request parameter",
        "message": "A caller of the page chooses visit_id, so it can end the statement and add its own.",
        "evidence": '    cursor.execute("SELECT * FROM visits WHERE id = " + visit_id)',
        "source": CHECKS,
        "fingerprint": "5f1c0e6a9b7d42338e21f0a4c6d8b9e7",
    }
    return Finding(**{**values, **changes})


def a_coverage(**changes: Any) -> Coverage:
    """Everything reviewed, no model configured, with what the caller changes about it."""
    values: dict[str, Any] = {
        "files": (FileCoverage(path="clinic/appointments.py", status="reviewed"),),
        "units": (
            UnitCoverage(path="clinic/appointments.py", name="visit", start_line=38, end_line=44, status="reviewed"),
        ),
        "analysers": (AnalyserCoverage(name="checks", version="1", status="ran"),),
        "models": ModelCoverage(status="not-configured"),
    }
    return Coverage(**{**values, **changes})


def a_gate(**changes: Any) -> GateOutcome:
    """The built-in gate, with what the caller changes about it."""
    values: dict[str, Any] = {
        "fail_on": "high",
        "models": False,
        "on_incomplete": "block",
        "require_model": False,
        "counted": 0,
        "reason": "no new finding at or above high",
    }
    return GateOutcome(**{**values, **changes})


def a_result(findings: tuple[Finding, ...] = (), **changes: Any) -> Result:
    """A complete review with these findings, with what the caller changes about it."""
    values: dict[str, Any] = {
        "tool": Tool(name="coderev", version="0.1.0"),
        "change": ChangeName(base="1f0c" * 10, head="9ab2" * 10),
        "verdict": "pass",
        "gate": a_gate(),
        "findings": findings,
        "coverage": a_coverage(),
    }
    return Result(**{**values, **changes})


def an_incomplete_result(findings: tuple[Finding, ...] = ()) -> Result:
    """A review in which a file, a unit, an analyser and the models failed."""
    coverage = a_coverage(
        files=(
            FileCoverage(path="clinic/appointments.py", status="reviewed"),
            FileCoverage(path="clinic/dump.sql", status="failed", reason="larger than 2097152 bytes"),
        ),
        units=(
            UnitCoverage(
                path="clinic/appointments.py",
                name="visit",
                start_line=38,
                end_line=44,
                status="failed",
                reason="the model's answer was no JSON, twice",
            ),
        ),
        analysers=(AnalyserCoverage(name="checks", version="1", status="failed", reason="it crashed"),),
        models=ModelCoverage(status="incomplete", models=("small-coder",), questions=3, answered=2),
    )
    gate = a_gate(reason="4 things were not reviewed")
    return a_result(findings, verdict="incomplete", gate=gate, coverage=coverage)


def a_full_result() -> Result:
    """A small review in which every field of a result says something."""
    findings = (
        a_finding(
            flow=(
                Step(
                    path="clinic/api.py", line=12, code='visit_id = request.args["id"]', note="comes from the request"
                ),
                Step(path="clinic/appointments.py", line=42, code="visit_id", note="becomes part of the statement"),
            ),
            fix=Fix(
                start_line=42,
                end_line=42,
                replacement='    cursor.execute("SELECT * FROM visits WHERE id = %s", (visit_id,))\n',
                safe=True,
            ),
        ),
        a_finding(
            rule="trojan-source",
            severity="high",
            cwe="CWE-1007",
            path="clinic/roles.ts",
            start_line=7,
            end_line=7,
            start_column=19,
            end_column=20,
            title="invisible character in code",
            message="The line reads differently for a person than for the compiler.",
            evidence='\tif (role != "user\u202e") {',
            fingerprint="0b7e44c1d9a25f6388a1c3e5f7092b4d",
        ),
        a_finding(
            rule="model/bug",
            severity="medium",
            confidence="low",
            category="bug",
            cwe=None,
            start_line=51,
            end_line=53,
            start_column=None,
            end_column=None,
            title="the last slot of a day is never offered",
            message="With 8 slots, range(1, slots) ends at 7.\nA patient cannot book 17:30.",
            evidence="    for slot in range(1, slots):\n        if free(slot):\n            yield slot",
            fix=Fix(start_line=51, end_line=51, replacement="    for slot in range(1, slots + 1):\n"),
            source=MODEL,
            doubted=True,
            fingerprint="c2a9176be0f34d58b1d3a7f5e9c80642",
        ),
        a_finding(
            rule="S101",
            severity="low",
            cwe=None,
            start_line=3,
            end_line=3,
            start_column=1,
            end_column=7,
            title="assert is gone under -O",
            evidence="assert TOKEN",
            status="existing",
            fingerprint="77d0a1c4e2b94f0f9a3658d1c7e4b203",
        ),
    )
    coverage = Coverage(
        files=(
            FileCoverage(path="clinic/api.py", status="reviewed"),
            FileCoverage(path="clinic/appointments.py", status="reviewed"),
            FileCoverage(path="clinic/roles.ts", status="reviewed"),
            FileCoverage(path="logo.png", status="excluded", reason="binary"),
        ),
        units=(
            UnitCoverage(
                path="clinic/appointments.py",
                name="Diary.free_slots",
                start_line=48,
                end_line=60,
                status="reviewed",
                model="small-coder",
                cut=("callers",),
            ),
            UnitCoverage(
                path="clinic/roles.ts", name="may", start_line=5, end_line=9, status="reviewed", model="small-coder"
            ),
        ),
        analysers=(
            AnalyserCoverage(name="checks", version="1", status="ran"),
            AnalyserCoverage(name="types", version="", status="not-run", reason="switched off by the site"),
        ),
        models=ModelCoverage(status="answered", models=("small-coder",), questions=3, answered=3, dropped=1),
        suppressions=("clinic/appointments.py:42: # noqa: S608",),
        notes=("the history is shallow: the merge base was not found",),
    )
    gate = a_gate(counted=2, reason="2 new findings at or above high")
    return a_result(findings, verdict="fail", gate=gate, coverage=coverage)


def a_result_that_says(text: str) -> Result:
    """A failed and incomplete review with this text wherever a repository, a model or a tool may write."""
    full, incomplete = a_full_result(), an_incomplete_result()
    coverage = {
        name: getattr(full.coverage, name) + getattr(incomplete.coverage, name)
        for name in ("files", "units", "analysers", "suppressions", "notes")
    }
    whole = replace(full, coverage=Coverage(**coverage, models=incomplete.coverage.models))
    return convert(_saying(text, to_builtins(whole)), Result)


def _saying(text: str, value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _saying(text, each, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_saying(text, each, field) for each in value]
    return text if isinstance(value, str) and field not in OURS else value
