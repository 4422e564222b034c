"""What an engine found of the corpus, counted: recall and false positives with intervals. Pure.

A proportion's interval is Wilson's (Wilson, JASA 22, 1927). The macro average weighs each weakness alike; its interval
recovers the variances from the limits of the parts (MOVER: Zou, Huang and Zhang, Computational Statistics & Data
Analysis 53, 2009), which needs no chance and does not collapse where every part is 0 or 1, as the delta method does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

PRINCIPAL = frozenset(
    f"CWE-{number}" for number in (22, 78, 79, 89, 90, 94, 501, 502, 601, 611, 643, 918, 943, 1321)
)  # the weaknesses that an engine must know first and deep
Z = 1.959_963_984_540_054  # of the normal distribution: 95 % lie between -Z and Z


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an engine said of one variant: `found` where it reported the weakness."""

    cwe: str
    name: str
    vulnerable: bool
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A proportion with its 95 % interval, each from 0 to 1. `count` of `of`; both 0 where it is an average."""

    value: float
    lower: float
    upper: float
    count: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One weakness, or the average of all."""

    cwe: str
    recall: Rate
    false_positives: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A row for each weakness in order of number, the macro average of all, and that of the principal ones.

    `principal` is None where none of them was judged.
    """

    rows: tuple[Row, ...]
    macro: Row
    principal: Row | None


def wilson(count: int, of: int) -> Rate:
    """The proportion of `count` in `of`, with Wilson's interval; of nothing, all is possible."""
    if of == 0:
        return Rate(value=0.0, lower=0.0, upper=1.0)
    share, square = count / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    lower, upper = max(0.0, middle - half), min(1.0, middle + half)
    return Rate(value=share, lower=min(lower, share), upper=max(upper, share), count=count, of=of)


def average(rates: Sequence[Rate]) -> Rate:
    """The mean of independent proportions, with the MOVER interval. Raises ValueError where there are none."""
    if not rates:
        raise ValueError("the average of no rates")
    size = len(rates)
    mean = sum(rate.value for rate in rates) / size
    down = sqrt(sum((rate.value - rate.lower) ** 2 for rate in rates)) / size
    up = sqrt(sum((rate.upper - rate.value) ** 2 for rate in rates)) / size
    return Rate(value=mean, lower=max(0.0, mean - down), upper=min(1.0, mean + up))


def score(results: Iterable[Result]) -> Table:
    """Recall over vulnerable variants and false positives over safe ones. Raises ValueError where there are none."""
    kept = list(results)
    names = sorted({result.cwe for result in kept}, key=lambda cwe: int(cwe.removeprefix("CWE-")))
    rows = tuple(_row(cwe, [result for result in kept if result.cwe == cwe]) for cwe in names)
    first = [row for row in rows if row.cwe in PRINCIPAL]
    return Table(rows=rows, macro=_macro("all", rows), principal=_macro("principal", first) if first else None)


def _macro(name: str, rows: Sequence[Row]) -> Row:
    recall, wrong = average([row.recall for row in rows]), average([row.false_positives for row in rows])
    return Row(cwe=name, recall=recall, false_positives=wrong)


def _row(cwe: str, results: Sequence[Result]) -> Row:
    bad = [result.found for result in results if result.vulnerable]
    good = [result.found for result in results if not result.vulnerable]
    return Row(cwe=cwe, recall=wilson(sum(bad), len(bad)), false_positives=wilson(sum(good), len(good)))


def printed(table: Table) -> str:
    """The table as Markdown."""
    head = "| weakness | recall | 95 % | false positives | 95 % |\n| --- | --- | --- | --- | --- |\n"
    shown = [*table.rows, table.macro, *([table.principal] if table.principal else [])]
    rows = (f"| {row.cwe} | {_cells(row.recall)} | {_cells(row.false_positives)} |" for row in shown)
    return head + "\n".join(rows) + "\n"


def _cells(rate: Rate) -> str:
    counted = f" ({rate.count}/{rate.of})" if rate.of else ""
    return f"{rate.value:.3f}{counted} | {rate.lower:.3f} to {rate.upper:.3f}"
