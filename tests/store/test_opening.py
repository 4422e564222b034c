"""The store, opened: schema and key judged, transactions, a database that restarts."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stand_ins.site_database import OWNER

from coderev.egress import Egress
from coderev.settings import Settings
from coderev.store.connecting import NO_LIMITS, SitePlace, StoreFull, StoreUnavailable, connect
from coderev.store.keys import WrongSealingKey
from coderev.store.migrating import MigrationsPending, migrate
from coderev.store.opening import Store, open_store

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _key(settings: Settings, tmp_path: Path, *keys: str) -> Settings:
    path = tmp_path / f"key-{len(list(tmp_path.iterdir()))}"
    path.write_text("\n".join(key * 32 for key in keys))
    path.chmod(0o600)
    return msgspec.structs.replace(settings, database=msgspec.structs.replace(settings.database, key_file=str(path)))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(settings, Egress(settings)) as store:
        yield store


async def _migrated(settings: Settings) -> None:
    place = SitePlace(settings, Egress(settings), OWNER, settings.database.password_file)
    async with await connect(place, owner=True, limits=NO_LIMITS) as connection:
        await migrate(connection)


async def _deliver(store: Store, name: str, then: Callable[[], object] = bool) -> bool:
    async with store.work() as work:
        fresh = await work.deliveries.accept("gitlab", name, "push", AT, "request")
        then()
        return fresh


async def _value(store: Store, statement: str) -> Any:
    async with store.work() as work:
        return (await (await work.connection.execute(statement.encode())).fetchall())[0][0]


def _cluster(settings: Settings) -> list[int]:
    cluster = Path(settings.database.folder or "") / "cluster"
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                place = (entry / "cwd").readlink()
            except OSError:
                continue
            if place == cluster:
                found.append(int(entry.name))
    return found


def _kill(settings: Settings) -> None:
    for number in _cluster(settings):
        os.kill(number, signal.SIGKILL)
    while _cluster(settings):  # until the system has closed what they held
        time.sleep(0.01)


async def test_our_own_is_ready_for_work_with_nothing_prepared(own: Settings) -> None:
    async with _opened(own) as store:
        fresh = await _deliver(store, "1")
        async with store.work() as work:
            counts = await store.queue.waiting(work)

    assert fresh
    assert counts.ready == 0


async def test_what_was_committed_is_there_after_a_restart(own: Settings) -> None:
    async with _opened(own) as store:
        await _deliver(store, "1")

    async with _opened(own) as store:
        again = await _deliver(store, "1")

    assert not again


async def test_an_exception_rolls_back_what_was_done_before_it(own: Settings) -> None:
    async with _opened(own) as store:
        with pytest.raises(KeyError):
            await _deliver(store, "1", lambda: dict[str, int]()["nothing"])
        fresh = await _deliver(store, "1")

    assert fresh


async def test_a_fault_of_something_else_is_not_taken_for_the_databases(own: Settings) -> None:
    async with _opened(own) as store:
        with pytest.raises(FileNotFoundError):
            await _deliver(store, "1", (Path(own.database.folder or "") / "nowhere").read_bytes)


async def test_a_site_is_opened_when_it_is_migrated_and_says_so_before(site: Settings) -> None:
    with pytest.raises(MigrationsPending) as refused:
        async with _opened(site):
            pass

    await _migrated(site)
    async with _opened(site) as store:
        fresh = await _deliver(store, "1")

    assert "coderev store migrate" in refused.value.next_step
    assert fresh


async def test_a_database_is_opened_with_the_key_that_sealed_it_and_no_other(site: Settings, tmp_path: Path) -> None:
    await _migrated(site)
    async with _opened(_key(site, tmp_path, "aa")) as store:
        name = store.seal.key_ids[0]

    with pytest.raises(WrongSealingKey, match=f"sealed with the key {name}"):
        async with _opened(_key(site, tmp_path, "bb")):
            pass

    async with _opened(_key(site, tmp_path, "aa")) as store:
        assert await _deliver(store, "1")


async def test_keys_rotate(site: Settings, tmp_path: Path) -> None:
    await _migrated(site)
    known = []
    for keys in (("aa",), ("bb", "aa"), ("bb",)):
        async with _opened(_key(site, tmp_path, *keys)) as store:
            known.append(await _value(store, "SELECT count(*) FROM sealing_key"))

    assert known == [1, 2, 2]


async def test_two_that_open_at_once_agree_about_the_key(own: Settings) -> None:
    async def opened() -> str:
        async with _opened(own) as store:
            return store.seal.key_ids[0]

    first, second = await asyncio.gather(opened(), opened())

    assert first == second


async def test_connections_that_the_server_closed_are_not_used(own: Settings) -> None:
    async with _opened(own) as store:
        await asyncio.gather(*(_value(store, "SELECT 1 FROM pg_sleep(0.05)") for _ in range(4)))
        connection = await store.connect()
        async with connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND usename = current_user"
            )
            await asyncio.sleep(0.3)  # until each has been told
        answered = [await _value(store, "SELECT 1") for _ in range(8)]

    assert answered == [1] * 8


async def test_our_own_that_was_killed_is_started_again_by_who_needs_it(own: Settings) -> None:
    async with _opened(own) as store:
        await _deliver(store, "1")
        _kill(own)
        again = await _deliver(store, "1")
        other = await _deliver(store, "2")

    assert (again, other) == (False, True)


async def test_work_that_is_cut_off_is_unavailable_and_undone(own: Settings) -> None:
    async with _opened(own) as store:
        with pytest.raises(StoreUnavailable):
            await _deliver(store, "1", lambda: _kill(own))
        fresh = [await _deliver(store, name) for name in ("1", "2")]

    assert fresh == [True, True]


async def test_more_than_the_pool_has_wait_their_turn(own: Settings) -> None:
    async with _opened(own) as store:
        answered = await asyncio.gather(*(_value(store, "SELECT 1 FROM pg_sleep(0.02)") for _ in range(20)))
        there, _ = store.connections()

    assert answered == [1] * 20
    assert there <= 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 120 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120m,mode=0700", "none", str(place)], check=False, capture_output=True
    )
    if made.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


async def test_a_full_disk_is_told_and_nothing_that_was_committed_is_lost(own: Settings, small_disk: Path) -> None:
    database = msgspec.structs.replace(own.database, folder=str(small_disk / "own"))
    settings = msgspec.structs.replace(own, database=database)
    async with _opened(settings) as store:
        await _deliver(store, "1")
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - (2 << 20))

        large = "CREATE TEMPORARY TABLE large AS SELECT repeat('x', 900) AS x FROM generate_series(1, 20000)"
        with pytest.raises(StoreFull, match="No space left on device"):
            await _value(store, large)
        filler.unlink()
        again = await _deliver(store, "1")
        other = await _deliver(store, "2")

    assert (again, other) == (False, True)
