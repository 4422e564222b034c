import os
import pwd
import time
from pathlib import Path

import pytest

from coderev.process import (
    MAX_ERROR,
    Account,
    Launch,
    ProcessTimedOut,
    ProgramMissing,
    Started,
    run,
    start,
)


def test_a_process_gets_its_input_and_gives_its_output() -> None:
    done = run(["cat"], stdin=b"a\0b", seconds=10)

    assert (done.status, done.stdout, done.stderr, done.truncated) == (0, b"a\0b", b"", False)


def test_a_failure_is_a_status_and_a_complaint() -> None:
    done = run(["sh", "-c", "echo no >&2; exit 3"], seconds=10)

    assert (done.status, done.stderr) == (3, b"no\n")


def test_arguments_are_never_a_shells() -> None:
    assert run(["echo", "$HOME; exit 1"], seconds=10).stdout == b"$HOME; exit 1\n"


def test_the_environment_holds_what_is_given_and_little_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")

    names = run(["env"], env={"GIVEN": "1"}, seconds=10).stdout.decode()

    assert {line.partition("=")[0] for line in names.split()} <= {"PATH", "LC_ALL", "GIVEN", "PWD", "_", "SHLVL"}


def test_a_process_runs_in_the_folder_that_is_named(tmp_path: Path) -> None:
    assert run(["pwd", "-P"], folder=tmp_path, seconds=10).stdout == os.fsencode(tmp_path.resolve()) + b"\n"


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramMissing, match="coderev-no-such-program"):
        run(["coderev-no-such-program"], seconds=10)


@pytest.mark.parametrize("path", [".", "", ":", "bin:."])
def test_a_program_of_the_reviewed_folder_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "trap").write_text("#!/bin/sh\necho sprung\n")
        (folder / "trap").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)

    with pytest.raises(ProgramMissing):
        run(["trap"], folder=tmp_path, seconds=10)


def test_a_process_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    marker = tmp_path / "late"
    start = time.monotonic()

    with pytest.raises(ProcessTimedOut, match=r"did not finish within 0\.3 s"):
        run(["sh", "-c", f'(sleep 1; touch "{marker}") & sleep 60'], seconds=0.3)

    assert time.monotonic() - start < 20
    time.sleep(1.2)
    assert not marker.exists()


def test_a_child_that_keeps_the_output_open_does_not_hang_us() -> None:
    with pytest.raises(ProcessTimedOut):
        run(["sh", "-c", "sleep 60 & exit 0"], seconds=0.3)


def test_output_beyond_the_cap_is_cut_and_said_to_be() -> None:
    done = run(["yes"], seconds=30, max_output=1000)

    assert (len(done.stdout), done.truncated) == (1000, True)
    assert done.status != 0


def test_output_of_just_the_cap_is_whole() -> None:
    done = run(["printf", "12345"], seconds=10, max_output=5)

    assert (done.stdout, done.truncated, done.status) == (b"12345", False, 0)


def test_long_complaints_are_kept_in_part() -> None:
    done = run(["sh", "-c", "yes | head -c 200000 >&2"], seconds=10)

    assert len(done.stderr) == MAX_ERROR


def test_large_input_does_not_wait_for_large_output() -> None:
    content = b"x" * 3_000_000

    assert run(["cat"], stdin=content, seconds=30).stdout == content


def _wait(started: Started) -> int:
    until = time.monotonic() + 20
    while (status := started.status) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return status


def test_a_process_that_stays_writes_to_the_log_and_inherits_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with (tmp_path / "log").open("wb") as log:
        status = _wait(start(Launch(argv=["env"], env={"GIVEN": "1"}, log=log.fileno())))

    names = (tmp_path / "log").read_text().split()

    assert status == 0
    assert {line.partition("=")[0] for line in names} <= {"PATH", "LC_ALL", "GIVEN", "PWD", "_", "SHLVL"}


def test_a_process_that_stays_has_its_own_session_and_a_closed_umask(tmp_path: Path) -> None:
    started = start(Launch(argv=["sh", "-c", "touch made; sleep 60"], folder=tmp_path))

    until = time.monotonic() + 20
    while not (tmp_path / "made").exists() and time.monotonic() < until:
        time.sleep(0.01)
    session = os.getsid(started.pid)
    started.kill()

    assert session == started.pid
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600
    assert started.status == -9


def test_a_process_that_stays_inherits_the_file_that_it_is_given_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("here")
    given, kept = os.open(tmp_path / "given", os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    try:
        with (tmp_path / "log").open("wb") as log:
            argv = ["sh", "-c", f"cat /proc/self/fd/{given}; test ! -e /proc/self/fd/{kept}"]
            status = _wait(start(Launch(argv=argv, log=log.fileno(), keep=(given,))))
    finally:
        os.close(given)
        os.close(kept)

    assert (status, (tmp_path / "log").read_text()) == (0, "here")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_process_that_stays_may_be_another_users(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    account = Account(name="nobody", user=nobody.pw_uid, group=nobody.pw_gid)
    with (tmp_path / "log").open("wb") as log:
        status = _wait(start(Launch(argv=["sh", "-c", "id -u; id -G"], log=log.fileno(), account=account)))

    assert (status, (tmp_path / "log").read_text().split()) == (0, [str(nobody.pw_uid), str(nobody.pw_gid)])


def test_a_program_that_stays_and_is_missing_is_named() -> None:
    with pytest.raises(ProgramMissing, match="coderev-no-such-program"):
        start(Launch(argv=["coderev-no-such-program"]))


def test_a_process_that_is_left_is_no_complaint() -> None:
    started = start(Launch(argv=["sleep", "60"]))
    number = started.pid

    started.leave()
    del started

    os.kill(number, 9)
    os.waitpid(number, 0)
