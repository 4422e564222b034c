"""Where `coderev review` writes what: data on standard output, everything else on standard error (DESIGN section 4)."""

import contextlib
import os
import pty
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from stand_ins.command import environment_of, run_coderev
from stand_ins.model_server import ModelServer, answer
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

from coderev.report import FORMATS

RANGE = "main..topic"
ESCAPE = "\x1b["
FIRST_BYTES = {
    "text": "    high   ",
    "json": '{\n  "schema": "coderev-findings/1"',
    "sarif": '{\n  "$schema": ',
    "markdown": "## ",
    "html": "<!doctype html>",
    "gitlab": "[\n",
    "junit": "<?xml ",
}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def on_a_terminal(folder: Path, *arguments: str, **env: str) -> str:
    """What a review shows where standard output and standard error are a terminal."""
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "coderev", "review", RANGE, *arguments],
        cwd=folder,
        env=environment_of(folder.parent / "home") | env,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # the way in which a terminal says that nobody writes to it any more
        while piece := os.read(screen, 65536):
            shown += piece
    process.wait(60)
    os.close(screen)
    return shown.decode()


def test_every_format_goes_to_standard_output_or_to_a_file_with_the_same_bytes(
    flawed: PaperRepository, elsewhere: Path
) -> None:
    files = [f"--output={name}={elsewhere / name}" for name in FORMATS]

    ran = run_coderev("review", RANGE, *files, cwd=flawed.folder)

    written = {name: (elsewhere / name).read_text() for name in FORMATS}
    assert (ran.status, ran.stderr) == (1, "")
    assert ran.stdout == written["text"]
    assert {name: written[name][: len(start)] for name, start in FIRST_BYTES.items()} == FIRST_BYTES
    assert ET.fromstring(written["junit"]).tag == "testsuites"
    assert names_in(elsewhere) == sorted(FORMATS)


@pytest.mark.parametrize("name", ["json", "junit"])
def test_the_format_chooses_what_standard_output_holds(flawed: PaperRepository, name: str) -> None:
    ran = run_coderev("review", RANGE, "--format", name, cwd=flawed.folder)

    assert ran.stdout.startswith(FIRST_BYTES[name])
    assert ran.stderr == ""


def test_output_moves_standard_output_to_a_file(flawed: PaperRepository, elsewhere: Path) -> None:
    ran = run_coderev("review", RANGE, "--format", "json", "--output", elsewhere / "out", cwd=flawed.folder)

    assert (ran.status, ran.stdout, ran.stderr) == (1, "", "")
    assert (elsewhere / "out").read_text().startswith(FIRST_BYTES["json"])


def test_standard_output_is_not_moved_twice(flawed: PaperRepository, elsewhere: Path) -> None:
    ran = run_coderev("review", RANGE, "--output", "a", "--output", "b", "--repo", flawed.folder, cwd=elsewhere)

    assert ran.status == 2
    assert "error: --output moves standard output to a and to b\nhint: " in ran.stderr
    assert names_in(elsewhere) == []


@pytest.mark.parametrize("output", ["json={}/absent/result", "{}/absent/result", "json={}", "sarif=/dev/null/result"])
def test_an_output_that_has_no_place_is_refused_before_the_review(
    flawed: PaperRepository, elsewhere: Path, output: str
) -> None:
    ran = run_coderev("review", RANGE, "--output", output.format(elsewhere), cwd=flawed.folder)

    assert (ran.status, ran.stdout) == (2, "")
    assert "error: cannot write " in ran.stderr
    assert "hint: " in ran.stderr
    assert names_in(elsewhere) == []


def test_an_output_that_cannot_be_written_leaves_nothing_half_written_and_keeps_no_other_back(
    flawed: PaperRepository, elsewhere: Path
) -> None:
    outputs = ("--output", "json=/proc/result", "--output", f"sarif={elsewhere / 'result.sarif'}")

    ran = run_coderev("review", RANGE, *outputs, cwd=flawed.folder)

    assert ran.status == 2
    assert ran.stdout.startswith(FIRST_BYTES["text"])
    assert "error: cannot write /proc/result: " in ran.stderr
    assert names_in(elsewhere) == ["result.sarif"]


def test_what_stood_in_an_output_file_before_is_replaced_whole(flawed: PaperRepository, elsewhere: Path) -> None:
    place = elsewhere / "result"
    place.write_text("x" * 1_000_000)

    run_coderev("review", RANGE, "--output", f"json={place}", cwd=flawed.folder)

    assert place.read_text().endswith("}\n")
    assert names_in(elsewhere) == ["result"]


def test_a_device_is_written_to_and_not_replaced(flawed: PaperRepository) -> None:
    ran = run_coderev("review", RANGE, "--output", "json=/dev/null", cwd=flawed.folder)

    assert ran.status == 1
    assert Path("/dev/null").is_char_device()


def test_a_full_disk_under_standard_output_is_an_error(flawed: PaperRepository) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "coderev", "review", RANGE],
            cwd=flawed.folder,
            env=environment_of(flawed.folder.parent / "home"),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr.startswith(b"error: cannot write standard output: No space left on device\nhint: ")
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (f"review {RANGE} >&-", b"error: cannot write standard output: it is closed\nhint: "),
        ("review --patch - <&-", b"error: cannot read the patch at line 1: standard input is closed\nhint: "),
    ],
)
def test_a_stream_that_is_closed_is_an_error(flawed: PaperRepository, arguments: str, told: bytes) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -m coderev {arguments}"],
        cwd=flawed.folder,
        env=environment_of(flawed.folder.parent / "home"),
        stderr=subprocess.PIPE,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith(told)


def test_a_reader_that_left_changes_neither_status_nor_standard_error(flawed: PaperRepository) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [sys.executable, "-m", "coderev", "review", "main..main", "--format", "html"],
        cwd=flawed.folder,
        env=environment_of(flawed.folder.parent / "home"),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_shows_colour_and_progress_and_a_pipe_does_not(flawed: PaperRepository, tmp_path: Path) -> None:
    with ModelServer(answer('{"findings": []}')) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        shown = on_a_terminal(flawed.folder, "--config", str(site))
        piped = run_coderev("review", RANGE, "--config", site, cwd=flawed.folder)

    assert ESCAPE in shown
    assert "asked 3 of 3" in shown
    assert ESCAPE not in piped.stdout
    assert piped.stderr == ""


def test_quiet_shows_no_progress_on_a_terminal(flawed: PaperRepository, tmp_path: Path) -> None:
    with ModelServer(answer('{"findings": []}')) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        shown = on_a_terminal(flawed.folder, "--quiet", "--config", str(site))

    assert "asked" not in shown
    assert "3 of 3 questions" in shown


def test_no_color_is_respected_on_a_terminal(flawed: PaperRepository) -> None:
    shown = on_a_terminal(flawed.folder, NO_COLOR="1")

    assert ESCAPE not in shown
    assert "verdict: fail" in shown


def test_a_result_is_written_where_the_last_one_cannot_be_kept(flawed: PaperRepository, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    ran = run_coderev("review", RANGE, cwd=flawed.folder, env={"XDG_DATA_HOME": str(tmp_path / "file")})

    assert ran.status == 1
    assert ran.stdout.startswith(FIRST_BYTES["text"])
    assert ran.stderr.startswith("note: cannot write ")
