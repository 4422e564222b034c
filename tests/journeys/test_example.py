"""`make review` on a fresh clone: which of the example's ten defects are found with no model, and the first screen.

After a change of the screen that is meant: `UPDATE_GOLDEN=1 pytest tests/journeys/test_example.py`.
"""

import os
import re
import subprocess
from difflib import unified_diff
from pathlib import Path

import pytest
from stand_ins.command import Ran, run_coderev

from coderev.finding import Finding

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/example.txt"
NO_DEFECT = {("clinic/sms.py", "ruff/S310")}
DEFECT = re.compile(
    r"^\| \d+ \| (?P<kind>[^:]+): .* \| `(?P<path>[^`]+):(?P<line>\d+)` \| (?P<found>.+) \|$", re.MULTILINE
)
MARKS = {
    "an SQL injection": "LIKE '%{name}%'",
    "a path traversal": "(ATTACHMENTS / str(patient_id) / name)",
    "a secret in the code": "API_KEY = ",
    "an off-by-one": "i <= slots.length",
    "a swallowed exception": "except Exception:",
    "a forgotten await": "saveBooking(wish);",
    "bidirectional characters": "\u202e",
    "a mutable default": "breaks: list[datetime] = []",
    "a race": "self._users[token] if token in self._users",
    "a wrong comparison": 'is "cancelled"',
}


def listed() -> list[dict[str, str]]:
    """The rows of the table in the example's README."""
    return [row.groupdict() for row in DEFECT.finditer((ROOT / "examples/README.md").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, cloned as the Makefile does it."""
    folder = tmp_path_factory.mktemp("example") / "clinic"
    clone = ["git", "clone", "--quiet", "--branch", "topic", str(ROOT / "examples/clinic.bundle"), str(folder)]
    subprocess.run(clone, check=True, env={"PATH": os.environ["PATH"], "HOME": str(folder.parent)})
    return folder


@pytest.fixture(scope="module")
def reviewed(clinic: Path) -> Ran:
    return run_coderev(
        *("review", "--repo", clinic, "origin/main..origin/topic", f"--output=json={clinic.parent}/result.json"),
        cwd=clinic.parent,
    )


@pytest.fixture(scope="module")
def findings(clinic: Path, reviewed: Ran) -> tuple[Finding, ...]:
    assert reviewed.status == 1
    return Ran(0, (clinic.parent / "result.json").read_text(encoding="utf-8"), "").result.findings


def test_the_makefile_reviews_what_this_test_reviews() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert "git clone --quiet --branch topic examples/clinic.bundle build/clinic" in makefile
    assert "coderev review --repo build/clinic origin/main..origin/topic" in makefile


def test_the_readme_lists_ten_defects_that_are_in_the_branch(clinic: Path) -> None:
    lines = {
        row["kind"]: (clinic / row["path"]).read_text(encoding="utf-8").split("\n")[int(row["line"]) - 1]
        for row in listed()
    }

    assert lines.keys() == MARKS.keys()
    assert {kind: mark for kind, mark in MARKS.items() if mark not in lines[kind]} == {}


def test_just_those_defects_are_found_without_a_model(findings: tuple[Finding, ...]) -> None:
    expected = {(row["path"], row["found"].strip("`")) for row in listed() if row["found"].startswith("`")}

    assert len(expected) == 9
    assert {(finding.path, finding.rule) for finding in findings} == expected | NO_DEFECT


def test_the_way_of_a_value_is_shown_from_the_page_to_where_it_is_dangerous(findings: tuple[Finding, ...]) -> None:
    ways = {each.rule: [step.path for step in each.flow] for each in findings if each.flow}

    assert {rule: (way[0], way[-1]) for rule, way in ways.items()} == {
        "taint/sql-injection": ("clinic/pages.py", "clinic/store.py"),
        "taint/path-traversal": ("clinic/pages.py", "clinic/letters.py"),
    }


def test_every_finding_of_the_example_is_new_and_quotes_its_line(clinic: Path, findings: tuple[Finding, ...]) -> None:
    quoted = {
        finding.fingerprint: (clinic / finding.path).read_text(encoding="utf-8").split("\n")[finding.start_line - 1]
        for finding in findings
        if finding.source.name != "secrets"
    }

    assert {finding.status for finding in findings} == {"new"}
    assert quoted == {
        finding.fingerprint: finding.evidence.split("\n")[0] for finding in findings if finding.fingerprint in quoted
    }


def test_a_secret_is_shown_no_further_than_four_characters(clinic: Path, reviewed: Ran) -> None:
    found = re.search(r'API_KEY = "(.+?)"', (clinic / "clinic/sms.py").read_text(encoding="utf-8"))

    assert found is not None
    assert found[1][:4] in reviewed.stdout
    assert found[1][:5] not in reviewed.stdout
    assert found[1][:5] not in (clinic.parent / "result.json").read_text(encoding="utf-8")


def test_the_first_screen_is_the_golden_one(reviewed: Ran) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(reviewed.stdout, encoding="utf-8")

    kept = GOLDEN.read_text(encoding="utf-8")

    if reviewed.stdout != kept:
        difference = unified_diff(kept.splitlines(), reviewed.stdout.splitlines(), "example.txt", "now", lineterm="")
        pytest.fail("\n".join(difference) + f"\n\nif this is meant: UPDATE_GOLDEN=1 pytest {__file__}", pytrace=False)
