"""`coderev --version`, the whole process."""

import sys
from collections.abc import Iterator

from benchmarks.measure import COMMAND, Row, median


def rows() -> Iterator[Row]:
    bare, ours = median([sys.executable, "-c", "pass"], runs=15), median([COMMAND, "--version"], runs=15)
    yield Row(
        what="`coderev --version`",
        peer=f"pr-agent's import 2.4–3.6 CPU-s, 198 MB; bare python {bare.cpu:.3f} CPU-s, {bare.memory:.0f} MB",
        goal="≤ 0.08 CPU-s, ≤ 30 MB",
        ours=f"{ours.cpu:.3f} CPU-s, {ours.memory:.0f} MB",
        met=ours.cpu <= 0.08 and ours.memory <= 30,
    )
