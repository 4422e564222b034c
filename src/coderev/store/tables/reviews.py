"""Reviews: who asked, how far they are, what came of them. What is code is sealed for its review and tenant."""

# ruff: noqa: A002 - an id is called `id`, and all findings are `all`
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import msgspec

from coderev.finding import Verdict
from coderev.store.records import MergeRequest, Repository, Review, ReviewFilter, ReviewState
from coderev.store.sealing import Column, Seal
from coderev.store.tables.statements import Statements, aside, containing, listed, page, read, storable

if TYPE_CHECKING:
    import psycopg

ORDER, RESULT, DIFF, RECORD = (Column("review", f"sealed_{name}") for name in ("order", "result", "diff", "record"))


class Abandoned(msgspec.Struct, frozen=True, kw_only=True):
    """A review that nobody ended, and how it did end."""

    review: Review
    state: Literal["failed", "cancelled"]
    why: str


class Reviews:
    """The table `review`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", seal: Seal) -> None:
        self._sql, self._seal = Statements(connection, "reviews"), seal

    async def add(  # noqa: PLR0913, PLR0917 - what is known when it is asked for
        self,
        id: UUID,
        tenant: str,
        repository: Repository | None,
        merge_request: MergeRequest | None,
        requested_by: str,
        request_id: str,
        at: datetime,
        order: bytes | None = None,
    ) -> Review:
        """A review that waits. `order` is what was handed in, sealed. Raises TooLargeToKeep."""
        await self._sql.changed(
            "add",
            id=id,
            tenant=tenant,
            repository=None if repository is None else repository.id,
            merge_request=None if merge_request is None else merge_request.id,
            requested_by=requested_by,
            request_id=request_id,
            at=at,
            sealed_order=None if order is None else await self._sealed(ORDER, tenant, id, order),
        )
        return msgspec.convert(await self._sql.row("get", id=id), Review)

    async def get(self, id: UUID) -> Review | None:
        """The review of this id, whoever's it is: the caller decides who may see it."""
        return read(await self._sql.row("get", id=id), Review)

    async def start(self, id: UUID, at: datetime) -> bool:
        """It runs, once more; False: it ended well or was cancelled, and there is nothing to run."""
        return await self._sql.changed("start", id=id, at=at) == 1

    async def sides(self, id: UUID, base: str, head: str, target: str | None = None) -> bool:
        """These commits are compared, for a branch where one is told; False: it has ended."""
        return await self._sql.changed("sides", id=id, base=base, head=head, target=target) == 1

    async def stage(self, id: UUID, text: str) -> bool:
        """Where it is, in words for people; False: it does not run."""
        return await self._sql.changed("stage", id=id, stage=text) == 1

    async def finish(  # noqa: PLR0913, PLR0917 - what came of it
        self,
        id: UUID,
        at: datetime,
        result: bytes,
        verdict: Verdict,
        new: int,
        all: int,
        diff: bytes,
        record: bytes,
    ) -> bool:
        """It has its result; False: it does not run, because it was cancelled. Raises TooLargeToKeep."""
        row = await self._sql.row("tenant", id=id)
        if row is None:
            return False
        values = {
            column.name: await self._sealed(column, row["tenant"], id, plain)
            for column, plain in ((RESULT, result), (DIFF, diff), (RECORD, record))
        }
        return await self._sql.changed("finish", id=id, at=at, verdict=verdict, new=new, all=all, **values) == 1

    async def end(self, id: UUID, at: datetime, state: Literal["failed", "cancelled"], failure: str) -> bool:
        """It has no result; False: it had ended before. `failure` says why, and holds no code."""
        return await self._sql.changed("end", id=id, at=at, state=state, failure=failure) == 1

    async def order(self, id: UUID) -> bytes | None:
        """What was handed in. Raises Tampered."""
        return await self._opened(ORDER, id)

    async def result(self, id: UUID) -> bytes | None:
        """The JSON result. Raises Tampered."""
        return await self._opened(RESULT, id)

    async def diff(self, id: UUID) -> bytes | None:
        """The unified diff that was reviewed. Raises Tampered."""
        return await self._opened(DIFF, id)

    async def record(self, id: UUID) -> bytes | None:
        """The run record. Raises Tampered."""
        return await self._opened(RECORD, id)

    async def search(self, wanted: ReviewFilter) -> tuple[Review, ...]:
        """A page of reviews, the newest first."""
        before_at, before_id = wanted.before or (None, None)
        rows = await self._sql.search(
            tenants=listed(wanted.tenants),
            state=wanted.state,
            verdict=wanted.verdict,
            repository=wanted.repository,
            text=wanted.text,
            contains=containing(wanted.text),
            before_at=before_at,
            before_id=before_id,
            limit=page(wanted.limit),
        )
        return msgspec.convert(rows, tuple[Review, ...])

    async def unfinished(self, merge_request_id: int) -> tuple[Review, ...]:
        """The reviews of a merge request that wait or run, the newest first."""
        rows = await self._sql.rows("unfinished", merge_request=merge_request_id)
        return msgspec.convert(rows, tuple[Review, ...])

    async def abandoned(self) -> tuple[Abandoned, ...]:
        """Reviews that wait or run though no job of theirs does, the oldest first, some at a time.

        Their worker died, and their job was cancelled at that time, or had cost too many workers: nobody ended them.
        """
        reviews = msgspec.convert(await self._sql.rows("abandoned"), tuple[Review, ...])
        jobs = await self._sql.rows("last_jobs", ids=[str(review.id) for review in reviews]) if reviews else []
        known = {job["review"]: job for job in jobs}
        return tuple(_abandoned(review, known.get(str(review.id))) for review in reviews)

    async def newest(self, merge_request_id: int, state: ReviewState = "done") -> Review | None:
        """The newest review of a merge request that is in a state."""
        return read(await self._sql.row("newest", merge_request=merge_request_id, state=state), Review)

    async def _sealed(self, column: Column, tenant: str, id: UUID, plain: bytes) -> bytes:
        return await aside(len(plain), self._seal.seal, column, storable(tenant), str(id), plain)

    async def _opened(self, column: Column, id: UUID) -> bytes | None:
        row = await self._sql.row("sealed", id=id, column=column.name)
        if row is None or row["sealed"] is None:
            return None
        sealed = bytes(row["sealed"])
        return await aside(len(sealed), self._seal.open, column, row["tenant"], str(id), sealed)


def _abandoned(review: Review, job: Mapping[str, Any] | None) -> Abandoned:
    if job is not None and job["state"] in {"cancelled", "aborted"}:
        return Abandoned(review=review, state="cancelled", why="a newer push, or a person, cancelled it")
    return Abandoned(review=review, state="failed", why=(job or {}).get("failure") or "its job ended without it")
