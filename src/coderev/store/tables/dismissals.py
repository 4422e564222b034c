"""Dismissals: what people decided not to be told again, until when, and why. Their notes are sealed.

A note that was changed or moved in the database closes no list of others: its place says so, and reviews go without
that dismissal.
"""

# ruff: noqa: A002 - an id is called `id`
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.store.records import Dismissal
from coderev.store.sealing import Column, Seal, Tampered
from coderev.store.tables.statements import Row, Statements, listed, page

if TYPE_CHECKING:
    import psycopg

NOTE = Column("dismissal", "sealed_note", most=1 << 16)
UNOPENED = "(this note does not open: it was changed or moved in the database, or its key is gone)"


class Dismissals:
    """The table `dismissal`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", seal: Seal) -> None:
        self._sql, self._seal = Statements(connection, "dismissals"), seal

    async def add(self, dismissal: Dismissal) -> Dismissal:
        """Keep a dismissal, and return it with its id. Raises TooLargeToKeep for the note."""
        row = await self._sql.row("number")
        added = msgspec.structs.replace(dismissal, id=(row or {})["id"])
        tenant, note = added.repository.tenant, added.note.encode("utf-8", "replace")
        values = msgspec.structs.asdict(added) | {"repository": added.repository.id, "tenant": tenant}
        sealed = self._seal.seal(NOTE, tenant, str(added.id), note) if note else None
        await self._sql.changed("add", **values, sealed_note=sealed)
        return added

    async def get(self, id: int) -> Dismissal | None:
        """The dismissal of this id; UNOPENED stands for a note that does not open."""
        row = await self._sql.row("get", id=id)
        return None if row is None else self._opened(row)

    async def active(self, repository_id: int, at: datetime) -> tuple[Dismissal, ...]:
        """What is dismissed in a repository at a time; nothing is by one whose note does not open."""
        rows = await self._sql.rows("active", repository=repository_id, at=at)
        return tuple(each for each in map(self._opened, rows) if each.note != UNOPENED)

    async def search(
        self, tenants: frozenset[str] | None, active_at: datetime | None, limit: int, before: int | None = None
    ) -> tuple[Dismissal, ...]:
        """A page of dismissals, the newest first; `before` is the last of the page before.

        `tenants`: None are all, and of none in it nothing is found; `active_at`: only what holds then.
        """
        asked = {"tenants": listed(tenants), "active_at": active_at, "before": before, "limit": page(limit)}
        return tuple(self._opened(row) for row in await self._sql.search(**asked))

    async def revoke(self, id: int, by: str, at: datetime) -> bool:
        """It holds no more; False: there is none, or it was revoked before."""
        return await self._sql.changed("revoke", id=id, by=by, at=at) == 1

    def _opened(self, row: Row) -> Dismissal:
        return msgspec.convert({**row, "note": self._note(row)}, Dismissal)

    def _note(self, row: Row) -> str:
        if row["sealed_note"] is None:
            return ""
        try:
            return self._seal.open(NOTE, row["tenant"], str(row["id"]), bytes(row["sealed_note"])).decode()
        except Tampered:
            return UNOPENED
