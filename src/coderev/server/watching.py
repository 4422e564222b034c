"""Following reviews: one look at the database a second, for all who want to know how theirs go on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from coderev.errors import CoderevError, Unavailable
from coderev.store import Store, records

EVERY_SECONDS = 1.0
MOST_STREAMS = 500  # of one process
MOST_OF_ONE = 20  # of one subject


class TooManyStreams(Unavailable):
    """Too many follow reviews at a time."""

    message = "{who} too many streams of events open"
    hint = "close some, or look at the review itself now and then"


class Watch:
    """Follows reviews for all who want to know: one task, while somebody does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._followers: dict[UUID, set[asyncio.Queue[records.Review | None]]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._open: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """How many streams are open."""
        return self._open.total()

    @asynccontextmanager
    async def follow(self, review: UUID, who: str) -> AsyncIterator["asyncio.Queue[records.Review | None]"]:
        """A queue in which the review appears each time that it was looked at; None: no more. Raises TooManyStreams."""
        if self.count >= MOST_STREAMS or self._open[who] >= MOST_OF_ONE:
            raise TooManyStreams(who="you have" if self._open[who] >= MOST_OF_ONE else "all together have")
        queue: asyncio.Queue[records.Review | None] = asyncio.Queue(
            maxsize=2
        )  # who is slow sees less, and always the last
        self._open[who] += 1
        self._followers.setdefault(review, set()).add(queue)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield queue
        finally:
            self._open[who] -= 1
            self._followers[review].discard(queue)
            if not self._followers[review]:
                del self._followers[review]
            self._open += Counter()  # forget those who have none

    async def _look(self) -> None:
        try:
            while self._followers:
                await asyncio.sleep(EVERY_SECONDS)
                with suppress(CoderevError, OSError):  # a database that is away: the streams wait for it
                    await self._tell()
        finally:
            self._looking = None

    async def _tell(self) -> None:
        async with self._store.work() as work:
            found = [await work.reviews.get(review) for review in tuple(self._followers)]
        for review in filter(None, found):
            for queue in self._followers.get(review.id, ()):
                _put(queue, review)

    def end(self) -> None:
        """End all streams: the process stops, and whoever follows asks another one."""
        for queues in self._followers.values():
            for queue in queues:
                _put(queue, None)


def _put(queue: "asyncio.Queue[records.Review | None]", item: records.Review | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(item)
