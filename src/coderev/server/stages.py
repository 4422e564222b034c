"""Where a running review is, for those who wait for it: told to the database at most once a second."""

import asyncio
from typing import Self
from uuid import UUID

from coderev.errors import Unavailable
from coderev.store import Store

PERIOD = 1.0  # seconds


class Stage:
    """The stage of one review. What is said last is what is told; a database that is away misses a word, no review."""

    def __init__(self, store: Store, review: UUID) -> None:
        self._store, self._review = store, review
        self._wanted = self._told = ""
        self._telling: asyncio.Task[None] | None = None

    def say(self, words: str) -> None:
        """The review is here now. From any thread's loop of this review; it waits for nothing."""
        self._wanted = words

    def asked(self, done: int, of: int) -> None:
        """So many of the questions to models were answered."""
        self.say(f"asked {done} of {of}")

    async def __aenter__(self) -> Self:
        """Begin to tell."""
        self._telling = asyncio.create_task(self._tell())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop telling; how a review ends is told by who ends it."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell(self) -> None:
        while True:
            if self._wanted != self._told:
                self._told = self._wanted
                try:
                    async with self._store.work() as work:
                        await work.reviews.stage(self._review, self._told)
                except Unavailable:
                    self._told = ""  # tried again
            await asyncio.sleep(PERIOD)
