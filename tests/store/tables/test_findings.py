"""Findings: thousands at once, searched by what is in columns, opened whole for their own place only."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from coderev.finding import Finding, Fix, Source, Step
from coderev.store.records import FindingFilter, Repository, Review
from coderev.store.sealing import Tampered, TooLargeToKeep
from coderev.store.work import Work

from .conftest import AT

WHOLE = Finding(
    rule="S608",
    severity="high",
    confidence="high",
    category="security",
    cwe="CWE-89",
    path="src/shop/cart.py",
    start_line=10,
    end_line=12,
    start_column=5,
    title="SQL is put together from text",
    message="it comes from the request",
    evidence="    cursor.execute('…' + name)",
    flow=(Step(path="src/shop/web.py", line=3, code="name = …", note="from the request"),),
    fix=Fix(start_line=10, end_line=10, replacement="x\n"),
    source=Source(kind="analyser", name="ruff", version="1"),
    fingerprint="a1" * 16,
)


def a_finding(**changes: Any) -> Finding:
    return msgspec.structs.replace(WHOLE, **changes)


async def a_repository(work: Work, name: str = "shop/api") -> Repository:
    return await work.repositories.see("gitlab", f"id of {name}", name, f"gitlab/{name}", AT)


async def a_review(work: Work, repository: Repository | None, minutes: int = 0, number: int | None = None) -> Review:
    at, request = AT + timedelta(minutes=minutes), None
    tenant = "patches" if repository is None else repository.tenant
    if repository is not None and number is not None:
        request = await work.merge_requests.see(repository, number, "alice", "main", "c0ffee", "open", at)
    return await work.reviews.add(uuid4(), tenant, repository, request, "nobody", "r", at)


async def finished(work: Work, review: Review) -> None:
    await work.reviews.start(review.id, AT)
    await work.reviews.finish(review.id, AT, b"{}", "pass", 0, 0, b"", b"")


async def test_a_finding_comes_back_whole_and_its_columns_say_where_it_is(work: Work) -> None:
    repository = await a_repository(work)
    review = await a_review(work, repository)
    second = a_finding(cwe=None, flow=(), fix=None, status="existing", fingerprint="b2" * 16)

    await work.findings.add(review, [(WHOLE, "unit 1"), (second, "")])
    first, _ = stored = await work.findings.of(review.id)

    assert [each.number for each in stored] == [0, 1]
    assert (first.unit, first.rule, first.cwe, first.source) == ("unit 1", "S608", "CWE-89", "ruff")
    assert (first.path, first.start_line, first.end_line) == ("src/shop/cart.py", 10, 12)
    assert (first.review, first.repository, first.created) == (review.id, repository, review.created)
    assert await work.findings.bodies(review.id) == (WHOLE, second)
    assert await work.findings.body(review.id, 1) == second
    assert await work.findings.body(review.id, 2) is None
    assert await work.findings.of(uuid4()) == ()


async def test_two_thousand_findings_are_kept_and_a_second_attempt_replaces_them(work: Work) -> None:
    review = await a_review(work, await a_repository(work))
    many = [(a_finding(start_line=line, fingerprint=f"{line:032x}"), f"{line:x}") for line in range(2_000)]

    await work.findings.add(review, many)
    stored = await work.findings.of(review.id)
    bodies = await work.findings.bodies(review.id)
    await work.findings.add(review, many[:3])

    assert [each.start_line for each in stored] == list(range(2_000))
    assert list(bodies) == [finding for finding, _ in many]
    assert len(await work.findings.of(review.id)) == 3


async def test_no_findings_are_no_fault(work: Work) -> None:
    review = await a_review(work, None)

    await work.findings.add(review, [])

    assert await work.findings.bodies(review.id) == ()


async def test_hostile_text_is_kept_as_far_as_it_can_be(work: Work) -> None:
    review = await a_review(work, await a_repository(work))
    hostile = a_finding(path="a\udc80\0b'); DROP TABLE finding; --", message="\\x00 \t\n \u202e", rule="\\.")

    await work.findings.add(review, [(hostile, "\\N")])
    (stored,) = await work.findings.of(review.id)
    body = await work.findings.body(review.id, 0)

    assert stored.path == "a\ufffd\ufffdb'); DROP TABLE finding; --"
    assert (stored.rule, stored.unit) == ("\\.", "\\N")
    assert body is not None
    assert body.message == hostile.message


async def test_a_message_of_many_megabytes_is_refused(work: Work) -> None:
    review = await a_review(work, None)

    with pytest.raises(TooLargeToKeep, match=r"finding\.sealed_body is not kept: 5\d{6} bytes are more than 4194304"):
        await work.findings.add(review, [(a_finding(message="x" * 5_000_000), "")])


async def test_a_body_that_was_moved_to_another_number_or_review_does_not_open(work: Work) -> None:
    review, other = await a_review(work, await a_repository(work)), await a_review(work, await a_repository(work))
    for each in (review, other):
        await work.findings.add(each, [(WHOLE, ""), (a_finding(rule="S1"), "")])

    await work.connection.execute("UPDATE finding SET number = 2 WHERE review_id = %s AND number = 0", [review.id])
    await work.connection.execute("UPDATE finding SET tenant = 'x' WHERE review_id = %s AND number = 0", [other.id])

    for moved, number in ((review.id, 2), (other.id, 0)):
        with pytest.raises(Tampered):
            await work.findings.body(moved, number)
        with pytest.raises(Tampered):
            await work.findings.bodies(moved)


async def test_of_no_tenant_nothing_is_found_and_none_means_all(work: Work) -> None:
    mine, theirs = await a_repository(work, "a/a"), await a_repository(work, "b/b")
    for repository in (mine, theirs):
        await work.findings.add(await a_review(work, repository), [(WHOLE, "")])

    async def found(tenants: frozenset[str] | None) -> set[str]:
        rows = await work.findings.search(FindingFilter(tenants=tenants))
        return {each.repository.path for each in rows if each.repository}

    assert await found(frozenset()) == set()
    assert await found(frozenset({"gitlab/a/a", "gitlab/c"})) == {"a/a"}
    assert await found(None) == {"a/a", "b/b"}


async def test_findings_are_filtered_and_searched(work: Work) -> None:
    shop, bank = await a_repository(work), await a_repository(work, "bank/core")
    first = [(WHOLE, ""), (a_finding(rule="B006", severity="low", path="lib/100%.py", fingerprint="ff" * 16), "")]
    await work.findings.add(await a_review(work, shop), first)
    await work.findings.add(await a_review(work, bank, minutes=1), [(a_finding(status="existing"), "")])

    async def found(**asked: Any) -> list[tuple[str, int]]:
        rows = await work.findings.search(FindingFilter(tenants=None, **asked))
        return [(each.repository.path if each.repository else "", each.number) for each in rows]

    assert await found() == [("bank/core", 0), ("shop/api", 1), ("shop/api", 0)]
    assert await found(severity="low") == [("shop/api", 1)]
    assert await found(rule="S608", status="new") == [("shop/api", 0)]
    assert await found(repository=bank.id) == [("bank/core", 0)]
    assert await found(path="CART") == [("bank/core", 0), ("shop/api", 0)]
    assert await found(path="0%") == await found(text="0%") == [("shop/api", 1)]
    assert await found(text="_") == []
    assert await found(text="ffff") == [("shop/api", 1)]
    assert await found(text="bank/") == [("bank/core", 0)]
    assert await found(text="'; DELETE FROM finding; --") == []


async def test_pages_follow_each_other_without_gap_or_repetition(work: Work) -> None:
    repository = await a_repository(work)
    for minutes in (0, 1, 1):
        review = await a_review(work, repository, minutes)
        await work.findings.add(review, [(a_finding(start_line=line), "") for line in range(5)])

    seen: list[tuple[Any, ...]] = []
    while page := await work.findings.search(FindingFilter(tenants=None, limit=4, before=seen[-1] if seen else None)):
        seen += [(each.created, each.review, each.number) for each in page]

    assert len(seen) == 15
    assert seen == sorted(set(seen), reverse=True)


async def test_only_the_newest_review_of_a_merge_request_is_current(work: Work) -> None:
    repository = await a_repository(work)
    old, new = await a_review(work, repository, 0, number=7), await a_review(work, repository, 1, number=7)
    other, running = await a_review(work, repository, 0, number=8), await a_review(work, repository, 2, number=7)
    patch = await a_review(work, None)
    for review in (old, new, other, patch):
        await work.findings.add(review, [(WHOLE, "")])
        await finished(work, review)
    await work.findings.add(running, [])

    rows = await work.findings.search(FindingFilter(tenants=None, current=True))

    assert {each.review for each in rows} == {new.id, other.id, patch.id}


async def test_a_fingerprint_leads_to_where_it_was_seen_last(work: Work) -> None:
    shop, bank = await a_repository(work), await a_repository(work, "bank/core")
    for repository, minutes in ((shop, 0), (shop, 5), (bank, 9)):
        await work.findings.add(await a_review(work, repository, minutes), [(a_finding(start_line=minutes), "")])

    found = await work.findings.by_fingerprint(shop.id, WHOLE.fingerprint)

    assert found is not None
    assert found.start_line == 5
    assert await work.findings.by_fingerprint(shop.id, "00" * 16) is None
