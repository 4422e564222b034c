"""Access records: each is durable before its answer is sent; those that come at a time are committed together."""

from collections import Counter
from collections.abc import Sequence

from coderev.errors import Unavailable
from coderev.server.patience import within
from coderev.server.together import Together
from coderev.store import Store, records

SECONDS = 7.0  # for one commit: all who ask wait for it
MOST = 500  # records of one commit


class NotRecorded(Unavailable):
    """An access could not be recorded, so it is not allowed."""

    message = "the access could not be recorded: {reason}"
    hint = "see /readyz, and whether the database runs and has room"


class Recorder:
    """Writes access records. One commit is under way at a time; what comes meanwhile shares the next one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._together = Together(self._committed, MOST)
        self.counts: Counter[tuple[str, str]] = Counter()  # by action and outcome

    async def record(self, record: records.AccessRecord) -> None:
        """Return when the record is durable. Raises NotRecorded."""
        await self._together.do(record)
        self.counts[record.action, record.outcome] += 1

    async def _committed(self, batch: Sequence[records.AccessRecord]) -> Sequence[None]:
        try:
            await within(SECONDS, self._write(batch))
        except Exception as error:  # whatever it is: what is not recorded is not allowed
            raise NotRecorded(reason=type(error).__name__) from error
        return [None] * len(batch)

    async def _write(self, batch: Sequence[records.AccessRecord]) -> None:
        async with self._store.batch() as work:
            await work.accesses.add(*batch)
