"""Sixty-four units, a model that takes 200 ms, sixteen questions at once: the wall time of the whole review."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus import commit, git
from benchmarks.measure import COMMAND, Row, median
from benchmarks.site import configure, model_server

UNITS, AT_ONCE, DELAY = 64, 16, 0.2  # units, questions, seconds


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as site:
        folder = Path(name)
        git(folder, "init", "--quiet", "--initial-branch", "main")
        commit(folder, "before")
        functions = [f"def price_{number}(amount):\n    return amount * {number} + 1\n" for number in range(UNITS)]
        (folder / "prices.py").write_text("\n\n".join(functions), encoding="utf-8")
        commit(folder, "after")
        argv = [COMMAND, "review", "HEAD~1..HEAD", "--repo", name, "--quiet", "--no-recall"]
        start = median(argv, runs=5).wall
        with model_server(int(DELAY * 1000)) as port:
            config = configure(Path(site), port, f"limits: {{concurrency: {AT_ONCE}}}\n")
            ours = median([*argv, "--config", str(config)], runs=5).wall
    ideal = UNITS / AT_ONCE * DELAY
    yield Row(
        what=f"{UNITS} units and the whole, a model that takes {DELAY * 1000:.0f} ms, {AT_ONCE} at once",
        peer=f"ideal {ideal:.1f} s; the same without a model {start:.2f} s",
        goal=f"≤ 1.15 × {ideal:.1f} s + {start:.2f} s = {1.15 * ideal + start:.2f} s",
        ours=f"{ours:.2f} s",
        met=ours <= 1.15 * ideal + start,
    )
