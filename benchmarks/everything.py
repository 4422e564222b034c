"""`coderev review --all` over 300,000 lines, no model: lines per CPU-second, linear, memory flat, both cores."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus import standard_library
from benchmarks.measure import COMMAND, Cost, Row, median

LINES = 300_000


def rows() -> Iterator[Row]:
    half, _ = _measure(LINES // 2)
    whole, lines = _measure(LINES)
    rate = lines / whole.cpu
    yield Row(
        what=f"`--all` over {lines:,} lines, no model, without taint",
        peer="semgrep's public Python rules 700 lines per CPU-s; ruff 1.2 million; the parser 400,000",
        goal="≥ 80,000 lines per CPU-s",
        ours=f"{rate:,.0f} lines per CPU-s, {whole.memory:.0f} MB",
        met=rate >= 80_000,
    )
    growth = whole.cpu / half.cpu
    yield Row(
        what="the same over half the lines",
        peer="linear: 2.0 × the CPU, 1.0 × the memory",
        goal="≤ 2.3 ×, ≤ 1.2 ×",
        ours=f"{growth:.2f} ×, {whole.memory / half.memory:.2f} ×",
        met=growth <= 2.3 and whole.memory / half.memory <= 1.2,
    )
    cores = whole.cpu / whole.wall
    yield Row(
        what=f"cores used of {os.cpu_count()}",
        peer=f"{os.cpu_count()}",
        goal="> 1.3",
        ours=f"{cores:.2f}",
        met=cores > 1.3,
    )


def _measure(lines: int) -> tuple[Cost, int]:
    with tempfile.TemporaryDirectory() as name:
        count = standard_library(Path(name), lines)
        argv = [COMMAND, "review", "--all", "--without", "taint", "--repo", name, "--format", "json", "--quiet"]
        return median(argv, runs=3), count
