from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.results import MODEL, a_coverage, a_finding, a_result

from coderev.finding import SEVERITIES, AnalyserCoverage, FileCoverage, Finding, ModelCoverage, UnitCoverage
from coderev.review import exit_status
from coderev.review.settle import decide, settle, stricter
from coderev.settings import Gate

SEVERITY = st.sampled_from(["critical", "high", "medium", "low", "info"])
FINDINGS = st.lists(
    st.builds(
        a_finding,
        severity=SEVERITY,
        source=st.sampled_from([MODEL, a_finding().source]),
        path=st.sampled_from(["a.py", "b.py"]),
        start_line=st.integers(1, 4),
        category=st.sampled_from(["security", "bug"]),
        fingerprint=st.sampled_from(["1" * 32, "2" * 32]),
    ).map(lambda finding: msgspec.structs.replace(finding, end_line=finding.start_line)),
    max_size=8,
)


@given(FINDINGS)
def test_no_analysers_finding_is_ever_removed_or_lowered(findings: list[Finding]) -> None:
    settled = settle(findings)

    own = [finding for finding in findings if finding.source.kind == "analyser"]
    assert sorted(map(repr, own)) == sorted(repr(finding) for finding in settled if finding.source.kind == "analyser")


@given(FINDINGS, st.randoms())
def test_the_order_of_what_comes_in_does_not_matter_to_what_analysers_found(
    findings: list[Finding], random: object
) -> None:
    own = [finding for finding in findings if finding.source.kind == "analyser"]
    shuffled = list(own)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert [repr(finding.path) + str(finding.start_line) + finding.severity for finding in settle(own)] == [
        repr(finding.path) + str(finding.start_line) + finding.severity for finding in settle(shuffled)
    ]


def test_a_model_that_repeats_an_analyser_is_dropped() -> None:
    said = a_finding(rule="model/security", source=MODEL)

    assert settle([said, a_finding()]) == (a_finding(),)


def test_a_model_that_finds_worse_than_an_analyser_on_its_lines_is_heard() -> None:
    mild = a_finding(severity="low")
    grave = a_finding(rule="model/security", source=MODEL, severity="high")

    assert settle([mild, grave]) == (grave, mild)


@given(FINDINGS, st.randoms())
def test_the_order_of_answers_changes_nothing(findings: list[Finding], random: Any) -> None:
    said = [msgspec.structs.replace(finding, source=MODEL) for finding in findings]
    shuffled = list(said)
    random.shuffle(shuffled)

    assert settle(said) == settle(shuffled)


@given(FINDINGS)
def test_models_findings_of_one_result_have_a_fingerprint_each(findings: list[Finding]) -> None:
    said = [finding.fingerprint for finding in settle(findings) if finding.source.kind == "model"]

    assert len(set(said)) == len(said)


@given(FINDINGS)
def test_no_severity_is_lost_where_findings_are_merged(findings: list[Finding]) -> None:
    settled = settle(findings)

    for finding in findings:
        assert any(
            (kept.path, kept.category, kept.start_line) == (finding.path, finding.category, finding.start_line)
            and SEVERITIES.index(kept.severity) <= SEVERITIES.index(finding.severity)
            for kept in settled
        )


def test_two_models_that_say_the_same_are_one_finding_with_the_worse_severity() -> None:
    mild = a_finding(rule="model/security", source=MODEL, severity="low")
    grave = a_finding(rule="model/security", source=MODEL, severity="high")

    assert settle([mild, grave]) == (grave,)


def test_the_worst_new_finding_comes_first_and_existing_ones_last() -> None:
    existing = a_finding(status="existing", severity="critical")
    low = a_finding(severity="low", start_line=1, end_line=1)
    high = a_finding(severity="high", start_line=9, end_line=9)

    assert settle([existing, low, high]) == (high, low, existing)


def test_a_baseline_covers_as_many_findings_as_it_holds() -> None:
    twice = [a_finding(start_line=1, end_line=1), a_finding(start_line=2, end_line=2)]

    assert [finding.status for finding in settle(twice, [a_finding().fingerprint])] == ["new", "baseline"]


def test_new_findings_at_the_gate_fail() -> None:
    verdict, gate = decide([a_finding(severity="high")], a_coverage(), Gate())

    assert (verdict, gate.counted, gate.reason) == ("fail", 1, "1 new finding at or above high")


def test_findings_below_the_gate_known_ones_and_models_do_not_fail() -> None:
    harmless = [
        a_finding(severity="medium"),
        a_finding(status="existing"),
        a_finding(status="baseline"),
        a_finding(source=MODEL, confidence="high"),
    ]

    assert decide(harmless, a_coverage(), Gate())[0] == "pass"


def test_models_count_where_the_site_says_so_and_only_at_high_confidence() -> None:
    gate = Gate(models=True)

    assert decide([a_finding(source=MODEL, confidence="high")], a_coverage(), gate)[0] == "fail"
    assert decide([a_finding(source=MODEL, confidence="medium")], a_coverage(), gate)[0] == "pass"


def test_a_gate_that_never_fails_says_so() -> None:
    verdict, gate = decide([a_finding()], a_coverage(), Gate(fail_on="never"))

    assert (verdict, gate.reason) == ("pass", "nothing fails the gate")


@pytest.mark.parametrize(
    "changes",
    [
        {"files": (FileCoverage(path="a.py", status="failed", reason="over 2 MiB"),)},
        {
            "units": (
                UnitCoverage(path="a.py", name="f", start_line=1, end_line=2, status="failed", reason="no answer"),
            )
        },
        {"analysers": (AnalyserCoverage(name="ruff", version="1", status="failed", reason="crashed"),)},
        {"analysers": (AnalyserCoverage(name="ruff", version="1", status="not-run", reason="no file"),)},
        {
            "analysers": (
                AnalyserCoverage(
                    name="ruff",
                    version="1",
                    status="ran",
                    failed=(FileCoverage(path="a.py", status="failed", reason="crashed"),),
                ),
            )
        },
        {"models": ModelCoverage(status="incomplete", reason="timeout")},
    ],
)
def test_what_was_not_reviewed_makes_the_review_incomplete(changes: dict[str, object]) -> None:
    verdict, gate = decide([], a_coverage(**changes), Gate())

    assert verdict == "incomplete"
    assert gate.reason


def test_what_a_person_left_out_leaves_the_review_complete() -> None:
    left_out = AnalyserCoverage(name="ruff", version="1", status="not-run", reason="left out by --without")

    assert decide([], a_coverage(analysers=(left_out,)), Gate())[0] == "pass"


def test_a_site_that_requires_a_model_is_incomplete_without_one() -> None:
    assert decide([], a_coverage(), Gate(require_model=True))[0] == "incomplete"
    answered = a_coverage(models=ModelCoverage(status="answered"))
    assert decide([], answered, Gate(require_model=True))[0] == "pass"


def test_several_reasons_are_counted() -> None:
    files = tuple(FileCoverage(path=f"{name}.py", status="failed", reason="over 2 MiB") for name in "abc")

    assert decide([], a_coverage(files=files), Gate())[1].reason == "a.py: over 2 MiB, and 2 more"


@pytest.mark.parametrize(
    ("verdict", "on_incomplete", "status"),
    [("pass", "block", 0), ("fail", "block", 1), ("incomplete", "block", 4), ("incomplete", "warn", 0)],
)
def test_the_exit_status_follows_the_verdict(verdict: str, on_incomplete: str, status: int) -> None:
    outcome = decide([], a_coverage(), Gate(on_incomplete=on_incomplete))[1]  # type: ignore[arg-type]

    assert exit_status(a_result(verdict=verdict, gate=outcome)) == status


@given(SEVERITY, SEVERITY)
def test_a_repository_can_only_make_the_gate_stricter(site: str, wanted: str) -> None:
    order = ["info", "low", "medium", "high", "critical"]

    result = stricter(Gate(fail_on=site), wanted).fail_on  # type: ignore[arg-type]

    assert order.index(result) == min(order.index(site), order.index(wanted))
