"""What is forgotten, and when: nothing that is going on, and nothing a day too early."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from coderev.files import now
from coderev.finding import Finding, Source
from coderev.settings import Retention
from coderev.store.records import AccessRecord, Dismissal, ModelUse, Publication, Session
from coderev.store.retention import ROWS_OF_A_REVIEW, prune
from coderev.store.work import Work

from .conftest import Database

DAY = timedelta(days=1)
KEEP = Retention(reviews=10, deliveries=20, dismissals=30, accesses=40, jobs=5)
FINDING = Finding(
    rule="A",
    severity="low",
    confidence="low",
    category="bug",
    path="a",
    start_line=1,
    end_line=1,
    title="",
    message="",
    evidence="",
    source=Source(kind="analyser", name="a", version="1"),
    fingerprint="a",
)


@pytest.fixture(scope="module")
def at() -> datetime:
    return now()


async def a_review(work: Work, at: datetime, state: str = "done", merge_request: Any = None) -> UUID:
    repository = None if merge_request is None else merge_request.repository
    review = await work.reviews.add(uuid4(), "t", repository, merge_request, "nobody", "r", at)
    await work.findings.add(review, [(FINDING, "")])
    use = ModelUse(model="m", questions=1, answered=1, tokens_in=1, tokens_out=1, seconds=1)
    await work.uses.add(review.id, [use], at)
    if state in {"running", "done"}:
        await work.reviews.start(review.id, at)
    if state == "done":
        await work.reviews.finish(review.id, at, b"{}", "pass", 0, 0, b"", b"")
    elif state in {"failed", "cancelled"}:
        await work.reviews.end(review.id, at, state, "why")  # type: ignore[arg-type]
    return review.id


async def a_dismissal(work: Work, at: datetime) -> None:
    repository = await work.repositories.see("gitlab", "1", "a", "t", at)
    values: dict[str, Any] = {"number": None, "scope": "file", "fingerprint": "a", "unit": "", "rule": "A"}
    values |= {"path": "a", "reason": "mitigated", "author": "x", "created": at - 400 * DAY, "expires": at}
    await work.dismissals.add(Dismissal(repository=repository, **values))


async def a_delivery(work: Work, at: datetime) -> None:
    await work.deliveries.accept("gitlab", str(uuid4()), "pushed", at, "r")


async def an_access(work: Work, at: datetime) -> None:
    about: dict[str, Any] = dict.fromkeys(("subject", "role", "action", "target", "source", "why", "request_id"), "x")
    await work.accesses.add(AccessRecord(at=at, outcome="allowed", **about))


async def a_token(work: Work, at: datetime) -> None:
    await work.tokens.add(uuid4().bytes, "n", "s", "reader", "", at - 90 * DAY, "x", at)


async def a_session(work: Work, at: datetime) -> None:
    session = Session(subject="s", role="reader", login="", created=at, seen=at)
    await work.sessions.add(uuid4().bytes, session)


async def an_invitation(work: Work, at: datetime) -> None:
    await work.invitations.add(uuid4().bytes, "reader", at - DAY, at)


async def a_failure(work: Work, at: datetime) -> None:
    await work.failures.add(str(uuid4()), at)


async def a_job(work: Work, at: datetime, status: str = "succeeded") -> int:
    added = await work.connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('q', 't') RETURNING id"
    )
    (number,) = await added.fetchone() or (0,)
    for each in ("todo",) if status == "todo" else ("doing", status):
        await work.connection.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [each, number])
    await work.connection.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [at, number])
    return int(number)


async def a_dead_job(work: Work, at: datetime) -> int:
    return await a_job(work, at, "failed")


KINDS: dict[str, tuple[Callable[[Work, datetime], Awaitable[object]], int]] = {
    "reviews": (a_review, 10),
    "dismissals": (a_dismissal, 30),
    "deliveries": (a_delivery, 20),
    "accesses": (an_access, 40),
    "tokens": (a_token, 40),
    "jobs": (a_job, 5),
    "dead_jobs": (a_dead_job, 10),
    "sessions": (a_session, 8),
    "invitations": (an_invitation, 1),
    "failures": (a_failure, 1),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_older_than_its_days_goes_and_what_is_not_stays(kind: str, at: datetime, work: Work) -> None:
    make, days = KINDS[kind]
    for age in (days * DAY + timedelta(minutes=1), days * DAY + 300 * DAY, days * DAY - timedelta(minutes=1)):
        await make(work, at - age)

    first, second = await prune(work, KEEP, at), await prune(work, KEEP, at)

    assert {name: count for name, count in first.rows.items() if count} == {kind: 2}
    assert set(second.rows.values()) == {0}
    assert not second.more


async def test_with_a_review_go_its_findings_and_uses(at: datetime, work: Work) -> None:
    old, new = await a_review(work, at - 11 * DAY), await a_review(work, at)

    await prune(work, KEEP, at)

    assert await work.reviews.get(old) is None
    assert await work.findings.of(old) == ()
    assert len(await work.findings.of(new)) == 1
    assert [each.questions for each in await work.uses.since(at - 99 * DAY)] == [1]


@pytest.mark.parametrize(
    ("state", "stays"), [("queued", True), ("running", True), ("done", False), ("failed", False), ("cancelled", False)]
)
async def test_a_review_that_waits_or_runs_stays_however_old_it_is(
    state: str, stays: bool, at: datetime, work: Work
) -> None:
    review = await a_review(work, at - 5_000 * DAY, state)

    await prune(work, KEEP, at)

    assert (await work.reviews.get(review) is not None) == stays


@pytest.mark.parametrize("status", ["todo", "doing"])
async def test_a_job_that_waits_or_runs_stays_however_old_it_is(status: str, at: datetime, work: Work) -> None:
    await a_job(work, at - 5_000 * DAY, status)

    assert set((await prune(work, KEEP, at)).rows.values()) == {0}


@pytest.mark.parametrize(("state", "stays"), [("open", True), ("closed", False), ("merged", False)])
async def test_what_was_published_is_known_while_the_merge_request_is_open(
    state: Any, stays: bool, at: datetime, work: Work
) -> None:
    old = at - 11 * DAY
    repository = await work.repositories.see("gitlab", "1", "a", "t", old)
    request = await work.merge_requests.see(repository, 7, "alice", "main", "h", state, old)
    await a_review(work, old, merge_request=request)
    await work.publications.put(request.id, Publication(kind="summary", key="", forge_id="7", digest="d"), old)

    pruned = await prune(work, KEEP, at)

    assert pruned.rows["reviews"] == 1
    assert (await work.merge_requests.get(request.id) is not None) == stays
    assert (len(await work.publications.of(request.id)) == 1) == stays


async def test_a_closed_merge_request_stays_while_a_review_of_it_does(at: datetime, work: Work) -> None:
    repository = await work.repositories.see("gitlab", "1", "a", "t", at)
    request = await work.merge_requests.see(repository, 7, "alice", "main", "h", "merged", at - 11 * DAY)
    await a_review(work, at, merge_request=request)

    await prune(work, KEEP, at)

    assert await work.merge_requests.get(request.id) == request


async def test_much_goes_in_batches_and_says_that_there_is_more(at: datetime, work: Work) -> None:
    for _ in range(7):
        await a_delivery(work, at - 21 * DAY)

    pruned = [await prune(work, KEEP, at, most=3) for _ in range(3)]

    assert [(each.rows["deliveries"], each.more) for each in pruned] == [(3, True), (3, True), (1, False)]


async def test_of_reviews_fewer_go_at_a_time_for_much_goes_with_each(at: datetime, work: Work) -> None:
    for _ in range(3):
        await a_review(work, at - 11 * DAY)

    pruned = [await prune(work, KEEP, at, most=2 * ROWS_OF_A_REVIEW - 1) for _ in range(3)]

    assert [(each.rows["reviews"], each.more) for each in pruned] == [(2, True), (1, False), (0, False)]


async def test_the_application_may_prune_and_two_who_do_so_at_a_time_are_no_fault(
    at: datetime, database: Database
) -> None:
    async with database.work() as work:
        for _ in range(4):
            await a_review(work, at - 11 * DAY)
            await a_job(work, at - 11 * DAY)
            await an_access(work, at - 41 * DAY)

    async with database.work("coderev") as first, database.work("coderev") as second:
        one = await prune(first, KEEP, at, most=2 * ROWS_OF_A_REVIEW)
        two = await prune(second, msgspec.structs.replace(KEEP, accesses=99), at, most=2 * ROWS_OF_A_REVIEW)

    assert (one.rows["reviews"], two.rows["reviews"]) == (2, 2)
    assert (one.rows["jobs"], two.rows["jobs"]) == (4, 0)  # what the one deletes, the other passes by
    assert (one.rows["accesses"], two.rows["accesses"]) == (4, 0)
