"""Repositories and merge requests, as the forges told of them."""

# ruff: noqa: A002 - an id is called `id`
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from coderev.store.records import MergeRequest, Repository
from coderev.store.tables.statements import Statements, read

if TYPE_CHECKING:
    import psycopg

SEEN_AGAIN = timedelta(minutes=1)  # sooner, the same is not written again: webhooks of one repository do not queue up


class Repositories:
    """The table `repository`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "repositories")

    async def see(self, forge: str, forge_id: str, path: str, tenant: str, at: datetime) -> Repository:
        """The repository, as the forge tells of it at a time; what is told late changes nothing.

        `tenant` counts at first sight, and stays. Where another repository has it (which was renamed since), the new
        one's is `tenant#forge_id`: who may read the one may not read the other.
        """
        row = await self._sql.row("find", forge=forge, forge_id=forge_id)
        if row is None:
            await self._sql.rows("turn")
            added = {"forge": forge, "forge_id": forge_id, "path": path, "tenant": tenant, "at": at}
            await self._sql.changed("add", **added)
        elif row["seen"] + (SEEN_AGAIN if row["path"] == path else timedelta()) < at:
            await self._sql.changed("update", id=row["id"], path=path, at=at)
        else:
            return msgspec.convert(row, Repository)
        return msgspec.convert(await self._sql.row("find", forge=forge, forge_id=forge_id), Repository)

    async def get(self, id: int) -> Repository | None:
        """The repository of our id."""
        return read(await self._sql.row("get", id=id), Repository)

    async def find(self, forge: str, forge_id: str) -> Repository | None:
        """The repository that the forge calls so."""
        return read(await self._sql.row("find", forge=forge, forge_id=forge_id), Repository)

    async def by_path(self, forge: str, path: str) -> Repository | None:
        """The repository that was at this path when it was seen last."""
        return read(await self._sql.row("by_path", forge=forge, path=path), Repository)

    async def all(self) -> tuple[Repository, ...]:
        """All repositories, by forge and path."""
        return tuple(msgspec.convert(row, Repository) for row in await self._sql.rows("all"))


class MergeRequests:
    """The table `merge_request`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "merge_requests")

    async def see(  # noqa: PLR0913, PLR0917 - what a forge tells of one
        self,
        repository: Repository,
        number: int,
        author: str,
        target: str,
        head: str,
        state: Literal["open", "merged", "closed"],
        at: datetime,
    ) -> MergeRequest:
        """The merge request, as the forge tells of it at a time; what is told late changes nothing."""
        row = await self._sql.row(
            "see",
            repository=repository.id,
            number=number,
            author=author,
            target=target,
            head=head,
            state=state,
            at=at,
        )
        return msgspec.convert({**(row or {}), "repository": repository}, MergeRequest)

    async def get(self, id: int) -> MergeRequest | None:
        """The merge request of our id."""
        return read(await self._sql.row("get", id=id), MergeRequest)

    async def find(self, repository_id: int, number: int) -> MergeRequest | None:
        """The merge request that people call so."""
        return read(await self._sql.row("find", repository=repository_id, number=number), MergeRequest)
