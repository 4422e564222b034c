"""Whether a job that failed is tried again, and when; pure."""

from collections.abc import Callable

import msgspec
import psycopg

from coderev.errors import InputError, TrustError, Unavailable

_AWAY = (Unavailable, OSError, psycopg.OperationalError)  # what does not answer; what it was to do may be right

MAX_WAIT = 86_400.0  # seconds: what a forge may ask for at most


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and how long in between. As it stands: a long weekend of a forge or a model that is down."""

    first: float = 5.0  # seconds before the second attempt; doubled before each later one
    longest: float = 900.0  # seconds
    attempts: int = 300  # where something does not answer
    faults: int = 3  # where we have a bug: the same again is likely
    deaths: int = 5  # of workers: such a job may be what kills them

    def wait(self, error: BaseException, attempt: int, chance: Callable[[], float]) -> float | None:
        """Seconds until the next attempt after this one (from 1) failed; None: never, a person must act.

        `chance` gives numbers in [0, 1): half of each wait is left to it, so that what failed together does not come
        back together. An error with `retry_after` in seconds is waited for, whatever else holds.
        """
        if isinstance(error, InputError | TrustError):
            return None
        if attempt >= (self.attempts if isinstance(error, _AWAY) else self.faults):
            return None
        doubled = min(self.first * 2.0 ** min(attempt - 1, 32), self.longest)
        return min(_asked_for(error) + doubled * (1 + chance()) / 2, MAX_WAIT)


def _asked_for(error: BaseException) -> float:
    asked = getattr(error, "retry_after", None)
    return max(float(asked), 0.0) if isinstance(asked, int | float) and asked == asked else 0.0  # noqa: PLR0124  # NaN
