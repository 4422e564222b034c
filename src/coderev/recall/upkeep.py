"""Looking after what is remembered: how much there is, what it saved, and forgetting some of it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from coderev.egress import Egress
from coderev.recall.memory import model_tag, path_tag
from coderev.recall.opening import TENANT
from coderev.recall.sealing import Seal
from coderev.recall.stores import Choice, Store, open_store
from coderev.settings import Settings


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One tenant's store, for those who look after it. Every method raises StoreUnavailable."""

    _store: Store
    _seal: Seal

    async def stats(self) -> dict[str, float]:
        """The totals over all reviews: questions, hits of each tier, seconds and tokens of models saved.

        And how much is remembered: `entries`, `bytes`, and the `oldest` in Unix seconds, where there is one.
        """
        size = await self._store.size()
        oldest = {} if size.oldest is None else {"oldest": size.oldest}
        return {**await self._store.counts(), "entries": size.entries, "bytes": size.bytes, **oldest}

    async def purge(
        self, *, older_than: float | None = None, model: str | None = None, path: tuple[str, str] | None = None
    ) -> int:
        """Forget what is older than so many seconds, of a model, about a path (repository, path): all that is given.

        Everything of the tenant where nothing is given. How many entries that were.
        """
        choice = Choice(
            older_than=older_than,
            model=None if model is None else model_tag(self._seal, model),
            path=None if path is None else path_tag(self._seal, *path),
        )
        return await self._store.purge(choice)


@contextlib.asynccontextmanager
async def open_upkeep(settings: Settings) -> AsyncIterator[Upkeep]:
    """Open the store that the settings name.

    Raises KeyFileRefused, CannotWrite, StoreMisconfigured, RedisMissing, NotPermitted.
    """
    seal = Seal.of(settings.recall)
    store = open_store(settings, Egress(settings), seal.tag(TENANT))
    try:
        yield Upkeep(store, seal)
    finally:
        await store.close()
