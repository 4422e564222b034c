"""What models did in reviews."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from coderev.store.records import ModelUse
from coderev.store.tables.statements import Statements

if TYPE_CHECKING:
    import psycopg


class Uses:
    """The table `model_use`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "uses")

    async def add(self, review_id: UUID, uses: Sequence[ModelUse], at: datetime) -> None:
        """What each model did in a review; of a second attempt, what it did in that."""
        about = {"review": review_id, "at": at}
        await self._sql.each("add", [about | msgspec.structs.asdict(use) for use in uses])

    async def since(self, at: datetime) -> tuple[ModelUse, ...]:
        """What each model did in all reviews since a time, by name."""
        return msgspec.convert(await self._sql.rows("since", at=at), tuple[ModelUse, ...])
