"""The exit statuses 0, 1, 2, 3, 4 and 70, and how faults are told (DESIGN section 4)."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins.command import Ran, environment_of, run_coderev
from stand_ins.model_server import ModelServer, answer, status
from stand_ins.repository import PaperRepository
from stand_ins.site import write_site

from coderev import __version__

RANGE = "main..topic"
LISTENING = """
import signal
from coderev.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
main()
"""


def assert_told(ran: Ran, status: int, error: str) -> None:
    """A fault that is expected: its status, what happened with the facts, the next step, and no traceback."""
    assert ran.status == status
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"error: {error}")
    assert "\nhint: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_change_without_a_finding_at_the_gate_is_status_0(flawed: PaperRepository) -> None:
    flawed.remove("search.py")

    ran = run_coderev("review", cwd=flawed.folder)

    assert ran.status == 0
    assert "verdict: pass: no new finding at or above high" in ran.stdout


@pytest.mark.parametrize(("fail_on", "expected"), [("never", 0), ("critical", 0), ("medium", 1)])
def test_fail_on_moves_the_gate(flawed: PaperRepository, fail_on: str, expected: int) -> None:
    ran = run_coderev("review", RANGE, "--fail-on", fail_on, "--format", "json", cwd=flawed.folder)

    assert ran.status == expected
    assert ran.json["gate"]["fail_on"] == fail_on
    assert len(ran.json["findings"]) == 2


def test_findings_at_the_gate_are_status_1_even_when_incomplete(flawed: PaperRepository) -> None:
    flawed.write("huge.py", "x = 1\n" * 1_000_000)

    ran = run_coderev("review", cwd=flawed.folder)

    assert ran.status == 1
    assert "huge.py (larger than limits.file_bytes (2097152))" in ran.stdout


def test_an_incomplete_review_is_status_4_unless_the_site_only_warns(flawed: PaperRepository, tmp_path: Path) -> None:
    flawed.write("huge.py", "x = 1\n" * 1_000_000)
    site = write_site(tmp_path / "site", ["http://127.0.0.1:9/v1"], settings="gate: {on_incomplete: warn}\n")
    (site / "model_registry.yaml").unlink()
    (site / "routing_policies.yaml").unlink()

    blocked = run_coderev("review", "--fail-on", "critical", cwd=flawed.folder)
    warned = run_coderev("review", "--fail-on", "critical", "--config", site, cwd=flawed.folder)

    assert blocked.status == 4
    assert warned.status == 0
    assert "verdict: incomplete" in blocked.stdout
    assert "verdict: incomplete" in warned.stdout


def test_a_site_that_requires_a_model_makes_a_review_without_one_incomplete(
    flawed: PaperRepository, tmp_path: Path
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "coderev.yaml").write_text("gate: {require_model: true}\n")

    ran = run_coderev("review", "main..main", "--config", tmp_path / "site", cwd=flawed.folder)

    assert ran.status == 4
    assert "the site requires a model" in ran.stdout


def test_models_that_do_not_answer_are_status_4_and_no_model_at_all_is_status_0(
    flawed: PaperRepository, tmp_path: Path
) -> None:
    with ModelServer(status(500)) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        unanswered = run_coderev("review", RANGE, "--fail-on", "critical", "--config", site, cwd=flawed.folder)
    without = run_coderev("review", RANGE, "--fail-on", "critical", cwd=flawed.folder)

    assert unanswered.status == 4
    assert without.status == 0
    assert "models: not run (none configured)" in without.stdout


def test_git_that_is_not_there_is_status_4(flawed: PaperRepository) -> None:
    ran = run_coderev("review", cwd=flawed.folder, env={"PATH": str(flawed.folder)})

    assert_told(ran, 4, "the program git was not found")


def test_a_proxy_in_private_mode_is_status_3(flawed: PaperRepository, tmp_path: Path) -> None:
    with ModelServer(answer('{"findings": []}')) as server:
        site = write_site(
            tmp_path / "site", [server.endpoint], settings="connections: {proxy: 'http://proxy.internal:3128'}\n"
        )
        ran = run_coderev("review", RANGE, "--config", site, cwd=flawed.folder)

    assert_told(ran, 3, "")
    assert server.requests == []


def test_a_fault_of_ours_is_status_70_and_says_so(flawed: PaperRepository) -> None:
    broken = flawed.folder.parent / "broken"
    broken.mkdir()
    (broken / "jinja2.py").write_text("raise RuntimeError('this is no expected fault')\n")

    ran = run_coderev("review", "--format", "html", cwd=flawed.folder, env={"PYTHONPATH": str(broken)})

    assert ran.status == 70
    assert "RuntimeError: this is no expected fault\n" in ran.stderr
    assert ran.stderr.endswith("error: coderev met a fault of its own\nhint: report the lines above\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("reviw",), "no such command 'reviw'"),
        (("review", "--stagd"), "no such option '--stagd'"),
        (("review", "--format", "yaml"), "invalid value for '--format'"),
        (("review", "--deadline", "0"), "invalid value for '--deadline'"),
        (("review", "one", "two"), "got unexpected extra argument"),
        (("review", "--patch", "absent"), "invalid value for '--patch'"),
        (("review", "--baseline", "absent"), "invalid value for '--baseline'"),
        (("models", "chekc"), "no such command 'chekc'"),
        (("route", "explain", "--task", "nap"), "invalid value for '--task'"),
        (("explain",), "missing argument 'FINGERPRINT'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_command_line_is_status_2(elsewhere: Path, arguments: tuple[str, ...], error: str) -> None:
    ran = run_coderev(*arguments, cwd=elsewhere)

    assert_told(ran, 2, error)
    assert "hint: see `coderev" in ran.stderr


@pytest.mark.parametrize("arguments", [(), ("models",), ("route",)])
def test_a_bare_group_shows_its_help_on_standard_error(elsewhere: Path, arguments: tuple[str, ...]) -> None:
    ran = run_coderev(*arguments, cwd=elsewhere)

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Usage: coderev ")


def test_no_repository_is_status_2(elsewhere: Path) -> None:
    assert_told(run_coderev("review", cwd=elsewhere), 2, "no git repository at .")


@pytest.mark.parametrize("range_", ["absent..topic", "-x..y", "@{u}", "a\nb"])
def test_an_unknown_revision_is_status_2(flawed: PaperRepository, range_: str) -> None:
    ran = run_coderev("review", "--", range_, cwd=flawed.folder)

    assert_told(ran, 2, "unknown revision ")


@pytest.mark.parametrize(
    "patch",
    [b"\x00\x01\x02", b"this is prose\n", b"--- a/x\n", b"--- a/x\n+++ b/x\n@@ -1 +1,9 @@\n-a\n+b\n"],
    ids=["binary", "prose", "half a header", "half a hunk"],
)
def test_an_unreadable_patch_is_status_2(flawed: PaperRepository, patch: bytes) -> None:
    ran = run_coderev("review", "--patch", "-", cwd=flawed.folder, stdin=patch)

    assert_told(ran, 2, "cannot read the patch at line ")


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff\xfe"])
def test_a_baseline_that_is_no_result_is_status_2(flawed: PaperRepository, elsewhere: Path, content: bytes) -> None:
    (elsewhere / "baseline.json").write_bytes(content)

    ran = run_coderev("review", RANGE, "--baseline", elsewhere / "baseline.json", cwd=flawed.folder)

    assert_told(ran, 2, f"{elsewhere / 'baseline.json'} is not a JSON result of coderev: ")


def test_an_unreadable_sarif_document_is_status_2(flawed: PaperRepository, elsewhere: Path) -> None:
    (elsewhere / "tool.sarif").write_text("<sarif/>")

    ran = run_coderev("review", RANGE, "--import-sarif", elsewhere / "tool.sarif", cwd=flawed.folder)

    assert_told(ran, 2, "cannot import the SARIF document: ")


def test_control_characters_in_a_fault_are_shown_and_not_sent_to_the_terminal(flawed: PaperRepository) -> None:
    ran = run_coderev("review", "\x1b]0;owned\x07..topic", cwd=flawed.folder)

    assert ran.status == 2
    assert "\x1b" not in ran.stderr
    assert "\x07" not in ran.stderr


def test_an_interrupt_ends_the_command_without_a_traceback(flawed: PaperRepository, tmp_path: Path) -> None:
    with ModelServer(answer('{"findings": []}', after=60)) as server:
        site = write_site(tmp_path / "site", [server.endpoint], timeout_ms=60_000)
        process = subprocess.Popen(
            [sys.executable, "-c", LISTENING, "review", RANGE, "--config", str(site)],
            cwd=flawed.folder,
            env=environment_of(tmp_path / "home"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while not server.questions and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr.strip()) == (130, b"", b"")


def test_the_version_is_told_in_one_line(elsewhere: Path) -> None:
    ran = run_coderev("--version", cwd=elsewhere)

    assert ran == Ran(0, f"coderev {__version__}\n", "")


def test_the_installed_command_and_the_module_are_the_same(flawed: PaperRepository) -> None:
    command = Path(sys.executable).parent / "coderev"

    done = subprocess.run(
        [command, "review", RANGE],
        cwd=flawed.folder,
        env=environment_of(flawed.folder.parent / "home"),
        capture_output=True,
        check=False,
    )

    assert Ran(done.returncode, done.stdout.decode(), done.stderr.decode()) == run_coderev(
        "review", RANGE, cwd=flawed.folder
    )


def test_help_names_every_exit_status(elsewhere: Path) -> None:
    ran = run_coderev("review", "--help", cwd=elsewhere)

    assert ran.status == 0
    assert "Exit status: 0 pass, 1 findings at the gate, 4 incomplete" in " ".join(ran.stdout.split())
