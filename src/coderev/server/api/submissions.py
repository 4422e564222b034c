"""`POST /reviews`: hand in a patch or a range. What is handed in never sets a status at a forge."""

import asyncio
from uuid import UUID, uuid4

import msgspec
from aiohttp import web

from coderev.diff import parse_patch
from coderev.forge import errors
from coderev.server.access.actions import Action
from coderev.server.access.deciding import NotFound
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import PatchSubmission, RangeSubmission, ReviewAnswer, Submission, review_answer
from coderev.server.asking import Ask, Description, Route
from coderev.server.jobs import ReviewSubmission, queue_submission
from coderev.server.site import NotConfigured
from coderev.settings import matches
from coderev.store import records


async def submit(ask: Ask) -> web.StreamResponse:
    """Take a submission, durably, and say where its review is followed."""
    submission: Submission = await ask.body(Submission)  # type: ignore[arg-type]  # a union is no class
    id_ = uuid4()
    if isinstance(submission, RangeSubmission):
        repository = await _repository(ask, submission)
    else:
        await ask.permit(Action.SUBMIT, f"review {id_}", tenant=ask.subject.own_tenant)
        await asyncio.to_thread(parse_patch, submission.patch.encode("utf-8", "surrogatepass"))
        repository = None
    review = await _enqueued(ask, id_, submission, repository)
    return as_json(review_answer(review), status=202, headers={"Location": f"{API}/reviews/{id_}"})


async def _repository(ask: Ask, submission: RangeSubmission) -> records.Repository:
    """The repository of a range, which the submitter may read there. Raises NotFound, NotAllowed, ForgeUnavailable."""
    what = f"repository {submission.forge}/{submission.repository}"
    site = ask.site
    try:
        patterns = site.forge_settings(submission.forge).repositories
        project = await site.forge(submission.forge).project(submission.repository)
    except (NotConfigured, errors.NotThere):
        project, patterns = None, ()
    if project is None or (patterns and not matches(project.path, patterns)):
        await ask.permit(Action.SUBMIT, what, tenant="")
        raise NotFound(what=what)
    seen = records.Repository(
        id=0,
        forge=submission.forge,
        forge_id=project.id,
        path=project.path,
        tenant=f"{submission.forge}/{project.path}",
    )
    await ask.permit(Action.SUBMIT, what, tenant=seen.tenant, repository=seen)
    async with site.store.work() as work:
        return await work.repositories.see(seen.forge, seen.forge_id, seen.path, seen.tenant, ask.at)


async def _enqueued(
    ask: Ask, id_: UUID, submission: Submission, repository: records.Repository | None
) -> records.Review:
    store, tenant = ask.site.store, repository.tenant if repository else ask.subject.own_tenant
    async with store.work() as work:
        review = await work.reviews.add(
            id_,
            tenant,
            repository,
            None,
            str(ask.subject),
            ask.request_id,
            ask.at,
            order=msgspec.json.encode(submission),
        )
        wanted = ReviewSubmission(review=id_, request_id=ask.request_id)
        await queue_submission(store, work, wanted, tenant)
    return review


def read_submission(order: bytes) -> Submission:
    """What was handed in, of the order that `reviews.order` opens: for the worker."""
    return msgspec.json.decode(order, type=PatchSubmission | RangeSubmission)


ROUTES = (
    Route(
        method="POST",
        path=f"{API}/reviews",
        action=Action.SUBMIT,
        handler=submit,
        decides=True,
        describes=Description(
            summary="Hand in a patch or a range for review.",
            body=Submission,
            answer=ReviewAnswer,
            status=202,
            problems=(404, 413, 415, 408),
        ),
    ),
)
