import pytest
from stand_ins.results import MODEL, a_coverage, a_finding, a_full_result, a_gate, a_result, an_incomplete_result

from coderev.finding import AnalyserCoverage, FileCoverage, Finding, ModelCoverage, Result, UnitCoverage, gated
from coderev.report.facts import (
    Fact,
    Gap,
    advisory,
    counted,
    exclusions,
    facts,
    failures,
    lines_of,
    not_run,
    opening,
    told_apart,
    verdict,
)


def test_minor_findings_that_repeat_a_rule_in_a_file_are_told_apart_and_none_is_lost() -> None:
    minor = [a_finding(severity="info", rule="secrets/email-address", start_line=line) for line in range(1, 8)]
    other = a_finding(severity="low", rule="ruff/S110")
    serious = [a_finding(severity="high", start_line=line) for line in range(1, 8)]

    shown, alike = told_apart([*serious, other, *minor])

    assert shown == (*serious, other, *minor[:3])
    assert alike == (tuple(minor[3:]),)
    assert lines_of(alike[0]) == "4, 5, 6, 7"


def fact(result: Result, label: str) -> Fact | None:
    return next((each for each in facts(result, 0) if each.label == label), None)


def test_findings_are_counted_by_severity_worst_first() -> None:
    findings = [a_finding(severity="low"), a_finding(severity="critical"), a_finding(severity="low")]

    assert counted(findings) == "3 (1 critical, 2 low)"
    assert counted([]) == "0"


@pytest.mark.parametrize(
    ("finding", "models", "counts"),
    [
        (a_finding(severity="high"), False, True),
        (a_finding(severity="medium"), False, False),
        (a_finding(status="existing"), False, False),
        (a_finding(status="dismissed"), False, False),
        (a_finding(source=MODEL), False, False),
        (a_finding(source=MODEL), True, True),
        (a_finding(source=MODEL, confidence="medium"), True, False),
    ],
)
def test_the_gate_counts_new_findings_of_analysers_and_sure_ones_of_models(
    finding: Finding, models: bool, counts: bool
) -> None:
    assert gated(finding, "high", models=models) is counts


def test_only_a_models_new_finding_is_advisory() -> None:
    assert advisory(a_finding(source=MODEL), a_gate())
    assert not advisory(a_finding(source=MODEL, status="existing"), a_gate())
    assert not advisory(a_finding(severity="low"), a_gate())


def test_everything_that_failed_is_named_with_its_reason() -> None:
    coverage = a_coverage(
        files=(FileCoverage(path="a.py", status="failed", reason="too large"),),
        units=(UnitCoverage(path="b.py", name="f", start_line=3, end_line=4, status="failed"),),
        analysers=(
            AnalyserCoverage(
                name="ran",
                version="1",
                status="ran",
                failed=(FileCoverage(path="c.py", status="failed", reason="crashed"),),
            ),
            AnalyserCoverage(name="broken", version="1", status="failed", reason="no memory"),
        ),
        models=ModelCoverage(status="incomplete", questions=5, answered=2),
    )

    assert failures(coverage) == (
        Gap("a.py", "too large", "a.py"),
        Gap("b.py:3 f", "failed", "b.py"),
        Gap("broken", "no memory"),
        Gap("ran on c.py", "crashed", "c.py"),
        Gap("models", "3 of 5 questions had no answer"),
    )


def test_what_was_left_out_on_purpose_is_no_failure() -> None:
    coverage = a_coverage(
        files=(FileCoverage(path="a.png", status="excluded", reason="binary"),),
        units=(
            UnitCoverage(path="b.py", name="f", start_line=3, end_line=4, status="excluded", reason="a site's rule"),
        ),
        analysers=(AnalyserCoverage(name="types", version="", status="not-run"),),
        models=ModelCoverage(status="not-asked"),
    )

    assert failures(coverage) == ()
    assert exclusions(coverage) == (Gap("a.png", "binary", "a.png"), Gap("b.py:3 f", "a site's rule", "b.py"))
    assert not_run(coverage) == (Gap("types", "off"), Gap("models", "not asked"))


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (a_result(), "no new findings"),
        (a_result(coverage=a_coverage(files=())), "nothing to review"),
        (an_incomplete_result(), "no new findings in what was reviewed; the review is incomplete"),
    ],
)
def test_a_screen_without_findings_says_what_that_means(result: Result, sentence: str) -> None:
    assert opening(result) == sentence


@pytest.mark.parametrize("decided", ["pass", "fail"])
def test_an_incomplete_review_says_so_whatever_the_verdict(decided: str) -> None:
    coverage = an_incomplete_result().coverage

    said = verdict(a_result(verdict=decided, coverage=coverage))

    assert said == f"{decided} and incomplete: no new finding at or above high"


def test_a_complete_review_gives_its_reason() -> None:
    assert verdict(a_result()) == "pass: no new finding at or above high"


def test_without_a_model_the_line_says_none_configured() -> None:
    assert fact(a_result(), "models") == Fact("models", "not run (none configured)")


def test_the_models_that_answered_are_named_with_what_was_dropped() -> None:
    said = fact(a_full_result(), "models")

    assert said is not None
    assert said.value == (
        "3 of 3 questions answered by small-coder; findings dropped, for their quote is not in the code: 1"
    )


def test_commits_are_shortened_and_other_names_are_not() -> None:
    assert fact(a_result(), "change") == Fact("change", "1f0c1f0c1f0c..9ab29ab29ab2")


def test_baseline_and_dismissed_findings_are_counted_where_there_are_some() -> None:
    result = a_result((a_finding(status="baseline"), a_finding(status="dismissed", severity="low")))

    assert fact(result, "baseline") == Fact("baseline", "1 (1 critical)")
    assert fact(result, "dismissed") == Fact("dismissed", "1 (1 low)")
    assert fact(a_result(), "baseline") is None


def test_a_long_list_says_how_many_more_there_are() -> None:
    files = tuple(FileCoverage(path=f"{number}.png", status="excluded", reason="binary") for number in range(25))

    said = fact(a_result(coverage=a_coverage(files=files)), "excluded")

    assert said is not None
    assert said.value == "25"
    assert said.details[0] == "0.png (binary)"
    assert said.details[10:] == ("15 more: see --format json",)


def test_the_last_lines_are_the_failures_the_verdict_and_the_bytes_sent_outside() -> None:
    lines = facts(an_incomplete_result(), 7)

    assert [each.label for each in lines[-3:]] == ["failed", "verdict", "bytes sent outside"]
    assert lines[-1].value == "7"
