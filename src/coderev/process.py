"""The only module that starts a process: an argument list, no shell, caps on time and output, a clean environment."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
