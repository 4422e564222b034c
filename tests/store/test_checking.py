"""What `coderev store check` finds."""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from stand_ins.site_database import OWNER

from coderev.egress import Egress
from coderev.settings import DatabaseSettings, Settings
from coderev.store.administering import Check, Owner, administer, check, migrate
from coderev.store.opening import open_store

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def _checked(settings: Settings) -> dict[str, Check]:
    async with administer(settings, Egress(settings)) as place:
        return {each.name: each for each in await check(place, settings.database, AT)}


async def _opened(settings: Settings) -> None:
    async with open_store(settings, Egress(settings)):
        pass


async def test_our_own_is_well_once_it_was_opened(own: Settings) -> None:
    await _opened(own)

    found = await _checked(own)

    assert {name: each.state for name, each in found.items()} == dict.fromkeys(found, "ok")
    assert list(found) == [
        "connection",
        "server",
        "role",
        "durability",
        "migrations",
        "queue",
        "room",
        "sealing key",
    ]


async def test_what_cannot_be_looked_at_is_not_run_and_never_ok(site: Settings) -> None:
    found = await _checked(site)

    states = {name: found[name].state for name in ("migrations", "queue", "sealing key")}
    assert states == {"migrations": "failed", "queue": "not run", "sealing key": "not run"}
    assert "coderev store migrate" in found["migrations"].hint


async def test_a_database_that_is_away_fails_one_check_and_runs_no_other(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("x")
    password.chmod(0o600)
    database = DatabaseSettings(url="postgresql://127.0.0.1:1/x", user="coderev", password_file=str(password))

    found = await _checked(Settings(database=database))

    assert found.pop("connection").state == "failed"
    assert {each.state for each in found.values()} == {"not run"}
    assert len(found) == 7


async def test_a_server_that_may_lose_what_was_committed_is_warned_of(site: Settings) -> None:
    found = await _checked(site)  # the stand-in's server runs with `fsync` off

    assert (found["durability"].state, found["durability"].said[:12]) == ("warning", "fsync is off")


async def test_the_key_is_judged_and_none_is_made(own: Settings, tmp_path: Path, own_folders: Path) -> None:
    await _opened(own)
    (own_folders / "data" / "coderev" / "database.key").unlink()
    wrong = tmp_path / "wrong"
    wrong.write_text("bb" * 32)
    wrong.chmod(0o600)
    changed = msgspec.structs.replace(own, database=msgspec.structs.replace(own.database, key_file=str(wrong)))

    lost, other = (await _checked(own))["sealing key"], (await _checked(changed))["sealing key"]

    assert (lost.state, lost.said) == ("failed", "this site has no key: nothing that is sealed can be read")
    assert other.state == "failed"
    assert other.said.startswith("the database was sealed with the key ")
    assert os.listdir(own_folders / "data" / "coderev") == []  # noqa: PTH208


async def test_a_service_that_is_a_superuser_is_warned_of(site: Settings) -> None:
    database = msgspec.structs.replace(site.database, user="reviewer")
    settings = msgspec.structs.replace(site, database=database)

    found = await _checked(settings)

    assert (found["role"].state, found["role"].said) == (
        "warning",
        "reviewer is a superuser, which the service does not need",
    )


@pytest.mark.parametrize("times", [1, 2])
async def test_checking_changes_nothing(site: Settings, times: int) -> None:
    async with administer(site, Egress(site), Owner(user=OWNER, password_file=site.database.password_file)) as place:
        await migrate(place, None)

    found = [await _checked(site) for _ in range(times)]

    assert [each["sealing key"].said for each in found] == ["none yet: one is made when it is first needed"] * times
