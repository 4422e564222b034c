"""The guide's four names exist, and say nothing of their own."""

import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "scripts/guide"
COMMANDS = {
    "prepare-airgap-package.sh": ["bundle", "create"],
    "install-airgap.sh": ["bundle", "install"],
    "verify-update.sh": ["bundle", "verify"],
    "rollback.sh": ["update", "rollback"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_name_of_the_guide_is_one_command_with_the_same_words(name: str, tmp_path: Path) -> None:
    stand_in = tmp_path / "coderev"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n')
    stand_in.chmod(0o755)

    ran = subprocess.run(
        [FOLDER / name, "a b", "--option", "$(x)"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.splitlines() == [*COMMANDS[name], "a b", "--option", "$(x)"]
    assert ran.returncode == 3


def test_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*COMMANDS}
    assert all(len(path.read_text().splitlines()) <= 5 for path in FOLDER.iterdir())


@pytest.mark.parametrize("words", COMMANDS.values(), ids=" ".join)
def test_what_they_call_is_there(words: list[str]) -> None:
    reference = (FOLDER.parents[1] / "docs/reference/commands.md").read_text(encoding="utf-8")

    assert f"## coderev {' '.join(words)}\n" in reference
