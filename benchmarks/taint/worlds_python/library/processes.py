"""Processes: what would be run is recorded. `shell` records are text for a shell, `argv` are lists of words."""

import asyncio
import os
import pty
import subprocess
from collections.abc import Sequence
from typing import Any

from benchmarks.taint.worlds_python.world import world

_SHELLS = ("sh", "bash", "/bin/sh", "/bin/bash", "dash", "/bin/dash", "zsh")


def ran(sink: str, command: Any, *, shell: bool) -> None:
    """Record a command; a list that hands its text to a shell is a text for a shell."""
    if shell and not isinstance(command, str):
        command = command[0]
    if isinstance(command, str):
        world.record("shell" if shell else "argv", sink, command if shell else [command])
        return
    words = [os.fsdecode(word) if isinstance(word, str | bytes | os.PathLike) else str(word) for word in command]
    world.record("argv", sink, words)
    if words[0] in _SHELLS and "-c" in words:
        world.record("shell", sink, "\n".join(words[words.index("-c") + 1 :][:1]))
    if words[0] == "ssh" and len(words) > 2:
        world.record("shell", sink, " ".join(words[2:]))


class Finished:
    """A process that has ended well."""

    returncode = exit_status = 0
    pid = 7
    stdin = None

    def __init__(self, output: Any = "") -> None:
        self.stdout: Any = output
        self.stderr: Any = output
        self.args: Any = ()

    def communicate(self, *_args: Any, **_named: Any) -> tuple[Any, Any]:
        """Its output."""
        return self.stdout, self.stderr

    def wait(self, *_args: Any, **_named: Any) -> int:
        """Its status."""
        return 0

    poll = wait

    def check_returncode(self) -> None:
        """Nothing."""

    def kill(self) -> None:
        """Nothing."""

    terminate = kill

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


class FinishedSoon(Finished):
    """A process that asyncio waits for."""

    async def communicate(self, *_args: Any, **_named: Any) -> tuple[Any, Any]:  # type: ignore[override]
        """Its output."""
        return b"", b""

    async def wait(self) -> int:  # type: ignore[override]
        """Its status."""
        return 0


def _started(name: str) -> Any:
    def start(args: Any, *_more: Any, shell: bool = False, **named: Any) -> Any:
        ran(f"subprocess.{name}", args, shell=shell)
        text = named.get("text") or named.get("universal_newlines") or named.get("encoding")
        output = "" if text else b""
        return {"call": 0, "check_call": 0, "check_output": output}.get(name, Finished(output))

    return start


def _shell(sink: str, answer: Any) -> Any:
    def start(command: Any, *_args: Any, **_named: Any) -> Any:
        ran(sink, command, shell=True)
        return answer() if callable(answer) else answer

    return start


def _replaced(sink: str) -> Any:
    """`os.exec…` and `os.spawn…`: the program, then its words, in a list or one by one."""
    skipped = 1 if "spawn" in sink else 0

    def start(*args: Any) -> int:
        program, *words = args[skipped:]
        given = words[0] if words and isinstance(words[0], Sequence) and not isinstance(words[0], str) else words
        ran(sink, [program, *list(given)[1:]], shell=False)
        return 0

    return start


class _Pipe:
    """What `os.popen` gives."""

    def read(self) -> str:
        return ""

    def readlines(self) -> list[str]:
        return []

    def close(self) -> None:
        pass

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


async def _soon(command: Any, *_args: Any, **_named: Any) -> FinishedSoon:
    ran("asyncio.create_subprocess_shell", command, shell=True)
    return FinishedSoon()


async def _soon_exec(*words: Any, **_named: Any) -> FinishedSoon:
    ran("asyncio.create_subprocess_exec", words, shell=False)
    return FinishedSoon()


def _attached(argv: Any, *_args: Any) -> int:
    ran("pty.spawn", [argv] if isinstance(argv, str) else argv, shell=False)
    return 0


def install() -> None:
    """Replace what starts a process."""
    for name in ("run", "call", "check_call", "check_output", "Popen"):
        setattr(subprocess, name, _started(name))
    for name in [name for name in dir(os) if name.startswith(("exec", "spawn"))]:
        setattr(os, name, _replaced(f"os.{name}"))
    for module, name, replaced in (
        (subprocess, "getoutput", _shell("subprocess.getoutput", "")),
        (subprocess, "getstatusoutput", _shell("subprocess.getstatusoutput", lambda: (0, ""))),
        (os, "system", _shell("os.system", 0)),
        (os, "popen", _shell("os.popen", _Pipe)),
        (pty, "spawn", _attached),
        (asyncio, "create_subprocess_shell", _soon),
        (asyncio, "create_subprocess_exec", _soon_exec),
    ):
        setattr(module, name, replaced)
