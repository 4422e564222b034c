"""The command as a person runs it: a process of its own, which sees nothing of this machine's configuration."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from coderev.finding import Result

MAX_SECONDS = 120  # of one run: a hang is a failure with a name


@dataclass(frozen=True)
class Ran:
    """What one run left: its exit status and what it wrote."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document."""
        return json.loads(self.stdout)

    @property
    def result(self) -> Result:
        """Standard output, which must be a JSON result."""
        return msgspec.json.decode(self.stdout, type=Result)

    @property
    def rules(self) -> list[str]:
        """The rules of the new findings of a JSON result, in its order."""
        return [finding.rule for finding in self.result.findings if finding.status == "new"]


def run_coderev(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None, stdin: bytes | int = b""
) -> Ran:
    """Run `python -m coderev` in a folder. The user's home is the folder `home` beside it; `env` adds variables.

    `stdin`: what it reads, or the descriptor that it reads from.
    """
    given: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done = subprocess.run(
        [sys.executable, "-m", "coderev", *map(str, arguments)],
        cwd=cwd,
        env=environment_of(cwd.parent / "home") | dict(env or {}),
        capture_output=True,
        check=False,
        timeout=MAX_SECONDS,
        **given,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def environment_of(home: Path) -> dict[str, str]:
    """The environment of somebody whose every folder lies under `home`."""
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
