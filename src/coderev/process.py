"""The only module that starts a process: an argument list, no shell, caps on time and output, a clean environment.

`run` runs one to its end. `start` starts one that stays, such as a database of our own.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coderev.errors import Unavailable
from coderev.settings import environment

MAX_OUTPUT = 256 * 1024 * 1024  # bytes of standard output, where a caller names no cap
MAX_ERROR = 64 * 1024  # bytes of standard error that are kept


class ProgramMissing(Unavailable):
    """A program that coderev runs is not installed."""

    message = "the program {program} was not found"
    hint = "install {program}, or put it on PATH"


class ProcessTimedOut(Unavailable):
    """A process took longer than its cap and was ended."""

    message = "{program} did not finish within {seconds} s and was ended"
    hint = "raise limits.process_seconds in coderev.yaml, or review a smaller change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a process ended. `truncated`: it wrote more than the cap and was ended there."""

    status: int
    stdout: bytes
    stderr: bytes
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of this machine whom a process runs as, with its group and no other."""

    name: str
    user: int
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A process to be: what it is, where it stands, and the little that it inherits."""

    argv: Sequence[str]
    folder: Path = Path("/")
    env: Mapping[str, str] = field(default_factory=dict)  # beside PATH and the locale
    log: int | None = None  # a file descriptor that its output and complaints go to; None: nowhere
    account: Account | None = None  # None: ours
    keep: Sequence[int] = ()  # file descriptors that it inherits, under the same numbers


class Started:
    """A process that runs on its own. It is no child of a terminal: what ends us there does not end it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs. Asking is what lets an ended one go."""
        return self._process.poll()

    def kill(self) -> None:
        """End it and all that it started, at once, and wait for it."""
        _end_group(self._process)
        self._process.wait()

    def leave(self) -> None:
        """Let it run on after us: whoever ends it later is not us, and it is no loss of ours."""
        self._process.returncode = 0  # else Popen complains that it still runs when it is forgotten


def start(launch: Launch) -> Started:
    """Start a process that stays, in a session of its own. Its input is empty, its umask 077.

    Raises ProgramMissing, and OSError where it cannot be started as this account.
    """
    path = _search_path()
    program = shutil.which(launch.argv[0], path=path)
    if program is None:
        raise ProgramMissing(program=launch.argv[0])
    output = subprocess.DEVNULL if launch.log is None else launch.log
    account = launch.account
    process = subprocess.Popen(  # it is ended by its owner, not at the end of a block
        [program, *launch.argv[1:]],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=launch.folder,
        env={"PATH": path, "LC_ALL": "C.UTF-8", **launch.env},
        start_new_session=True,
        pass_fds=launch.keep,
        user=None if account is None else account.user,
        group=None if account is None else account.group,
        extra_groups=None if account is None else (),
        umask=0o077,
    )
    return Started(process)


def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float,
    max_output: int = MAX_OUTPUT,
) -> Completed:
    """Run one program to its end; it and all that it started are ended when a cap is reached.

    The environment holds the absolute folders of PATH, a C.UTF-8 locale and what `env` adds, nothing else.
    Raises ProgramMissing, ProcessTimedOut.
    """
    path = _search_path()
    program = shutil.which(argv[0], path=path)
    if program is None:
        raise ProgramMissing(program=argv[0])
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as complaints:
        given.write(stdin)
        given.seek(0)
        with subprocess.Popen(
            [program, *argv[1:]],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=folder,
            env={"PATH": path, "LC_ALL": "C.UTF-8", **(env or {})},
            start_new_session=True,
        ) as process:
            output, timed_out = _read(process, seconds, max_output)
        if timed_out:
            raise ProcessTimedOut(program=argv[0], seconds=seconds)
        complaints.seek(0)
        return Completed(
            status=process.returncode,
            stdout=output[:max_output],
            stderr=complaints.read(MAX_ERROR),
            truncated=len(output) > max_output,
        )


def _search_path() -> str:
    """PATH without the folders that mean another place in each folder: a reviewed tree must not bring its own `git`."""
    folders = (environment("PATH") or os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


def _read(process: subprocess.Popen[bytes], seconds: float, max_output: int) -> tuple[bytes, bool]:
    """Read up to one byte more than the cap, then see to it that the process has ended; and whether time ran out."""
    timed_out = threading.Event()

    def give_up() -> None:
        timed_out.set()
        _end_group(process)

    timer = threading.Timer(seconds, give_up)
    timer.start()
    try:
        output = process.stdout.read(max_output + 1) if process.stdout else b""
        if len(output) <= max_output:
            process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            _end_group(process)
    return output, timed_out.is_set()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended between the look and the signal
        os.killpg(process.pid, signal.SIGKILL)
