"""How often a model may be asked: at most so many requests in any 60 seconds.

A token bucket lets nearly twice its rate through in its first minute; remembering the starts keeps the promise.
"""

from collections import deque

WINDOW = 60.0  # seconds


class Rate:
    """Hands out the times at which requests may start. Times are seconds of a clock that never goes back."""

    def __init__(self, requests_per_minute: int | None) -> None:
        self._limit = requests_per_minute
        self._starts: deque[float] = deque(maxlen=requests_per_minute or 0)  # the latest ones, oldest first
        self._held_until = 0.0

    def reserve(self, now: float, latest: float) -> float | None:
        """The time at which one request may start, which is then taken; None when that is after `latest`."""
        start = max(now, self._held_until)
        if self._limit and len(self._starts) == self._limit:
            start = max(start, self._starts[0] + WINDOW)
        if start > latest:
            return None
        self._starts.append(start)
        return start

    def hold(self, now: float, seconds: float) -> None:
        """Let nothing start for so long, at most a whole window: the server asked for it."""
        self._held_until = max(self._held_until, now + min(seconds, WINDOW))
