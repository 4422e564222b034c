"""What is kept of a review that ended: its result, its findings, the diff, what models did; or why it ended badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

import msgspec

from coderev.errors import CoderevError
from coderev.files import now
from coderev.server.reviewing import Reviewed
from coderev.server.site import Site
from coderev.store import Job, JobLost, Work, records


async def keep(work: Work, review: records.Review, reviewed: Reviewed) -> None:
    """Keep it, in the caller's transaction: all of it or nothing. Raises TooLargeToKeep."""
    result, at = reviewed.result, now()
    new = sum(finding.status == "new" for finding in result.findings)
    await work.reviews.sides(review.id, reviewed.change.base, reviewed.change.head)
    await work.findings.add(review, tuple(zip(result.findings, reviewed.units, strict=True)))
    await work.uses.add(review.id, reviewed.uses, at)
    await work.reviews.finish(
        review.id,
        at,
        msgspec.json.encode(result),
        result.verdict,
        new,
        len(result.findings),
        reviewed.patch,
        reviewed.record,
    )


@asynccontextmanager
async def attempt(site: Site, job: Job, review: records.Review) -> AsyncIterator[None]:
    """One attempt at a review: how it ends badly is said in the review, where the database lets us.

    An attempt that lost its job says nothing, nor does one whose job was given back: the review goes on elsewhere.
    """
    try:
        yield
    except asyncio.CancelledError:
        await asyncio.shield(_cancelled(site, job, review))
        raise
    except JobLost:
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, CoderevError) else "a fault of coderev itself; its log has the place"
        await _end(site, review, "failed", reason)
        raise


async def _cancelled(site: Site, job: Job, review: records.Review) -> None:
    cancelled = False
    with suppress(CoderevError):
        async with site.store.work() as work:
            cancelled = await site.store.queue.is_cancelled(work, job.id)
    if cancelled:
        await _end(site, review, "cancelled", "a newer push, or a person, cancelled it")


async def _end(site: Site, review: records.Review, state: Literal["failed", "cancelled"], failure: str) -> None:
    with suppress(CoderevError):
        async with site.store.work() as work:
            await work.reviews.end(review.id, now(), state, failure)
