"""A circuit breaker: a model that keeps failing is left alone for a while, then probed with one question.

After Nygard, *Release It!* (2nd edition, section 5.2). Times are seconds of a clock that never goes back.
"""

FAILURES = 5  # in a row, until the circuit opens
COOL_DOWN = 30.0  # seconds


class Breaker:
    """Closed while a model answers, open after failures in a row, half-open when it has cooled down.

    Half-open it admits one probe in each cool-down, so a probe that is withdrawn and reports nothing blocks nobody.
    """

    def __init__(self, failures: int = FAILURES, cool_down: float = COOL_DOWN) -> None:
        self._limit, self._cool_down = failures, cool_down
        self._failures = 0
        self._next_probe = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the model is failing: nobody but a probe is admitted."""
        return self._failures >= self._limit

    def admit(self, now: float) -> bool:
        """Whether a question may go to the model now."""
        if not self.is_open:
            return True
        if now < self._next_probe:
            return False
        self._next_probe = now + self._cool_down
        return True

    def succeeded(self) -> None:
        """The model is alive."""
        self._failures = 0

    def failed(self, now: float) -> None:
        """The model did not answer."""
        self._failures += 1
        self._next_probe = now + self._cool_down
