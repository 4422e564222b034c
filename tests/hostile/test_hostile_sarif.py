"""Whoever writes the SARIF document wants to hide a finding, to point out of the tree, or to end the review."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis import sarif_document
from coderev.analysis.sarif import MAX_LINES, MAX_MESSAGE, import_sarif
from coderev.analysis.sarif_document import MAX_RUNS, UnreadableSarif

MESSAGE = {"text": "m"}


def document(*results: Any, name: str = "tool") -> bytes:
    runs = [{"tool": {"driver": {"name": name}}, "results": results}]
    return json.dumps({"version": "2.1.0", "runs": runs}).encode()


def at(uri: str, **region: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": region or {"startLine": 1}}
    return {"ruleId": "r", "message": MESSAGE, "locations": [{"physicalLocation": place}]}


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("/etc/passwd", "with an absolute path"),
        ("//host/share", "with an absolute path"),
        ("file:///etc/passwd", "with an absolute path"),
        ("https://example.invalid/a", "with an absolute path"),
        ("C:/windows", "with an absolute path"),
        ("javascript:alert(1)", "with an absolute path"),
        ("%2Fetc/passwd", "with a path out of the tree"),
        ("../a", "with a path out of the tree"),
        ("a/../../b", "with a path out of the tree"),
        ("a/%2e%2e/b", "with a path out of the tree"),
        ("a%2F..%2Fb", "with a path out of the tree"),
        ("a\\b", "with a path that is none"),
        ("a%5Cb", "with a path that is none"),
        ("a%00b", "with a path that is none"),
        ("a%0Ab", "with a path that is none"),
        ("a\u202eb", "with a path that is none"),
        ("a%FFb", "with a path that is none"),
        ("a%2", "with a path that is none"),
        ("a?b", "with a path that is none"),
        ("a#b", "with a path that is none"),
        ("a//b", "with a path that is none"),
        ("a/", "with a path that is none"),
        (".", "with a path that is none"),
        ("", "without a place"),
    ],
)
def test_a_path_that_is_not_in_the_tree_is_dropped_and_counted(uri: str, reason: str) -> None:
    (found,) = import_sarif(document(at(uri), at("kept.py")))

    assert list(found.sightings) == ["kept.py"]
    assert found.dropped == {reason: 1}


def test_a_path_is_decoded_once() -> None:
    (found,) = import_sarif(document(at("a%252e%252e/b")))

    assert list(found.sightings) == ["a%2e%2e/b"]


def test_a_base_cannot_lead_out_of_the_tree() -> None:
    seen = at("passwd")
    seen["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = "B"
    run = {"tool": {"driver": {"name": "t"}}, "results": [seen], "originalUriBaseIds": {"B": {"uri": "../../etc/"}}}

    (found,) = import_sarif(json.dumps({"version": "2.1.0", "runs": [run]}).encode())

    assert found.sightings == {}
    assert found.dropped == {"with a path out of the tree": 1}


@pytest.mark.parametrize(
    "region",
    [
        {"startLine": 0},
        {"startLine": -1},
        {"startLine": 5, "endLine": 4},
        {"startLine": 2**31},
        {"startLine": 1, "endLine": 10**30},
        {"charOffset": 7},
    ],
)
def test_an_impossible_region_is_dropped_and_counted(region: dict[str, Any]) -> None:
    (found,) = import_sarif(document(at("a.py", **region)))

    assert found.sightings == {}
    assert sum(found.dropped.values()) == 1


@pytest.mark.parametrize(
    "broken",
    [
        7,
        None,
        [],
        {},
        {"message": "text"},
        {**at("a.py"), "locations": 7},
        at("a.py", startLine="1"),
        at("a.py", startLine=1.5),
    ],
)
def test_a_malformed_result_spoils_no_other(broken: object) -> None:
    (found,) = import_sarif(document(broken, at("kept.py")))

    assert list(found.sightings) == ["kept.py"]
    assert found.dropped == {"malformed": 1}


def test_a_result_without_locations_is_counted() -> None:
    (found,) = import_sarif(document({"message": MESSAGE}, {"message": MESSAGE, "locations": [{}]}))

    assert found.dropped == {"without a place": 2}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"version":"2.1.0","runs":' + b"[" * 200_000,
        b'{"version":"2.1.0","runs":[],"x":' + b'{"a":' * 200_000,
        b'{"version":"2.0.0","runs":[]}',
        b'{"version":"2.1.0"}',
        b'{"version":"2.1.0","runs":[{}]}',
        b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":7}}}]}',
    ],
)
def test_a_broken_document_is_one_error(text: bytes) -> None:
    with pytest.raises(UnreadableSarif):
        import_sarif(text)


def test_a_result_that_is_nested_too_deeply_is_dropped_alone() -> None:
    deep = b'{"message":{"text":"m"},"properties":{"p":' + b"[" * 500_000 + b"]" * 500_000 + b"}}"

    try:
        (found,) = import_sarif(document(at("a.py")).replace(b'"results": [', b'"results": [' + deep + b","))
    except UnreadableSarif:
        return
    assert list(found.sightings) == ["a.py"]


def test_a_document_over_the_caps_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run = {"tool": {"driver": {"name": "t"}}}
    many = json.dumps({"version": "2.1.0", "runs": [run] * (MAX_RUNS + 1)}).encode()
    monkeypatch.setattr(sarif_document, "MAX_BYTES", len(many))

    with pytest.raises(UnreadableSarif, match="101 runs"):
        import_sarif(many)
    with pytest.raises(UnreadableSarif, match="bytes"):
        import_sarif(many + b" ")


def test_of_a_key_that_stands_twice_the_last_holds() -> None:
    twice = document(at("a.py")).replace(b'"ruleId": "r"', b'"ruleId": "x", "ruleId": "r"')

    assert import_sarif(twice) == import_sarif(document(at("a.py")))


def test_texts_and_regions_are_bounded() -> None:
    long = {**at("a.py", startLine=1, endLine=10**6), "message": {"text": "[" * 10**6}}

    (found,) = import_sarif(document(long, name="t" * 10**6))

    (sighting,) = found.sightings["a.py"]
    assert sighting.end_line == MAX_LINES
    assert len(sighting.message) == MAX_MESSAGE
    assert len(sighting.rule.id) < 300


def test_arguments_do_not_multiply() -> None:
    seen = {**at("a.py"), "message": {"text": "{0}" * 600, "arguments": ["{1}" * 600, "{2}" * 600, "x" * 10**6]}}

    (found,) = import_sarif(document(seen))

    assert len(found.sightings["a.py"][0].message) <= MAX_MESSAGE


def test_names_are_plain() -> None:
    (found,) = import_sarif(document({**at("a.py"), "ruleId": "r\n\u202e<b>"}, name="../ruff\x1b[31m"))

    assert re.fullmatch(r"sarif:[A-Za-z0-9._+-]+", found.name)
    assert re.fullmatch(r"[A-Za-z0-9._/:+-]+", found.sightings["a.py"][0].rule.id)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "id", "uri", "index", "x"]), inner)
    ),
    max_leaves=6,
)
RESULTS = st.fixed_dictionaries(
    {"message": st.just(MESSAGE) | JSON},
    optional={
        "ruleId": st.text(max_size=8) | JSON,
        "ruleIndex": JSON,
        "rule": JSON,
        "level": JSON,
        "kind": st.sampled_from(["fail", "pass", "open", "informational"]) | JSON,
        "locations": st.lists(
            st.builds(lambda uri, line: at(uri, startLine=line)["locations"][0], st.text(max_size=8), JSON)
        ),
        "properties": JSON,
    },
)


@given(results=st.lists(RESULTS, max_size=4))
def test_whatever_the_results_hold_each_is_placed_in_the_tree_or_counted(results: list[Any]) -> None:
    (found,) = import_sarif(document(*results))

    placed = [sighting for sightings in found.sightings.values() for sighting in sightings]
    assert len(placed) + sum(found.dropped.values()) <= len(results)
    assert bool(placed) or bool(found.dropped) or not results
    assert all(sighting.start_line >= 1 for sighting in placed)
    assert not any(".." in path.split("/") or path.startswith("/") or "\\" in path for path in found.sightings)
