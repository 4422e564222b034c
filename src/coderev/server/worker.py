"""The worker: runs the queue's jobs."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from coderev.errors import Unavailable
from coderev.forge import errors
from coderev.server.answering import answer_comment
from coderev.server.handed_in import review_submission
from coderev.server.jobs import (
    COMMENT,
    MERGE_REQUEST,
    SUBMISSION,
    UPKEEP,
    AnswerIt,
    Asked,
    ReviewIt,
    ReviewSubmission,
    told,
)
from coderev.server.merge_requests import review_merge_request
from coderev.server.operations.logs import FACTS, REQUEST_ID, log
from coderev.server.site import Site
from coderev.server.upkeep import begin_upkeep, make_round
from coderev.store import Job

AGAIN_SECONDS = 5.0

T = TypeVar("T", bound=Asked)
Doing = Callable[[Site, Job, T], Awaitable[None]]


async def work(site: Site, stop: asyncio.Event) -> None:
    """Run jobs until `stop` is set, `server.reviews` of them at a time; a job that cannot end in time is given back."""
    tasks = {
        MERGE_REQUEST: _task(site, ReviewIt, review_merge_request),
        COMMENT: _task(site, AnswerIt, answer_comment),
        SUBMISSION: _task(site, ReviewSubmission, review_submission),
        UPKEEP: _task(site, Asked, make_round),
    }
    beginning = asyncio.create_task(_begin(site))
    try:
        await site.store.queue.run(tasks, concurrency=site.settings.server.reviews, stop=stop)
    finally:
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)


async def _begin(site: Site) -> None:
    """See to upkeep, as soon as the database lets us: the queue waits for it, too."""
    while True:
        try:
            await begin_upkeep(site)
        except Unavailable:
            log.warning("upkeep cannot begin yet", exc_info=True)
        else:
            return
        await asyncio.sleep(AGAIN_SECONDS)


def _task(site: Site, form: type[T], doing: Doing[T]) -> Callable[[Job], Awaitable[None]]:
    return partial(_do, site, form, doing)


async def _do(site: Site, form: type[T], doing: Doing[T], job: Job) -> None:
    """Do a job under the id of the request that it came from, and log how it ended."""
    wanted = told(job.arguments, form)
    token = REQUEST_ID.set(wanted.request_id)
    facts = {"job": job.id, "task": job.task, "attempt": job.attempt}
    log.info("job begins", extra={FACTS: facts})
    try:
        await doing(site, job, wanted)
        log.info("job ended", extra={FACTS: facts})
    except asyncio.CancelledError:
        log.info("job cancelled", extra={FACTS: facts})
        raise
    except errors.NotCovered:  # a forge may send webhooks of repositories that this site does not review
        log.info("not a repository of this site", extra={FACTS: facts})
    except Exception:
        log.warning("job failed", extra={FACTS: facts}, exc_info=True)
        raise
    finally:
        REQUEST_ID.reset(token)
