"""`/queue`: what waits, runs and failed for good, and replaying the latter."""

from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.access.deciding import NotFound
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import JobAnswer, QueueAnswer
from coderev.server.api.numbers import number_of
from coderev.server.asking import Ask, Description, Route


async def see_queue(ask: Ask) -> web.StreamResponse:
    """The queue's counts, and its dead letters."""
    store = ask.site.store
    async with store.work() as work:
        counts, dead = await store.queue.waiting(work), await store.queue.dead(work)
    jobs = tuple(
        JobAnswer(id=job.id, task=job.task, repository=job.repository, attempt=job.attempt, failure=job.failure)
        for job in dead
    )
    return as_json(QueueAnswer(ready=counts.ready, later=counts.later, running=counts.running, dead=jobs))


async def replay(ask: Ask) -> web.StreamResponse:
    """Put a job that failed for good into the queue again."""
    id_ = number_of(ask, "job")
    async with ask.site.store.work() as work:
        if not await ask.site.store.queue.replay(work, id_):
            raise NotFound(what=f"dead job {id_}")
    return web.Response(status=204)


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/queue",
        action=Action.SEE_QUEUE,
        handler=see_queue,
        describes=Description(summary="What waits, runs, and failed for good.", answer=QueueAnswer),
    ),
    Route(
        method="POST",
        path=f"{API}/queue/dead/{{number}}/replay",
        action=Action.REPLAY_JOB,
        handler=replay,
        describes=Description(summary="Try a job again that failed for good.", status=204, problems=(404,)),
    ),
)
