"""What is done from time to time, by one process of all.

Reviews that nobody ended are ended, pushes that were missed are found, and old rows go.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from coderev.errors import CoderevError, Unavailable
from coderev.files import now
from coderev.forge import Forge, values
from coderev.server.jobs import UPKEEP, Asked, ReviewIt, lock_of, queue_review, queue_upkeep
from coderev.server.merge_requests import find_place, show_incomplete
from coderev.server.mirrors import forget_unused
from coderev.server.operations.logs import FACTS, log
from coderev.server.site import Site
from coderev.store import Job, Work, prune, records

PERIOD = timedelta(minutes=10)  # a forge may lose a webhook, and we may have been away
REVIEWED: tuple[records.ReviewState, ...] = ("done", "failed")
TURN = 0x636F646572657601  # an advisory lock: "coderev" in ASCII, and a number


async def begin_upkeep(site: Site) -> None:
    """See to it that a round is queued, whoever runs it. Raises StoreUnavailable."""
    async with site.store.work() as work:
        await work.connection.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))
        if not await site.store.queue.has(work, UPKEEP):
            await queue_upkeep(site.store, work, now())


async def make_round(site: Site, job: Job, wanted: Asked) -> None:
    """One round; whatever becomes of it, the next is queued. Raises what the store raises."""
    del wanted
    at = now()
    try:
        await _end_abandoned(site, job)
        for forge in site.forges.values():
            await _look(site, forge)
        while await _prune(site, at):
            pass
        await asyncio.to_thread(forget_unused, at)
    except Exception:  # noqa: BLE001 - a round that fails for ever would end all rounds
        log.warning("upkeep failed", exc_info=True)
    async with site.store.work() as work:
        await job.fence(work)
        await queue_upkeep(site.store, work, at + PERIOD)


async def _end_abandoned(site: Site, job: Job) -> None:
    """End reviews that seem to run for ever, because their worker died when nobody wanted their job any more."""
    async with site.store.work() as work:
        abandoned = await work.reviews.abandoned()
    for each in abandoned:
        try:
            await _tell(site, job, each.review)
        except Unavailable:  # its forge; told in the next round, and ended then
            continue
        except CoderevError:
            log.warning("cannot tell that a review failed", exc_info=True)
        async with site.store.work() as work:
            await work.reviews.end(each.review.id, now(), each.state, each.why)


async def _tell(site: Site, job: Job, review: records.Review) -> None:
    """Say at the forge that a review has no result, unless a later one says what its commit is worth, or will."""
    if review.repository is None or review.number is None:
        return
    place = await find_place(site, review.repository.forge, review.repository.forge_id, review.number)
    async with site.store.work() as work:
        last = await work.reviews.newest(place.known.id)
        is_queued = await site.store.queue.has(work, _lock(review.repository, review.number))
    is_newer = last is not None and last.head == review.head and last.created > review.created
    if place.request.head == review.head and not is_newer and not is_queued:
        await show_incomplete(site, job, place, review)


def _lock(repository: records.Repository, number: int) -> str:
    return lock_of(repository.forge, repository.forge_id, number)


async def _prune(site: Site, at: datetime) -> bool:
    """Let one batch of old rows go; whether there are more."""
    async with site.store.work() as work:
        return (await prune(work, site.settings.database.keep_days, at)).more


async def _look(site: Site, forge: Forge) -> None:
    async with site.store.work() as work:
        repositories = await work.repositories.all()
    for repository in repositories:
        if repository.forge == forge.name:
            try:
                await _catch_up(site, forge, repository)
            except CoderevError as error:
                log.warning("cannot look for missed pushes", extra={FACTS: {"forge": forge.name}}, exc_info=True)
                if isinstance(error, Unavailable):  # it is asked in the next round, and not pressed before
                    return


async def _catch_up(site: Site, forge: Forge, repository: records.Repository) -> None:
    """Queue what was pushed without our hearing of it. Raises what the forge and the store raise."""
    requests = await forge.open_requests(await forge.project(repository.forge_id))
    for request in requests:
        async with site.store.work() as work:
            if await _was_missed(site, work, repository, request):
                await queue_review(site.store, work, _missed(forge, request))
                log.info("missed push", extra={FACTS: {"forge": forge.name, "number": request.number}})


async def _was_missed(site: Site, work: Work, repository: records.Repository, request: values.Request) -> bool:
    """Whether nobody reviewed a merge request's head, and nobody is about to."""
    known = await work.merge_requests.find(repository.id, request.number)
    if known is not None:
        newest = [await work.reviews.newest(known.id, state) for state in REVIEWED]
        wanted = (request.head, request.target)
        if any(review is not None and (review.head, review.target) == wanted for review in newest):
            return False
    return not await site.store.queue.has(work, _lock(repository, request.number))


def _missed(forge: Forge, request: values.Request) -> ReviewIt:
    return ReviewIt(
        forge=forge.name,
        repository=request.project.id,
        number=request.number,
        review=uuid4(),
        request_id=uuid4().hex[:16],
        requested_by="upkeep",
    )
