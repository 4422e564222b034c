"""Step 7: merge duplicates, mark the baseline, order, and decide by fixed rules. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from coderev.analysis import fingerprint
from coderev.finding import SEVERITIES, Category, Coverage, Finding, GateOutcome, Result, Verdict, gated
from coderev.settings import FAIL_ON, FailOn, Gate


def settle(findings: Sequence[Finding], baseline: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The findings that a result shows, worst first.

    What a model says of lines where an analyser found the same category is dropped, unless it is worse: an analyser's
    finding is never removed or lowered. As many findings of a fingerprint as `baseline` holds become `baseline`.
    """
    own = [finding for finding in findings if finding.source.kind == "analyser"]
    said = [finding for finding in findings if finding.source.kind == "model"]
    numbered = number_occurrences(_without_repeats(said, own))
    return tuple(sorted(_with_baseline([*own, *numbered], baseline), key=order))


def order(finding: Finding) -> tuple[object, ...]:
    """Sorts new findings first, then by severity, path, line, rule and fingerprint, then by their words."""
    return (
        finding.status != "new",
        SEVERITIES.index(finding.severity),
        finding.path,
        finding.start_line,
        finding.rule,
        finding.fingerprint,
        finding.title,
        finding.message,
    )


def number_occurrences(findings: Sequence[Finding]) -> list[Finding]:
    """Give findings that share a fingerprint one each, in the order of their places, whoever said them first."""
    seen: Counter[str] = Counter()
    numbered = []
    for finding in sorted(findings, key=_place):
        count = seen[finding.fingerprint]
        seen[finding.fingerprint] += 1
        own = fingerprint(finding.category, finding.fingerprint, "", count) if count else finding.fingerprint
        numbered.append(replace(finding, fingerprint=own))
    return numbered


def _place(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.start_line, finding.end_line, finding.category


def _without_repeats(said: Sequence[Finding], own: Sequence[Finding]) -> list[Finding]:
    """Models' findings without those that an analyser's, or a kept one, covers: the worst stays, then the first."""
    there: dict[tuple[str, Category], list[Finding]] = {}
    for finding in own:
        there.setdefault((finding.path, finding.category), []).append(finding)
    kept: list[Finding] = []
    for finding in sorted(said, key=order):
        near = there.setdefault((finding.path, finding.category), [])
        if not any(_covers(other, finding) for other in near):
            near.append(finding)
            kept.append(finding)
    return kept


def _covers(kept: Finding, said: Finding) -> bool:
    """Whether a finding of the same file and category says the same, and is at least as bad."""
    overlap = kept.start_line <= said.end_line and said.start_line <= kept.end_line
    return overlap and SEVERITIES.index(kept.severity) <= SEVERITIES.index(said.severity)


def _with_baseline(findings: Sequence[Finding], baseline: Sequence[str]) -> list[Finding]:
    left = Counter(baseline)
    marked = []
    for finding in findings:
        known = finding.status == "new" and left[finding.fingerprint] > 0
        left[finding.fingerprint] -= known
        marked.append(replace(finding, status="baseline") if known else finding)
    return marked


def stricter(gate: Gate, wanted: FailOn) -> Gate:
    """The gate, with the lower of its threshold and the wanted one."""
    return replace(gate, fail_on=max(gate.fail_on, wanted, key=FAIL_ON.index))


def decide(findings: Collection[Finding], coverage: Coverage, gate: Gate) -> tuple[Verdict, GateOutcome]:
    """The verdict and why: computed from findings and coverage, never by a model."""
    counted = sum(gated(finding, gate.fail_on, models=gate.models) for finding in findings)
    missing = incompleteness(coverage, gate)
    if counted:
        verdict: Verdict = "fail"
        reason = f"{counted} new finding{'s' if counted > 1 else ''} at or above {gate.fail_on}"
    elif missing:
        verdict, reason = (
            "incomplete",
            missing[0] if len(missing) == 1 else f"{missing[0]}, and {len(missing) - 1} more",
        )
    else:
        verdict = "pass"
        reason = "nothing fails the gate" if gate.fail_on == "never" else f"no new finding at or above {gate.fail_on}"
    return verdict, GateOutcome(
        fail_on=gate.fail_on,
        models=gate.models,
        on_incomplete=gate.on_incomplete,
        require_model=gate.require_model,
        counted=counted,
        reason=reason,
    )


def incompleteness(coverage: Coverage, gate: Gate) -> list[str]:
    """Why a review is incomplete, one reason each; empty when it is complete."""
    reasons = [f"{file.path}: {file.reason}" for file in coverage.files if file.status == "failed"]
    reasons += [
        f"{analyser.name}: {analyser.reason or 'failed on a file'}"
        for analyser in coverage.analysers
        if analyser.status == "failed"
        or analyser.failed
        or (analyser.status == "not-run" and analyser.reason == NO_FILE)
    ]
    reasons += [f"{unit.path}: {unit.name}: {unit.reason}" for unit in coverage.units if unit.status == "failed"]
    if coverage.models.status == "incomplete":
        reasons.append(f"models: {coverage.models.reason}")
    elif gate.require_model and coverage.models.status != "answered":
        reasons.append("the site requires a model, and none was asked")
    return reasons


NO_FILE = "no file"  # of an analyser that needs the file where only a patch was given


def exit_status(result: Result) -> int:
    """The exit status of the command: 1 findings at the gate, 4 incomplete where the site blocks on it, else 0."""
    if result.verdict == "fail":
        return 1
    return 4 if result.verdict == "incomplete" and result.gate.on_incomplete == "block" else 0
