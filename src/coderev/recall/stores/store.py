"""What keeps sealed answers: a Protocol, and the values that go through it.

A store sees keys and labels that are tags, and values that are sealed: it cannot read what it keeps, and what it gives
back is believed only when it opens. All times are Unix seconds. Whatever goes wrong is one error, StoreUnavailable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from coderev.errors import InputError, Unavailable
from coderev.files import now

CLOCK_SLACK = 60.0  # seconds that an entry may seem to come from the future: clocks of machines differ


class StoreUnavailable(Unavailable):
    """The store of remembered answers does not do what it is asked."""

    message = "the store of remembered answers {store} does not answer: {reason}"
    hint = "see that it runs and that this user may use it; `coderev review --no-recall` does without it"


class StoreMisconfigured(InputError):
    """What the settings say about the store of remembered answers cannot be used."""

    message = "recall.{key} cannot be used: {reason}"
    hint = "see recall in docs/reference/settings.md; without recall.store answers are kept in a file of this user"


@dataclass(frozen=True, slots=True)
class Labels:
    """What an entry is chosen by when it is purged: tags, not names."""

    model: bytes
    path: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which entries of the tenant to purge: those that meet every condition that is set; all when none is."""

    model: bytes | None = None
    path: bytes | None = None
    older_than: float | None = None  # seconds since the answer was made


@dataclass(frozen=True, slots=True)
class Size:
    """How much is remembered for the tenant."""

    entries: int
    bytes: int  # of sealed values
    oldest: float | None  # when the oldest answer was made; None when there is none


class Store(Protocol):
    """Keeps one tenant's sealed answers. Every method raises StoreUnavailable, or what Egress raises."""

    @property
    def notes(self) -> list[str]:
        """What happened to the store that a person should be told, one sentence each."""
        ...

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys, in their order, in one round trip; None for what is unknown or expired."""
        ...

    async def put(self, key: bytes, value: bytes, labels: Labels, *, made: float, expires: float) -> None:
        """Keep a value until `expires`, whatever was there before; it is kept when this returns."""
        ...

    async def purge(self, choice: Choice) -> int:
        """Forget what is chosen, and say how many entries that were."""
        ...

    async def size(self) -> Size:
        """How much is kept that has not expired."""
        ...

    async def add(self, counts: Mapping[str, float]) -> None:
        """Add to the tenant's running totals, which outlive processes and purges."""
        ...

    async def counts(self) -> dict[str, float]:
        """The tenant's running totals."""
        ...

    async def close(self) -> None:
        """Finish what is being written, for a short time, and let go of everything. Raises nothing."""
        ...


def is_live(made: float, expires: float, *, now: float, latest: float) -> bool:
    """Whether an entry may be served. `latest` is the latest time ever seen, so a clock that goes back revives nothing.

    An entry from the future was made under a clock that was wrong: nobody knows its age.
    """
    return made <= now + CLOCK_SLACK and max(now, latest) < expires


def unix_now() -> float:
    """The time of day in Unix seconds."""
    return now().timestamp()
