from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.changes import PaperRepository

from coderev.analysis import ANALYSERS, Analysis, Choice, UnknownAnalyser, analyse
from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting
from coderev.diff import parse_patch
from coderev.finding import Finding

EVAL = b"def run(text):\n    return eval(text)\n"
OTHER = b"def count(items):\n    return len(items)\n"
KEY = b"AKIA" + b"QYLPMN5HFIQR7XYA"


def review(base: dict[str, bytes], head: dict[str, bytes], renamed: dict[str, str] | None = None) -> Analysis:
    repository = PaperRepository()
    return analyse(repository.change(base, head, renamed), repository.read, Choice())


def new(analysis: Analysis, rule: str = "ruff/S307") -> list[Finding]:
    return [each for each in analysis.findings if each.status == "new" and each.rule == rule]


def test_a_flaw_that_a_change_brings_is_new_and_quoted_at_its_line() -> None:
    analysis = review({"a.py": OTHER}, {"a.py": OTHER + b"\n\n" + EVAL})

    (finding,) = new(analysis)

    assert (finding.path, finding.start_line, finding.start_column, finding.end_column) == ("a.py", 6, 12, 22)
    assert finding.evidence == "    return eval(text)"
    assert finding.source.name == "ruff"
    assert finding.cwe == "CWE-95"


@pytest.mark.parametrize("layout", [b'run(f"ls {x}", shell=True)\n', b'run(\n    f"ls {x}",\n    shell=True,\n)\n'])
def test_a_rule_that_says_more_stands_alone(layout: bytes) -> None:
    source = b"from subprocess import run\n\n\ndef show(x):\n    run(x, shell=True)\n    "

    analysis = review({"a.py": source}, {"a.py": source + layout})

    assert [(each.rule, each.status) for each in analysis.findings if each.cwe == "CWE-78"][:2] == [
        ("structural/py-shell-built", "new"),
        ("ruff/S602", "existing"),
    ]
    assert len([each for each in analysis.findings if each.rule == "ruff/S602"]) == 1


def test_a_flaw_on_an_unchanged_line_is_existing() -> None:
    analysis = review({"a.py": EVAL}, {"a.py": b"import sys\n" + EVAL})

    (finding,) = [each for each in analysis.findings if each.rule == "ruff/S307"]
    assert finding.status == "existing"


def test_moving_a_function_within_a_file_adds_nothing() -> None:
    analysis = review({"a.py": EVAL + OTHER}, {"a.py": OTHER + EVAL})

    assert new(analysis) == []


def test_moving_a_function_to_another_file_adds_nothing() -> None:
    analysis = review({"a.py": EVAL + OTHER, "b.py": b""}, {"a.py": OTHER, "b.py": EVAL})

    assert new(analysis) == []


def test_renaming_a_file_adds_nothing() -> None:
    analysis = review({"a.py": EVAL}, {"b/c.py": EVAL}, renamed={"b/c.py": "a.py"})

    assert new(analysis) == []


def test_renaming_and_reformatting_a_function_adds_nothing() -> None:
    reformatted = b"def perform(text):\n        return eval(\n            text)\n"

    analysis = review({"a.py": EVAL}, {"b.py": reformatted})

    assert new(analysis) == []


@pytest.mark.parametrize("place", ["before", "after", "elsewhere"])
def test_duplicating_a_flaw_adds_exactly_one(place: str) -> None:
    copy = EVAL.replace(b"run", b"run_again")
    head = {"before": {"a.py": copy + EVAL}, "after": {"a.py": EVAL + copy}, "elsewhere": {"a.py": EVAL, "b.py": copy}}

    analysis = review({"a.py": EVAL}, head[place])

    assert len(new(analysis)) == 1


def test_a_statement_that_goes_to_a_unit_that_was_there_counts() -> None:
    before = b"def one(text):\n    return eval(text)\n\n\ndef two(text):\n    return text\n"
    after = b"def one(text):\n    return text\n\n\ndef two(text):\n    return eval(text)\n"

    assert len(new(review({"a.py": before}, {"a.py": after}))) == 1


def test_a_flaw_that_appears_on_an_unchanged_line_because_a_guard_went_elsewhere_is_one_new_finding() -> None:
    guarded = b"from json import loads as eval\n\n\ndef run(text):\n    return eval(text)\n"

    analysis = review({"a.py": guarded}, {"a.py": guarded.replace(b"from json import loads as eval\n", b"")})

    assert len(new(analysis)) == 1


def test_a_fingerprint_survives_a_move_and_a_rename() -> None:
    (first,) = new(review({}, {"a.py": EVAL}))
    (second,) = new(review({}, {"z/b.py": OTHER + b"\n\n" + EVAL}))

    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 32


def test_two_equal_flaws_of_one_function_have_two_fingerprints() -> None:
    twice = b"def run(text):\n    eval(text)\n    eval(text)\n"

    assert len({each.fingerprint for each in new(review({}, {"a.py": twice}))}) == 2


def test_a_base_that_does_not_parse_makes_findings_count() -> None:
    broken = EVAL + b"def (:\n"

    analysis = review({"a.py": broken}, {"a.py": EVAL + b"x = 1\n"})

    assert len(new(analysis)) == 1


def test_a_base_that_is_missing_makes_findings_count_and_is_noted() -> None:
    repository = PaperRepository()
    change = repository.change({"a.py": EVAL}, {"a.py": EVAL + b"x = 1\n"})
    base = change.files[0].base
    assert base is not None
    del repository.blobs[base.oid]

    analysis = analyse(change, repository.read, Choice())

    assert len(new(analysis)) == 1
    assert analysis.notes == ("a.py: base is not in the repository, or over a cap",)


def test_a_head_that_is_missing_has_failed() -> None:
    repository = PaperRepository()
    change = repository.change({}, {"a.py": EVAL})
    repository.blobs.clear()

    analysis = analyse(change, repository.read, Choice())

    assert [(each.path, each.status) for each in analysis.failed] == [("a.py", "failed")]


def test_an_analyser_that_is_left_out_is_named_and_unknown_names_are_refused() -> None:
    repository = PaperRepository()
    change = repository.change({}, {"a.py": EVAL})

    analysis = analyse(change, repository.read, Choice(without=frozenset({"ruff"})))

    coverage = {each.name: (each.status, each.reason) for each in analysis.coverage}
    assert coverage["ruff"] == ("not-run", "switched off")
    assert coverage["characters"] == ("ran", None)
    with pytest.raises(UnknownAnalyser):
        Choice(without=frozenset({"rufff"}))


NO_BOOM = ("no boom",)


class Fragile:
    name = "ruff"
    version = "7"

    def look(self, files: Sequence[SourceFile]) -> Looked:
        if any(b"boom" in file.source for file in files):
            raise ValueError(*NO_BOOM)
        rule = Rule(id="ruff/seen", title="seen", severity="low", category="bug")
        return Looked(
            sightings={file.key: (Sighting(rule=rule, start_line=1, end_line=99, message="m"),) for file in files}
        )


def test_an_analyser_that_raises_fails_on_that_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANALYSERS, "ruff", lambda _: Fragile())
    repository = PaperRepository()
    change = repository.change({"c.py": b"boom"}, {"a.py": b"boom", "b.py": b"fine\n" * 30, "c.py": b"x"})

    analysis = analyse(change, repository.read, Choice(process_seconds=7))

    coverage = next(each for each in analysis.coverage if each.name == "ruff")
    assert [(each.path, each.reason) for each in coverage.failed] == [("a.py", "ValueError: no boom")]
    assert [(each.path, each.start_line, each.end_line) for each in new(analysis, "ruff/seen")] == [
        ("b.py", 1, 12),
        ("c.py", 1, 1),
    ]
    assert analysis.notes == ("c.py: base not judged by ruff: ValueError: no boom",)


def test_the_evidence_of_every_analyser_stops_before_a_secret() -> None:
    line = b'password = "' + KEY + b'"; eval(password)  # noqa\n'

    analysis = review({}, {"a.py": line})

    assert {"ruff/S307", "secrets/aws-access-key-id"} <= {each.rule for each in analysis.findings}
    assert KEY.decode() not in str(analysis)
    assert {each.evidence for each in analysis.findings} == {'password = "AKIA'}
    assert analysis.suppressions == ('a.py:1: password = "AKIA',)


def test_another_secret_in_the_same_place_is_new() -> None:
    before, after = b'key = "' + KEY + b'"\n', b'key = "' + KEY[:-1] + b'B"\n'

    analysis = review({"a.py": before}, {"a.py": after})

    assert len(new(analysis, "secrets/aws-access-key-id")) == 1


def test_a_safe_fix_was_tried() -> None:
    head = b"import os\nimport sys\n\n\ndef f():\n    print(f'x')\n    return sys\n"

    analysis = review({}, {"a.py": head})

    fixes = {each.rule: each.fix for each in analysis.findings if each.fix}
    assert fixes["ruff/F541"].safe
    assert fixes["ruff/F541"].replacement == "    print('x')\n"
    assert fixes["ruff/F401"].safe


def test_a_fix_that_uncovers_something_is_not_safe() -> None:
    uncovers = b"X = 1\nif X is 1 is 1:\n    pass\n"

    analysis = review({}, {"a.py": uncovers})

    assert all(each.fix is None or not each.fix.safe or each.rule == "ruff/F632" for each in analysis.findings)


def test_code_that_no_rule_knows_is_not_called_clean_in_silence() -> None:
    files = {"a.php": b"<?php eval($x);\n", "b.rb": b"eval(x)\n", "c.rb": b"x\n", "d.py": b"x = 1\n", "e.md": b"# x\n"}

    analysis = review({}, files)

    assert analysis.notes == ("our analysers have no rules for php, ruby: they read the text of 3 files, not its code",)
    assert review({}, {"d.py": b"x = 1\n", "e.ts": b"f();\n", "f.md": b"# x\n"}).notes == ()


def test_a_patch_alone_is_judged_by_its_lines() -> None:
    patch = b"--- a/a.py\n+++ b/a.py\n@@ -40,2 +40,3 @@\n context\n-gone = 1\n+x = eval(y)\n+k = '" + KEY + b"'\n"
    change = parse_patch(patch)

    analysis = analyse(change, lambda _: {}, Choice())

    assert [(each.rule, each.start_line, each.evidence) for each in analysis.findings] == [
        ("secrets/aws-access-key-id", 42, "k = 'AKIA")
    ]
    statuses = {each.name: (each.status, each.reason) for each in analysis.coverage}
    assert statuses["ruff"] == statuses["structural"] == ("not-run", "no file")
    assert statuses["secrets"] == ("ran", None)


def test_a_secret_that_a_patch_moves_is_not_new() -> None:
    line = b"k = '" + KEY + b"'\n"
    patch = b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-" + line + b" x\n+" + line

    analysis = analyse(parse_patch(patch), lambda _: {}, Choice())

    assert [each.status for each in analysis.findings] == ["existing"]


def test_an_empty_change_runs_and_finds_nothing() -> None:
    analysis = review({}, {})

    assert analysis.findings == ()
    assert {each.name: each.status for each in analysis.coverage} == dict.fromkeys(ANALYSERS, "ran") | {
        "taint": "not-run"
    }


def test_above_two_hundred_files_a_pool_finds_the_same() -> None:
    few = {f"pkg/m{number}.py": EVAL for number in range(3)}
    many = few | {f"pkg/n{number}.py": OTHER for number in range(200)}

    by_pool, alone = review({}, many), review({}, few)

    assert by_pool.findings == alone.findings


FUNCTIONS = [
    f"def f{number}(x):\n    {body}\n\n\n".encode()
    for number, body in enumerate(["return eval(x)", "assert x", "return x", "exec(x)", "y = 1"])
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.permutations(FUNCTIONS), st.permutations(FUNCTIONS), st.integers(0, 5))
def test_reordering_functions_and_splitting_files_adds_nothing(
    before: list[bytes], after: list[bytes], cut: int
) -> None:
    analysis = review({"a.py": b"".join(before)}, {"a.py": b"".join(after[:cut]), "b.py": b"".join(after[cut:])})

    assert [each for each in analysis.findings if each.status == "new"] == []


def test_the_same_change_gives_the_same_bytes() -> None:
    head = {"a.py": EVAL, "b.py": OTHER, "c.js": b"eval(x)\n"}

    assert review({}, head) == review({}, dict(reversed(head.items())))


SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "scan",
                    "version": "3",
                    "rules": [{"id": "sqli", "properties": {"tags": ["external/cwe/cwe-95"]}}],
                }
            },
            "results": [
                {
                    "ruleId": rule,
                    "level": "error",
                    "message": {"text": f"seen {rule} {KEY.decode()}"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": line}}}
                    ],
                }
                for rule, path, line in [
                    ("sqli", "a.py", 2),
                    ("other", "a.py", 1),
                    ("other", "a.py", 4),
                    ("other", "a.py", 99),
                    ("other", "unchanged.py", 1),
                ]
            ],
        }
    ],
}


def with_sarif(base: dict[str, bytes], head: dict[str, bytes]) -> Analysis:
    repository = PaperRepository()
    choice = Choice(sarif=(msgspec.json.encode(SARIF),), without=frozenset({"structural"}))
    return analyse(repository.change(base, head), repository.read, choice)


def test_what_a_tool_of_the_site_saw_is_new_where_the_change_touches_it() -> None:
    analysis = with_sarif({"a.py": EVAL + b"x = 1\ny = 1\n"}, {"a.py": EVAL + b"x = 1\ny = 2\n"})

    imported = [each for each in analysis.findings if each.source.name == "sarif:scan"]
    assert [(each.start_line, each.status, each.evidence) for each in imported] == [
        (1, "existing", "def run(text):"),
        (4, "new", "y = 2"),
    ]


def test_what_a_tool_of_the_site_saw_where_we_saw_the_same_raises_our_severity() -> None:
    (finding,) = new(with_sarif({}, {"a.py": EVAL + b"x = 1\ny = 2\n"}))

    assert (finding.severity, finding.source.name) == ("high", "ruff")


def test_what_a_tool_of_the_site_saw_elsewhere_is_counted() -> None:
    analysis = with_sarif({}, {"a.py": EVAL + b"x = 1\ny = 2\n"})

    coverage = analysis.coverage[-1]
    assert (coverage.name, coverage.version) == ("sarif:scan", "3")
    assert (
        coverage.reason == "dropped 2 results: 1 in files that did not change, 1 on lines that the file does not have"
    )


def test_a_tool_that_quotes_a_secret_is_not_quoted() -> None:
    analysis = with_sarif({}, {"a.py": EVAL + b"x = 1\ny = '" + KEY + b"'\n"})

    (finding,) = [each for each in analysis.findings if each.start_line == 4 and each.source.name == "sarif:scan"]
    assert finding.message == "seen other AKIA…"
    assert finding.evidence == "y = 'AKIA"
