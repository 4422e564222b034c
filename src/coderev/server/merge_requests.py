"""The job that reviews a merge request: read it again, fetch it, review it, keep that, and say what was found.

It may begin anew at any line, in this process or another: what was kept is not reviewed again, what was said is not
said again, and an attempt that lost its job (`Job.fence`) neither keeps nor says anything.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import msgspec

from coderev.diff import parse_patch
from coderev.errors import CoderevError
from coderev.files import now
from coderev.finding import Result
from coderev.forge import Forge, publish, publishing, values
from coderev.report import render
from coderev.server.jobs import ReviewIt
from coderev.server.keeping import attempt, keep
from coderev.server.mirrors import fetched
from coderev.server.reviewing import Reviewed, Wanted, dismissals_of, review_commits
from coderev.server.site import Site
from coderev.server.stages import Stage
from coderev.store import Job, JobLost, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A merge request at its forge, as both tell it now."""

    forge: Forge
    kind: Literal["gitlab", "github", "gitea"]
    request: values.Request
    known: records.MergeRequest


async def review_merge_request(site: Site, job: Job, wanted: ReviewIt) -> None:
    """Do the job. Raises what the forge, the store, git and the review raise; a part of it may be done then."""
    place = await find_place(site, wanted.forge, wanted.repository, wanted.number)
    review = await _begun(site, place, wanted)
    if review is None:
        await _close(site, job, place)
        return
    async with attempt(site, job, review):
        try:
            if review.state != "done":
                await _show(site, job, place, review, "running", "the review runs")
                await _keep(site, job, review, await _review(site, place, review))
            await _publish(site, job, place, review)
        except JobLost:
            raise
        except Exception:
            with suppress(CoderevError):  # what cannot be said now is said by the next attempt
                await show_incomplete(site, job, place, review)
            raise


async def find_place(site: Site, forge_name: str, repository: str, number: int) -> Place:
    """Read a merge request from its forge, and remember it. Raises NotConfigured, and what the forge raises."""
    forge = site.forge(forge_name)
    project = await forge.project(repository)
    request = await forge.request(project, number)
    async with site.store.work() as work:
        tenant = f"{forge.name}/{project.path}"
        seen = await work.repositories.see(forge.name, project.id, project.path, tenant, now())
        known = await work.merge_requests.see(
            seen, number, request.author, request.target, request.head, request.state, now()
        )
    return Place(forge=forge, kind=site.forge_settings(forge_name).kind, request=request, known=known)


def book_of(site: Site, job: Job, place: Place, known: Sequence[records.Publication]) -> publishing.Book:
    """What was said in a merge request, and how to record more: each act only while the job is this attempt's."""

    async def record(publication: records.Publication) -> None:
        async with site.store.work() as work:
            await job.fence(work)
            await work.publications.put(place.known.id, publication, now())

    async def current() -> None:
        async with site.store.work() as work:
            await job.fence(work)

    mac = partial(site.store.seal.mac, publishing.MARKERS)
    return publishing.Book(known=known, record=record, mac=mac, current=current)


async def _begun(site: Site, place: Place, wanted: ReviewIt) -> records.Review | None:
    """The review of this job, begun; None where nothing is to be reviewed."""
    mine, at = place.known, now()
    async with site.store.work() as work:
        review = await work.reviews.get(wanted.review)
        if review is not None and review.state == "done":
            return review
        if mine.state != "open":
            return None
        last = await work.reviews.newest(mine.id)
        if last is not None and (last.head, last.target) == (mine.head, mine.target) and not wanted.again:
            return last  # this job may have ended the one that was saying it
        if review is None:
            review = await work.reviews.add(
                wanted.review, mine.repository.tenant, mine.repository, mine, wanted.requested_by, wanted.request_id, at
            )
        if not await work.reviews.start(review.id, at):
            return None  # it was cancelled
        await work.reviews.sides(review.id, place.request.base, mine.head, mine.target)
        return review


async def _review(site: Site, place: Place, review: records.Review) -> Reviewed:
    request = place.request
    async with site.store.work() as work:
        dismissals = await work.dismissals.active(place.known.repository.id, now())
    wanted = Wanted(
        tenant=review.tenant,
        base=request.base,
        head=request.head,
        is_guided=request.target_protected,
        dismissals=dismissals,
    )
    async with Stage(site.store, review.id) as stage:
        stage.say("fetching")
        async with fetched(site, place.forge.name, request) as both:
            stage.say("analysing")
            return await review_commits(site.models, both.path, replace(wanted, notes=both.notes), stage.asked)


async def _keep(site: Site, job: Job, review: records.Review, reviewed: Reviewed) -> None:
    async with site.store.work() as work:
        await job.fence(work)
        await keep(work, review, reviewed)


async def _publish(site: Site, job: Job, place: Place, review: records.Review) -> None:
    """Say what was kept."""
    async with site.store.work() as work:
        kept = await work.reviews.result(review.id)
        patch = await work.reviews.diff(review.id)
        stored = await work.findings.of(review.id)
        dismissals = await work.dismissals.active(place.known.repository.id, now())
        known = await work.publications.of(place.known.id)
    signed = partial(publishing.Occasion, url=site.page(f"/reviews/{review.id}"), name=place.forge.account)
    units = [each.unit for each in stored]
    telling = await asyncio.to_thread(_telling, kept or b"", patch or b"", units, dismissals, signed)
    await publish(place.forge, place.request, telling, book_of(site, job, place, known))


def _telling(
    kept: bytes,
    patch: bytes,
    units: Sequence[str],
    dismissals: Sequence[records.Dismissal],
    signed: Callable[..., publishing.Occasion],
) -> publishing.Telling:
    """What is said of a result. It takes seconds of a large one, so it is made beside the loop."""
    result = msgspec.json.decode(kept, type=Result)
    occasion = signed(dismissals=dismissals_of(result, units, dismissals))
    return publishing.Telling(
        result=result, change=parse_patch(patch), occasion=occasion, sarif=render(result, "sarif")
    )


async def _show(site: Site, job: Job, place: Place, review: records.Review, state: values.State, summary: str) -> None:
    async with site.store.work() as work:
        known = await work.publications.of(place.known.id)
    url = site.page(f"/reviews/{review.id}")
    standing = values.Standing(state=state, head=place.request.head, summary=summary, url=url)
    await publishing.show(place.forge, place.request, standing, book_of(site, job, place, known))


async def show_incomplete(site: Site, job: Job, place: Place, review: records.Review) -> None:
    """Say at the forge that a review is incomplete: nothing may look like a pass. Raises what forge and store raise."""
    await _show(site, job, place, review, "incomplete", "the review failed; its page says why")


async def _close(site: Site, job: Job, place: Place) -> None:
    """Let no review seem to run for ever in a merge request that was closed while one ran."""
    async with site.store.work() as work:
        last = await work.reviews.newest(place.known.id, "cancelled")
        known = await work.publications.of(place.known.id)
    if place.request.state == "open" or last is None or last.head != place.request.head:
        return
    if any((each.kind, each.key) == ("status", last.head) for each in known):
        await _show(site, job, place, last, "incomplete", f"it was {place.request.state} before its review ended")
