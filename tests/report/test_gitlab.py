import json
from typing import Any

import pytest
from stand_ins.results import a_finding, a_result, an_incomplete_result

from coderev.finding import Result
from coderev.report import render


def issues(result: Result) -> Any:
    return json.loads(render(result, "gitlab"))


def test_an_issue_has_what_gitlab_reads() -> None:
    assert issues(a_result((a_finding(message="why", end_line=43),))) == [
        {
            "description": "SQL statement built from a request parameter: why",
            "check_name": "S608",
            "fingerprint": "5f1c0e6a9b7d42338e21f0a4c6d8b9e7",
            "severity": "blocker",
            "location": {"path": "clinic/appointments.py", "lines": {"begin": 42, "end": 43}},
        }
    ]


@pytest.mark.parametrize(
    ("severity", "theirs"),
    [("critical", "blocker"), ("high", "critical"), ("medium", "major"), ("low", "minor"), ("info", "info")],
)
def test_severities_are_gitlabs(severity: str, theirs: str) -> None:
    assert issues(a_result((a_finding(severity=severity),)))[0]["severity"] == theirs


def test_existing_findings_are_in_it_and_dismissed_ones_are_not() -> None:
    findings = tuple(a_finding(rule=status, status=status) for status in ("new", "existing", "baseline", "dismissed"))

    assert [issue["check_name"] for issue in issues(a_result(findings))] == ["new", "existing", "baseline"]


def test_no_two_issues_share_a_fingerprint() -> None:
    marks = [issue["fingerprint"] for issue in issues(a_result((a_finding(),) * 3))]

    assert len(set(marks)) == 3


def test_an_incomplete_review_has_an_issue_for_each_failure() -> None:
    found = issues(an_incomplete_result())

    assert [issue["check_name"] for issue in found] == ["coderev/incomplete"] * 4
    assert {issue["severity"] for issue in found} == {"blocker"}
    assert found[0]["location"]["path"] == "clinic/dump.sql"
    assert found[3]["location"]["path"] == "."


def test_a_clean_review_is_an_empty_list() -> None:
    assert issues(a_result()) == []
