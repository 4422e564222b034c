"""The taint engine: what it finds of the open corpus, and how fast it reads 300,000 lines with all packs.

`python -m benchmarks.taint.judging LANGUAGE open` prints the table for each weakness, and what is wrong.
"""

import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.corpus import commit, standard_library
from benchmarks.measure import COMMAND, ROOT, Cost, Row, once
from benchmarks.taint import warm
from benchmarks.taint.judging import run

LINES = 300_000
LINES_PUSHED = 60_000
PUSHED = "\ndef shown(name):\n" + "    print(name)\n" * 8  # ten lines
ONE_SIDE = "import sys; from benchmarks.flows import trace_folder; trace_folder(sys.argv[1], int(sys.argv[2]))"


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
    yield _next_push()
    yield from warm.rows()


def _speed() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        lines = standard_library(Path(name), LINES)
        whole, half = _traced(name, 1), _traced(name, 2)
    yield Row(
        what=f"`trace` of {lines:,} lines, all packs, nothing remembered",
        peer="semgrep's public Python rules: 700 lines per CPU-s",
        goal="≥ 15,000 lines per CPU-s, ≤ 500 MB",
        ours=f"{lines / whole.cpu:,.0f} lines per CPU-s, {whole.memory:.0f} MB",
        met=lines / whole.cpu >= 15_000 and whole.memory <= 500,
    )
    yield Row(
        what="the same over every other file of these",
        peer="linear: 2.0 × the CPU",
        goal="≤ 2.3 ×",
        ours=f"{whole.cpu / half.cpu:.2f} ×",
        met=whole.cpu / half.cpu <= 2.3,
    )
    library = sysconfig.get_path("stdlib")
    cost, lines = _traced(library, 1), sum(text.count(b"\n") for text in _files(library, 1).values())
    yield Row(
        what=f"the standard library where it lies, {lines:,} lines that import each other",
        peer="the row above the last, whose files are renamed and import nothing of each other",
        goal="≥ 15,000 lines per CPU-s, ≤ 500 MB",
        ours=f"{lines / cost.cpu:,.0f} lines per CPU-s, {cost.memory:.0f} MB",
        met=lines / cost.cpu >= 15_000 and cost.memory <= 500,
    )


def _next_push() -> Row:
    """Ten lines onto a base, then ten more onto these, both reviewed against the same base."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as own:
        count = standard_library(Path(name), LINES_PUSHED)
        changed = min(Path(name).rglob("*_argparse.py"))
        argv = [COMMAND, "review", "HEAD~1..HEAD", "--repo", name, "--quiet"]
        user = {"XDG_CACHE_HOME": own, "XDG_DATA_HOME": own}
        costs = []
        for again in (False, True):
            changed.write_text(changed.read_text(encoding="utf-8") + PUSHED, encoding="utf-8")
            commit(Path(name), "pushed")
            costs.append(once([*argv[:2], "HEAD~2..HEAD" if again else argv[2], *argv[3:]], env=user))
    first, second = costs
    return Row(
        what=f"`review` of ten lines in {count:,} lines, and of the next push onto the same base",
        peer="both sides traced anew: the first",
        goal="the next push ≤ 0.6 × the first",
        ours=f"{first.cpu:.2f} CPU-s, {second.cpu:.2f} CPU-s, {second.memory:.0f} MB",
        met=second.cpu <= 0.6 * first.cpu and first.status in (0, 1) and second.status in (0, 1),
    )


def _traced(folder: str, step: int) -> Cost:
    argv = [sys.executable, "-c", ONE_SIDE, folder, str(step)]
    return once(argv, env={"PYTHONPATH": str(ROOT)}, folder=ROOT)


def trace_folder(folder: str, step: int) -> None:
    """Trace the Python files of a folder as one project: each, or every other one, and so on."""
    from coderev.analysis.taint import trace

    trace(_files(folder, step))


def _files(folder: str, step: int) -> dict[str, bytes]:
    """By their paths, up to LINES; without tests and what was installed, which the standard library's folder holds."""
    root, found, count = Path(folder), dict[str, bytes](), 0
    others = {"test", "tests", "site-packages", "idle_test"}
    paths = (path for path in sorted(root.rglob("*.py")) if not others & set(path.relative_to(root).parts))
    for path in islice(paths, 0, None, step):
        if count < LINES + 1000:
            found[str(path.relative_to(root))] = path.read_bytes()
            count += found[str(path.relative_to(root))].count(b"\n")
    return found
