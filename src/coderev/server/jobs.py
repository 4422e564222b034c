"""What is queued: the tasks of workers with their arguments, and the one way to queue each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec

from coderev.errors import Bug
from coderev.forge import values
from coderev.store import Store, Work

T = TypeVar("T")

MERGE_REQUEST, COMMENT, SUBMISSION, UPKEEP = "merge-request", "comment", "submission", "upkeep"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What every job carries: the id of the request that it came from."""

    request_id: str


class ReviewIt(Asked, frozen=True, kw_only=True):
    """Review a merge request, if there is something new to review."""

    forge: str
    repository: str  # the forge's own id
    number: int
    review: UUID  # what the review is called, in each attempt
    requested_by: str
    again: bool = False  # also what was reviewed before: somebody asked, or a dismissal changed


class AnswerIt(Asked, frozen=True, kw_only=True):
    """Read a comment, and do what it asks for."""

    forge: str
    repository: str
    number: int
    comment: str


class ReviewSubmission(Asked, frozen=True, kw_only=True):
    """Review what somebody handed in; what it is stands in the review's order."""

    review: UUID


async def queue_review(store: Store, work: Work, wanted: ReviewIt) -> None:
    """Queue a review of a merge request; an older one of it that waits or runs is cancelled."""
    lock = lock_of(wanted.forge, wanted.repository, wanted.number)
    await store.queue.cancel(work, lock, MERGE_REQUEST)
    place = f"{wanted.forge}:{wanted.repository}"
    await store.queue.enqueue(work, MERGE_REQUEST, _plain(wanted), lock=lock, repository=place)


async def queue_answer(store: Store, work: Work, wanted: AnswerIt) -> None:
    """Queue the answer to a comment; those of one merge request are answered one after the other."""
    lock = f"{lock_of(wanted.forge, wanted.repository, wanted.number)} comments"
    place = f"{wanted.forge}:{wanted.repository}"
    await store.queue.enqueue(work, COMMENT, _plain(wanted), lock=lock, repository=place)


async def queue_submission(store: Store, work: Work, wanted: ReviewSubmission, tenant: str) -> None:
    """Queue the review of what somebody handed in."""
    await store.queue.enqueue(work, SUBMISSION, _plain(wanted), lock=f"submission {wanted.review}", repository=tenant)


async def queue_upkeep(store: Store, work: Work, at: datetime) -> None:
    """Queue a round of upkeep, not before a time."""
    await store.queue.enqueue(work, UPKEEP, _plain(Asked(request_id=UPKEEP)), lock=UPKEEP, repository=UPKEEP, at=at)


def review_of(hint: values.Hint, request_id: str, requested_by: str) -> ReviewIt:
    """What a hint of a forge lets us queue."""
    return ReviewIt(
        forge=hint.forge,
        repository=hint.repository,
        number=hint.number,
        review=uuid4(),
        request_id=request_id,
        requested_by=requested_by,
    )


def told(arguments: Mapping[str, Any], form: type[T]) -> T:
    """The arguments of a job, as they were queued. Raises Bug."""
    try:
        return msgspec.convert(arguments, form)
    except msgspec.ValidationError as error:
        raise Bug(what=f"a job's arguments are no {form.__name__}: {error}") from error


def _plain(wanted: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(wanted)
    return plain


def lock_of(forge: str, repository: str, number: int) -> str:
    """The lock of a merge request's reviews: one of them runs at a time."""
    return f"{forge}:{repository}!{number}"
