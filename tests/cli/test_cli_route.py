"""`coderev route explain`: which rule chooses which models, and why the others do not."""

import shutil
from pathlib import Path

import pytest
from stand_ins.command import run_coderev
from stand_ins.registries import GUIDE

THE_GUIDES_ROUTE = """\
mode: air-gapped
offline-routing / use-local-models: chose offline-primary: every question
route: offline-routing chose offline-primary
  1. codellama-34b-local: first token and each gap within 5000 ms
  2. deepseek-coder-33b-local: first token and each gap within 5000 ms
  budget: $0.01, 10000 ms for the whole cascade
  cache: 168 hours
"""


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """The deployment guide's own two files, at an air-gapped site."""
    shutil.copytree(GUIDE, tmp_path / "guide")
    (tmp_path / "guide" / "coderev.yaml").write_text("mode: air-gapped\n")
    return tmp_path / "guide"


def test_the_guides_policy_chooses_offline_primary_in_air_gapped_mode(guide: Path) -> None:
    ran = run_coderev("route", "explain", "--config", guide, cwd=guide)

    assert (ran.status, ran.stdout, ran.stderr) == (0, THE_GUIDES_ROUTE, "")


def test_a_model_without_the_capability_is_named_and_not_asked(guide: Path) -> None:
    ran = run_coderev("route", "explain", "--task", "security-audit", "--config", guide, cwd=guide)

    assert ran.status == 0
    assert "  1. codellama-34b-local: " in ran.stdout
    assert "  -  deepseek-coder-33b-local: lacks the capability security-audit\n" in ran.stdout


def test_a_question_that_no_rule_takes_is_status_4(guide: Path) -> None:
    place = guide / "routing_policies.yaml"
    place.write_text(place.read_text().replace("type: always", "type: language\n          value: python"))

    python = run_coderev("route", "explain", "--language", "python", "--config", guide, cwd=guide)
    other = run_coderev("route", "explain", "--language", "go", "--config", guide, cwd=guide)

    assert python.status == 0
    assert other.status == 4
    assert "offline-routing / use-local-models: " in other.stdout


def test_the_offline_policy_is_passed_over_by_a_site_with_a_cloud(guide: Path) -> None:
    (guide / "coderev.yaml").write_text("mode: cloud\n")

    ran = run_coderev("route", "explain", "--config", guide, cwd=guide)

    assert ran.status == 4
    assert ran.stdout.startswith("mode: cloud\n")


def test_labels_complexity_and_sensitivity_are_part_of_the_question(guide: Path) -> None:
    place = guide / "routing_policies.yaml"
    place.write_text(place.read_text().replace("type: always", "type: label\n          value: payment"))

    ran = run_coderev(
        *("route", "explain", "--label", "payment", "--complexity", "12", "--sensitive", "--answer-tokens", "600"),
        *("--config", guide),
        cwd=guide,
    )

    assert ran.status == 0
    assert "chose offline-primary" in ran.stdout
