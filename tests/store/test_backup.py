"""Backups: written whole, verified before a byte is restored, and what a lost or a wrong key means."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.site_database import OWNER, SiteDatabases

from coderev.egress import Egress
from coderev.files import CannotWrite
from coderev.settings import DatabaseSettings, Settings
from coderev.store.administering import Owner as TablesOwner
from coderev.store.administering import administer, backup, lose_key, migrate, restore
from coderev.store.backup import (
    PURPOSE,
    BackupChanged,
    BackupNeedsKey,
    BackupRefused,
    DatabaseNotEmpty,
    Dump,
    Manifest,
    judge_key,
    read_backup,
)
from coderev.store.connecting import Connection, connect
from coderev.store.keys import WrongSealingKey
from coderev.store.migrating import MigrationsPending, NewerDatabase
from coderev.store.opening import open_store
from coderev.store.sealing import Seal, Tampered
from coderev.store.tools import ToolFailed

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVIEW = UUID("5f0e7e3e-0000-4000-8000-000000000001")
ORDER = b"--- a patch that was handed in"


def _with_key(settings: Settings, path: Path, digits: str) -> Settings:
    path.write_text(digits * 32)
    path.chmod(0o600)
    return msgspec.structs.replace(settings, database=msgspec.structs.replace(settings.database, key_file=str(path)))


def _host(tmp_path: Path, name: str, digits: str = "aa") -> Settings:
    """Another host, on which nothing is yet, with a key."""
    settings = Settings(database=DatabaseSettings(folder=str(tmp_path / name), connections=4))
    return _with_key(settings, tmp_path / f"{name}.key", digits)


async def _filled(settings: Settings) -> None:
    async with open_store(settings, Egress(settings)) as store, store.work() as work:
        await work.reviews.add(REVIEW, "tenant", None, None, "session admin", "request", AT, order=ORDER)
        await store.queue.enqueue(work, "review", {"id": str(REVIEW)}, lock="x", repository="r")


async def _order(settings: Settings) -> bytes | None:
    async with open_store(settings, Egress(settings)) as store, store.work() as work:
        return await work.reviews.order(REVIEW)


async def _backed_up(settings: Settings, folder: Path) -> Manifest:
    async with administer(settings, Egress(settings)) as place:
        return await backup(place, settings.database, folder, AT)


async def _restored(settings: Settings, folder: Path, *, without_key: bool = False) -> Manifest:
    async with administer(settings, Egress(settings)) as place:
        return await restore(place, settings.database, folder, AT, without_key=without_key)


async def _tables(settings: Settings) -> int:
    async with administer(settings, Egress(settings)) as place, await connect(place, owner=True) as connection:
        asked = "SELECT count(*) FROM pg_class WHERE relname IN ('review', 'procrastinate_jobs')"
        return int((await _rows(connection, asked))[0][0])


async def _rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(statement.encode())).fetchall()


async def test_a_backup_is_restored_onto_an_empty_host_with_its_key(tmp_path: Path) -> None:
    await _filled(_host(tmp_path, "old"))
    written = await _backed_up(_host(tmp_path, "old"), tmp_path / "backup")

    read = await _restored(_host(tmp_path, "new"), tmp_path / "backup")

    new = _host(tmp_path, "new")
    assert written == read
    assert await _order(new) == ORDER
    async with open_store(new, Egress(new)) as store, store.work() as work:
        waiting = await store.queue.waiting(work)
        with pytest.raises(Exception, match="permission denied"):
            await work.connection.execute("UPDATE access_record SET why = 'x'")
    assert waiting.ready == 1


async def test_nothing_in_a_backup_is_the_key_or_code(tmp_path: Path) -> None:
    await _filled(_host(tmp_path, "old"))
    await _backed_up(_host(tmp_path, "old"), tmp_path / "backup")

    files = {path.name: path for path in (tmp_path / "backup").iterdir()}
    content = b"".join(path.read_bytes() for path in files.values())

    assert set(files) == {"database.dump", "manifest.json"}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700
    assert bytes.fromhex("aa" * 32) not in content
    assert b"aa" * 32 not in content
    assert ORDER not in content


async def test_with_a_wrong_key_nothing_is_restored_and_what_would_be_lost_is_said(tmp_path: Path) -> None:
    await _filled(_host(tmp_path, "old"))
    written = await _backed_up(_host(tmp_path, "old"), tmp_path / "backup")
    wrong = _host(tmp_path, "new", "bb")

    with pytest.raises(BackupNeedsKey, match="1 reviews, 0 findings, 0 dismissals, 0 tokens could never be read") as e:
        await _restored(wrong, tmp_path / "backup")

    assert written.keys[0] in str(e.value)
    assert "--without-key" in e.value.next_step
    assert await _tables(wrong) == 0


async def test_with_a_lost_key_the_rest_is_restored_when_that_is_said(tmp_path: Path) -> None:
    await _filled(_host(tmp_path, "old"))
    await _backed_up(_host(tmp_path, "old"), tmp_path / "backup")
    without = Settings(database=DatabaseSettings(folder=str(tmp_path / "new"), connections=4))

    with pytest.raises(BackupNeedsKey, match="and this site has none"):
        await _restored(without, tmp_path / "backup")
    await _restored(without, tmp_path / "backup", without_key=True)

    async with open_store(without, Egress(without)) as store, store.work() as work:
        review = await work.reviews.get(REVIEW)
        with pytest.raises(Tampered, match="is not in the key file"):
            await work.reviews.order(REVIEW)
    assert review is not None


def test_asking_for_a_lost_key_makes_none(paper: Path, own_folders: Path) -> None:
    with pytest.raises(BackupNeedsKey, match="and this site has none"):
        judge_key(paper, read_backup(paper), DatabaseSettings(), without_key=False)

    assert not list(own_folders.rglob("*.key"))


async def test_a_database_that_is_not_empty_is_left_as_it_is(tmp_path: Path) -> None:
    old = _host(tmp_path, "old")
    await _filled(old)
    await _backed_up(old, tmp_path / "backup")

    with pytest.raises(DatabaseNotEmpty, match="is not empty"):
        await _restored(old, tmp_path / "backup")

    assert await _order(old) == ORDER


async def test_a_dump_that_breaks_off_restores_nothing(tmp_path: Path) -> None:
    await _filled(_host(tmp_path, "old"))
    await _backed_up(_host(tmp_path, "old"), tmp_path / "backup")
    dump = tmp_path / "backup" / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-2_000])
    new = _host(tmp_path, "new", "bb")
    _rewrite(tmp_path / "backup", lambda manifest: manifest["dump"].update(_of(dump)))

    with pytest.raises(ToolFailed, match="pg_restore failed: ") as refused:
        await _restored(new, tmp_path / "backup", without_key=True)

    assert "nothing was restored" in refused.value.next_step
    assert await _tables(new) == 0


async def test_a_sites_database_is_backed_up_and_restored_with_the_owners_role(
    databases: SiteDatabases, tmp_path: Path
) -> None:
    settings = [_with_key(databases.fresh(tmp_path), tmp_path / "key", "aa") for _ in range(2)]
    owner = TablesOwner(user=OWNER, password_file=settings[0].database.password_file)
    async with administer(settings[0], Egress(settings[0]), owner) as place:
        await migrate(place, None)
    await _filled(settings[0])

    async with administer(settings[0], Egress(settings[0]), owner) as place:
        await backup(place, settings[0].database, tmp_path / "backup", AT)
    async with administer(settings[1], Egress(settings[1]), owner) as place:
        await restore(place, settings[1].database, tmp_path / "backup", AT)

    assert await _order(settings[1]) == ORDER


async def test_a_lost_key_is_given_up_by_its_name_only(tmp_path: Path) -> None:
    await _filled(_host(tmp_path, "old"))
    changed = _host(tmp_path, "old", "bb")
    with pytest.raises(WrongSealingKey) as refused:
        await _order(changed)
    lost = str(refused.value.facts["sealed"])

    async with administer(changed, Egress(changed)) as place:
        with pytest.raises(Exception, match="sealed nothing here"):
            await lose_key(place, changed.database, "0" * 16, AT)
        await lose_key(place, changed.database, lost, AT)

    with pytest.raises(Tampered):
        await _order(changed)


async def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    own = _host(tmp_path, "old")
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "mine").touch()

    with pytest.raises(CannotWrite, match="it is there already"):
        await _backed_up(own, tmp_path / "backup")

    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["mine"]


async def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    own = _host(tmp_path, "old")

    with pytest.raises(MigrationsPending):
        await _backed_up(own, tmp_path / "backup")  # it has no tables yet

    assert not [name for name in os.listdir(tmp_path) if "backup" in name]  # noqa: PTH208


def _of(dump: Path) -> dict[str, Any]:
    content = dump.read_bytes()
    return {"size": len(content), "sha256": sha256(content).hexdigest()}


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup whose dump is no dump: whatever judges it reads no more than its digest."""
    folder = tmp_path_factory.mktemp("paper")
    (folder / "database.dump").write_bytes(b"PGDMP" + bytes(100))
    seal = Seal(bytes.fromhex("aa" * 32))
    manifest = Manifest(
        made=AT,
        program="1",
        server=160_011,
        migrations=(),
        counts={"reviews": 3},
        keys=seal.key_ids,
        dump=Dump(**_of(folder / "database.dump")),
    )
    manifest = msgspec.structs.replace(manifest, code=seal.mac(PURPOSE, manifest.plain()).hex())
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    return folder


def _copy(paper: Path, folder: Path) -> Path:
    folder.mkdir()
    for name in ("database.dump", "manifest.json"):
        (folder / name).write_bytes((paper / name).read_bytes())
    return folder


@given(data=st.data())
def test_a_flipped_bit_anywhere_is_refused_or_says_the_same(
    paper: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = _copy(paper, tmp_path_factory.mktemp("flipped") / "backup")
    settings = _with_key(Settings(), folder.parent / "key", "aa").database
    path = folder / data.draw(st.sampled_from(["database.dump", "manifest.json"]))
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)

    try:
        manifest = read_backup(folder)
        judge_key(folder, manifest, settings, without_key=False)
    except (BackupRefused, BackupChanged, BackupNeedsKey):
        return
    assert manifest == read_backup(paper)  # such as `t` for `T` in a time


@pytest.mark.parametrize(
    "change",
    [
        {"server": 10},
        {"counts": {}},
        {"made": "2020-01-01T00:00:00Z"},
        {"program": "other"},
        {"code": ""},
        {"code": "ä"},
    ],
)
def test_a_manifest_that_the_key_did_not_write_is_refused(paper: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    folder = _copy(paper, tmp_path / "backup")
    settings = _with_key(Settings(), tmp_path / "key", "aa").database
    _rewrite(folder, lambda manifest: manifest.update(change))

    with pytest.raises(BackupChanged, match="was not written by who holds the key"):
        judge_key(folder, read_backup(folder), settings, without_key=False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", b""),
        ("manifest.json", b"{}"),
        ("manifest.json", b"[" * 100_000),
        ("manifest.json", b" " * (2 << 20)),
        ("manifest.json", b'{"format": "coderev store backup 2"}'),
    ],
)
def test_what_is_no_manifest_is_refused(paper: Path, tmp_path: Path, name: str, content: bytes) -> None:
    folder = _copy(paper, tmp_path / "backup")
    (folder / name).write_bytes(content)

    with pytest.raises(BackupRefused):
        read_backup(folder)


@pytest.mark.parametrize("name", ["database.dump", "manifest.json"])
@pytest.mark.parametrize("kind", ["missing", "link", "pipe", "folder"])
def test_what_is_no_file_is_refused(paper: Path, tmp_path: Path, name: str, kind: str) -> None:
    folder = _copy(paper, tmp_path / "backup")
    (folder / name).unlink()
    kinds: dict[str, Callable[[Path], object]] = {
        "missing": bool,
        "link": lambda path: path.symlink_to(paper / name),
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
    }
    kinds[kind](folder / name)

    with pytest.raises(BackupRefused):
        read_backup(folder)


async def test_a_backup_of_a_later_program_is_refused_before_anything_is_restored(paper: Path, tmp_path: Path) -> None:
    folder = _copy(paper, tmp_path / "backup")
    later = {"number": 9_999, "name": "later", "phase": "after", "digest": "0"}
    _rewrite(folder, lambda manifest: manifest.update(migrations=[later]))
    new = _host(tmp_path, "new", "bb")

    with pytest.raises(NewerDatabase, match="9999 later"):
        await _restored(new, folder, without_key=True)

    assert await _tables(new) == 0
