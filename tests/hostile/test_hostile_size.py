"""Whoever sends too much: it costs bounded time and memory, is named, and hides nothing else."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins.command import environment_of, run_coderev
from stand_ins.flaws import HIGH_RULE, MEDIUM_RULE, flawed_repository
from stand_ins.repository import PaperRepository

BOTH = [HIGH_RULE, MEDIUM_RULE]
HUGE = 200 * 1024 * 1024  # bytes
MEBIBYTE = 1024 * 1024


@pytest.fixture
def flawed(tmp_path: Path) -> PaperRepository:
    return flawed_repository(tmp_path / "repository")


def peak_of_a_review(folder: Path) -> int:
    """Kilobytes of memory that a review of a work tree takes at most, git's processes included."""
    told = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3, check=False);"
    told += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", told, sys.executable, "-m", "coderev", "review"],
        cwd=folder,
        env=environment_of(folder.parent / "home"),
        capture_output=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.parametrize("arguments", [(), ("--all",)], ids=["work tree", "all"])
def test_a_file_of_200_megabytes_is_named_and_hides_nothing(
    flawed: PaperRepository, arguments: tuple[str, ...]
) -> None:
    os.truncate(flawed.write("huge.py", ""), HUGE)
    started = time.monotonic()

    ran = run_coderev("review", *arguments, "--fail-on=never", "--format=json", cwd=flawed.folder)

    assert time.monotonic() - started < 30
    assert ran.status == 4
    assert ran.rules == BOTH
    (named,) = [file for file in ran.json["coverage"]["files"] if file["status"] == "failed"]
    assert named == {"path": "huge.py", "status": "failed", "reason": "larger than limits.file_bytes (2097152)"}
    assert {each["status"] for each in ran.json["coverage"]["analysers"]} == {"ran"}


def test_a_file_of_200_megabytes_takes_no_memory(flawed: PaperRepository) -> None:
    os.truncate(flawed.write("huge.py", ""), HUGE)

    assert peak_of_a_review(flawed.folder) < 120 * 1024


def test_a_diff_of_a_million_lines_ends_in_bounded_time_and_is_named(flawed: PaperRepository) -> None:
    lines = "".join(f"+x{number} = {number}\n" for number in range(1_000_000))
    patch = f"--- /dev/null\n+++ b/long.py\n@@ -0,0 +1,1000000 @@\n{lines}"
    started = time.monotonic()

    ran = run_coderev("review", "--patch=-", "--format=json", cwd=flawed.folder, stdin=patch.encode())

    assert time.monotonic() - started < 60
    assert ran.status == 4
    assert ran.json["coverage"]["files"] == [
        {"path": "long.py", "status": "failed", "reason": "larger than limits.file_bytes (2097152)"}
    ]


def test_files_over_the_limit_of_lines_are_named_and_the_others_reviewed(
    flawed: PaperRepository, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "coderev.yaml").write_text("limits: {change_lines: 20}\n")
    flawed.write("later.py", "x = 1\n" * 30)

    ran = run_coderev("review", "--config", tmp_path / "site", "--format=json", cwd=flawed.folder)

    assert ran.status == 1
    assert ran.rules == BOTH
    assert {file["path"]: file["reason"] for file in ran.json["coverage"]["files"] if file["reason"]} == {
        "later.py": "over limits.change_lines (20)"
    }


def test_a_line_of_two_megabytes_is_reviewed_in_bounded_time(flawed: PaperRepository) -> None:
    flawed.write("line.py", "x = [" + "0," * (MEBIBYTE - 10) + "]\n")
    started = time.monotonic()

    ran = run_coderev("review", "--format=json", cwd=flawed.folder)

    assert time.monotonic() - started < 60
    assert ran.status == 1
    assert ran.rules == BOTH
    assert len(ran.stdout) < 100_000
