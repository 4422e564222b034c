"""Who was allowed or denied what. Records are added and read; the database refuses to change them."""

from typing import TYPE_CHECKING, Any

import msgspec

from coderev.store.records import AccessRecord, Outcome
from coderev.store.tables.statements import Statements, containing, page

if TYPE_CHECKING:
    import psycopg


class Accesses:
    """The table `access_record`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "accesses")

    async def add(self, *records: AccessRecord) -> None:
        """Keep records; their ids are given here."""
        await self._sql.each("add", [msgspec.structs.asdict(record) for record in records])

    async def search(
        self,
        subject: str | None = None,
        action: str | None = None,
        outcome: Outcome | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[AccessRecord, ...]:
        """A page of records, the newest first; `before` is the id of the last of the page before.

        `subject` is a part of it. What is None is not asked about.
        """
        part = None if subject is None else containing(subject)
        asked = {"subject": part, "action": action, "outcome": outcome, "before": before, "limit": page(limit)}
        rows = await self._sql.search(**asked)
        return msgspec.convert(rows, tuple[AccessRecord, ...])
