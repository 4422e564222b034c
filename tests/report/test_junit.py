from xml.etree import ElementTree as ET

from stand_ins.results import MODEL, a_finding, a_full_result, a_gate, a_result, an_incomplete_result

from coderev.finding import Result
from coderev.report import render


def suites(result: Result) -> ET.Element:
    return ET.fromstring(render(result, "junit"))


def outcomes(result: Result, kind: str) -> list[str | None]:
    return [each.get("message") for each in suites(result).iter(kind)]


def test_a_finding_that_the_gate_counts_is_a_failure() -> None:
    (failure,) = suites(a_result((a_finding(),))).iter("failure")

    assert failure.get("message") == "critical: SQL statement built from a request parameter"
    assert failure.text is not None
    assert "cursor.execute" in failure.text


def test_a_finding_below_the_gate_passes_and_says_so() -> None:
    result = a_result((a_finding(severity="low"),))

    (output,) = suites(result).iter("system-out")

    assert outcomes(result, "failure") == []
    assert output.text is not None
    assert "low, high confidence: SQL statement" in output.text


def test_a_models_finding_fails_only_where_the_site_says_so() -> None:
    finding = a_finding(source=MODEL)

    assert outcomes(a_result((finding,)), "failure") == []
    assert len(outcomes(a_result((finding,), gate=a_gate(models=True)), "failure")) == 1


def test_existing_findings_are_only_counted() -> None:
    root = suites(a_result((a_finding(status="existing"),)))

    assert root.get("tests") == "2"
    assert [each.get("value") for each in root.iter("property") if each.get("name") == "existing"] == ["1 (1 critical)"]


def test_what_failed_is_an_error() -> None:
    assert outcomes(an_incomplete_result(), "error") == [
        "incomplete: it crashed",
        "incomplete: 1 of 3 questions had no answer",
        "incomplete: larger than 2097152 bytes",
        "incomplete: the model's answer was no JSON, twice",
    ]


def test_what_was_left_out_is_skipped() -> None:
    assert outcomes(a_full_result(), "skipped") == ["not run: switched off by the site", "excluded: binary"]
    assert outcomes(a_result(), "skipped") == ["not run: none configured"]


def test_the_totals_are_those_of_the_cases() -> None:
    root = suites(a_full_result())

    for total, kind in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        found = len(list(root.iter(kind)))
        assert root.get(total) == str(found)
        assert sum(int(suite.get(total, "")) for suite in root.iter("testsuite")) == found
