"""What came from the forges and what went to them: webhooks taken once, things said once."""

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.store.records import Publication
from coderev.store.tables.statements import Statements, storable

if TYPE_CHECKING:
    import psycopg

LONGEST_ID = 200  # characters; forges' own are UUIDs


class Deliveries:
    """The table `delivery`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "deliveries")

    async def accept(self, forge: str, delivery_id: str, event: str, at: datetime, request_id: str) -> bool:
        """Take a webhook, together with what else this transaction does; False: it was here before.

        Of a delivery's id that is too long for an index, a digest is kept.
        """
        if len(delivery_id) > LONGEST_ID:
            delivery_id = sha256(storable(delivery_id).encode()).hexdigest()
        taken = {"forge": forge, "delivery_id": delivery_id, "event": event, "at": at, "request_id": request_id}
        return await self._sql.row("accept", **taken) is not None


class Publications:
    """The table `publication`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "publications")

    async def of(self, merge_request_id: int) -> tuple[Publication, ...]:
        """What stands at the forge on a merge request."""
        rows = await self._sql.rows("of", merge_request=merge_request_id)
        return msgspec.convert(rows, tuple[Publication, ...])

    async def put(self, merge_request_id: int, publication: Publication, at: datetime) -> None:
        """This stands there now, in the place of what was said about the same."""
        values = msgspec.structs.asdict(publication)
        await self._sql.changed("put", merge_request=merge_request_id, at=at, **values)
