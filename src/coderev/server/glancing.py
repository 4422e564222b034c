"""A review's metadata, looked up for all who ask at a time in one transaction."""

from collections.abc import Sequence
from uuid import UUID

from coderev.server.together import Together
from coderev.store import Store, records

MOST = 100  # reviews of one transaction


class Glance:
    """Looks reviews up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._together = Together(self._found, MOST)

    async def at(self, review: UUID) -> records.Review | None:
        """The review of this id as it is now, whoever's it is: the caller decides who may see it."""
        return await self._together.do(review)

    async def _found(self, ids: Sequence[UUID]) -> Sequence[records.Review | None]:
        async with self._store.work() as work:
            found = {each: await work.reviews.get(each) for each in dict.fromkeys(ids)}
        return [found[each] for each in ids]
