"""The schema, step by step: what may be applied when, and by whom."""

import asyncio
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.site_database import OWNER

from coderev.egress import Egress
from coderev.errors import InputError, Unavailable
from coderev.settings import Settings
from coderev.store.connecting import NO_LIMITS, Connection, SitePlace, connect
from coderev.store.migrating import (
    Applied,
    Migration,
    MigrationChanged,
    MigrationFailed,
    MigrationsOutOfOrder,
    MigrationsPending,
    NewerDatabase,
    Phase,
    QueueDiffers,
    judge,
    migrate,
    migrations,
    plan,
    read_applied,
)

TABLES_OF_THE_QUEUE = {"procrastinate_jobs", "procrastinate_events", "procrastinate_workers"}


def _brought(*phases: Phase) -> tuple[Migration, ...]:
    return tuple(
        Migration(number=number, name=f"m{number}", phase=phase, text=f"SELECT {number};")
        for number, phase in enumerate(phases, start=1)
    )


def _has(*brought: Migration) -> tuple[Applied, ...]:
    return tuple(Applied(number=each.number, name=each.name, phase=each.phase, digest=each.digest) for each in brought)


def _owner(site: Settings) -> SitePlace:
    return SitePlace(site, Egress(site), OWNER, site.database.password_file)


async def _as_owner(site: Settings) -> Connection:
    return await connect(_owner(site), owner=True, limits=NO_LIMITS)


async def _names(connection: Connection, statement: str) -> set[Any]:
    return {row[0] for row in await (await connection.execute(statement.encode())).fetchall()}


def test_our_migrations_are_numbered_without_a_gap() -> None:
    assert [each.number for each in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_database_that_lacks_a_before_is_refused_with_the_command() -> None:
    first, second = _brought("before", "before")

    with pytest.raises(
        MigrationsPending, match="lacks 1 migrations that this program needs, the first is 0002 m2"
    ) as e:
        judge((first, second), _has(first))

    assert "coderev store migrate --before" in e.value.next_step


def test_a_program_works_while_an_after_is_still_to_come() -> None:
    brought = _brought("before", "after")

    judge(brought, _has(brought[0]))


def test_a_program_that_was_rolled_back_works_with_a_later_before() -> None:
    brought = _brought("before", "before")

    judge(brought[:1], _has(*brought))


def test_a_program_that_is_too_old_for_an_after_is_refused() -> None:
    brought = _brought("before", "after")

    with pytest.raises(NewerDatabase, match="the migration 0002 m2, after which this program cannot work"):
        judge(brought[:1], _has(*brought))


def test_a_migration_that_was_changed_since_is_refused() -> None:
    (brought,) = _brought("before")

    with pytest.raises(MigrationChanged, match="0001 m1 was applied, and this program brings another"):
        judge((replace(brought, text="SELECT 2;"),), _has(brought))


def test_an_after_waits_for_the_before_that_precedes_it() -> None:
    with pytest.raises(MigrationsOutOfOrder, match="0002 m2 cannot be applied yet: 0001 m1 comes before"):
        plan(_brought("before", "after"), (), "after")


def test_a_before_waits_for_the_after_of_the_release_before() -> None:
    brought = _brought("before", "after", "before")

    with pytest.raises(MigrationsOutOfOrder, match="0003 m3 cannot be applied yet: 0002 m2") as refused:
        plan(brought, _has(brought[0]), "before")

    assert "--after" in refused.value.next_step


@given(
    phases=st.lists(st.sampled_from(["before", "after"]), max_size=8),
    steps=st.lists(st.sampled_from(["before", "after", None]), max_size=8),
)
def test_whatever_is_asked_for_what_is_applied_is_a_beginning_of_what_there_is(
    phases: list[Phase], steps: list[Phase | None]
) -> None:
    brought = _brought(*phases)
    done: tuple[Migration, ...] = ()

    for step in steps:
        try:
            done += plan(brought, _has(*done), step)
        except MigrationsOutOfOrder:
            continue

    assert done == brought[: len(done)]


async def test_all_are_applied_once(site: Settings) -> None:
    async with await _as_owner(site) as connection:
        first = await migrate(connection)
        second = await migrate(connection)
        applied = await read_applied(connection)
        tables = await _names(connection, "SELECT relname FROM pg_class WHERE relkind = 'r'")

    assert (
        [each.number for each in first] == [each.number for each in applied] == [each.number for each in migrations()]
    )
    assert second == ()
    assert tables >= {"review", "sealing_key", *TABLES_OF_THE_QUEUE}


async def test_of_two_that_migrate_at_once_one_does_and_the_other_waits(site: Settings) -> None:
    async with await _as_owner(site) as one, await _as_owner(site) as other:
        done = await asyncio.gather(migrate(one), migrate(other))

    assert sorted(map(len, done)) == [0, len(migrations())]


async def test_the_services_role_works_with_the_tables_and_says_nothing_of_migrations(site: Settings) -> None:
    async with await _as_owner(site) as connection:
        await migrate(connection)

    async with await connect(SitePlace(site, Egress(site))) as service:
        jobs = await _names(service, "SELECT count(*) FROM procrastinate_jobs")
        applied = await read_applied(service)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await service.execute("DELETE FROM migration")

    assert jobs == {0}
    assert len(applied) == len(migrations())


async def test_a_role_that_owns_nothing_cannot_migrate_and_is_told(site: Settings) -> None:
    async with await connect(SitePlace(site, Egress(site)), limits=NO_LIMITS) as service:
        with pytest.raises(MigrationFailed, match="permission denied"):
            await migrate(service)


async def test_what_fails_in_the_middle_leaves_nothing(site: Settings) -> None:
    broken = Migration(number=1, name="broken", phase="before", text="CREATE TABLE half (); SELECT nowhere;")

    async with await _as_owner(site) as connection:
        with pytest.raises(MigrationFailed, match='0001 broken was not applied: column "nowhere" does not exist'):
            await migrate(connection, known=(broken,))
        tables = await _names(connection, "SELECT relname FROM pg_class WHERE relname IN ('half', 'migration')")
        applied = await read_applied(connection)

    assert tables == {"migration"}
    assert applied == ()


def test_a_queue_of_another_release_is_refused() -> None:
    line = f"-- include procrastinate sql/schema.sql {'0' * 64}"
    migration = Migration(number=1, name="queue", phase="before", text=line)

    with pytest.raises(QueueDiffers, match=r"procrastinate \d.* is installed, and its sql/schema.sql is not the one"):
        migration.statements()


def test_the_release_that_is_pinned_is_no_part_of_the_digest() -> None:
    pins = [f"SELECT 1;\n-- include procrastinate sql/schema.sql {digit * 64}" for digit in "01"]

    digests = {Migration(number=1, name="queue", phase="before", text=text).digest for text in pins}

    assert len(digests) == 1


@pytest.mark.parametrize(("error", "family"), [(MigrationsPending, Unavailable), (NewerDatabase, InputError)])
def test_who_must_act_is_said(error: type[Exception], family: type[Exception]) -> None:
    assert issubclass(error, family)
