"""The ways in that are a few lines over the command: pre-commit, GitLab CI, an action of GitHub Enterprise."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from stand_ins.command import environment_of
from stand_ins.repository import PaperRepository

ROOT = Path(__file__).parents[2]
HONEST = "def add(a, b):\n    return a + b\n"
LOUD = "import subprocess\n\n\ndef run(name):\n    subprocess.run('ls ' + name, shell=True, check=True)\n"


@pytest.fixture
def paper(tmp_path: Path) -> PaperRepository:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("sums.py", HONEST)
    paper.commit()
    return paper


def environment(paper: PaperRepository, **more: str) -> dict[str, str]:
    """With this `coderev` on PATH, as it is where these doors are used."""
    told = environment_of(paper.folder.parent / "home")
    who = {f"GIT_{role}_{key}": "paula@paper.test" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    return told | who | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{told['PATH']}", **more}


def run(paper: PaperRepository, argv: list[str], **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        argv, cwd=paper.folder, env=environment(paper, **more), capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(("text", "status"), [(LOUD, 1), (HONEST + "\n\nADDED = add(1, 2)\n", 0)])
def test_pre_commit_stops_a_commit_with_a_finding_and_no_other(paper: PaperRepository, text: str, status: int) -> None:
    hooks = PaperRepository(paper.folder.parent / "hooks")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks.folder)
    revision = hooks.commit()
    configuration = {"repos": [{"repo": str(hooks.folder), "rev": revision, "hooks": [{"id": "coderev"}]}]}
    paper.write(".pre-commit-config.yaml", yaml.safe_dump(configuration))
    paper.write("sums.py", text)
    paper.git("add", "--all")
    home = {"PRE_COMMIT_HOME": str(paper.folder.parent / "pre-commit")}
    installed = run(paper, [sys.executable, "-m", "pre_commit", "install"], **home)

    committed = run(paper, ["git", "commit", "--message", "a change"], **home)

    assert installed.returncode == 0
    assert committed.returncode == status, committed.stdout + committed.stderr
    assert "coderev" in committed.stdout + committed.stderr


def changed(paper: PaperRepository, text: str) -> tuple[str, str]:
    base = paper.git("rev-parse", "HEAD")
    paper.write("sums.py", text)
    return base, paper.commit()


def test_the_job_of_gitlab_fails_and_leaves_its_reports(paper: PaperRepository) -> None:
    base, head = changed(paper, LOUD)
    job = yaml.safe_load((ROOT / "templates" / "coderev.gitlab-ci.yml").read_text())["coderev"]

    ran = run(paper, ["sh", "-ec", "\n".join(job["script"])], CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_COMMIT_SHA=head)

    assert ran.returncode == 1, ran.stderr
    assert json.loads((paper.folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert sarif_results(paper.folder / job["artifacts"]["paths"][0])
    assert job["artifacts"]["when"] == "always"


def test_the_action_fails_and_leaves_sarif(paper: PaperRepository) -> None:
    base, head = changed(paper, LOUD)
    (step,) = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    given = {"inputs.base": base, "inputs.head": head, "inputs.sarif": "coderev.sarif"}
    env = {name: given[value.strip("${} ")] for name, value in step["env"].items()}

    ran = run(paper, ["bash", "-eo", "pipefail", "-c", step["run"]], **env)

    assert ran.returncode == 1, ran.stderr
    assert sarif_results(paper.folder / "coderev.sarif")


def test_nothing_of_an_input_becomes_part_of_the_script(paper: PaperRepository) -> None:
    (step,) = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    env = {"BASE": "$(touch ran)", "HEAD": "`touch ran`; touch ran", "SARIF": "x"}

    ran = run(paper, ["bash", "-eo", "pipefail", "-c", step["run"]], **env)

    assert "${{" not in step["run"]
    assert ran.returncode == 2
    assert not (paper.folder / "ran").exists()


def sarif_results(path: Path) -> Any:
    return json.loads(path.read_text())["runs"][0]["results"]
