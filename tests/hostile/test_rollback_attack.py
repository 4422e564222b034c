"""Rollback: an attacker offers an old bundle, signed once, with known holes (spec/bundle.md 6.7, 7.7, 8.2)."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.bundles import NOW, BundleDepot, hospital, seq_files

from coderev.bundle.judge import OlderThanPaper
from coderev.bundle.rollback import Wish, rollback
from coderev.trust.generations import FloorUnknown, GenerationUnknown, RollbackRefused

DEPOT = BundleDepot()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return {seq: DEPOT.make(folder / f"{seq}", seq=seq) for seq in range(1, 6)}


def test_an_older_bundle_is_refused_and_nothing_changes(tmp_path: Path, bundles: dict[int, Path]) -> None:
    """6.7."""
    site = hospital(tmp_path, DEPOT)
    site.install(bundles[3])

    with pytest.raises(RollbackRefused):
        site.install(bundles[2])

    assert site.tree() == seq_files(3)


def test_seq_is_a_number_and_version_decides_nothing(tmp_path: Path) -> None:
    """2.3: in the guide, 1.9 is newer than 1.10."""
    site = hospital(tmp_path, DEPOT)
    site.install(DEPOT.make(tmp_path / "9", seq=9, version="1.9"))

    site.install(DEPOT.make(tmp_path / "10", seq=10, version="1.10"))

    with pytest.raises(RollbackRefused):
        site.install(DEPOT.make(tmp_path / "9b", seq=9, version="99"))
    assert site.tree() == seq_files(10)


def test_the_floor_outlives_the_generations(tmp_path: Path, bundles: dict[int, Path]) -> None:
    """7.7: whoever removes generations does not lower it."""
    import shutil

    site = hospital(tmp_path, DEPOT)
    site.install(bundles[3])
    site.install(bundles[4])
    shutil.rmtree(tmp_path / "opt/generations")

    with pytest.raises(RollbackRefused):
        site.install(bundles[3])


def test_a_host_without_a_floor_asks_paper(tmp_path: Path, bundles: dict[int, Path]) -> None:
    """6.7."""
    site = hospital(tmp_path, DEPOT)

    with pytest.raises(FloorUnknown):
        site.install(bundles[3], paper={"least_seq": None})
    with pytest.raises(OlderThanPaper):
        site.install(bundles[3], paper={"least_seq": 4})

    assert site.live is None


def test_paper_cannot_lower_a_floor(tmp_path: Path, bundles: dict[int, Path]) -> None:
    """6.7, 7.7."""
    site = hospital(tmp_path, DEPOT)
    site.install(bundles[3])

    with pytest.raises(RollbackRefused):
        site.install(bundles[2], paper={"least_seq": 1})


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from([1, 2, 3, 4, 5, "back"]), max_size=6))
def test_whatever_is_offered_the_floor_never_falls_and_the_live_one_is_whole(
    tmp_path_factory: pytest.TempPathFactory, bundles: dict[int, Path], steps: list[int | str]
) -> None:
    """7.7, 8.2."""
    site = hospital(tmp_path_factory.mktemp("site"), DEPOT)
    floors, seqs = [0], [0]

    for step in steps:
        try:
            if isinstance(step, int):
                site.install(bundles[step])
            else:
                rollback(Wish(), site.order(), NOW, lambda _: None)
        except (RollbackRefused, GenerationUnknown):
            pass
        found = site.site.standing("release").generations
        floors.append(found.newest or 0)
        seqs.append(found.live.seq if found.live else 0)

    assert floors == sorted(floors)
    assert floors[-1] == max(seqs)
    assert not seqs[-1] or site.tree() == seq_files(seqs[-1])
