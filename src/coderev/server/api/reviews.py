"""`/reviews`: look for reviews, look at one, and fetch its result in any form."""

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec
from aiohttp import web

from coderev.errors import InputError
from coderev.finding import Result
from coderev.report import FORMATS, render
from coderev.server.access.actions import Action
from coderev.server.access.deciding import NotFound
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import ResultQuery, ReviewAnswer, ReviewPage, ReviewQuery, given, review_answer
from coderev.server.api.paging import cursor_of, place_of
from coderev.server.api.repositories import repository_id
from coderev.server.asking import Ask, Description, Route
from coderev.store import records

MEDIAS = {
    "text": "text/plain",
    "json": "application/json",
    "sarif": "application/sarif+json",
    "markdown": "text/markdown",
    "html": "text/html",
    "gitlab": "application/json",
    "junit": "application/xml",
}


class NoResult(InputError):
    """A review has no result yet, or never will."""

    http_status = 409
    message = "review {id} has no result: it is {state}"
    hint = "follow /api/v1/reviews/{id}/events until it ends"


def id_of(ask: Ask) -> UUID:
    """The id of a review in the path; what is none is not found. Raises NotFound."""
    text = ask.path("id")
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound(what="such review") from None
    if str(found) != text.lower():  # one spelling
        raise NotFound(what="such review")
    return found


async def permitted_review(ask: Ask, action: Action) -> records.Review:
    """The review that the path names, if whoever asks may do this with it; it is recorded. Raises NotFound, NotAllowed.

    One that is not there is denied and recorded just as one of another tenant is: the two cannot be told apart.
    """
    id_ = id_of(ask)
    review = await ask.site.glance.at(id_)
    await permit_review(ask, action, review, id_)
    if review is None:  # whoever may see all reviews learns that there is none
        raise NotFound(what=f"review {id_}")
    return review


async def permit_review(ask: Ask, action: Action, review: records.Review | None, id_: UUID) -> None:
    """Decide and record whether whoever asks may do this with a review. Raises NotFound, NotAllowed."""
    if review is None:
        await ask.permit(action, f"review {id_}", tenant="")
    else:
        await ask.permit(action, f"review {id_}", tenant=review.tenant, repository=review.repository)


async def list_reviews(ask: Ask) -> web.StreamResponse:
    """A page of the reviews that whoever asks may know of."""
    query = ask.query(ReviewQuery)
    before = place_of(query.cursor, tuple[datetime, UUID])
    tenants = await ask.tenants()
    async with ask.site.store.work() as work:
        wanted = records.ReviewFilter(
            tenants=tenants,
            repository=await repository_id(work, given(query.repository)),
            text=query.text,
            state=given(query.state),
            verdict=given(query.verdict),
            limit=query.limit,
            before=before,
        )
        found = await work.reviews.search(wanted)
    last = cursor_of((found[-1].created, found[-1].id)) if len(found) == query.limit else None
    return as_json(ReviewPage(items=tuple(map(review_answer, found)), next=last))


async def see_review(ask: Ask) -> web.StreamResponse:
    """One review's metadata."""
    return as_json(review_answer(await permitted_review(ask, Action.SEE_REVIEW)))


async def read_result(ask: Ask) -> web.StreamResponse:
    """The result of a review in one of the report formats."""
    query = ask.query(ResultQuery)
    review = await permitted_review(ask, Action.READ_CODE)
    async with ask.site.store.work() as work:
        kept = await work.reviews.result(review.id) if review.state == "done" else None
    if kept is None:
        raise NoResult(id=review.id, state=review.state)
    content = kept if query.format == "json" else await asyncio.to_thread(_rendered, kept, query.format)
    headers = {"Content-Disposition": f'attachment; filename="review-{review.id}.{query.format}"'}
    return web.Response(body=content, content_type=MEDIAS[query.format], charset="utf-8", headers=headers)


def _rendered(kept: bytes, format_: str) -> bytes:
    return render(msgspec.json.decode(kept, type=Result), format_)


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/reviews",
        action=Action.LIST_REVIEWS,
        handler=list_reviews,
        describes=Description(summary="A page of reviews.", query=ReviewQuery, answer=ReviewPage),
    ),
    Route(
        method="GET",
        path=f"{API}/reviews/{{id}}",
        action=Action.SEE_REVIEW,
        handler=see_review,
        decides=True,
        describes=Description(summary="One review's metadata.", answer=ReviewAnswer, problems=(404,)),
    ),
    Route(
        method="GET",
        path=f"{API}/reviews/{{id}}/result",
        action=Action.READ_CODE,
        handler=read_result,
        decides=True,
        describes=Description(
            summary="The result of a review, in one of the report formats.",
            query=ResultQuery,
            answer=Result,
            medias=tuple(dict.fromkeys(MEDIAS[name] for name in FORMATS)),
            problems=(404, 409),
        ),
    ),
)
