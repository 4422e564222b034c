"""Faults at system calls: the machine dies, the disk fails or is full, at any moment (spec/bundle.md 7.6, 8.1).

Two hundred of some twelve hundred, chosen by a seed; `make bench` injects them all.
"""

import re
from pathlib import Path

import pytest
from stand_ins.faults import Trial, What, can_trace, chosen, thirty

SEED = 20_261_125
pytestmark = pytest.mark.skipif(not can_trace(), reason="strace is missing, or may not trace here")


@pytest.mark.parametrize(("what", "count"), [("install", 90), ("update", 80), ("rollback", 30)])
def test_whatever_stops_it_the_old_or_the_new_is_live_and_a_rerun_completes(
    tmp_path: Path, what: What, count: int
) -> None:
    """7.6, 8.1: kill -9, EIO and ENOSPC at calls that write, rename, link or sync."""
    trial = Trial(what, tmp_path)
    points = chosen(trial.points(), count, SEED)

    told = [trial.fault(point) for point in points]

    assert len(told) == count
    assert [each for each in told if each.torn is not None] == []
    assert any(each.status != 0 for each in told)


def test_a_generation_is_on_disk_before_it_is_named(tmp_path: Path) -> None:
    """7.5, 7.6, 7.7: built, brought to disk, then its name, then the floor, then the one rename of the link."""
    trial = Trial("update", tmp_path)

    calls = trial.calls().splitlines()

    built = [n for n, call in enumerate(calls) if "/generations/.new-8-" in call and not call.startswith("rename")]
    synced = [n for n, call in enumerate(calls) if call.startswith("syncfs(") and call.endswith("= 0")]
    named, floor, exchanged = (
        [n for n, call in enumerate(calls) if call.startswith("rename") and re.search(target, call)]
        for target in (r'/generations/8-\w+"\)', r'/site\.json"\)', r'/opt/current"\)')
    )
    assert len(built) > len(thirty(8))
    assert built[-1] < synced[-1] < named[0] < floor[0] < exchanged[0]
    assert len(exchanged) == 1
