"""Let the engine read the corpus, and count what it found: `python -m benchmarks.taint.judging LANGUAGE open`.

A case counts as found where some finding names its weakness, one that is the same by definition (`SAME`), or one that
the pair lists under `Also`. Of the open part the cases that were missed or wrongly found are listed, for those who
tune. Of the sealed part only the table is told, and each run is a line of `sealed-runs.md`: a fourth is refused.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from benchmarks.taint.corpus import Pair, Part, pairs
from benchmarks.taint.scoring import Result, Row, Table, printed, score
from coderev.analysis.taint import trace
from coderev.process import run as run_process

SAME = {"CWE-94": ("CWE-95",), "CWE-95": ("CWE-94",)}
MOST_RUNS = 3
RUNS = Path(__file__).parent / "sealed-runs.md"
HEAD = "# Runs of the sealed corpus\n\nAt most three of each language, ever.\n\n"
Found = Callable[[dict[str, str]], frozenset[str]]  # the weaknesses that an engine reports for a program


class Sealed(Exception):
    """The sealed part of a language was run as often as it may be."""

    def __init__(self, language: str, done: int) -> None:
        super().__init__(f"{language}: the sealed part was run {done} times")


def reported(files: dict[str, str]) -> frozenset[str]:
    """The weaknesses that the engine reports for a program."""
    traced = trace({path: text.encode() for path, text in files.items()})
    return frozenset(flow.rule.cwe for flow in traced.flows)


def results(chosen: tuple[Pair, ...], find: Found = reported) -> list[Result]:
    """What is found of each variant, the vulnerable one first."""
    return [
        Result(cwe=pair.cwe, name=pair.name, vulnerable=vulnerable, found=bool(find(files) & _counted(pair)))
        for pair in chosen
        for vulnerable, files in ((True, pair.vulnerable), (False, pair.safe))
    ]


def _counted(pair: Pair) -> frozenset[str]:
    return frozenset((pair.cwe, *SAME.get(pair.cwe, ()), *pair.also))


def run(language: str, part: Part, find: Found = reported, log: Path = RUNS) -> tuple[Table, list[Result]]:
    """Judge a part of the corpus: its table, and the results that are wrong (none are told of the sealed part).

    Raises Sealed before anything is read where the sealed part may not be run again.
    """
    if part == "sealed":
        _may_run(language, log)
    found = results(pairs(language, part), find)
    table = score(found)
    if part == "sealed":
        _write(language, table, log)
        return table, []
    return table, [result for result in found if result.found != result.vulnerable]


def _may_run(language: str, log: Path) -> None:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    done = sum(f" {language} " in line for line in lines if line.startswith("- "))
    if done >= MOST_RUNS:
        raise Sealed(language, done)


def _write(language: str, table: Table, log: Path) -> None:
    head = run_process(["git", "rev-parse", "--short", "HEAD"], folder=Path(__file__).parent, seconds=10.0)
    figures = "; ".join(_figures(row) for row in (table.principal, table.macro) if row)
    line = f"- {datetime.now(UTC):%Y-%m-%d %H:%M} {language} on {head.stdout.decode().strip()}: {figures}\n"
    with log.open("a", encoding="utf-8") as file:
        file.write(line if file.tell() else HEAD + line)


def _figures(row: Row) -> str:
    recall, wrong = row.recall, row.false_positives
    return (
        f"{row.cwe}: recall {recall.value:.3f} ({recall.lower:.3f} to {recall.upper:.3f}), "
        f"false positives {wrong.value:.3f} ({wrong.lower:.3f} to {wrong.upper:.3f})"
    )


def main(language: str, part: Literal["open", "sealed"]) -> None:
    """Print the table, then what is wrong."""
    table, wrong = run(language, part)
    print(printed(table))
    for result in wrong:
        print(f"{result.cwe} {result.name}: {'missed' if result.vulnerable else 'found in the safe twin'}")


if __name__ == "__main__":
    main(sys.argv[1], "sealed" if sys.argv[2] == "sealed" else "open")
