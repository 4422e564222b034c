"""What every room hands on: findings, coverage, verdict, result. Pure values, as the JSON result shows them.

The normative form is `spec/findings.schema.json`; field names here are field names there.
Lines and columns are 1-based; columns count Unicode code points; `end_column` is exclusive, as in SARIF 2.1.0.
"""

from typing import Literal

import msgspec

from coderev.settings import FailOn

Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["high", "medium", "low"]
Category = Literal["security", "bug", "performance", "maintainability", "documentation"]
Status = Literal["new", "existing", "baseline", "dismissed"]
Verdict = Literal["pass", "fail", "incomplete"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")  # worst first


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a value from its source to its sink."""

    path: str
    line: int
    code: str
    note: str


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """Whole lines `start_line..end_line` (inclusive) become `replacement` (with its line ends; empty deletes).

    `safe` means that it parses, touches only the evidence and adds no analyser finding; a model never sets it.
    """

    start_line: int
    end_line: int
    replacement: str
    safe: bool = False


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who found it."""

    kind: Literal["analyser", "model"]
    name: str
    version: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One problem at one place.

    `evidence` is the quoted code: the whole lines `start_line..end_line` without the last line end
    (a secret's stops after four characters of the secret). `fingerprint` is 32 hexadecimal digits.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    category: Category
    cwe: str | None = None  # "CWE-89"
    path: str
    start_line: int
    end_line: int
    start_column: int | None = None
    end_column: int | None = None
    title: str
    message: str
    evidence: str
    flow: tuple[Step, ...] = ()
    fix: Fix | None = None
    source: Source
    status: Status = "new"
    touched: bool = False  # an existing flow, of which the change touches a step
    doubted: bool = False
    fingerprint: str


class FileCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one changed file. A reason is given unless it was reviewed."""

    path: str
    status: Literal["reviewed", "excluded", "failed"]
    reason: str | None = None


class UnitCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one unit that the change touches.

    *reviewed*: a model answered about it, or no model is configured and the analysers saw it.
    """

    path: str
    name: str
    start_line: int
    end_line: int
    status: Literal["reviewed", "excluded", "failed"]
    model: str | None = None
    reason: str | None = None
    cut: tuple[str, ...] = ()  # kinds of context that did not fit into the question


class AnalyserCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one analyser ran, and the files (path, reason) that it failed on."""

    name: str
    version: str
    status: Literal["ran", "not-run", "failed"]
    reason: str | None = None
    failed: tuple[FileCoverage, ...] = ()


class ModelCoverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether models were asked, how many questions had an answer, and what was dropped from the answers.

    What says nothing is left out: with no model configured there is only the status.
    """

    status: Literal["not-configured", "not-asked", "answered", "incomplete"]
    reason: str | None = None
    models: tuple[str, ...] = ()  # those that answered, sorted
    questions: int = 0
    answered: int = 0
    dropped: int = 0  # findings of models whose quote is not in the code
    notes: tuple[str, ...] = ()  # warnings that a reader of the verdict must know


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What was and was not reviewed, and why."""

    files: tuple[FileCoverage, ...]
    units: tuple[UnitCoverage, ...]
    analysers: tuple[AnalyserCoverage, ...]
    models: ModelCoverage
    suppressions: tuple[str, ...] = ()  # "path:line: code" of suppression comments that the change adds
    notes: tuple[str, ...] = ()  # facts about the whole, such as a missing object or an ignored path


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """Which program made the result."""

    name: str
    version: str


class ChangeName(msgspec.Struct, frozen=True, kw_only=True):
    """The two sides of the change: commit or tree ids, or what stands in their place."""

    base: str
    head: str


class GateOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that decided, what it counted, and why the verdict is what it is."""

    fail_on: FailOn
    models: bool
    on_incomplete: Literal["block", "warn"]
    require_model: bool
    counted: int  # new findings at or above `fail_on`
    reason: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A review: the same input and the same answers give the same bytes."""

    schema: str = "coderev-findings/1"
    tool: Tool
    change: ChangeName
    verdict: Verdict
    gate: GateOutcome
    findings: tuple[Finding, ...]
    coverage: Coverage


def gated(finding: Finding, fail_on: FailOn, *, models: bool) -> bool:
    """Whether the gate counts a finding: new and bad enough; a model's only where `models`, at high confidence."""
    trusted = finding.source.kind == "analyser" or (models and finding.confidence == "high")
    bad_enough = fail_on != "never" and SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on)
    return finding.status == "new" and trusted and bad_enough
