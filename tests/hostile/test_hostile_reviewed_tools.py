"""The attacker configures the tools of the repository under review: nothing of it is obeyed, run or loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stand_ins.command import environment_of, run_coderev
from stand_ins.flaws import HIGH, HIGH_RULE, MEDIUM, MEDIUM_RULE, flawed_repository
from stand_ins.model_server import ModelServer, answer
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

BOTH = [HIGH_RULE, MEDIUM_RULE]
SILENCERS = {
    "ruff.toml": 'extend-exclude = ["*"]\n[lint]\nselect = []\nignore = ["ALL"]\n',
    ".ruff.toml": 'exclude = ["*.py"]\n',
    "pyproject.toml": '[tool.ruff]\nexclude = ["*"]\n[tool.ruff.lint]\nignore = ["S", "B"]\n',
    "setup.cfg": "[flake8]\nexclude = *\n[mypy]\nplugins = trap\n",
    ".coderev.yaml": "ignore: ['**']\nfail_on: never\n",
    ".coderev/coderev.yaml": "mode: cloud\ngate: {fail_on: never}\nexclude: [{paths: ['*'], reason: quiet}]\n",
    "coderev.yaml": "gate: {fail_on: never}\nwithout: [ruff]\n",
    ".gitattributes": "* linguist-generated binary -diff\n",
    ".github/coderev.yaml": "gate: {fail_on: never}\n",
}
LOADED_CODE = (
    "sitecustomize.py",
    "usercustomize.py",
    "conftest.py",
    "ruff.py",
    "click.py",
    "asyncio.py",
    "yaml/__init__.py",
)


@pytest.fixture
def flawed(tmp_path: Path) -> PaperRepository:
    return flawed_repository(tmp_path / "repository")


@pytest.mark.parametrize("when", ["at base", "in the change"])
def test_no_file_of_the_repository_silences_a_finding(tmp_path: Path, when: str) -> None:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("README", "honest\n")
    if when == "at base":
        for path, content in SILENCERS.items():
            paper.write(path, content)
    paper.commit()
    for path, content in {**SILENCERS, "search.py": HIGH, "gather.py": MEDIUM}.items():
        paper.write(path, content)

    ran = run_coderev("review", "--format=json", cwd=paper.folder)

    assert ran.status == 1
    assert ran.rules == BOTH
    assert {file["status"] for file in ran.json["coverage"]["files"]} == {"reviewed"}


def test_a_wish_to_be_stricter_counts_from_the_base_and_one_to_be_looser_does_not(tmp_path: Path) -> None:
    paper = PaperRepository(tmp_path / "repository")
    paper.write(".coderev.yaml", "fail_on: medium\n")
    paper.commit()
    paper.write(".coderev.yaml", "fail_on: never\n")
    paper.write("gather.py", MEDIUM)

    ran = run_coderev("review", "--fail-on=critical", "--format=json", cwd=paper.folder)

    assert ran.status == 1
    assert ran.json["gate"]["fail_on"] == "medium"


def test_suppressions_that_a_change_adds_are_listed_and_not_obeyed(flawed: PaperRepository) -> None:
    flawed.write("gather.py", "# ruff: noqa\n" + MEDIUM.replace(":\n", ":  # noqa: B006 - fine\n", 1))

    ran = run_coderev("review", "--format=json", cwd=flawed.folder)

    assert ran.rules == BOTH
    assert ran.json["coverage"]["suppressions"] == [
        "gather.py:1: # ruff: noqa",
        "gather.py:2: def gather(rows=[]):  # noqa: B006 - fine",
    ]


@pytest.mark.parametrize("command", [[Path(sys.executable).parent / "coderev"], [sys.executable, "-m", "coderev"]])
def test_no_code_of_the_repository_is_loaded(
    flawed: PaperRepository, tmp_path: Path, command: list[str | Path]
) -> None:
    marker = tmp_path / "marker"
    for path in LOADED_CODE:
        flawed.write(path, f"open({str(marker)!r}, 'a').write({path!r})\n")

    done = subprocess.run(
        [*command, "review"],
        cwd=flawed.folder,
        env=environment_of(tmp_path / "home"),
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert HIGH_RULE.encode() in done.stdout
    assert not marker.exists()


def test_no_program_that_the_repository_configures_runs(flawed: PaperRepository, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0" >> "{marker}"\ncat\n')
    trap.chmod(0o755)
    keys = ("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv")
    for key in (*keys, "diff.external", "core.sshCommand", "core.pager", "credential.helper", "gpg.program"):
        flawed.git("config", key, str(trap))
    hooks = flawed.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction"):
        (hooks / hook).unlink(missing_ok=True)
        (hooks / hook).symlink_to(trap)
    flawed.write(".gitattributes", "* filter=x diff=x\n")
    flawed.write("dirty.py", MEDIUM)
    inside = PaperRepository(flawed.folder / "submodule")
    inside.write("inner.py", HIGH)
    inside.commit()
    inside.git("config", "core.fsmonitor", str(trap))

    ran = [
        run_coderev("review", *selection, "--format=json", cwd=flawed.folder) for selection in ((), ("main..topic",))
    ]

    assert [done.status for done in ran] == [1, 1]
    assert not marker.exists()


def test_links_out_of_the_tree_and_submodules_are_named_and_not_followed(
    flawed: PaperRepository, tmp_path: Path
) -> None:
    (tmp_path / "outside.py").write_text(HIGH)
    flawed.link("linked.py", tmp_path / "outside.py")
    flawed.link("etc", "/etc")
    inside = PaperRepository(flawed.folder / "nested")
    inside.write("inner.py", HIGH)
    inside.commit()

    ran = run_coderev("review", "--format=json", cwd=flawed.folder)

    excluded = {file["path"]: file["reason"] for file in ran.json["coverage"]["files"] if file["status"] == "excluded"}
    assert ran.rules == BOTH
    assert excluded == {
        "etc": "a symbolic link",
        "linked.py": "a symbolic link",
        "nested": "a git repository inside this one",
    }


def test_a_file_named_like_an_option_is_a_file(tmp_path: Path) -> None:
    names = {
        "--config=x.py",
        "-",
        "--",
        "-rf.py",
        "@file.py",
        "--isolated",
        "a b.py",
        "new\nline.py",
        "'q\".py",
        "$(id).py",
    }
    paper = PaperRepository(tmp_path / "repository")
    paper.write("README", "honest\n")
    paper.commit()
    for name in names:
        paper.write(name, "#!/usr/bin/env python3\n" + HIGH)

    ran = run_coderev("review", "--format=json", cwd=paper.folder)

    assert {file["path"] for file in ran.json["coverage"]["files"] if file["status"] == "reviewed"} == names
    assert sorted(finding["path"] for finding in ran.json["findings"]) == sorted(names)


def test_a_path_that_is_no_text_is_reviewed_in_every_format(flawed: PaperRepository, tmp_path: Path) -> None:
    flawed.write(b"\xff\x1b[2J.py", HIGH)
    formats = ("json", "sarif", "markdown", "html", "gitlab", "junit")

    ran = run_coderev("review", *(f"--output={name}={tmp_path / name}" for name in formats), cwd=flawed.folder)

    assert ran.status == 1
    assert "\x1b" not in ran.stdout
    assert {name for name in formats if b"\x1b" in (tmp_path / name).read_bytes()} == set()


def test_a_key_in_the_environment_is_in_no_output(flawed: PaperRepository, tmp_path: Path) -> None:
    key = "sk-" + os.urandom(12).hex()
    with ModelServer(answer('{"findings": []}')) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        place = site / "model_registry.yaml"
        place.write_text(
            place.read_text().replace("    status: active", "    api_key_env: SITE_KEY\n    status: active")
        )
        ran = run_coderev(
            *("review", "main..topic", "--config", site, "--format=html", "--run-record", tmp_path / "run"),
            cwd=flawed.folder,
            env={"SITE_KEY": key},
        )

    kept = [path.read_bytes().decode("latin-1") for path in (tmp_path / "home" / "data" / "coderev").iterdir()]
    assert server.questions[0].headers["authorization"] == f"Bearer {key}"
    assert not any(key in text for text in (ran.stdout, ran.stderr, (tmp_path / "run").read_text(), *kept))
