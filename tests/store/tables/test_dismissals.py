"""Dismissals: they hold for their time, are revoked once, and their notes are sealed."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from coderev.store.records import Dismissal, Repository
from coderev.store.sealing import TooLargeToKeep
from coderev.store.tables.dismissals import UNOPENED
from coderev.store.work import Work

from .conftest import AT

DAY = timedelta(days=1)


async def a_repository(work: Work, name: str = "shop/api") -> Repository:
    return await work.repositories.see("gitlab", f"id of {name}", name, f"gitlab/{name}", AT)


def a_dismissal(repository: Repository, **changes: Any) -> Dismissal:
    dismissal = Dismissal(
        repository=repository,
        number=None,
        scope="place",
        fingerprint="a1" * 16,
        unit="digest",
        rule="S608",
        path="src/cart.py",
        reason="mitigated",
        author="forge:gitlab alice",
        created=AT,
        expires=AT + 30 * DAY,
        note="the name is checked in web.py",
    )
    return msgspec.structs.replace(dismissal, **changes)


async def test_a_dismissal_comes_back_with_its_note_and_its_merge_request(work: Work) -> None:
    repository = await a_repository(work)
    await work.merge_requests.see(repository, 7, "alice", "main", "c0ffee", "open", AT)

    added = await work.dismissals.add(a_dismissal(repository, number=7))
    elsewhere = await work.dismissals.add(a_dismissal(repository, number=8, note=""))

    assert added.id > 0
    assert await work.dismissals.get(added.id) == added
    assert await work.dismissals.get(elsewhere.id) == msgspec.structs.replace(elsewhere, number=None)
    assert await work.dismissals.get(added.id + 10) is None


async def test_the_next_dismissal_has_another_number(work: Work) -> None:
    repository = await a_repository(work)

    numbers = [(await work.dismissals.add(a_dismissal(repository))).id for _ in range(3)]

    assert numbers == sorted(set(numbers))


async def test_a_note_is_neither_readable_nor_movable(work: Work) -> None:
    repository = await a_repository(work)
    one, two = [await work.dismissals.add(a_dismissal(repository, note=f"{each} is checked")) for each in "ab"]

    rows = await (await work.connection.execute("SELECT sealed_note FROM dismissal")).fetchall()
    await work.connection.execute(
        "UPDATE dismissal SET sealed_note = (SELECT sealed_note FROM dismissal WHERE id = %s) WHERE id = %s",
        [one.id, two.id],
    )

    assert len(rows) == 2
    assert not [row for row in rows if b"checked" in bytes(row[0])]
    moved = await work.dismissals.get(two.id)
    assert moved is not None
    assert moved.note == UNOPENED


async def test_a_note_of_a_megabyte_is_refused(work: Work) -> None:
    with pytest.raises(TooLargeToKeep, match=r"dismissal\.sealed_note is not kept"):
        await work.dismissals.add(a_dismissal(await a_repository(work), note="x" * 1_000_000))


async def test_it_holds_from_when_it_was_made_until_it_expires_or_is_revoked(work: Work) -> None:
    repository, other = await a_repository(work), await a_repository(work, "bank/core")
    kept, revoked = [await work.dismissals.add(a_dismissal(repository, rule=rule)) for rule in ("A", "B")]
    await work.dismissals.revoke(revoked.id, "session admin", AT + 5 * DAY)

    async def rules(days: float) -> list[str]:
        return [each.rule for each in await work.dismissals.active(repository.id, AT + days * DAY)]

    assert await rules(-1) == []
    assert await rules(0) == await rules(4.9) == ["A", "B"]
    assert await rules(5) == await rules(29.9) == ["A"]
    assert await rules(30) == []
    assert await work.dismissals.active(other.id, AT) == ()
    assert (await work.dismissals.get(kept.id)) == kept


async def test_it_is_revoked_once_and_says_by_whom(work: Work) -> None:
    added = await work.dismissals.add(a_dismissal(await a_repository(work)))

    assert await work.dismissals.revoke(added.id, "token:3 bob", AT + DAY)
    assert not await work.dismissals.revoke(added.id, "token:4 eve", AT + 2 * DAY)
    assert not await work.dismissals.revoke(added.id + 1, "token:4 eve", AT)

    revoked = await work.dismissals.get(added.id)
    assert revoked is not None
    assert (revoked.revoked, revoked.revoked_by) == (AT + DAY, "token:3 bob")


async def test_a_search_shows_each_tenant_its_own(work: Work) -> None:
    mine, theirs = await a_repository(work), await a_repository(work, "bank/core")
    made = [await work.dismissals.add(a_dismissal(repository)) for repository in (mine, mine, theirs)]
    await work.dismissals.revoke(made[1].id, "x", AT + DAY)

    async def found(tenants: frozenset[str] | None, **asked: Any) -> list[int]:
        asked = {"active_at": None, "limit": 50} | asked
        return [
            made.index(msgspec.structs.replace(each, revoked=None, revoked_by=None))
            for each in await work.dismissals.search(tenants, **asked)
        ]

    assert await found(None) == [2, 1, 0]
    assert await found(frozenset()) == []
    assert await found(frozenset({mine.tenant})) == [1, 0]
    assert await found(None, active_at=AT + 2 * DAY) == [2, 0]
    assert await found(None, limit=2) == [2, 1]
    assert await found(None, before=made[1].id) == [0]


@pytest.mark.parametrize(
    "changes", [{"scope": "everything"}, {"reason": "because"}, {"expires": AT}], ids=["scope", "reason", "no time"]
)
async def test_the_database_refuses_what_no_dismissal_may_be(changes: dict[str, Any], work: Work) -> None:
    repository = await a_repository(work)

    with pytest.raises(psycopg.errors.CheckViolation):
        await work.dismissals.add(a_dismissal(repository, **changes))
