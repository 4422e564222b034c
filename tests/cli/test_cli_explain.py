"""`coderev explain`: a finding of the last result, or of a file, by its fingerprint or the first digits of it."""

import re
from pathlib import Path

import pytest
from stand_ins.command import run_coderev
from stand_ins.flaws import MEDIUM
from stand_ins.repository import PaperRepository
from stand_ins.results import a_finding, a_full_result, a_result

from coderev.finding import Result
from coderev.report import render

RANGE = "main..topic"


def kept_in(folder: Path, result: Result) -> Path:
    """A folder beside a home in which this is the last result."""
    data = folder / "home" / "data" / "coderev"
    data.mkdir(parents=True)
    (data / "last-result.json").write_bytes(render(result, "json"))
    here = folder / "here"
    here.mkdir()
    return here


def test_a_finding_of_the_last_review_is_explained_by_the_first_digits(flawed: PaperRepository) -> None:
    review = run_coderev("review", RANGE, "--format", "json", cwd=flawed.folder)
    finding = review.json["findings"][0]

    ran = run_coderev("explain", finding["fingerprint"][:6], cwd=flawed.folder)

    assert (ran.status, ran.stderr) == (0, "")
    assert f"search.py:{finding['start_line']}" in ran.stdout
    assert finding["fingerprint"] in ran.stdout
    assert finding["evidence"].strip() in ran.stdout
    assert ran.stdout.endswith("  status │ new\n")


def test_every_step_of_a_flow_is_shown(tmp_path: Path) -> None:
    result = a_full_result()

    ran = run_coderev("explain", result.findings[0].fingerprint, cwd=kept_in(tmp_path, result))

    assert "comes from the request" in ran.stdout
    assert "becomes part of the statement" in ran.stdout


def test_what_would_have_made_it_safe_is_shown_in_code(tmp_path: Path) -> None:
    result = a_result((a_finding(rule="taint/sql-injection"),))

    ran = run_coderev("explain", result.findings[0].fingerprint, cwd=kept_in(tmp_path, result))

    assert re.search(r"^    safe │ cursor\.execute\(.+\?.+\)$", ran.stdout, re.MULTILINE)


def test_a_result_in_a_file_is_explained_and_the_last_one_is_not_looked_at(tmp_path: Path) -> None:
    here = kept_in(tmp_path, a_result())
    (here / "result.json").write_bytes(render(a_full_result(), "json"))

    ran = run_coderev("explain", "5f1c", "--from", "result.json", cwd=here)

    assert ran.status == 0
    assert "SQL statement built from a request parameter" in ran.stdout


def test_the_same_flaw_in_two_files_has_one_fingerprint_and_both_are_shown(flawed: PaperRepository) -> None:
    flawed.write("copy.py", MEDIUM)
    review = run_coderev("review", "--format", "json", cwd=flawed.folder)
    prints = [finding["fingerprint"] for finding in review.json["findings"] if finding["rule"] == "ruff/B006"]

    ran = run_coderev("explain", prints[0], cwd=flawed.folder)

    assert prints[0] == prints[1]
    assert ran.status == 0
    assert "gather.py:1" in ran.stdout
    assert "copy.py:1" in ran.stdout


@pytest.mark.parametrize(("digits", "count"), [("ffff", "no"), ("5", "2")])
def test_digits_of_none_or_of_several_findings_are_status_2(tmp_path: Path, digits: str, count: str) -> None:
    result = a_result((a_finding(), a_finding(fingerprint="5a" * 16)))

    ran = run_coderev("explain", digits, cwd=kept_in(tmp_path, result))

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        f"error: {count} findings of the last result have a fingerprint that begins with {digits}\nhint: "
    )


def test_without_a_last_result_the_hint_says_how_to_get_one(elsewhere: Path) -> None:
    ran = run_coderev("explain", "5f1c", cwd=elsewhere)

    assert ran.status == 2
    assert ran.stderr.startswith("error: there is no last result in ")
    assert "\nhint: run `coderev review` first" in ran.stderr


@pytest.mark.parametrize("content", [b"", b"\x00", b"{}"])
def test_a_file_that_is_no_result_is_status_2(elsewhere: Path, content: bytes) -> None:
    (elsewhere / "result.json").write_bytes(content)

    ran = run_coderev("explain", "5f1c", "--from", "result.json", cwd=elsewhere)

    assert ran.status == 2
    assert ran.stderr.startswith("error: result.json is not a JSON result of coderev: ")


def test_a_file_that_is_not_there_is_status_2(elsewhere: Path) -> None:
    ran = run_coderev("explain", "5f1c", "--from", "absent.json", cwd=elsewhere)

    assert ran.status == 2
    assert "hint: " in ran.stderr


def test_control_characters_of_a_result_are_shown_and_not_sent_to_the_terminal(tmp_path: Path) -> None:
    hostile = a_finding(title="\x1b[2Jgone", evidence="a = '\u202e'", message="\x07")

    ran = run_coderev("explain", hostile.fingerprint, cwd=kept_in(tmp_path, a_result((hostile,))))

    assert ran.status == 0
    assert "U+001B[2Jgone" in ran.stdout
    assert not set("\x1b\x07\u202e") & set(ran.stdout)
