"""Measures whole processes: CPU-seconds with all children, peak memory, wall time; medians of several runs."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed
COMMAND = str(ROOT / ".venv" / "bin" / "coderev")


@dataclass(frozen=True)
class Cost:
    cpu: float  # seconds, user and system, children included
    memory: float  # MB, of the largest single process
    wall: float  # seconds
    status: int


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, today's peer or the limit, the goal, and what we measured."""

    what: str
    peer: str
    goal: str
    ours: str
    met: bool


def once(argv: Sequence[str], env: Mapping[str, str] | None = None, folder: Path | None = None) -> Cost:
    started = time.perf_counter()
    process = subprocess.Popen(
        argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**ENVIRONMENT, **(env or {})}, cwd=folder
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, wall, process.returncode)


def median(
    argv: Sequence[str], *, runs: int = 7, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> Cost:
    """The median of each figure over `runs`, after one run that is not counted."""
    costs = [once(argv, env, folder) for _ in range(runs + 1)][1:]
    return Cost(
        cpu=statistics.median(cost.cpu for cost in costs),
        memory=statistics.median(cost.memory for cost in costs),
        wall=statistics.median(cost.wall for cost in costs),
        status=costs[-1].status,
    )
