"""A fault at every system call that writes, renames, links or syncs, while a bundle of 30 files goes in or comes out.

`kill -9`, EIO and ENOSPC; after each, what is live must be the old release or the new one, whole, and a rerun must
complete. Takes some ten minutes; `python -m benchmarks faults`.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row

COUNT = int(os.environ.get("CODEREV_FAULTS", "0"))  # this many of each operation, instead of all
SEED = 5


def rows() -> Iterator[Row]:
    """One row for each operation."""
    from stand_ins.faults import can_trace, chosen, every

    if not can_trace():
        yield Row("faults at system calls", "", "0 torn", "not run: strace is missing or may not trace", met=False)
        return
    injected: Counter[str] = Counter()
    torn: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="f") as home:
        for what, told in every(Path(home), lambda points: chosen(points, COUNT, SEED) if COUNT else points):
            injected[what] += 1
            torn[what] += told.torn is not None
            if told.torn is not None:
                print(f"{what}: {told.point}: {told.torn}", file=sys.stderr)
    for name, count in injected.items():
        ours = f"{torn[name]} of {count} faults"
        yield Row(f"{name}: states that a fault left torn", "", "0", ours, met=not torn[name])
