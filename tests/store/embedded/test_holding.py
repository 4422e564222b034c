"""Our own PostgreSQL: started, shared, stopped, killed."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from coderev.settings import DatabaseSettings
from coderev.store.embedded import OwnPostgres, hold

MEANWHILE = """
import asyncio, sys
from coderev.settings import DatabaseSettings
from coderev.store.embedded import hold

async def main():
    async with hold(DatabaseSettings(folder=sys.argv[1])) as own:
        print("alone" if own.alone else "shared", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[DatabaseSettings]:
    yield DatabaseSettings(folder=str(tmp_path / "own"))
    assert not _servers(tmp_path / "own"), "a server was left behind"


def _servers(folder: Path) -> list[int]:
    """The processes that stand in the cluster."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                place = (entry / "cwd").readlink()
            except OSError:
                continue
            if place == folder / "cluster":
                found.append(int(entry.name))
    return found


@asynccontextmanager
async def _connected(own: OwnPostgres, *, owner: bool = False) -> AsyncIterator["psycopg.AsyncConnection[Any]"]:
    facts: dict[str, Any] = own.facts(owner=owner)
    async with await psycopg.AsyncConnection.connect(**facts, autocommit=True) as connection:
        yield connection


async def _value(connection: "psycopg.AsyncConnection[Any]", statement: str) -> Any:
    return (await (await connection.execute(statement.encode())).fetchall())[0][0]


async def _other(settings: DatabaseSettings) -> asyncio.subprocess.Process:
    """Another process of ours that holds the server; it has said so."""
    pipe = asyncio.subprocess.PIPE
    argv = [sys.executable, "-c", MEANWHILE, settings.folder or ""]
    return await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe)


async def _said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()


async def _leave(process: asyncio.subprocess.Process) -> int:
    assert process.stdin is not None
    process.stdin.close()
    return await asyncio.wait_for(process.wait(), 60)


async def test_a_server_is_made_started_and_stopped(settings: DatabaseSettings) -> None:
    async with hold(settings) as own, _connected(own) as connection:
        alone, major = own.alone, connection.info.server_version // 10_000
        running = bool(_servers(own.folder.path))

    assert (alone, major, running) == (True, 16, True)
    assert not _servers(own.folder.path)


async def test_no_role_of_the_service_is_a_superuser(settings: DatabaseSettings) -> None:
    roles = {}
    async with hold(settings) as own:
        for owner in (False, True):
            async with _connected(own, owner=owner) as connection:
                name = await _value(connection, "SELECT current_user")
                asked = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
                roles[name] = await _value(connection, asked)

    assert roles == {"coderev": False, "coderev_owner": False}


async def test_nothing_listens_but_a_socket_in_a_closed_folder(settings: DatabaseSettings) -> None:
    async with hold(settings) as own, _connected(own) as connection:
        listening = await _value(connection, "SHOW listen_addresses")
        folder = own.folder.path
        modes = {name: (folder / name).stat().st_mode & 0o777 for name in ("", "socket", "cluster")}
        rules = (folder / "cluster" / "pg_hba.conf").read_text()

    assert listening == ""
    assert set(modes.values()) == {0o700}
    assert [line for line in rules.splitlines() if not line.startswith("#")] == ["local all all peer map=coderev"]


async def test_what_was_committed_is_kept_on_the_disk(settings: DatabaseSettings) -> None:
    async with hold(settings) as own, _connected(own) as connection:
        durable = [await _value(connection, f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        durable.append(await _value(connection, "SHOW data_checksums"))

    assert durable == ["on", "on", "on"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
async def test_root_runs_it_as_somebody_else_whom_it_does_not_let_in(settings: DatabaseSettings) -> None:
    async with hold(settings) as own:
        number = (own.folder.cluster / "postmaster.pid").read_text().split("\n", 1)[0]
        owner = os.stat(f"/proc/{number}").st_uid  # noqa: PTH116
        argv = [own.programs.path("psql"), "-h", str(own.folder.socket), "-U", "coderev", "coderev", "-c", "SELECT 1"]
        pipe = asyncio.subprocess.PIPE
        intruder = await asyncio.create_subprocess_exec(*argv, user=owner, stdout=pipe, stderr=pipe)
        _, complaint = await intruder.communicate()

    assert owner != 0
    assert intruder.returncode != 0
    assert b"ermission denied" in complaint


async def test_processes_share_one_server_and_the_last_to_leave_stops_it(settings: DatabaseSettings) -> None:
    other = await _other(settings)
    first = await _said(other)

    async with hold(settings) as own, _connected(own) as connection:
        second = own.alone
        left = await _leave(other)  # the one that started it
        still = await _value(connection, "SELECT 1")

    assert (first, second, left, still) == ("alone", False, 0, 1)


async def test_of_two_that_start_at_once_one_makes_the_server(settings: DatabaseSettings) -> None:
    others = [await _other(settings) for _ in range(2)]

    said = [await _said(each) for each in others]
    left = [await _leave(each) for each in others]

    assert sorted(said) == ["alone", "shared"]
    assert left == [0, 0]


async def test_a_server_whose_starter_was_killed_is_used_and_then_stopped(settings: DatabaseSettings) -> None:
    other = await _other(settings)
    await _said(other)
    other.kill()
    await other.wait()

    async with hold(settings) as own, _connected(own) as connection:
        answered = await _value(connection, "SELECT 1")

    assert (own.alone, answered) == (True, 1)


async def test_a_server_that_was_killed_comes_back_with_all_that_was_committed(settings: DatabaseSettings) -> None:
    async with hold(settings) as own:
        async with _connected(own, owner=True) as connection:
            await connection.execute("CREATE TABLE kept (what int); INSERT INTO kept SELECT generate_series(1, 1000)")
        for number in _servers(own.folder.path):
            with suppress(ProcessLookupError):  # it ended with the one before
                os.kill(number, signal.SIGKILL)

        await own.ready()
        async with _connected(own, owner=True) as connection:
            kept = await _value(connection, "SELECT count(*) FROM kept")

    assert kept == 1000


async def test_a_number_that_a_crash_left_behind_is_not_believed(settings: DatabaseSettings) -> None:
    async with hold(settings) as own:
        stale = (own.folder.cluster / "postmaster.pid").read_text().split("\n", 1)[1]
        for number in _servers(own.folder.path):
            with suppress(ProcessLookupError):  # it ended with the one before
                os.kill(number, signal.SIGKILL)
    (own.folder.cluster / "postmaster.pid").write_text(f"{os.getppid()}\n{stale}")  # a living process, not a server

    async with hold(settings) as again, _connected(again) as connection:
        answered = await _value(connection, "SELECT 1")

    assert answered == 1


async def test_a_living_process_with_a_stale_number_is_never_signalled(settings: DatabaseSettings) -> None:
    bystander = await asyncio.create_subprocess_exec("sleep", "60")
    async with hold(settings) as own:
        path = own.folder.cluster / "postmaster.pid"
        true = path.read_text()
        path.write_text(f"{bystander.pid}\n")
        await own._server.end(None)
        answered = await own._server.reached()
        path.write_text(true)

    alive = bystander.returncode is None
    bystander.kill()
    await bystander.wait()
    assert (answered, alive) == (None, True)


async def test_a_folder_with_a_long_path_is_as_good(tmp_path: Path) -> None:
    settings = DatabaseSettings(folder=str(tmp_path / ("long" * 30) / "own"))

    async with hold(settings) as own, hold(settings) as shared, _connected(shared) as connection:
        answered = await _value(connection, "SELECT 1")
        argv = ["-h", str(own.facts()["host"]), "-U", "coderev", "coderev", "-Atc", "SELECT 2"]
        pipe = asyncio.subprocess.PIPE
        program = await asyncio.create_subprocess_exec(own.programs.path("psql"), *argv, stdout=pipe)
        told, _ = await program.communicate()

    assert (answered, told) == (1, b"2\n")
    assert not _servers(own.folder.path)


async def test_what_an_ended_attempt_left_is_made_anew(settings: DatabaseSettings) -> None:
    half = Path(settings.folder or "") / "cluster.new"
    half.mkdir(parents=True)
    half.parent.chmod(0o700)
    (half / "PG_VERSION").write_text("16\n")

    async with hold(settings) as own, _connected(own) as connection:
        answered = await _value(connection, "SELECT 1")

    assert (answered, half.exists()) == (1, False)


async def test_a_server_that_does_not_start_says_why(settings: DatabaseSettings) -> None:
    async with hold(settings) as own:
        path = own.folder.cluster
    (path / "site.conf").write_text("shared_buffers = 'a lot'\n")

    with pytest.raises(Exception, match=r"does not start: .*site\.conf") as refused:
        async with hold(settings):
            pass

    assert type(refused.value).__name__ == "OwnPostgresFailed"


async def test_the_log_holds_no_statement(settings: DatabaseSettings) -> None:
    async with hold(settings) as own, _connected(own) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await connection.execute("SELECT 'hunter2' FROM nowhere")
        log = own.folder.log.read_text()

    assert "nowhere" in log
    assert "hunter2" not in log


ORDINARY = """
import asyncio, encodings.ascii, encodings.idna, importlib.readers, os, shutil, subprocess, sys, tempfile
import psycopg
from coderev.settings import DatabaseSettings
from coderev.store.embedded import hold

async def main():
    async with hold(DatabaseSettings(folder=sys.argv[1])) as own:
        async with await psycopg.AsyncConnection.connect(**own.facts()) as connection:
            row = await (await connection.execute("SELECT current_user")).fetchone()
        print(*row, os.stat(own.folder.cluster).st_uid, own.facts()["host"])

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root is an ordinary user in all other tests")
async def test_an_ordinary_user_runs_it_as_that_user() -> None:
    with tempfile.TemporaryDirectory() as room:
        os.chown(room, 65_534, 65_534)
        pipe = asyncio.subprocess.PIPE
        user = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ORDINARY, f"{room}/own", stdout=pipe, stderr=pipe, env={"PATH": os.defpath}
        )
        told, complaint = await asyncio.wait_for(user.communicate(), 60)

    assert told.decode().split() == ["coderev", "65534", f"{room}/own/socket"], complaint.decode()
