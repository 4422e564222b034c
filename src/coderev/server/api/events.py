"""`/reviews/{id}/events`: how a review goes on, as server-sent events (WHATWG HTML, 9.2)."""

import asyncio
from contextlib import suppress

import msgspec
from aiohttp import web

from coderev.errors import CoderevError
from coderev.files import monotonic
from coderev.server.access.actions import Action
from coderev.server.api.answers import API
from coderev.server.api.forms import ReviewAnswer, review_answer
from coderev.server.api.reviews import permitted_review
from coderev.server.asking import Ask, Description, Route
from coderev.store import records

ALIVE_SECONDS = 15.0  # after which a silent stream says that it lives
SLOW_SECONDS = 30.0  # in which whoever follows must take what is told
LONGEST_SECONDS = 600.0  # of one stream: then whoever follows asks again, and is judged again
ENDED = frozenset({"done", "failed", "cancelled"})


async def follow(ask: Ask) -> web.StreamResponse:
    """Tell each change of a review's state and stage until it ends, then `end` with its metadata."""
    review = await permitted_review(ask, Action.SEE_REVIEW)
    watch = ask.site.watch
    async with watch.follow(review.id, str(ask.subject)) as queue:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await response.prepare(ask.request)
        with suppress(ConnectionError, TimeoutError, CoderevError):  # it was begun: whatever happens now, it just ends
            await _stream(response, review, queue)
    return response


async def _stream(
    response: web.StreamResponse, review: records.Review, queue: "asyncio.Queue[records.Review | None]"
) -> None:
    until, told = monotonic() + LONGEST_SECONDS, None
    now: records.Review | None = review
    while now is not None and monotonic() < until:
        await _write(response, _events(told, now))
        if now.state in ENDED:
            return
        told = now
        try:
            async with asyncio.timeout(ALIVE_SECONDS):
                now = await queue.get()
        except TimeoutError:
            await _write(response, [b": alive\n\n"])


async def _write(response: web.StreamResponse, events: list[bytes]) -> None:
    for event in events:
        async with asyncio.timeout(SLOW_SECONDS):
            await response.write(event)


def _events(before: records.Review | None, review: records.Review) -> list[bytes]:
    events = []
    if before is None or before.state != review.state:
        events.append(_event("state", {"state": review.state}))
    if review.stage and (before is None or before.stage != review.stage):
        events.append(_event("stage", {"stage": review.stage}))
    if review.state in ENDED:
        events.append(_event("end", review_answer(review)))
    return events


def _event(name: str, value: object) -> bytes:
    """One event (WHATWG HTML, 9.2): JSON has no line end in it, so that nothing can begin another."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/reviews/{{id}}/events",
        action=Action.SEE_REVIEW,
        handler=follow,
        decides=True,
        streams=True,
        describes=Description(
            summary="Server-sent events of a review: `state`, `stage`, and `end` with its metadata.",
            answer=ReviewAnswer,
            media="text/event-stream",
            problems=(404,),
        ),
    ),
)
