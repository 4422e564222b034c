"""The structural rules: each finds its vulnerable cases, at their lines, and nothing in their safe twins."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis import structural
from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.rules import StructuralRule, candidates, read_rule, structural_rules
from coderev.analysis.rules.places import places
from coderev.analysis.structural import Structural
from coderev.syntax import language_of, parse

CASES = Path(__file__).parent / "cases"
RULES = structural_rules()
HEADER = """; title: a call of flaw
; languages: javascript
; severity: high
; confidence: high
; category: bug
; cwe: CWE-1
; hint: flaw
; message: m
; advice: a
; vulnerable: v
; safe: s
"""


def case(name: str, kind: str) -> Path:
    (found,) = (CASES / name).glob(f"{kind}.*")
    return found


def look(source: bytes, path: str, language: str | None) -> Looked:
    return Structural().look([SourceFile(key="1", path=path, language=language, source=source)])


def reported_lines(path: Path, rule: str, language: str | None = None) -> list[int]:
    source = path.read_bytes()
    looked = look(source, path.name, language or language_of(path.name, source))
    assert looked.failed == {}
    return [seen.start_line for seen in looked.sightings["1"] if seen.rule.id == f"structural/{rule}"]


def expected_lines(path: Path) -> list[int]:
    lines = path.read_text("utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if re.search(r"(/[/*]|#) expect\b", line)]


def found_by(query: str, source: str) -> list[str]:
    """What a rule with this query finds in JavaScript."""
    code = source.encode()
    spans = places(read_rule("toy", f"{HEADER}\n{query}"), parse(code, "javascript"))
    return [code[span.start_byte : span.end_byte].decode() for span in spans]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_its_vulnerable_cases_and_only_these(rule: StructuralRule) -> None:
    path = case(rule.name, "vulnerable")

    found = reported_lines(path, rule.name)

    assert found == expected_lines(path)
    assert len(found) >= 3 or rule.name == "go-text-template-html"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_nothing_in_its_safe_cases(rule: StructuralRule) -> None:
    assert reported_lines(case(rule.name, "safe"), rule.name) == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name.startswith("js-")], ids=lambda rule: rule.name)
def test_a_rule_finds_the_same_in_tsx(rule: StructuralRule) -> None:
    path = case(rule.name, "vulnerable")

    assert reported_lines(path, rule.name, "tsx") == expected_lines(path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_a_query_in_each_of_its_languages(rule: StructuralRule) -> None:
    assert [rule.query(language).language for language in rule.header.languages] == list(rule.header.languages)
    assert "@place" in rule.text


def test_there_are_enough_rules_and_each_has_cases_and_no_other() -> None:
    assert len(RULES) >= 25
    assert sorted(folder.name for folder in CASES.iterdir()) == [rule.name for rule in RULES]


def test_a_sighting_says_where_what_and_how_bad() -> None:
    (seen,) = look(b"\nif (\xc3\xa9 === NaN) stop();\n", "a.js", "javascript").sightings["1"]

    assert (seen.rule.id, seen.rule.severity, seen.rule.cwe) == ("structural/js-nan-comparison", "high", "CWE-570")
    assert (seen.start_line, seen.end_line, seen.start_column, seen.end_column) == (2, 2, 5, 14)
    assert seen.rule.advice == "use Number.isNaN(value)"
    assert seen.message.startswith("NaN is not equal to itself")


@pytest.mark.parametrize(
    "path", ["test/a.js", "src/__tests__/a.ts", "a.test.ts", "pkg/a_test.go", "src/test/java/A.java"]
)
def test_in_test_code_nothing_stops_a_merge(path: str) -> None:
    (seen,) = look(b"if (x === NaN) stop();", path, "javascript").sightings["1"]

    assert seen.rule.severity == "medium"


@pytest.mark.parametrize("path", ["latest/a.js", "src/contest.js", "testing.js", "spec.ts"])
def test_a_name_that_holds_the_word_test_is_no_test(path: str) -> None:
    (seen,) = look(b"if (x === NaN) stop();", path, "javascript").sightings["1"]

    assert seen.rule.severity == "high"


@pytest.mark.parametrize("language", [None, "python", "bash"])
def test_other_languages_are_passed_over(language: str | None) -> None:
    assert look(b"eval(x)\n", "a", language) == Looked(sightings={"1": ()})


def test_a_file_that_takes_too_long_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structural, "MAX_SECONDS", -1.0)

    looked = look(b"eval(x)\n", "a.js", "javascript")

    assert looked.sightings == {}
    assert looked.failed["1"].startswith("the structural rules did not finish")


def test_the_version_is_that_of_the_rules() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", Structural().version)


def test_a_file_without_a_hint_is_not_queried() -> None:
    assert candidates("javascript")(b"const x = 1;\n") == []


@pytest.mark.parametrize(
    "change",
    [("; cwe: CWE-1\n", ""), ("; severity: high", "; severity: awful"), ("; title:", "; subject: x\n; title:")],
)
def test_a_header_with_a_wrong_fact_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_rule("toy", HEADER.replace(*change) + "\n(identifier) @place\n")


CALL = '((call_expression function: (identifier) @f arguments: (arguments . (_) @varies)) @place (#eq? @f "flaw"))'


@pytest.mark.parametrize(
    "constant",
    [
        '"a"',
        "'it\\'s'",
        '"a" + ("b" + \'c\')',
        "`plain`",
        "`${NAME}/x`",
        "`${__dirname}/x`",
        'process.execPath + "/x"',
        "LIMIT",
        "config.LIMIT",
        "1.5",
        "true",
        '"a" + 2',
    ],
)
def test_what_is_made_of_constants_does_not_vary(constant: str) -> None:
    assert found_by(CALL, f"flaw({constant});") == []


@pytest.mark.parametrize(
    "varying",
    [
        "x",
        '"a" + x',
        "`${x}`",
        "`${Name}`",
        "NAME()",
        "NAME.x",
        "NAME[x]",
        "a.b",
        '"\\"" + x',
        "process.pid2",
        "__dirname.x",
    ],
)
def test_what_holds_anything_else_varies(varying: str) -> None:
    assert found_by(CALL, f"flaw({varying});") == [f"flaw({varying})"]


FLAW = '((call_expression function: (identifier) @f) @place (#eq? @f "flaw"))\n'


def test_the_innermost_piece_around_a_place_decides() -> None:
    query = FLAW + "(for_statement) @inside (arrow_function) @outside"

    found = found_by(query, "flaw(1); for (;;) { flaw(2); f(() => { flaw(3); for (;;) flaw(4); }); flaw(5); } flaw(6)")

    assert found == ["flaw(2)", "flaw(4)", "flaw(5)"]


def test_of_the_places_in_one_piece_only_the_first_counts_where_the_rule_says_so() -> None:
    query = FLAW + "(for_statement) @inside @once (while_statement) @inside"

    found = found_by(
        query, "for (;;) { flaw(1) + flaw(2); for (;;) flaw(3); flaw(4); } while (x) { flaw(5); flaw(6); }"
    )

    assert found == ["flaw(1)", "flaw(3)", "flaw(5)", "flaw(6)"]


def test_outside_alone_lets_everything_else_pass() -> None:
    assert found_by(FLAW + "(for_statement) @outside", "flaw(1); for (;;) flaw(2); flaw(3)") == ["flaw(1)", "flaw(3)"]


def test_unless_cancels_in_its_own_unit_only() -> None:
    query = FLAW + '((call_expression function: (identifier) @g) @unless (#eq? @g "guard"))'

    found = found_by(query, "function a() { guard(); flaw(1); }\nfunction b() { flaw(2); }\n")

    assert found == ["flaw(2)"]


NAMED = """
(expression_statement (call_expression function: (identifier) @name) @place)
(function_declaration "async" name: (identifier) @name) @anywhere
(function_declaration name: (identifier) @name) @nowhere
"""


def test_a_name_must_be_declared_and_not_otherwise() -> None:
    source = "async function a() {} function b() {} async function c() {} function c() {} a(); b(); c(); d();"

    assert found_by(NAMED, source) == ["a()"]


def test_pieces_with_a_name_decide_about_that_name_only() -> None:
    query = """
    (subscript_expression object: (identifier) @name) @place
    ((for_statement condition: (binary_expression right: (identifier) @name)) @inside)
    """

    assert found_by(query, "for (; i < a;) { x = a[i] + b[i]; } for (; i < b;) b[j]; a[k];") == ["a[i]", "b[j]"]


def test_a_name_of_unreasonable_length_is_no_name() -> None:
    query = "(subscript_expression object: (_) @name) @place"

    assert found_by(query, f"{'a' * 200}[i]; {'b' * 201}[i];") == [f"{'a' * 200}[i]"]


def test_of_places_that_begin_together_the_longest_counts() -> None:
    assert found_by("(binary_expression) @place", "x = a + b + c;") == ["a + b + c"]


@given(
    pieces=st.lists(st.sampled_from(["flaw()", ";", "for (;;) {", "}", "() => {", "async ", "eval(", ")", "`${", "\n"]))
)
def test_any_text_is_judged_in_order_and_inside_the_file(pieces: list[str]) -> None:
    source = "".join(pieces).encode()

    looked = look(source, "a.ts", "typescript")

    lines = [seen.start_line for seen in looked.sightings["1"]]
    assert lines == sorted(lines)
    assert all(1 <= line <= source.count(b"\n") + 1 for line in lines)
