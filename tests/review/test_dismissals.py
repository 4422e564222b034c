"""A dismissal binds one finding to the code of its unit, or a rule to a file or a repository; nothing else."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from stand_ins.repository import PaperRepository
from stand_ins.results import a_finding

from coderev.diff import parse_patch
from coderev.finding import Finding, Result
from coderev.git import Range, change_between, open_repository
from coderev.review import Dismissed, Order, review, unit_digests
from coderev.settings import Settings

QUIET = "import subprocess\n\n\ndef other():\n    return 1\n"
LOUD = QUIET + "\n\ndef run(name):\n    return subprocess.run('ls ' + name, shell=True, check=True)\n"
ELSEWHERE = LOUD.replace("return 1", "return 2")
COMMENTED = LOUD.replace("def run(name):\n", "def run(name):\n    # looked at in May\n")
CHANGED = LOUD.replace("'ls '", "'rm '")
Reviews = Callable[..., tuple[Result, tuple[str, ...]]]


@pytest.fixture
def reviewed(tmp_path: Path) -> Reviews:
    """Review a file that is added to a quiet repository; the result, and the unit of each finding."""
    paper = PaperRepository(tmp_path / "repository")
    paper.write("tool.py", QUIET)
    base = paper.commit()

    def go(text: str, *dismissed: Dismissed) -> tuple[Result, tuple[str, ...]]:
        paper.checkout(base)
        paper.write("tool.py", text)
        head = paper.commit()
        with open_repository(paper.folder, Settings().limits) as repository:
            change = change_between(repository, Range(f"{base}..{head}"))
            result = asyncio.run(review(change, repository, Settings(), Order(dismissed=dismissed)))
            return result, unit_digests(result.findings, change, repository)

    return go


def of(finding: Finding, unit: str, scope: str = "place") -> Dismissed:
    values = {"fingerprint": finding.fingerprint, "rule": finding.rule, "path": finding.path}
    return Dismissed(scope=scope, unit=unit, **values)  # type: ignore[arg-type]


def test_a_dismissed_finding_is_shown_and_does_not_fail_the_gate(reviewed: Reviews) -> None:
    before, units = reviewed(LOUD)
    dismissals = [of(finding, unit) for finding, unit in zip(before.findings, units, strict=True)]

    after, _ = reviewed(LOUD, *dismissals)

    assert before.verdict == "fail"
    assert after.verdict == "pass"
    assert {finding.status for finding in after.findings} == {"dismissed"}
    assert {finding.fingerprint for finding in after.findings} == {finding.fingerprint for finding in before.findings}


@pytest.mark.parametrize(("text", "verdict"), [(COMMENTED, "pass"), (ELSEWHERE, "pass"), (CHANGED, "fail")])
def test_it_ends_when_the_code_of_its_unit_changes_and_not_for_comments_or_other_units(
    reviewed: Reviews, text: str, verdict: str
) -> None:
    before, units = reviewed(LOUD)
    dismissals = [of(finding, unit) for finding, unit in zip(before.findings, units, strict=True)]

    after, _ = reviewed(text, *dismissals)

    assert after.verdict == verdict


@pytest.mark.parametrize("scope", ["file", "repository"])
def test_a_wider_scope_silences_the_rule_whatever_the_code(reviewed: Reviews, scope: str) -> None:
    before, units = reviewed(LOUD)
    dismissals = [of(finding, unit, scope) for finding, unit in zip(before.findings, units, strict=True)]

    after, _ = reviewed(CHANGED, *dismissals)

    assert after.verdict == "pass"


def test_a_place_without_a_unit_is_never_covered() -> None:
    finding = a_finding()

    covers = of(finding, "").covers(finding, "")

    assert covers is False


def test_what_is_dismissed_in_one_file_is_told_in_another() -> None:
    finding = a_finding()
    elsewhere = a_finding(path="clinic/visits.py")

    covers = of(finding, "u", "file").covers(elsewhere, "u")

    assert covers is False


def test_findings_without_a_repository_have_no_unit(reviewed: Reviews) -> None:
    result, units = reviewed(LOUD)

    nowhere = unit_digests(result.findings, parse_patch(b""), None)

    assert all(len(unit) == 64 for unit in units)
    assert set(nowhere) == {""}


TWIN = LOUD.replace("    return subprocess", "    print(name)\n    return subprocess")


def test_it_does_not_cover_other_code_that_only_bears_its_name(tmp_path: Path) -> None:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("tool.py", QUIET)
    base = paper.commit()
    results = []
    dismissals: tuple[Dismissed, ...] = ()
    for path, text in (("tool.py", LOUD), ("web.py", TWIN)):
        paper.write(path, text)
        with open_repository(paper.folder, Settings().limits) as repository:
            change = change_between(repository, Range(f"{base}..{paper.commit()}"))
            result = asyncio.run(review(change, repository, Settings(), Order(dismissed=dismissals)))
            units = unit_digests(result.findings, change, repository)
        results.append(result)
        dismissals = tuple(of(finding, unit) for finding, unit in zip(result.findings, units, strict=True))

    after = {finding.path: finding.status for finding in results[1].findings}

    assert len({finding.fingerprint for finding in results[1].findings}) == 1
    assert after == {"tool.py": "dismissed", "web.py": "new"}
    assert results[1].verdict == "fail"
