import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace
from stand_ins.results import a_finding, a_full_result, a_result, a_result_that_says, an_incomplete_result

from coderev.finding import Finding, Fix, Result
from coderev.report import render

OFFICIAL = Path(__file__).parents[3] / "shared/data/sarif-2.1.0.schema.json"


def run(result: Result) -> Any:
    return json.loads(render(result, "sarif"))["runs"][0]


def only(finding: Finding) -> Any:
    return run(a_result((finding,)))["results"][0]


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official SARIF schema is not beside this checkout")
@pytest.mark.parametrize(
    "result",
    [
        a_result(),
        a_full_result(),
        an_incomplete_result(),
        a_result_that_says("a b\\:%\n[x](y) {0} \u202e"),
        a_result_that_says(""),
    ],
)
def test_the_log_is_valid_against_the_official_schema(result: Result) -> None:
    schema = json.loads(OFFICIAL.read_text("utf-8"))

    jsonschema.validate(json.loads(render(result, "sarif")), schema)


@pytest.mark.parametrize(
    ("severity", "level"),
    [("critical", "error"), ("high", "error"), ("medium", "warning"), ("low", "note"), ("info", "note")],
)
def test_the_level_follows_the_severity(severity: str, level: str) -> None:
    assert only(a_finding(severity=severity))["level"] == level


@pytest.mark.parametrize(
    ("status", "state"),
    [("new", "new"), ("existing", "unchanged"), ("baseline", "unchanged"), ("dismissed", "unchanged")],
)
def test_what_this_change_brings_is_new(status: str, state: str) -> None:
    assert only(a_finding(status=status))["baselineState"] == state


def test_only_what_the_team_dismissed_is_suppressed() -> None:
    assert only(a_finding(status="dismissed"))["suppressions"] == [{"kind": "external", "status": "accepted"}]
    assert "suppressions" not in only(a_finding())


def test_a_rule_is_described_by_its_worst_finding_and_scored_where_it_is_about_security() -> None:
    findings = (
        a_finding(severity="low"),
        a_finding(severity="high", title="worst"),
        a_finding(rule="B1", category="bug", cwe=None),
    )

    rules = run(a_result(findings))["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == ["B1", "S608"]
    assert rules[0]["properties"] == {"tags": ["bug"], "precision": "high"}
    assert rules[1]["shortDescription"] == {"text": "worst"}
    assert rules[1]["properties"] == {
        "tags": ["security", "external/cwe/cwe-89"],
        "precision": "high",
        "security-severity": "8.0",
    }


def test_a_result_names_its_rule_its_place_and_its_fingerprint() -> None:
    result = run(a_full_result())["results"][1]

    assert (result["ruleId"], result["ruleIndex"]) == ("trojan-source", 3)
    assert result["partialFingerprints"] == {"coderev/v1": "0b7e44c1d9a25f6388a1c3e5f7092b4d"}
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "clinic/roles.ts", "uriBaseId": "%SRCROOT%"},
        "region": {
            "startLine": 7,
            "endLine": 7,
            "startColumn": 19,
            "endColumn": 20,
            "snippet": {"text": '\tif (role != "user\u202e") {'},
        },
    }


def test_a_path_is_a_relative_reference_whatever_it_holds() -> None:
    place = only(a_finding(path="a b/c:d?e#f%\n漢.py"))["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "a%20b/c%3Ad%3Fe%23f%25%0A%E6%BC%A2.py"


def test_a_flow_is_a_code_flow() -> None:
    (flow,) = run(a_full_result())["results"][0]["codeFlows"]
    (thread,) = flow["threadFlows"]

    first = thread["locations"][0]["location"]

    assert first["message"] == {"text": "comes from the request"}
    assert first["physicalLocation"]["region"] == {
        "startLine": 12,
        "snippet": {"text": 'visit_id = request.args["id"]'},
    }


@pytest.mark.parametrize(
    ("replacement", "region", "text"),
    [
        ("a\r\nb\r\n", {"startLine": 42, "startColumn": 1, "endLine": 43}, "a\r\nb"),
        ("", {"startLine": 42, "startColumn": 1, "endLine": 44, "endColumn": 1}, ""),
    ],
)
def test_a_fix_replaces_whole_lines_and_a_deletion_their_ends_too(
    replacement: str, region: dict[str, int], text: str
) -> None:
    finding = a_finding(end_line=43, fix=Fix(start_line=42, end_line=43, replacement=replacement))

    (fix,) = only(finding)["fixes"]

    assert fix["artifactChanges"][0]["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": text}}]


def test_a_message_holds_no_link() -> None:
    message = only(a_finding(title="[click](http://evil.example)", message=""))["message"]["text"]

    assert "](" not in message


def test_a_complete_review_was_successful_and_says_what_did_not_run() -> None:
    (invocation,) = run(a_full_result())["invocations"]

    assert invocation["executionSuccessful"] is True
    assert [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]] == [
        ("note", "excluded: logo.png (binary)"),
        ("note", "not run: types (switched off by the site)"),
        ("note", "suppression added by this change: clinic/appointments.py:42: # noqa: S608"),
        ("note", "the history is shallow: the merge base was not found"),
    ]


@pytest.mark.parametrize("verdict", ["incomplete", "pass", "fail"])
def test_an_incomplete_review_was_not_successful_and_says_what_failed(verdict: str) -> None:
    (invocation,) = run(replace(an_incomplete_result(), verdict=verdict))["invocations"]

    errors = [each for each in invocation["toolExecutionNotifications"] if each["level"] == "error"]

    assert invocation["executionSuccessful"] is False
    assert len(errors) == 4
    assert errors[0]["message"]["text"] == "failed: clinic/dump.sql (larger than 2097152 bytes)"
    assert errors[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "clinic/dump.sql"


@pytest.mark.parametrize("touched", [True, False])
def test_a_touched_flow_is_a_property(touched: bool) -> None:
    assert only(a_finding(status="existing", touched=touched))["properties"]["touched"] is touched
