"""The taint engine: what it finds of the open corpus, and how fast it reads 300,000 lines with all packs.

`python -m benchmarks.taint.judging LANGUAGE open` prints the table for each weakness, and what is wrong.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus import standard_library
from benchmarks.measure import ROOT, Row, once
from benchmarks.taint.judging import run

LINES = 300_000
ONE_SIDE = "import sys; from benchmarks.flows import trace_folder; trace_folder(sys.argv[1])"


def rows() -> Iterator[Row]:
    for language in ("python", "javascript"):
        table, _ = run(language, "open")
        for name, row in (("14 principal weaknesses", table.principal), ("all weaknesses", table.macro)):
            if row is not None:
                recall, wrong = row.recall, row.false_positives
                yield Row(
                    what=f"{language}, open corpus, {name}: macro recall, false positives",
                    peer="bandit, ruff and semgrep together on public handlers: 0.51, 0.21",
                    goal="lower bound ≥ 0.9, ≤ 0.05",
                    ours=f"{recall.value:.3f} ({recall.lower:.3f} to {recall.upper:.3f}), "
                    f"{wrong.value:.3f} ({wrong.lower:.3f} to {wrong.upper:.3f})",
                    met=recall.lower >= 0.9 and wrong.value <= 0.05,
                )
    yield from _speed()


def _speed() -> Iterator[Row]:
    half, _, _ = _measure(LINES // 2)
    whole, lines, memory = _measure(LINES)
    yield Row(
        what=f"`trace` of {lines:,} lines, all packs, nothing remembered",
        peer="semgrep's public Python rules: 700 lines per CPU-s",
        goal="≥ 15,000 lines per CPU-s, ≤ 500 MB",
        ours=f"{lines / whole:,.0f} lines per CPU-s, {memory:.0f} MB",
        met=lines / whole >= 15_000 and memory <= 500,
    )
    yield Row(
        what="the same over half the lines",
        peer="linear: 2.0 × the CPU",
        goal="≤ 2.3 ×",
        ours=f"{whole / half:.2f} ×",
        met=whole / half <= 2.3,
    )


def _measure(lines: int) -> tuple[float, int, float]:
    """CPU-seconds, lines, and MB."""
    with tempfile.TemporaryDirectory() as name:
        count = standard_library(Path(name), lines)
        cost = once([sys.executable, "-c", ONE_SIDE, name], env={"PYTHONPATH": str(ROOT)}, folder=ROOT)
        return cost.cpu, count, cost.memory


def trace_folder(name: str) -> None:
    """Trace all files of a folder as one project."""
    from coderev.analysis.taint import trace

    root = Path(name)
    paths = [Path(folder) / file for folder, _, names in os.walk(root) if ".git" not in folder for file in names]
    trace({str(path.relative_to(root)): path.read_bytes() for path in sorted(paths)})
