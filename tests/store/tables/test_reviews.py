"""Reviews: their way through the states, what is sealed in them, and who finds them."""

import asyncio
import json
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coderev.store.records import MOST_ROWS, MergeRequest, Repository, Review, ReviewFilter
from coderev.store.sealing import Seal, SealedWithAnotherKey, Tampered, TooLargeToKeep
from coderev.store.tables.statements import containing, storable
from coderev.store.work import Work

from .conftest import AT, Database

ALL = ReviewFilter(tenants=None)
WORDS = ("result", b'{"schema": 1}', "diff", b"--- a\n+++ b\n", "record", b"{}")


async def a_repository(work: Work, name: str = "shop/api") -> Repository:
    return await work.repositories.see("gitlab", f"id of {name}", name, f"gitlab/{name}", AT)


async def a_merge_request(work: Work, repository: Repository, number: int = 7, author: str = "alice") -> MergeRequest:
    return await work.merge_requests.see(repository, number, author, "main", "c0ffee", "open", AT)


async def a_review(
    work: Work,
    repository: Repository | None = None,
    merge_request: MergeRequest | None = None,
    *,
    tenant: str = "gitlab/shop/api",
    minutes: int = 0,
    order: bytes | None = None,
) -> Review:
    at = AT + timedelta(minutes=minutes)
    return await work.reviews.add(uuid4(), tenant, repository, merge_request, "token:3 alice", "r-1", at, order)


async def finished(work: Work, review: Review, result: bytes = b"{}", diff: bytes = b"diff") -> bool:
    await work.reviews.start(review.id, AT)
    return await work.reviews.finish(review.id, AT, result, "pass", 0, 0, diff, b"{}")


async def stands(work: Work, review: UUID) -> Review:
    found = await work.reviews.get(review)
    assert found is not None
    return found


async def test_a_review_goes_from_queued_through_running_to_done(work: Work) -> None:
    repository = await a_repository(work)
    review = await a_review(work, repository, await a_merge_request(work, repository))

    assert (review.state, review.number, review.repository, review.attempts) == ("queued", 7, repository, 0)
    assert await work.reviews.start(review.id, AT + timedelta(seconds=1))
    assert await work.reviews.sides(review.id, "aaaa", "bbbb")
    assert await work.reviews.stage(review.id, "asking models")
    running = await stands(work, review.id)
    assert await work.reviews.finish(review.id, AT + timedelta(seconds=9), b"R", "fail", 2, 5, b"D", b"C")
    done = await stands(work, review.id)

    assert (running.state, running.stage, running.attempts) == ("running", "asking models", 1)
    assert (running.base, running.head) == ("aaaa", "bbbb")
    assert (done.state, done.verdict, done.findings_new, done.findings_all) == ("done", "fail", 2, 5)
    assert (done.started, done.ended) == (AT + timedelta(seconds=1), AT + timedelta(seconds=9))
    assert await work.reviews.result(review.id) == b"R"
    assert await work.reviews.diff(review.id) == b"D"
    assert await work.reviews.record(review.id) == b"C"


async def test_times_come_in_utc_whatever_the_server_says(work: Work) -> None:
    review = await a_review(work)

    assert review.created == AT
    assert review.created.tzinfo is UTC


async def test_what_is_not_there_is_none(work: Work) -> None:
    nobody = uuid4()

    assert await work.reviews.get(nobody) is None
    assert await work.reviews.result(nobody) is None
    assert not await work.reviews.start(nobody, AT)
    assert not await work.reviews.finish(nobody, AT, b"", "pass", 0, 0, b"", b"")
    assert await work.reviews.result((await a_review(work)).id) is None


async def test_a_cancelled_review_is_neither_run_nor_finished(work: Work) -> None:
    review = await a_review(work)
    await work.reviews.start(review.id, AT)

    assert await work.reviews.end(review.id, AT, "cancelled", "a newer push")
    assert not await work.reviews.finish(review.id, AT, b"R", "pass", 0, 0, b"", b"")
    assert not await work.reviews.start(review.id, AT)
    assert not await work.reviews.sides(review.id, "a", "b")
    assert not await work.reviews.stage(review.id, "late")
    assert not await work.reviews.end(review.id, AT, "failed", "late")
    assert (await stands(work, review.id)).failure == "a newer push"
    assert await work.reviews.result(review.id) is None


async def test_a_failed_review_may_be_replayed_and_forgets_why_it_failed(work: Work) -> None:
    review = await a_review(work)
    await work.reviews.start(review.id, AT)
    await work.reviews.end(review.id, AT, "failed", "the forge is down")

    assert await work.reviews.start(review.id, AT)
    again = await stands(work, review.id)

    assert (again.state, again.failure, again.ended, again.attempts) == ("running", "", None, 2)


async def test_a_done_review_stays_as_it_is(work: Work) -> None:
    review = await a_review(work)
    await finished(work, review, b"first")

    assert not await finished(work, review, b"second")
    assert not await work.reviews.end(review.id, AT, "failed", "late")
    assert await work.reviews.result(review.id) == b"first"


async def test_an_order_is_kept_for_who_runs_it(work: Work) -> None:
    with_order, without = await a_review(work, order=b"--- a/x\n"), await a_review(work)

    assert await work.reviews.order(with_order.id) == b"--- a/x\n"
    assert await work.reviews.order(without.id) is None


async def test_nothing_that_is_code_stands_in_the_database_as_it_is(work: Work) -> None:
    review = await a_review(work, order=b"secret order " * 9)
    await work.reviews.start(review.id, AT)
    await work.reviews.finish(review.id, AT, b"secret result", "pass", 0, 0, b"secret diff", b"secret record")

    rows = await (await work.connection.execute("SELECT review::text FROM review")).fetchall()
    kept = [bytes(each) for each in await sealed(work, review.id) if each is not None]

    assert "736563726574" not in str(rows)  # `secret` in hex
    assert len(kept) == 4
    assert not [each for each in kept if b"secret" in each]


async def sealed(work: Work, review: UUID) -> tuple[Any, ...]:
    columns = "SELECT sealed_order, sealed_result, sealed_diff, sealed_record FROM review WHERE id = %s"
    row = await (await work.connection.execute(columns, [review])).fetchone()
    return tuple(row or ())


MOVES = {
    "to another row": "UPDATE review SET sealed_result = (SELECT sealed_result FROM review WHERE id = %(other)s) "
    "WHERE id = %(id)s",
    "to another column": "UPDATE review SET sealed_result = sealed_diff WHERE id = %(id)s",
    "to another tenant": "UPDATE review SET tenant = 'gitlab/else' WHERE id = %(id)s AND id <> %(other)s",
    "a bit turned": "UPDATE review SET sealed_result = set_bit(sealed_result, 300, 1 - get_bit(sealed_result, 300)) "
    "WHERE id = %(id)s AND id <> %(other)s",
    "cut": "UPDATE review SET sealed_result = substr(sealed_result, 1, 30) WHERE id = %(id)s AND id <> %(other)s",
    "emptied": "UPDATE review SET sealed_result = '' WHERE id = %(id)s AND id <> %(other)s",
}


@pytest.mark.parametrize("move", MOVES)
async def test_a_result_that_was_moved_in_the_database_does_not_open(move: str, work: Work) -> None:
    review, other = await a_review(work), await a_review(work)
    await finished(work, review, b"result", b"result")
    await finished(work, other, b"result", b"result")

    moved = await work.connection.execute(MOVES[move].encode(), {"id": review.id, "other": other.id})

    assert moved.rowcount == 1
    with pytest.raises(Tampered):
        await work.reviews.result(review.id)
    assert await work.reviews.result(other.id) == b"result"


async def test_after_a_rotation_the_old_opens_and_without_its_key_the_error_names_it(database: Database) -> None:
    new, old = Seal(b"n" * 32, *[bytes(range(32))]), database.seal
    async with database.work() as work:
        review = await a_review(work)
        await finished(work, review, b"result")

        assert await Work(work.connection, new).reviews.result(review.id) == b"result"
        with pytest.raises(SealedWithAnotherKey, match=old.key_ids[0]):
            await Work(work.connection, Seal(b"n" * 32)).reviews.result(review.id)


async def test_a_large_result_is_kept_and_one_that_is_too_large_is_refused(work: Work) -> None:
    review, large = await a_review(work), json.dumps(list(range(700_000))).encode()
    await finished(work, review, large)
    other = await a_review(work)

    assert len(large) > 5_000_000
    assert await work.reviews.result(review.id) == large
    with pytest.raises(TooLargeToKeep, match="67108865 bytes are more than 67108864"):
        await finished(work, other, bytes((64 << 20) + 1))


async def test_a_search_shows_the_newest_first_page_by_page(work: Work) -> None:
    made = [await a_review(work, minutes=number // 3) for number in range(10)]  # three at a time
    expected = sorted(made, key=lambda review: (review.created, review.id), reverse=True)

    pages: list[Review] = []
    while True:
        before = (pages[-1].created, pages[-1].id) if pages else None
        page = await work.reviews.search(ReviewFilter(tenants=None, limit=4, before=before))
        if not page:
            break
        pages += page

    assert pages == expected


async def test_of_no_tenant_nothing_is_found_and_none_means_all(work: Work) -> None:
    mine, theirs = await a_review(work, tenant="a"), await a_review(work, tenant="b", minutes=1)

    assert await work.reviews.search(ReviewFilter(tenants=frozenset())) == ()
    assert await work.reviews.search(ReviewFilter(tenants=frozenset({"a"}))) == (mine,)
    assert await work.reviews.search(ReviewFilter(tenants=frozenset({"b", "c"}))) == (theirs,)
    assert await work.reviews.search(ALL) == (theirs, mine)


async def test_text_is_looked_for_in_path_author_number_and_head(work: Work) -> None:
    shop, bank = await a_repository(work), await a_repository(work, "bank/core")
    one = await a_review(work, shop, await a_merge_request(work, shop, 42, "alice"), minutes=1)
    two = await a_review(work, bank, await a_merge_request(work, bank, 4, "Bob_1"), minutes=2)
    await work.reviews.sides(two.id, "0000", "feedbeef")

    async def found(text: str) -> set[UUID]:
        return {each.id for each in await work.reviews.search(ReviewFilter(tenants=None, text=text))}

    assert await found("hop/A") == {one.id}
    assert await found("bob_") == {two.id}
    assert await found("42") == await found("!42") == await found("#42") == {one.id}
    assert await found("feedb") == {two.id}
    assert await found("edb") == set()
    assert await found("") == {one.id, two.id}


@pytest.mark.parametrize("text", ["%", "_", "\\", "%'", "'; DROP TABLE review; --", "\0", "\ud800", "a" * 10_000])
async def test_wildcards_and_sql_in_a_search_are_letters(text: str, work: Work) -> None:
    repository = await a_repository(work)
    review = await a_review(work, repository, await a_merge_request(work, repository))

    assert await work.reviews.search(ReviewFilter(tenants=None, text=text)) == ()
    assert await work.reviews.search(ReviewFilter(tenants=frozenset({text}))) == ()
    assert await work.reviews.search(ReviewFilter(tenants=None, state=text)) == ()  # type: ignore[arg-type]
    assert await work.reviews.search(ALL) == (await stands(work, review.id),)


async def test_filters_narrow_together(work: Work) -> None:
    shop, bank = await a_repository(work), await a_repository(work, "bank/core")
    done, failed = await a_review(work, shop), await a_review(work, shop)
    await a_review(work, bank)
    await finished(work, done)
    await work.reviews.end(failed.id, AT, "failed", "why")

    async def found(**asked: Any) -> list[UUID]:
        return [each.id for each in await work.reviews.search(ReviewFilter(tenants=None, **asked))]

    assert await found(state="done") == [done.id]
    assert await found(verdict="pass", repository=shop.id) == [done.id]
    assert await found(verdict="fail") == []
    assert set(await found(repository=shop.id)) == {done.id, failed.id}


@pytest.mark.parametrize(("limit", "found"), [(-1, 0), (0, 0), (1, 1), (MOST_ROWS + 1, 3)])
async def test_a_limit_is_kept_within_bounds(limit: int, found: int, work: Work) -> None:
    for _ in range(3):
        await a_review(work)

    assert len(await work.reviews.search(ReviewFilter(tenants=None, limit=limit))) == found


async def test_the_reviews_of_a_merge_request_are_known_by_state(work: Work) -> None:
    repository = await a_repository(work)
    request, other = await a_merge_request(work, repository), await a_merge_request(work, repository, 8)
    first, second, third = [await a_review(work, repository, request, minutes=each) for each in range(3)]
    await a_review(work, repository, other)
    await finished(work, first)

    assert [each.id for each in await work.reviews.unfinished(request.id)] == [third.id, second.id]
    assert await work.reviews.newest(request.id) == await stands(work, first.id)
    assert await work.reviews.newest(request.id, "queued") == third
    assert await work.reviews.newest(other.id) is None


async def test_of_many_that_finish_a_review_at_a_time_one_does(database: Database) -> None:
    async with database.work() as work:
        review = await a_review(work)
        await work.reviews.start(review.id, AT)

    async def finish(number: int) -> bool:
        async with database.work() as other:
            done = await other.reviews.finish(review.id, AT, str(number).encode(), "pass", number, 0, b"", b"")
            await asyncio.sleep(0.05)  # the others wait for this transaction
            return done

    done = await asyncio.gather(*(finish(number) for number in range(5)))
    async with database.work() as work:
        stored, result = await stands(work, review.id), await work.reviews.result(review.id)

    assert sorted(done) == [False] * 4 + [True]
    assert result == str(stored.findings_new).encode() == str(done.index(True)).encode()


LIFE = {  # what may happen in which state, and which state comes of it
    "start": ({"queued", "running", "failed"}, "running"),
    "finish": ({"running"}, "done"),
    "fail": ({"queued", "running"}, "failed"),
    "cancel": ({"queued", "running"}, "cancelled"),
}


async def happens(work: Work, review: UUID, what: str) -> bool:
    match what:
        case "start":
            return await work.reviews.start(review, AT)
        case "finish":
            return await work.reviews.finish(review, AT, b"{}", "pass", 0, 0, b"", b"")
        case "fail":
            return await work.reviews.end(review, AT, "failed", "why")
        case _:
            return await work.reviews.end(review, AT, "cancelled", "why")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happening=st.lists(st.sampled_from(sorted(LIFE)), max_size=8))
async def test_whatever_happens_a_review_goes_only_where_its_life_leads(happening: list[str], work: Work) -> None:
    review, state, starts = (await a_review(work)).id, "queued", 0

    for what in happening:
        allowed, then = LIFE[what]
        assert await happens(work, review, what) == (state in allowed)
        starts += what == "start" and state in allowed
        state = then if state in allowed else state
        stored = await stands(work, review)
        assert (stored.state, stored.attempts) == (state, starts)
        assert (await work.reviews.result(review) is not None) == (state == "done")
        assert (stored.ended is not None) == (state in {"done", "failed", "cancelled"})
        assert (stored.failure != "") == (state in {"failed", "cancelled"})


TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT)
async def test_whatever_text_comes_is_kept_and_found(text: str, work: Work) -> None:
    repository = await work.repositories.see("gitlab", text, text, f"t {uuid4()}", AT)

    assert repository.path == storable(text)
    assert await work.repositories.by_path("gitlab", text) is not None
    review = await a_review(work, repository)
    found = await work.reviews.search(ReviewFilter(tenants=None, text=text, repository=repository.id))
    assert review.id in {each.id for each in found}


@given(text=TEXT)
def test_what_is_storable_is_left_as_it_is(text: str) -> None:
    assert storable(storable(text)) == storable(text)
    assert storable(text).encode() == storable(text).encode()
    assert "\0" not in storable(text)
    if "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text):
        assert storable(text) == text


def test_patterns_escape_their_wildcards() -> None:
    assert containing(r"50%_\x") == r"%50\%\_\\x%"
