"""Webhooks are taken once, whoever sends them how often; what stands at the forge is known by what it is about."""

import asyncio
from datetime import timedelta

from coderev.store.records import Publication
from coderev.store.work import Work

from .conftest import AT, Database


async def test_a_delivery_is_taken_once_at_each_forge(work: Work) -> None:
    assert await work.deliveries.accept("gitlab", "d-1", "pushed", AT, "r-1")
    assert not await work.deliveries.accept("gitlab", "d-1", "pushed", AT + timedelta(days=1), "r-2")
    assert await work.deliveries.accept("github", "d-1", "pushed", AT, "r-3")
    assert await work.deliveries.accept("gitlab", "d-1'); DROP TABLE delivery; --", "pushed", AT, "r-4")


async def test_a_delivery_with_an_id_of_any_length_is_taken_once(work: Work) -> None:
    for long in ("x" * 100_000, "".join(chr(each) for each in range(1, 20_000)), "\ud800\0" * 500):
        assert await work.deliveries.accept("gitlab", long, "pushed", AT, "r-1")
        assert not await work.deliveries.accept("gitlab", long, "pushed", AT, "r-1")


async def test_of_many_deliveries_of_one_id_at_a_time_one_is_taken(database: Database) -> None:
    async def accept(number: int) -> bool:
        async with database.work() as work:
            taken = await work.deliveries.accept("gitlab", "d-1", "pushed", AT, f"r-{number}")
            await asyncio.sleep(0.05)  # the others wait for this transaction
            return taken

    assert sorted(await asyncio.gather(*(accept(number) for number in range(6)))) == [False] * 5 + [True]


async def test_what_was_taken_by_a_transaction_that_failed_is_taken_by_the_next(database: Database) -> None:
    async def fail() -> None:
        async with database.work() as work:
            await work.deliveries.accept("gitlab", "d-1", "pushed", AT, "r-1")
            raise TimeoutError

    await asyncio.gather(fail(), return_exceptions=True)

    async with database.work() as work:
        assert await work.deliveries.accept("gitlab", "d-1", "pushed", AT, "r-2")


async def test_a_publication_stands_in_the_place_of_the_one_before(work: Work) -> None:
    repository = await work.repositories.see("gitlab", "1", "a", "t", AT)
    one, two = [await work.merge_requests.see(repository, each, "alice", "main", "h", "open", AT) for each in (1, 2)]
    summary = Publication(kind="summary", key="", forge_id="77", digest="d1")
    inline = Publication(kind="inline", key="a1", forge_id="78", digest="d2")
    resolved = Publication(kind="inline", key="a1", forge_id="78", digest="d2", state="resolved")

    for publication in (summary, inline, resolved):
        await work.publications.put(one.id, publication, AT)

    assert await work.publications.of(one.id) == (resolved, summary)
    assert await work.publications.of(two.id) == ()
