"""A database that is slow, frozen, full, restarted or out of connections: webhooks are taken or refused, never lost."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from stand_ins.paper_forge import PaperRequest
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import Answer, databases
from stand_ins.whole_service import WholeService, whole_service

from coderev.files import monotonic
from coderev.server import hooks
from coderev.server.access import recording
from coderev.store import connecting

LOCK_SECONDS = 0.5
BOUND = 8.0  # seconds for an answer while the database gives none; forges hang up after ten


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PaperGitLab]:
    with PaperGitLab(tmp_path / "forge") as forge:
        forge.project("team/clinic", {"app.py": "X = 1\n"})
        forge.member("team/clinic", "ada", "write")
        yield forge


@pytest.fixture
def asked(forge: PaperGitLab) -> PaperRequest:
    return forge.open_merge_request("team/clinic", "topic", {"app.py": "X = 2\n"}, author="ada")


@asynccontextmanager
async def doors(
    server: Postgres, folder: Path, forge: PaperGitLab, own: Path | None = None
) -> AsyncIterator[WholeService]:
    """A service without a worker."""
    async with whole_service(server, folder, forge, works=False, own=own) as service:
        yield service


async def deliver(service: WholeService, asked: PaperRequest, times: int = 1) -> list[Answer]:
    """New webhooks about a merge request, all at once."""
    service.forge.hook("", service.forge.secret)
    made = [service.forge.webhook("pushed", asked, before=asked.head) for _ in range(times)]
    return list(await asyncio.gather(*map(service.hook, made)))


async def queued(service: WholeService) -> set[str]:
    """The requests that jobs came from."""
    return {job.arguments["request_id"] for job in await service.jobs()}


async def looks_down(service: WholeService) -> None:
    """What people and probes see while the database does not answer."""
    ready, alive, page = [await service.get(path) for path in ("/readyz", "/healthz", "/reviews")]
    assert (ready.status, ready.json["database"]) == (503, "fails")
    assert alive.status == 200
    assert page.status in {200, 303, 503}
    assert "Traceback" not in page.body.decode()


def refusals(answers: list[Answer]) -> set[tuple[int, bool]]:
    return {(answer.status, int(answer.headers.get("Retry-After", 0)) > 0) for answer in answers}


async def test_webhooks_are_refused_in_time_while_the_database_holds_a_lock(
    server: Postgres, forge: PaperGitLab, asked: PaperRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "LIMITS", f"-c lock_timeout={LOCK_SECONDS}s")
    monkeypatch.setattr(connecting, "WAIT_SECONDS", 2.0)
    async with doors(server, tmp_path, forge) as service:
        with psycopg.connect(**place(server, service)) as holder:
            holder.execute("LOCK TABLE delivery, access_record, procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
            started = monotonic()
            refused = await deliver(service, asked, 12)
            seconds = monotonic() - started
            await looks_down(service)
        taken = await deliver(service, asked, 3)
        known = await queued(service)

    assert refusals(refused) == {(503, True)}
    assert seconds < BOUND
    assert {answer.status for answer in taken} == {202}
    assert known == {answer.headers["Request-Id"] for answer in taken}


def place(server: Postgres, service: WholeService) -> dict[str, Any]:
    address = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password}
    return {**address, "dbname": service.database}


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """A server that takes connections, and says nothing: a disk that hangs."""
    with server.connect() as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    pids = [number for (number,) in rows]
    first = int(Path(f"/proc/{pids[0]}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    for number in (first, *pids):
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in (first, *pids):
            os.kill(number, signal.SIGCONT)


async def test_webhooks_are_refused_in_time_while_the_database_is_frozen(
    server: Postgres, forge: PaperGitLab, asked: PaperRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "SECONDS", 1.0)
    monkeypatch.setattr(recording, "SECONDS", 1.0)
    async with doors(server, tmp_path, forge) as service:
        before = await deliver(service, asked, 6)
        with frozen(server):
            started = monotonic()
            refused = await deliver(service, asked, 12)
            seconds = monotonic() - started
            await looks_down(service)
        taken = await service.until(lambda: all_taken(service, asked))
        known = await queued(service)

    assert {answer.status for answer in before} == {202}
    assert refusals(refused) == {(503, True)}
    assert seconds < BOUND
    assert {answer.headers["Request-Id"] for answer in taken} <= known


async def all_taken(service: WholeService, asked: PaperRequest) -> list[Answer]:
    answers = await deliver(service, asked, 3)
    return answers if {answer.status for answer in answers} == {202} else []


async def test_webhooks_are_refused_while_the_database_has_no_connection_left_and_it_recovers(
    server: Postgres, forge: PaperGitLab, asked: PaperRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "WAIT_SECONDS", 2.0)
    async with doors(server, tmp_path, forge) as service:
        with ExitStack() as held:
            with server.connect() as connection:
                end_all(connection, service.database)
            fill(server, held, service.database)
            started = monotonic()
            refused = await deliver(service, asked, 6)
            seconds = monotonic() - started
            await looks_down(service)
        taken = await service.until(lambda: all_taken(service, asked))
        known = await queued(service)

    assert refusals(refused) == {(503, True)}
    assert seconds < BOUND
    assert {answer.headers["Request-Id"] for answer in taken} <= known


def end_all(connection: "psycopg.Connection[Any]", database: str) -> None:
    """End the connections to a database."""
    mine = "FROM pg_stat_activity WHERE datname = %s"
    connection.execute(f"SELECT pg_terminate_backend(pid) {mine}".encode(), [database])
    while connection.execute(f"SELECT 1 {mine}".encode(), [database]).fetchone():
        pass


def fill(server: Postgres, held: ExitStack, database: str) -> None:
    """Take all connections that there are, also those that a service takes at the same time."""
    first = held.enter_context(server.connect())
    (most,) = first.execute("SHOW max_connections").fetchone() or ("",)
    until, count = monotonic() + 60, 1
    while count < int(most):  # those that just ended are free a moment later
        assert monotonic() < until
        try:
            held.enter_context(server.connect())
            count += 1
        except psycopg.OperationalError:
            end_all(first, database)


async def test_each_webhook_that_was_taken_while_the_database_crashed_has_its_job(
    server: Postgres, forge: PaperGitLab, asked: PaperRequest, tmp_path: Path
) -> None:
    async with doors(server, tmp_path, forge) as service:
        await deliver(service, asked)
        with server.connect() as connection:
            victim = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", [service.database]
            ).fetchone()
        load = asyncio.create_task(loaded(service, asked))
        await asyncio.sleep(0.3)
        assert victim
        os.kill(victim[0], signal.SIGKILL)  # the server ends all others, and recovers
        answers = await load
        taken = await service.until(lambda: all_taken(service, asked))
        known = await queued(service)

    assert {answer.status for answer in answers} <= {202, 503}
    assert {answer.headers["Request-Id"] for answer in (*answers, *taken) if answer.status == 202} <= known


async def loaded(service: WholeService, asked: PaperRequest) -> list[Answer]:
    """Webhooks for a while, some at a time."""
    answers: list[Answer] = []
    for _ in range(25):
        answers += await deliver(service, asked, 4)
    return answers


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 120 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=120m,mode=0700", "none", str(disk)]
    if subprocess.run(argv, check=False, capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_webhooks_are_refused_while_the_database_has_no_room_and_it_recovers(
    server: Postgres, forge: PaperGitLab, asked: PaperRequest, tmp_path: Path, small_disk: Path
) -> None:
    async with doors(server, tmp_path, forge, own=small_disk / "own") as service:
        before = await deliver(service, asked, 2)
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free)
        refused = await service.until(lambda: first_refused(service, asked))
        alive = await service.get("/healthz")
        filler.unlink()
        taken = await service.until(lambda: all_taken(service, asked))
        known = await queued(service)

    assert refusals([refused]) == {(503, True)}
    assert alive.status == 200
    assert {answer.headers["Request-Id"] for answer in (*before, *taken)} <= known


async def first_refused(service: WholeService, asked: PaperRequest) -> Answer | None:
    return next((answer for answer in await deliver(service, asked, 20) if answer.status != 202), None)
