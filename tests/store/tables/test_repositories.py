"""Repositories and merge requests: renames, what is told late, and tenants that nobody inherits."""

import asyncio
from datetime import timedelta

from coderev.store.work import Work

from .conftest import AT, Database

LATER, EARLIER = AT + timedelta(hours=1), AT - timedelta(hours=1)


async def test_a_rename_changes_the_path_and_never_the_tenant(work: Work) -> None:
    first = await work.repositories.see("gitlab", "1", "shop/api", "gitlab/shop/api", AT)
    renamed = await work.repositories.see("gitlab", "1", "shop/core", "gitlab/shop/core", LATER)

    assert (renamed.id, renamed.path, renamed.tenant) == (first.id, "shop/core", "gitlab/shop/api")
    assert await work.repositories.get(first.id) == await work.repositories.find("gitlab", "1") == renamed
    assert await work.repositories.by_path("gitlab", "shop/core") == renamed
    assert await work.repositories.by_path("gitlab", "shop/api") is None


async def test_who_takes_the_name_of_a_renamed_repository_does_not_take_its_tenant(work: Work) -> None:
    old = await work.repositories.see("gitlab", "1", "shop/api", "gitlab/shop/api", AT)
    new = await work.repositories.see("gitlab", "2", "shop/api", "gitlab/shop/api", LATER)

    assert old.tenant == "gitlab/shop/api"
    assert new.tenant == "gitlab/shop/api#2"
    assert await work.repositories.by_path("gitlab", "shop/api") == new
    assert await work.repositories.see("gitlab", "2", "shop/api", "gitlab/shop/api", LATER) == new


async def test_what_is_told_late_changes_nothing(work: Work) -> None:
    repository = await work.repositories.see("gitlab", "1", "new", "t", AT)
    request = await work.merge_requests.see(repository, 7, "alice", "main", "head 2", "merged", AT)

    assert (await work.repositories.see("gitlab", "1", "old", "t", EARLIER)).path == "new"
    assert await work.merge_requests.see(repository, 7, "alice", "old", "head 1", "open", EARLIER) == request


async def test_a_merge_request_is_what_the_forge_said_last(work: Work) -> None:
    repository = await work.repositories.see("gitlab", "1", "a", "t", AT)
    first = await work.merge_requests.see(repository, 7, "alice", "main", "head 1", "open", AT)
    second = await work.merge_requests.see(repository, 7, "alice", "main", "head 2", "closed", LATER)

    assert (second.id, second.head, second.state) == (first.id, "head 2", "closed")
    assert second.repository == repository
    assert await work.merge_requests.find(repository.id, 7) == await work.merge_requests.get(first.id) == second
    assert await work.merge_requests.find(repository.id, 8) is None


async def test_the_same_id_at_two_forges_is_two_repositories(work: Work) -> None:
    one = await work.repositories.see("gitlab", "1", "a", "gitlab/a", AT)
    two = await work.repositories.see("github", "1", "a", "github/a", AT)

    assert one.id != two.id
    assert await work.repositories.by_path("github", "a") == two
    assert await work.repositories.all() == (two, one)


async def test_of_many_that_see_a_repository_first_at_a_time_all_see_the_same(database: Database) -> None:
    async def see() -> int:
        async with database.work() as work:
            return (await work.repositories.see("gitlab", "1", "a", "gitlab/a", AT)).id

    assert len(set(await asyncio.gather(*(see() for _ in range(8))))) == 1


async def test_of_two_that_claim_a_tenant_at_a_time_one_has_it(database: Database) -> None:
    async def see(number: int) -> str:
        async with database.work() as work:
            return (await work.repositories.see("gitlab", str(number), "a", "gitlab/a", AT)).tenant

    tenants = await asyncio.gather(*(see(number) for number in range(6)))

    assert len(set(tenants)) == 6
    assert tenants.count("gitlab/a") == 1


async def test_webhooks_of_one_repository_do_not_wait_for_each_other(database: Database) -> None:
    async with database.work() as work:
        await work.repositories.see("gitlab", "1", "a", "gitlab/a", AT)

    async with database.work() as first, database.work() as second:
        await first.repositories.see("gitlab", "1", "a", "gitlab/a", AT + timedelta(seconds=1))
        async with asyncio.timeout(5):
            await second.repositories.see("gitlab", "1", "a", "gitlab/a", AT + timedelta(seconds=2))
