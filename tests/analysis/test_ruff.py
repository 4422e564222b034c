import re
from pathlib import Path

import pytest

from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.ruff import Ruff
from coderev.analysis.ruff_rules import SYNTAX_ERROR, TABLE, TITLES, UNREADABLE, rule_for
from coderev.analysis.sighting import Sighting
from coderev.finding import SEVERITIES

SECONDS = 60


def sightings(source: bytes, path: str = "a.py") -> list[Sighting]:
    file = SourceFile(key="k", path=path, language="python", source=source)
    looked = Ruff(SECONDS).look([file])
    assert looked.failed == {}
    return list(looked.sightings.get("k", ()))


def rules(source: bytes, path: str = "a.py") -> list[str]:
    return [each.rule.id for each in sightings(source, path)]


@pytest.fixture(scope="module")
def codes() -> dict[str, str]:
    return Ruff(SECONDS).codes()


def test_every_code_of_the_installed_ruff_has_a_row(codes: dict[str, str]) -> None:
    made = {code: rule_for(code, name) for code, name in codes.items() if code != UNREADABLE}

    assert len(made) > 100
    assert all(rule.severity in SEVERITIES for rule in made.values())
    assert [code for code, rule in made.items() if code.startswith("S") and rule.cwe is None] == []


def test_every_row_of_the_table_is_used(codes: dict[str, str]) -> None:
    prefixes = [prefix for row in TABLE for prefix in row[0].split()]

    assert len(prefixes) == len(set(prefixes))
    assert [
        prefix for prefix in prefixes if not any(code.startswith(prefix) for code in [*codes, "invalid-syntax"])
    ] == []


def test_every_title_is_of_a_code_that_is_asked_for(codes: dict[str, str]) -> None:
    assert TITLES.keys() <= codes.keys() | {SYNTAX_ERROR}
    assert rule_for("S608", "hardcoded-sql-expression").title == "SQL statement built from text"
    assert rule_for("B002", "unary-prefix-increment-decrement").title == "unary prefix increment decrement"


def test_a_code_that_was_not_asked_for_has_no_rule() -> None:
    with pytest.raises(KeyError):
        rule_for("D100", "undocumented-public-module")


def test_a_shell_with_one_literal_is_low_and_with_anything_else_medium() -> None:
    source = b'import subprocess\nsubprocess.run("ls", shell=True)\nsubprocess.run(f"ls {x}", shell=True)\n'

    severities = [each.rule.severity for each in sightings(source) if each.rule.id == "ruff/S602"]

    assert severities == ["low", "medium"]


@pytest.mark.parametrize(
    "comment",
    [
        b"# noqa",
        b"# noqa: F401",
        b"# ruff: noqa",
        b"# flake8: noqa",
        b"# ruff: ignore[F401]",
        b"# ruff: file-ignore[F401]",
    ],
)
def test_no_suppression_comment_is_obeyed(comment: bytes) -> None:
    assert "ruff/F401" in rules(b"import os  " + comment + b"\n")
    assert "ruff/F401" in rules(comment + b"\nimport os\n")


@pytest.mark.parametrize(
    "path", ["tests/test_a.py", "build/a.py", ".venv/a.py", "migrations/0001_a.py", "../x.py", "-a\n.py"]
)
def test_no_path_loses_a_finding(path: str) -> None:
    assert "ruff/S307" in rules(b"eval(x)\n", path)


def test_a_package_initialiser_and_a_stub_keep_their_meaning() -> None:
    (plain,) = sightings(b"import os\n", "a/b.py")
    (initialiser,) = sightings(b"import os\n", "a/__init__.py")

    assert plain.fix
    assert plain.fix.safe
    assert initialiser.fix is None  # there it may be a re-export
    assert rules(b"def f(x: Later) -> None: ...\nclass Later: ...\n", "a.pyi") == []


def test_only_the_first_syntax_error_is_told() -> None:
    (sighting,) = [each for each in sightings(b"def f(:\n  print 'x'\nclass\n") if "syntax" in each.rule.id]

    assert (sighting.rule.id, sighting.rule.severity, sighting.start_line) == ("ruff/invalid-syntax", "high", 1)


def test_the_newest_syntax_is_understood() -> None:
    assert rules(b"type X = int\n\n\ndef f[T](x: T) -> T:\n    match x:\n        case _:\n            return x\n") == []


def test_a_lone_carriage_return_does_not_move_lines() -> None:
    (sighting,) = sightings(b"# one\r# still one\ny = 1\neval(y)\n")

    assert (sighting.start_line, sighting.start_column, sighting.fix) == (3, None, None)


def test_bytes_that_are_no_utf8_are_judged_all_the_same() -> None:
    (sighting,) = sightings(b"# coding: latin-1\nx = 'caf\xe9'\neval(x)\n")

    assert (sighting.rule.id, sighting.start_line) == ("ruff/S307", 3)


def test_crlf_stays_in_a_fix() -> None:
    (sighting,) = sightings(b"x = f'a'\r\n")

    assert sighting.fix
    assert sighting.fix.replacement == "x = 'a'\r\n"


def test_a_fix_without_a_last_line_end_adds_none() -> None:
    (sighting,) = sightings(b"x = f'a'")

    assert sighting.fix
    assert sighting.fix.replacement == "x = 'a'"


def test_a_fix_after_a_byte_order_mark_or_undecodable_bytes_is_dropped() -> None:
    assert [each.fix for each in sightings(b"\xef\xbb\xbfx = f'a'\n")] == [None]
    assert [each.fix for each in sightings(b"x = f'\xe9'\n")] == [None]


def test_a_fix_beyond_its_evidence_is_dropped() -> None:
    source = b"def f():\n    try:\n        return 1\n    except (ValueError, ValueError):\n        x = 1\n"

    for sighting in sightings(source):
        assert sighting.fix is None or sighting.start_line <= sighting.fix.start_line
        assert sighting.fix is None or sighting.fix.end_line <= sighting.end_line


def test_a_fix_counts_columns_in_code_points() -> None:
    sighting = next(each for each in sightings("é = '𝄞'; x = f'a'\n".encode()) if each.fix)

    assert sighting.fix
    assert sighting.fix.replacement == "é = '𝄞'; x = 'a'\n"


def test_other_languages_are_passed_over() -> None:
    looked = Ruff(SECONDS).look([SourceFile(key="k", path="a.js", language="javascript", source=b"eval(x)")])

    assert looked == Looked()


def test_two_files_of_one_name_are_kept_apart() -> None:
    files = [
        SourceFile(key=key, path="a.py", language="python", source=source)
        for key, source in (("base", b"eval(x)\n"), ("head", b"exec(x)\n"))
    ]

    seen = Ruff(SECONDS).look(files).sightings

    assert {key: [each.rule.id for each in of_file if "/S" in each.rule.id] for key, of_file in seen.items()} == {
        "base": ["ruff/S307"],
        "head": ["ruff/S102"],
    }


def test_a_ruff_that_breaks_on_one_file_judges_the_others(tmp_path: Path) -> None:
    program = tmp_path / "ruff"
    program.write_text('#!/bin/sh\nif cat *.py | grep -q boom; then echo oops >&2; exit 101; fi\necho "[]"\n')
    program.chmod(0o700)
    ruff = Ruff(SECONDS)
    ruff._program = str(program)
    files = [SourceFile(key=key, path="a.py", language="python", source=key.encode()) for key in ("fine", "boom")]

    looked = ruff.look(files)

    assert looked.failed == {"boom": "ruff ended with status 101: oops"}


@pytest.mark.parametrize(
    ("script", "reason"), [("echo nonsense", "ruff ended with status 0"), ("sleep 9", "did not finish within 1 s")]
)
def test_a_ruff_that_answers_rubbish_or_never_has_failed(tmp_path: Path, script: str, reason: str) -> None:
    program = tmp_path / "ruff"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    ruff = Ruff(1)
    ruff._program = str(program)

    looked = ruff.look([SourceFile(key="k", path="a.py", language="python", source=b"")])

    assert reason in looked.failed["k"]


def test_the_version_is_that_of_the_program() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", Ruff(SECONDS).version)
