"""Access records: added, searched, and changed by nobody; the oldest go by age, through one function alone."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from coderev.files import now
from coderev.store.records import AccessRecord
from coderev.store.tables.statements import Statements
from coderev.store.work import Work

from .conftest import AT, Database

RECORD = AccessRecord(
    at=AT,
    subject="token:3 alice",
    role="developer",
    action="review.read",
    target="review 5f",
    source="10.0.0.7",
    outcome="allowed",
    why="the forge lets her read it",
    request_id="r-1",
)
APPLICATION, OWNER = "coderev", None
CHANGES = {
    "change": "UPDATE access_record SET outcome = 'allowed'",
    "change nothing": "UPDATE access_record SET outcome = outcome WHERE false",
    "change on conflict": "INSERT INTO access_record OVERRIDING SYSTEM VALUE SELECT * FROM access_record "
    "ON CONFLICT (id) DO UPDATE SET outcome = 'allowed'",
    "remove": "DELETE FROM access_record",
    "empty": "TRUNCATE access_record",
}


def a_record(**changes: Any) -> AccessRecord:
    return msgspec.structs.replace(RECORD, **changes)


async def test_a_record_comes_back_as_it_was_with_its_number(work: Work) -> None:
    await work.accesses.add(RECORD)

    (found,) = await work.accesses.search()

    assert found.id > 0
    assert msgspec.structs.replace(found, id=0) == RECORD


async def test_many_records_are_kept_at_once_in_their_order(work: Work) -> None:
    await work.accesses.add(*(a_record(target=f"{number}\0") for number in range(300)))
    await work.accesses.add()

    found = await work.accesses.search(limit=500)

    assert [each.target for each in found] == [f"{number}\ufffd" for number in reversed(range(300))]


async def test_records_are_searched_page_by_page(work: Work) -> None:
    for number in range(5):
        await work.accesses.add(a_record(target=str(number), outcome="denied" if number % 2 else "allowed"))
    await work.accesses.add(a_record(subject="nobody", action="session.open"))

    async def found(**asked: Any) -> list[str]:
        return [each.target for each in await work.accesses.search(**asked)]

    newest = (await work.accesses.search(limit=1))[0]
    assert await found() == ["review 5f", "4", "3", "2", "1", "0"]
    assert await found(limit=2, before=newest.id) == ["4", "3"]
    assert await found(outcome="denied", subject="ALICE") == ["3", "1"]
    assert await found(action="session.open") == ["review 5f"]
    assert await found(subject="%") == await found(subject="_") == await found(action="' OR true --") == []


@pytest.mark.parametrize("user", [APPLICATION, OWNER], ids=["application", "owner"])
@pytest.mark.parametrize("change", CHANGES)
async def test_nobody_changes_what_was_just_recorded(change: str, user: str | None, database: Database) -> None:
    async with database.work() as work:
        await work.accesses.add(a_record(at=now()))

    async def do() -> None:
        async with database.work(user) as other:
            await other.connection.execute(CHANGES[change].encode())

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await do()
    async with database.work() as work:
        assert len(await work.accesses.search()) == 1


async def test_the_application_can_do_its_work_and_forget_the_oldest_by_age_alone(database: Database) -> None:
    at = now()
    async with database.work(APPLICATION) as work:
        for days in (800, 700, 2, 0):
            await work.accesses.add(a_record(at=at - timedelta(days=days), target=str(days)))
        statements = Statements(work.connection, "prune")
        forgotten = await statements.row("accesses", before=at - timedelta(days=730), most=10)
        kept = [each.target for each in await work.accesses.search()]
        all_of_them = await statements.row("accesses", before=at + timedelta(days=9), most=10)

        assert forgotten == {"count": 1}
        assert kept == ["0", "2", "700"]
        assert all_of_them == {"count": 2}
        assert [each.target for each in await work.accesses.search()] == ["0"]  # what is a day old, at most, stays


async def test_the_application_works_with_all_tables_and_owns_none(database: Database) -> None:
    async with database.work(APPLICATION) as work:
        tables = await (
            await work.connection.execute(
                "SELECT relname, has_table_privilege(oid, 'SELECT, INSERT'), has_table_privilege(oid, 'TRUNCATE'), "
                "pg_get_userbyid(relowner) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ).fetchall()
        repository = await work.repositories.see("gitlab", "1", "a", "t", AT)

    assert {"access_record", "review", "procrastinate_jobs"} <= {name for name, *_ in tables}
    assert {tuple(rights) for _, *rights in tables} == {(True, False, database.server.user)}
    assert repository.id == 1


async def test_a_table_that_stands_in_for_the_records_gains_nothing(database: Database) -> None:
    async with database.work() as work:
        await work.accesses.add(a_record(at=now() - timedelta(days=9)))

    async with database.work(APPLICATION) as work:
        await work.connection.execute("CREATE TEMPORARY TABLE access_record (id bigint, at timestamptz)")
        await work.connection.execute("INSERT INTO pg_temp.access_record VALUES (7, '2000-01-01')")
        forgotten = await Statements(work.connection, "prune").row("accesses", before=now(), most=10)
        shadow = await (await work.connection.execute("SELECT count(*) FROM pg_temp.access_record")).fetchone()

    assert forgotten == {"count": 1}  # the real one
    assert shadow == (1,)


async def test_others_may_not_forget(database: Database) -> None:
    async with database.work() as work:
        await work.connection.execute("CREATE ROLE stranger")
        await work.connection.execute("SET ROLE stranger")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await work.connection.execute("SELECT access_record_forget(now(), 1)")
        await work.connection.rollback()
