"""The page of reviews: what was reviewed, newest first, what came out, and a search."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.api.forms import Cursor, Text
from coderev.server.api.paging import cursor_of, place_of
from coderev.server.asking import Ask, Route
from coderev.server.example import TENANT as EXAMPLE
from coderev.server.pages.answers import framed, html
from coderev.server.pages.documents import documents
from coderev.server.pages.frame import Frame, commit, link, page, plural
from coderev.store import records

PAGE = 50  # reviews
TUTORIAL = "tutorial/first-merge-request.md"


class ReviewSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person looks for among reviews; empty: everything."""

    text: Text = ""
    state: Literal["", "queued", "running", "done", "failed", "cancelled"] = ""
    verdict: Literal["", "pass", "fail", "incomplete"] = ""
    cursor: Cursor = ""

    @property
    def any(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.text or self.state or self.verdict)

    def path(self, **changed: str) -> str:
        """The address of this search, with what is changed about it."""
        return link("/reviews", **msgspec.structs.asdict(self) | changed)


def render_reviews(
    frame: Frame, reviews: Sequence[records.Review], asked: ReviewSearch, *, older: str = "", newcomers: str = ""
) -> str:
    """The page; `older` is where the next page begins.

    `newcomers` is the address of a service that no forge calls yet: then it says what to do next.
    """
    return page(
        "reviews.html.j2",
        frame,
        title="Reviews",
        here="/reviews",
        reviews=reviews,
        asked=asked,
        sentence=sentence(reviews),
        named=named,
        newest=asked.path(cursor="") if asked.cursor else "",
        older=asked.path(cursor=older) if older else "",
        address=newcomers,
        newcomer=newcomers and not asked.any and not asked.cursor,
        tutorial=documents().get(TUTORIAL),
    )


def named(review: records.Review) -> str:
    """What people call a review: `clinic/api !12`, or what was handed in."""
    if review.repository is None:
        return "the example clinic" if review.tenant == EXAMPLE else "a change that was handed in"
    number = f" !{review.number}" if review.number is not None else f" at {commit(review.head)}"
    return f"{review.repository.path}{number}"


def sentence(reviews: Sequence[records.Review]) -> str:
    """What a person must know of a list of reviews before they read it."""
    verdicts = Counter(review.verdict for review in reviews if review.state == "done")
    states = Counter(review.state for review in reviews)
    told = (
        (verdicts["fail"], "{} failed the gate"),
        (verdicts["incomplete"], "{} incomplete"),
        (states["failed"], "{} broke off"),
        (states["running"], "{} running"),
        (states["queued"], "{} waiting"),
        (verdicts["pass"], "{} passed"),
    )
    said = ", ".join(words.format(f"{count:,}") for count, words in told if count)
    return f"Of {plural(len(reviews), 'review')} on this page: {said}." if said else ""


async def show_reviews(ask: Ask) -> web.StreamResponse:
    """A page of the reviews that whoever asks may know of."""
    asked = ask.query(ReviewSearch)
    wanted = records.ReviewFilter(
        tenants=await ask.tenants(),
        text=asked.text,
        state=asked.state or None,
        verdict=asked.verdict or None,
        limit=PAGE,
        before=place_of(asked.cursor, tuple[datetime, UUID]),
    )
    async with ask.site.store.work() as work:
        found = await work.reviews.search(wanted)
    older = cursor_of((found[-1].created, found[-1].id)) if len(found) == PAGE else ""
    newcomers = "" if ask.site.settings.forges else ask.site.page("")
    return html(render_reviews(framed(ask), found, asked, older=older, newcomers=newcomers))


ROUTES = (Route(method="GET", path="/reviews", action=Action.LIST_REVIEWS, handler=show_reviews),)
