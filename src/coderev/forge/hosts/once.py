"""What was asked for already, while a list of merge requests is read: each branch and each author once."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Answers by what was asked for; not for use by two at once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, T] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer that is known, or else the one that `ask` gets. What `ask` raises is raised, and not kept."""
        if key not in self._known:
            self._known[key] = await ask()
        return self._known[key]
