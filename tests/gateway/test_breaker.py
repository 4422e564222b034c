from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from coderev.gateway.breaker import Breaker

LIMIT, COOL_DOWN = 3, 10.0


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker(failures=LIMIT, cool_down=COOL_DOWN)
    for _ in range(LIMIT):
        breaker.failed(at)
    return breaker


def test_failures_in_a_row_open_the_circuit() -> None:
    breaker = opened()

    assert breaker.is_open
    assert not breaker.admit(COOL_DOWN - 0.1)


def test_an_answer_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(failures=2, cool_down=COOL_DOWN)
    breaker.failed(0)
    breaker.succeeded()
    breaker.failed(1)

    assert breaker.admit(1)


def test_one_probe_is_admitted_when_it_has_cooled_down() -> None:
    breaker = opened()

    assert breaker.admit(COOL_DOWN)
    assert not breaker.admit(COOL_DOWN)


def test_a_probe_that_answers_closes_the_circuit() -> None:
    breaker = opened()
    breaker.admit(COOL_DOWN)

    breaker.succeeded()

    assert not breaker.is_open
    assert breaker.admit(COOL_DOWN)


def test_a_probe_that_fails_begins_another_cool_down() -> None:
    breaker = opened()
    breaker.admit(COOL_DOWN)

    breaker.failed(COOL_DOWN + 5)

    assert not breaker.admit(2 * COOL_DOWN + 4)
    assert breaker.admit(2 * COOL_DOWN + 5)


def test_a_probe_that_never_reports_blocks_nobody_for_longer_than_a_cool_down() -> None:
    breaker = opened()
    breaker.admit(COOL_DOWN)

    assert breaker.admit(2 * COOL_DOWN)


class BreakerStates(RuleBasedStateMachine):
    """Whatever happens in whatever order: an open circuit lets one probe through in each cool-down."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(failures=LIMIT, cool_down=COOL_DOWN)
        self.now = 0.0
        self.failures = 0
        self.quiet_until = 0.0  # since the last failure or probe

    @rule(seconds=st.floats(0, 15))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def admit(self) -> None:
        was_open, quiet = self.failures >= LIMIT, self.now < self.quiet_until
        assert self.breaker.admit(self.now) == (not was_open or not quiet)
        if was_open and not quiet:
            self.quiet_until = self.now + COOL_DOWN

    @rule()
    def fail(self) -> None:
        self.breaker.failed(self.now)
        self.failures += 1
        self.quiet_until = self.now + COOL_DOWN

    @rule()
    def succeed(self) -> None:
        self.breaker.succeeded()
        self.failures = 0

    @invariant()
    def it_is_open_after_failures_in_a_row_and_only_then(self) -> None:
        assert self.breaker.is_open == (self.failures >= LIMIT)


TestBreakerStates = BreakerStates.TestCase
TestBreakerStates.settings = settings(max_examples=40, stateful_step_count=30)
