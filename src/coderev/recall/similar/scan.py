"""The nearest rows of a matrix, exactly, without reading most of it. Pure.

Each row x of length 1 has a *lead*: its coordinates along the few directions that hold most of all rows (the first
eigenvectors of their second moment), and the length of what is left of it. For a question q, by Cauchy and Schwarz,

    x·q  ≤  lead(x)·lead(q) + rest(x)·rest(q)

so one pass over the short leads bounds every cosine from above. The rows with the highest bounds are computed in full,
and whatever could still reach the k-th of them is too; those alone are ranked, in float64. A row that is skipped is
proven to be farther. Where the bounds prove little, the whole matrix is read: slower, with the same answer.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Rows = NDArray[np.int64]

LEAD = 128  # directions; they hold nine tenths of MiniLM's vectors of code
SAMPLE = 8_192  # rows that the directions are taken from
FIRST = 64  # rows that are computed in full to see how near the nearest are
READ_ALL = 0.2  # of the rows: when more than that are left, reading them in order is faster than picking them
SLACK = 1e-4  # more than all rounding in float32 over 2,000 dimensions, and more than CROSS
CROSS = 1e-5  # the most by which a rest may lean on the directions it is a rest of


@dataclass(frozen=True, slots=True)
class Leads:
    """The leads of the first rows of a matrix: `table` is (rows, LEAD + 1), the rest's length in the last column."""

    basis: "Floats"  # (LEAD, dimensions), orthonormal
    table: "Floats"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of length 1, (rows, dimensions), those of them that are gone, and leads of as many rows as have one."""

    rows: "Floats"
    gone: "Rows"
    leads: Leads | None = None


def nearest(matrix: Matrix, question: "Floats", k: int, at_least: float) -> list[tuple[int, float]]:
    """The `k` nearest rows to a question of length 1 whose cosine is `at_least`: number and cosine, nearest first."""
    import numpy as np

    count = len(matrix.rows) - len(matrix.gone)
    k = min(k, count)
    if k < 1:
        return []
    bounds = _bounds(matrix, question)
    bounds[matrix.gone] = -np.inf
    first = np.argpartition(bounds, -min(max(k, FIRST), count))[-min(max(k, FIRST), count) :]
    known = np.vecdot(matrix.rows[first], question)
    least = max(float(np.partition(known, -k)[-k]), at_least) - SLACK
    left = np.flatnonzero(bounds >= least - SLACK)
    if len(left) > READ_ALL * len(matrix.rows):
        cosines = np.vecdot(matrix.rows, question)
        cosines[matrix.gone] = -np.inf
        left = np.flatnonzero(cosines >= least)
    return _ranked(matrix.rows, left, question, k, at_least)


def _bounds(matrix: Matrix, question: "Floats") -> "Floats":
    """What no row's cosine exceeds, but for SLACK."""
    import numpy as np

    if matrix.leads is None:
        return np.asarray(np.vecdot(matrix.rows, question), np.float32)
    wide = question.astype(np.float64)
    lead = matrix.leads.basis.astype(np.float64) @ wide
    rest = np.linalg.norm(wide - lead @ matrix.leads.basis)
    led = np.vecdot(matrix.leads.table, np.append(lead, rest).astype(np.float32))
    return np.concatenate([led, np.vecdot(matrix.rows[len(led) :], question)])


def _ranked(rows: "Floats", left: "Rows", question: "Floats", k: int, at_least: float) -> list[tuple[int, float]]:
    """The best of a few rows, in float64; of equals the one that was there first."""
    import numpy as np

    rough = np.vecdot(rows[left], question)
    if len(left) > k:
        left = left[rough >= np.partition(rough, -k)[-k] - SLACK]
    wide = rows[left].astype(np.float64)
    cosines = wide @ question.astype(np.float64) / np.linalg.norm(wide, axis=1) / np.linalg.norm(question)
    best = np.lexsort((left, -cosines))[:k]
    return [(int(left[at]), float(min(cosines[at], 1.0))) for at in best if cosines[at] >= at_least]


def basis_of(rows: "Floats") -> "Floats":
    """The directions that hold most of these rows: (LEAD, dimensions), orthonormal."""
    import numpy as np

    sample = rows[:: max(len(rows) // SAMPLE, 1)].astype(np.float64)
    _, directions = np.linalg.eigh(sample.T @ sample)  # in ascending order of what they hold
    return np.ascontiguousarray(directions[:, ::-1][:, :LEAD].T, np.float32)


def table_of(rows: "Floats", basis: "Floats") -> "Floats | None":
    """The leads of rows, (rows, LEAD + 1); None where rounding would break the bound, which no sane basis does.

    The rest is what the stored lead really leaves, computed in float64 and rounded up.
    """
    import numpy as np

    wide, directions = rows.astype(np.float64), basis.astype(np.float64)
    lead = (wide @ directions.T).astype(np.float32)
    rest = wide - lead.astype(np.float64) @ directions
    if not np.abs(np.linalg.norm(rest @ directions.T, axis=1)).max(initial=0.0) <= CROSS:
        return None
    lengths = np.nextafter(np.linalg.norm(rest, axis=1).astype(np.float32), np.float32(np.inf))
    return np.column_stack([lead, lengths])
