"""One question goes first for each prefix, so that the others find it in the model server's cache."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

HEAD_START = 0.1  # seconds; a server that batches reads a thousand tokens in less, and caches them as it reads
MAX_PREFIXES = 1_000  # remembered; the oldest is forgotten first, and then leads once more


class Prefixes:
    """Remembers which prefixes a model has been given."""

    def __init__(self) -> None:
        self._read: dict[object, asyncio.Event] = {}

    @contextlib.asynccontextmanager
    async def turn(self, prefix: object) -> AsyncIterator[None]:
        """Give the first question with a prefix a head start on the others, or less when it ends before.

        It is not waited for: its answer may take a minute, and reading what the others share takes a moment.
        """
        if (read := self._read.get(prefix)) is None:
            read = self._lead(prefix)
            head_start = asyncio.get_running_loop().call_later(HEAD_START, read.set)
            try:
                yield
            finally:
                head_start.cancel()
                read.set()
            return
        await read.wait()
        yield

    def _lead(self, prefix: object) -> asyncio.Event:
        if len(self._read) >= MAX_PREFIXES:
            del self._read[next(iter(self._read))]
        self._read[prefix] = asyncio.Event()
        return self._read[prefix]
