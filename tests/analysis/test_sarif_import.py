"""Import of SARIF: which rule, how bad, where; nothing that silences."""

import json
from typing import Any

import pytest

from coderev.analysis.sarif import Imported, fitting, import_sarif
from coderev.analysis.sarif_document import UnreadableSarif


def result(**changes: Any) -> dict[str, Any]:
    return {
        "ruleId": "sql",
        "message": {"text": "a value is glued into SQL"},
        "locations": [located("src/visits.py")],
        **changes,
    }


def located(uri: str, **region: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region or {"startLine": 3, "endLine": 4}}}


def run(*results: dict[str, Any], rules: tuple[dict[str, Any], ...] = (), **changes: Any) -> dict[str, Any]:
    driver = {"name": "Scan It", "semanticVersion": "1.2.0", "version": "one", "rules": rules}
    return {"tool": {"driver": driver}, "results": results, **changes}


def document(*runs: dict[str, Any]) -> bytes:
    return json.dumps({"version": "2.1.0", "runs": runs}).encode()


def imported(*results: dict[str, Any], **changes: Any) -> Imported:
    (one,) = import_sarif(document(run(*results, **changes)))
    return one


def test_a_result_becomes_a_sighting_of_the_tool_that_saw_it() -> None:
    found = imported(result())

    (sighting,) = found.sightings["src/visits.py"]
    assert (found.name, found.version, found.reason) == ("sarif:Scan-It", "1.2.0", None)
    assert (sighting.rule.id, sighting.rule.title, sighting.rule.category) == ("sarif:Scan-It/sql", "sql", "bug")
    assert (sighting.start_line, sighting.end_line, sighting.start_column) == (3, 4, None)
    assert sighting.message == "a value is glued into SQL"
    assert sighting.fix is None


@pytest.mark.parametrize(
    ("level", "severity"),
    [("error", "high"), ("warning", "medium"), ("note", "low"), ("none", "info"), ("", "medium"), ("fatal", "medium")],
)
def test_a_level_is_a_severity(level: str, severity: str) -> None:
    found = imported(result(level=level))

    assert found.sightings["src/visits.py"][0].rule.severity == severity


SCORES: list[tuple[Any, str]] = [
    ("9.0", "critical"),
    (10, "critical"),
    ("8.9", "high"),
    (7, "high"),
    ("4.0", "medium"),
    ("0", "low"),
    ("-1", "high"),
    ("11", "high"),
    ("nan", "high"),
    ("1e999", "high"),
    ("much", "high"),
    (None, "high"),
    ([], "high"),
]


@pytest.mark.parametrize(("score", "severity"), SCORES)
def test_a_security_severity_from_0_to_10_is_believed_before_the_level(score: Any, severity: str) -> None:
    rule = {"id": "sql", "properties": {"security-severity": score}}

    found = imported(result(level="error"), rules=(rule,))

    assert found.sightings["src/visits.py"][0].rule.severity == severity


def test_what_the_tool_says_of_a_rule_is_used() -> None:
    rule = {
        "id": "py/sql",
        "shortDescription": {"text": "SQL from [text](https://example.invalid/x)"},
        "helpUri": "https://example.invalid/help",
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", 7, "external/cwe/cwe-089"], "precision": "very-high"},
        "messageStrings": {"default": {"text": "{0} goes into {1}"}},
    }
    seen = result(ruleId="py/sql", message={"id": "default", "arguments": ["name", "a query"]})

    found = imported(seen, rules=(rule,)).sightings["src/visits.py"][0]

    assert (found.rule.id, found.rule.title) == ("sarif:Scan-It/py/sql", "SQL from text")
    assert (found.rule.severity, found.rule.confidence) == ("high", "high")
    assert (found.rule.category, found.rule.cwe, found.rule.advice) == ("security", "CWE-89", "")
    assert found.message == "name goes into a query"


@pytest.mark.parametrize(
    "named",
    [
        {"ruleIndex": 1},
        {"rule": {"index": 1}},
        {"ruleId": "b"},
        {"rule": {"id": "b"}},
        {"ruleId": "b", "ruleIndex": 99},
        {"ruleId": "b", "ruleIndex": -5},
    ],
)
def test_a_rule_is_found_by_its_index_or_its_id(named: dict[str, Any]) -> None:
    rules = ({"id": "a"}, {"id": "b", "name": "second"})
    seen = result(**named)
    seen = seen if "ruleId" in named else {key: seen[key] for key in seen if key != "ruleId"}

    found = imported(seen, rules=rules)

    assert (found.sightings["src/visits.py"][0].rule.id, found.sightings["src/visits.py"][0].rule.title) == (
        "sarif:Scan-It/b",
        "second",
    )


def test_a_rule_of_an_extension_is_found() -> None:
    tool = {"driver": {"name": "t"}, "extensions": [{"name": "pack", "rules": [{"id": "e", "name": "extended"}]}]}
    by_index = result(ruleId="e", rule={"index": 0, "toolComponent": {"index": 0}})

    (found,) = import_sarif(document({"tool": tool, "results": [by_index, result(ruleId="e", level="note")]}))

    assert {sighting.rule.title for sighting in found.sightings["src/visits.py"]} == {"extended"}


def test_suppressions_baselines_fingerprints_and_fixes_of_the_tool_change_nothing() -> None:
    silenced = result(
        suppressions=[{"kind": "inSource", "status": "accepted"}],
        baselineState="unchanged",
        fingerprints={"a": "b"},
        partialFingerprints={"c": "d"},
        fixes=[{"artifactChanges": []}],
        hostedViewerUri="https://example.invalid",
    )

    assert imported(silenced) == imported(result())


@pytest.mark.parametrize("nothing", [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}])
def test_a_result_that_says_there_is_no_problem_is_dropped_and_counted(nothing: dict[str, Any]) -> None:
    found = imported(result(**nothing))

    assert found.sightings == {}
    assert found.reason == "dropped 1 results: 1 that say there is no problem"


def test_information_is_information() -> None:
    found = imported(result(kind="informational", level="none"))

    assert found.sightings["src/visits.py"][0].rule.severity == "info"


def test_bases_are_the_root_or_folders_below_it() -> None:
    bases = {
        "ROOT": {"uri": "file:///ci/build/"},
        "SRC": {"uri": "src", "uriBaseId": "ROOT"},
        "BARE": {"description": {"text": "the root"}},
        "LOOP": {"uri": "loop/", "uriBaseId": "LOOP"},
    }
    uris = [("a.py", "ROOT"), ("b.py", "SRC"), ("c.py", "BARE"), ("d.py", "UNKNOWN")]
    seen = [
        result(locations=[{"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": base}}}])
        for uri, base in uris
    ]

    found = imported(*seen, originalUriBaseIds=bases)

    assert list(found.sightings) == ["a.py", "c.py", "d.py", "src/b.py"]


def test_an_artifact_may_stand_in_the_runs_list() -> None:
    place = {"physicalLocation": {"artifactLocation": {"index": 1}}}

    found = imported(result(locations=[place]), artifacts=[{}, {"location": {"uri": "./src/caf%C3%A9%20x.py"}}])

    assert list(found.sightings) == ["src/café x.py"]


def test_a_finding_about_a_whole_file_stands_on_its_first_line() -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "a.py"}}}

    (sighting,) = imported(result(locations=[place])).sightings["a.py"]

    assert (sighting.start_line, sighting.end_line) == (1, 1)


def test_runs_of_one_tool_are_one_and_the_same_finding_counts_once() -> None:
    found = import_sarif(document(run(result()), run(result(), result(level="note")), run()))

    assert [each.name for each in found] == ["sarif:Scan-It"]
    assert {sighting.rule.severity for sighting in found[0].sightings["src/visits.py"]} == {"medium", "low"}
    assert len(found[0].sightings["src/visits.py"]) == 2


def test_the_order_of_results_does_not_matter() -> None:
    seen = [result(ruleId=rule, locations=[located("a.py", startLine=line)]) for rule in "abc" for line in (3, 1, 2)]

    assert import_sarif(document(run(*seen))) == import_sarif(document(run(*reversed(seen))))


def test_only_lines_that_the_files_under_review_have_are_kept() -> None:
    seen = [result(locations=[located(uri, startLine=line)]) for uri, line in (("a", 1), ("a", 9), ("b", 1))]

    found = fitting(imported(*seen), {"a": 8, "c": 1})

    assert [sighting.start_line for sighting in found.sightings["a"]] == [1]
    assert found.reason == "dropped 2 results: 1 in files that did not change, 1 on lines that the file does not have"


def test_a_run_without_results_is_a_tool_that_found_nothing() -> None:
    (found,) = import_sarif(document({"tool": {"driver": {"name": ""}}, "results": None}))

    assert (found.name, found.version, found.sightings) == ("sarif:unknown", "", {})


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert import_sarif(b"\xef\xbb\xbf" + document(run(result()))) == import_sarif(document(run(result())))


def test_an_unreadable_document_says_what_to_do() -> None:
    with pytest.raises(UnreadableSarif) as caught:
        import_sarif(b"<html>")

    assert "cannot import the SARIF document" in str(caught.value)
    assert "--import-sarif" in caught.value.next_step
