"""spec/bundle.md 7.6 to 7.11 and 8: whatever happens, the floor never falls, and the live one is kept."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coderev.errors import Bug
from coderev.trust.generations import (
    KEPT,
    DatabaseIncompatible,
    FloorUnknown,
    Generation,
    Generations,
    GenerationUnknown,
    RollbackRefused,
    Schemas,
)

RESTORE = "restore-the-database"


def generation(seq: int, letter: str = "a", schemas: Schemas | None = None) -> Generation:
    return Generation(seq=seq, digest=letter * 64, schemas=schemas)


def installed(*seqs: int) -> Generations:
    site = Generations(newest=0)
    for seq in seqs:
        site = site.stage(generation(seq)).swap()
    return site


def test_a_generation_is_named_by_seq_and_digest() -> None:
    """7.4."""
    assert generation(7).name == "7-aaaaaaaaaaaa"


def test_an_installed_generation_is_live_and_raises_the_floor() -> None:
    """7.6, 7.7."""
    site = installed(1, 5)

    assert (site.live, site.newest, site.staged) == (generation(5), 5, None)


def test_a_staged_generation_is_not_live_and_raises_nothing() -> None:
    """7.7: the floor is what became live."""
    site = installed(1).stage(generation(5))

    assert (site.live, site.newest, site.staged) == (generation(1), 1, generation(5))


def test_an_older_bundle_is_refused() -> None:
    """6.7."""
    with pytest.raises(RollbackRefused, match="seq 4 is older than 5"):
        installed(5).stage(generation(4))


def test_an_older_bundle_is_refused_after_a_rollback() -> None:
    """8.2: compared with the floor, not with what is live."""
    site = installed(1, 5).back(None, None, RESTORE)

    with pytest.raises(RollbackRefused, match="seq 3 is older than 5"):
        site.stage(generation(3))


def test_a_host_without_a_floor_asks_for_the_least_seq() -> None:
    """6.7."""
    with pytest.raises(FloorUnknown, match="whether bundle seq 9 is too old"):
        Generations().stage(generation(9))
    with pytest.raises(RollbackRefused):
        Generations().with_floor(10).stage(generation(9))
    assert Generations().with_floor(9).stage(generation(9)).swap().live == generation(9)


def test_paper_does_not_lower_a_floor() -> None:
    """7.7."""
    assert installed(5).with_floor(1).newest == 5
    assert installed(5).with_floor(9).newest == 9


def test_what_is_live_already_is_not_staged() -> None:
    """7.9."""
    site = installed(5)

    assert site.stage(generation(5)) == site


def test_the_same_seq_with_other_files_is_another_generation() -> None:
    """7.4, 7.14: the same bundle for another role."""
    site = installed(5).stage(generation(5, "b")).swap()

    assert site.live == generation(5, "b")
    assert site.kept == (generation(5), generation(5, "b"))


def test_a_failed_health_check_brings_back_what_was_live() -> None:
    """7.10: and a rerun finds the failed one staged."""
    site = installed(1, 2).stage(generation(3)).swap().revert()

    assert (site.live, site.staged, site.newest) == (generation(2), generation(3), 3)
    assert site.stage(generation(3)).swap().live == generation(3)


def test_a_failed_first_install_leaves_nothing_live() -> None:
    """7.10."""
    site = installed(1).revert()

    assert (site.live, site.staged, site.newest) == (None, generation(1), 1)


def test_rollback_returns_to_what_was_live_before() -> None:
    """8.1, 8.2."""
    site = installed(1, 2, 3).back(None, None, RESTORE)

    assert (site.live, site.newest) == (generation(2), 3)
    assert site.back(None, None, RESTORE).live == generation(3)


def test_rollback_returns_to_a_seq_that_is_kept() -> None:
    """8.1."""
    site = installed(1, 2, 3)

    assert site.back(1, None, RESTORE).kept == (generation(2), generation(3), generation(1))
    for seq in (3, 9):
        with pytest.raises(GenerationUnknown, match=f"seq {seq} is no generation .* kept are: 1-a{{12}}, 2-a{{12}}"):
            site.back(seq, None, RESTORE)


def test_there_is_no_rollback_from_the_first_generation() -> None:
    with pytest.raises(GenerationUnknown, match="kept are: none"):
        installed(1).back(None, None, RESTORE)


@pytest.mark.parametrize(("schema", "allowed"), [(11, False), (12, True), (14, True), (15, False), (None, True)])
def test_rollback_stops_at_the_database(schema: int | None, *, allowed: bool) -> None:
    """8.3."""
    old = generation(1, schemas=Schemas(lowest=12, highest=14))
    site = Generations(newest=0).stage(old).swap().stage(generation(2)).swap()

    if allowed:
        assert site.back(None, schema, RESTORE).live == old
    else:
        with pytest.raises(
            DatabaseIncompatible, match=f"schema {schema}, and generation 1-a+ runs on 12 to 14"
        ) as caught:
            site.back(None, schema, RESTORE)
        assert RESTORE in caught.value.next_step


def test_three_generations_are_kept() -> None:
    """7.11."""
    site, gone = installed(1, 2, 3, 4, 5).prune()

    assert site.kept == (generation(3), generation(4), generation(5))
    assert gone == (generation(1), generation(2))


def test_the_live_generation_is_never_pruned() -> None:
    """7.11: though it has the lowest seq, and nothing shall be kept."""
    site, gone = installed(1, 2, 3, 4).back(1, None, RESTORE).prune(0)

    assert site.kept == (generation(1),)
    assert gone == (generation(2), generation(3), generation(4))


def test_states_that_cannot_be_are_our_bug() -> None:
    one, two = generation(1), generation(2)

    with pytest.raises(Bug):
        Generations(kept=(one, one), newest=1)
    with pytest.raises(Bug):
        Generations(kept=(one,), staged=one, newest=1)
    with pytest.raises(Bug):
        Generations(kept=(two,), newest=1)
    with pytest.raises(Bug):
        Generations(kept=(two,))
    with pytest.raises(Bug):
        installed(1).swap()
    with pytest.raises(Bug):
        Generations(newest=0).revert()


class Site(RuleBasedStateMachine):
    """A site that is offered bundles, installs, fails, goes back and prunes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = Generations(newest=0)
        self.live: list[Generation] = []  # everything that was ever live, in order
        self.floor = 0

    @rule(seq=st.integers(1, 12), letter=st.sampled_from("ab"))
    def offer(self, seq: int, letter: str) -> None:
        offered = generation(seq, letter)
        if seq < self.floor:
            with pytest.raises(RollbackRefused):
                self.state.stage(offered)
        else:
            self.state = self.state.stage(offered)
            assert offered in (self.state.live, self.state.staged)

    @precondition(lambda self: self.state.staged is not None)
    @rule(healthy=st.booleans())
    def swap(self, *, healthy: bool) -> None:
        before, staged = self.state.live, self.state.staged
        assert staged is not None
        self.state = self.state.swap()
        assert self.state.live == staged
        self.floor = max(self.floor, staged.seq)
        if healthy:
            self.live.append(staged)
        else:
            self.state = self.state.revert()
            assert (self.state.live, self.state.staged) == (before, staged)

    @rule(seq=st.none() | st.integers(1, 12))
    def back(self, seq: int | None) -> None:
        try:
            self.state = self.state.back(seq, None, RESTORE)
        except GenerationUnknown:
            assert seq is None or seq not in {one.seq for one in self.state.kept[:-1]}
        else:
            assert self.state.live is not None
            assert self.state.live in self.live
            assert seq in {None, self.state.live.seq}

    @rule()
    def prune(self) -> None:
        live = self.state.live
        self.state, gone = self.state.prune()
        assert live not in gone
        assert len(self.state.kept) <= KEPT

    @invariant()
    def the_floor_never_falls(self) -> None:
        assert self.state.newest == self.floor

    @invariant()
    def the_live_one_is_kept_and_was_complete(self) -> None:
        assert self.state.live is None or self.state.live in self.state.kept
        assert set(self.state.kept) <= set(self.live)


TestSite = Site.TestCase
TestSite.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
