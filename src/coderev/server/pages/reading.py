"""The three pages of one review, fetched: what is known of it for everybody who may see it, its code for fewer."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from coderev.diff import Change
from coderev.finding import Result
from coderev.server.access.actions import WITH_REASON, Action
from coderev.server.access.deciding import NotAllowed, NotFound
from coderev.server.api.dismissals import add_dismissal
from coderev.server.api.forms import NewDismissal, Text
from coderev.server.api.numbers import number_of
from coderev.server.api.reviews import id_of, permit_review, permitted_review
from coderev.server.asking import Ask, Route, converted
from coderev.server.pages.answers import Done, framed, html, see
from coderev.server.pages.changes import ChangeChoice, render_changes
from coderev.server.pages.diffs import read_diff
from coderev.server.pages.frame import Frame
from coderev.server.pages.record import render_record
from coderev.server.pages.review import Closed, Dismissing, FindingChoice, render_review
from coderev.store import records

Start = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
LongPath = Annotated[str, msgspec.Meta(max_length=4_096)]


class FindingQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings of the review; empty: the new ones."""

    severity: Literal["", "critical", "high", "medium", "low", "info"] = ""
    text: Text = ""
    path: LongPath = ""
    status: Literal["", "new", "existing", "baseline", "dismissed"] = ""
    start: Start = 0
    done: Done = ""


class DismissForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form of a finding's card."""

    reason: records.Reason
    scope: records.Scope
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)]
    note: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class ChangeQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the change."""

    path: LongPath = ""
    line: Start = 0
    start: Start = 0


class RecordQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A review that may be seen. `sealed`: its code is only read with a reason, and none was given that will do."""

    review: records.Review
    frame: Frame
    readable: bool
    sealed: bool

    @property
    def has_code(self) -> bool:
        """Whether there is code, and it may be read."""
        return self.readable and self.review.state == "done"


async def opened(ask: Ask, done: Done = "") -> Opened:
    """The review that the path names, and whether its code may be read: both recorded. Raises NotFound, NotAllowed."""
    review = await permitted_review(ask, Action.SEE_REVIEW)
    by_reason = Action.READ_CODE in WITH_REASON.get(ask.subject.role, ()) if ask.subject.role else False
    if review.state != "done" or (by_reason and not ask.reason):
        return Opened(
            review=review, frame=framed(ask, done), readable=False, sealed=by_reason and review.state == "done"
        )
    try:
        await permit_review(ask, Action.READ_CODE, review, review.id)
    except NotAllowed as error:
        return Opened(review=review, frame=framed(ask, refused=str(error)), readable=False, sealed=by_reason)
    return Opened(review=review, frame=framed(ask, done), readable=True, sealed=False)


async def show_review(ask: Ask) -> web.StreamResponse:
    """The verdict and the findings."""
    query = ask.query(FindingQuery)
    it = await opened(ask, query.done)
    async with ask.site.store.work() as work:
        kept = await work.reviews.result(it.review.id) if it.has_code else None
        stored = await work.findings.of(it.review.id) if kept is None else ()
    asked = FindingChoice(
        review=f"/reviews/{it.review.id}",
        severity=query.severity,
        text=query.text,
        path_is=query.path,
        status=query.status,
        reason=ask.reason,
        start=query.start,
    )

    may = ask.allows(Action.DISMISS).allowed
    dismissal = Dismissing(ask.site.settings.server.dismissal_days) if may else None

    def rendered() -> str:
        found = _result(kept) or Closed(stored=stored, sealed=it.sealed)
        return render_review(it.frame, it.review, found, asked, dismissal=dismissal)

    return html(await asyncio.to_thread(rendered))


async def show_changes(ask: Ask) -> web.StreamResponse:
    """The change, with each finding at its lines."""
    query, it = ask.query(ChangeQuery), await opened(ask)
    kept = diff = None
    if it.has_code:
        async with ask.site.store.work() as work:
            kept, diff = await work.reviews.result(it.review.id), await work.reviews.diff(it.review.id)
    asked = ChangeChoice(
        review=f"/reviews/{it.review.id}", path=query.path, line=query.line, start=query.start, reason=ask.reason
    )

    def rendered() -> str:
        change: Change | None = None if diff is None else read_diff(diff)
        return render_changes(it.frame, it.review, _result(kept), change, asked, sealed=it.sealed)

    return html(await asyncio.to_thread(rendered))


async def show_record(ask: Ask) -> web.StreamResponse:
    """How the review was made."""
    ask.query(RecordQuery)
    it = await opened(ask)
    kept = record = None
    if it.has_code:
        async with ask.site.store.work() as work:
            kept, record = await work.reviews.result(it.review.id), await work.reviews.record(it.review.id)

    def rendered() -> str:
        return render_record(it.frame, it.review, _result(kept), _run_record(record), ask.reason, sealed=it.sealed)

    return html(await asyncio.to_thread(rendered))


async def dismiss(ask: Ask) -> web.StreamResponse:
    """Dismiss a finding, by the same rules as everywhere."""
    id_, number = id_of(ask), number_of(ask, "finding")
    fields = {name: value for name, value in (await ask.form()).items() if value}
    form = converted(fields, DismissForm, "form", strict=False)
    if not number:
        raise NotFound(what="such finding")
    new = NewDismissal(
        review=id_, number=number - 1, scope=form.scope, reason=form.reason, days=form.days, note=form.note
    )
    await add_dismissal(ask, new)
    return see(f"/reviews/{id_}", "dismissed")


def _result(kept: bytes | None) -> Result | None:
    return None if kept is None else msgspec.json.decode(kept, type=Result)


def _run_record(kept: bytes | None) -> dict[str, Any]:
    record = msgspec.json.decode(kept) if kept else {}
    return record if isinstance(record, dict) else {}


ROUTES = (
    Route(method="GET", path="/reviews/{id}", action=Action.SEE_REVIEW, handler=show_review, decides=True),
    Route(method="GET", path="/reviews/{id}/changes", action=Action.SEE_REVIEW, handler=show_changes, decides=True),
    Route(method="GET", path="/reviews/{id}/record", action=Action.SEE_REVIEW, handler=show_record, decides=True),
    Route(
        method="POST",
        path="/reviews/{id}/findings/{number}/dismiss",
        action=Action.DISMISS,
        handler=dismiss,
        decides=True,
    ),
)
