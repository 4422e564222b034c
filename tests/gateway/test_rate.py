from hypothesis import given
from hypothesis import strategies as st

from coderev.gateway.rate import WINDOW, Rate


def test_without_a_limit_every_request_starts_at_once() -> None:
    rate = Rate(None)

    assert [rate.reserve(1.0, 1.0) for _ in range(100)] == [1.0] * 100


def test_a_request_over_the_limit_waits_for_the_oldest_to_leave_the_window() -> None:
    rate = Rate(2)
    rate.reserve(0.0, 0.0)
    rate.reserve(10.0, 10.0)

    assert rate.reserve(20.0, 100.0) == WINDOW
    assert rate.reserve(20.0, 100.0) == 10.0 + WINDOW


def test_a_request_that_cannot_start_in_time_takes_no_turn() -> None:
    rate = Rate(1)
    rate.reserve(0.0, 0.0)

    assert rate.reserve(1.0, 59.9) is None
    assert rate.reserve(1.0, 60.0) == WINDOW


def test_what_the_server_asked_for_is_waited_for_but_never_longer_than_a_window() -> None:
    rate = Rate(None)

    rate.hold(0.0, 5.0)
    assert rate.reserve(1.0, 10.0) == 5.0

    rate.hold(0.0, 1e9)
    assert rate.reserve(1.0, 100.0) == WINDOW


def test_a_shorter_hold_does_not_shorten_a_longer_one() -> None:
    rate = Rate(None)
    rate.hold(0.0, 30.0)
    rate.hold(0.0, 1.0)

    assert rate.reserve(0.0, 100.0) == 30.0


@given(
    limit=st.integers(1, 5),
    steps=st.lists(st.tuples(st.floats(0, 30), st.floats(0, 90), st.floats(0, 20)), max_size=60),
)
def test_no_sixty_seconds_see_more_starts_than_the_limit(limit: int, steps: list[tuple[float, float, float]]) -> None:
    rate, now, starts = Rate(limit), 0.0, []
    for passed, patience, held in steps:
        now += passed
        rate.hold(now, held)
        start = rate.reserve(now, now + patience)
        if start is not None:
            assert now <= start <= now + patience
            starts.append(start)

    assert starts == sorted(starts)
    assert all(later >= earlier + WINDOW for earlier, later in zip(starts, starts[limit:], strict=False))
