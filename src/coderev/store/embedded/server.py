"""Our own PostgreSQL, started and stopped: its files made, its settings written, its processes begun and ended.

The server finds its folders through file descriptors that it inherits (`/proc/self/fd/N`) when it runs as another user
than we do: root's folders are closed to that user, and stay so.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Self

import psycopg

from coderev.errors import Unavailable
from coderev.files import monotonic, write_atomic
from coderev.process import Account, Launch, Started, start
from coderev.store.embedded.folder import PORT, Folder
from coderev.store.embedded.programs import Programs, login_name

ADMIN, OWNER, ROLE, DATABASE = "coderev_admin", "coderev_owner", "coderev", "coderev"
MAP = "coderev"  # of pg_ident.conf
LOOK_SECONDS = 0.01  # between two looks whether it is there
MAKE_SECONDS = 120.0
START_SECONDS = 300.0  # after a crash it first does again what its log says
STOP_SECONDS = 60.0
LET_GO_SECONDS = 5.0  # for a process whose locks are free already to be gone
MAX_LOG_BYTES = 4 * 1024 * 1024  # above which it is begun anew, and the old one kept


class OwnPostgresFailed(Unavailable):
    """Our own PostgreSQL does not start, or does not answer."""

    message = "our own PostgreSQL in {folder} {what}: {reason}"
    hint = "its own words are in {log}; its files are as they were. Look for room on the disk first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How the server of one folder is run."""

    folder: Folder
    programs: Programs
    account: Account | None
    connections: int
    socket: str  # the folder of it, by a path that libpq takes

    async def make(self) -> None:
        """Make its files, wholly or not at all. Raises OwnPostgresFailed."""
        folder = self.folder
        if folder.cluster.exists():
            return
        new = folder.path / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)  # of an attempt that was ended
        give(new, self.account)
        argv = [self.programs.path("initdb"), "-U", ADMIN, "-E", "UTF8", "--locale=C", "-A", "peer", "-k"]
        with _Handles() as handles:
            place = handles.seen(new, hidden=self.account is not None)
            made = self._start([*argv, "--no-instructions", "-D", place], handles)
            await self._ended(made, MAKE_SECONDS)
        new.rename(folder.cluster)

    async def begin(self, server_lock: int) -> Started:
        """Start it, and give it the lock that says so. When this returns it answers. Raises OwnPostgresFailed."""
        folder = self.folder
        for stale in ("postmaster.pid", "postmaster.opts"):  # we hold its lock: nobody is behind that number
            (folder.cluster / stale).unlink(missing_ok=True)
        for stale in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (folder.socket / stale).unlink(missing_ok=True)
        self._configure()
        with _Handles() as handles:
            hidden = self.account is not None
            cluster = handles.seen(folder.cluster, hidden=hidden)
            socket = handles.seen(folder.socket, hidden=hidden or folder.is_long)
            argv = [self.programs.path("postgres"), "-D", cluster, "-k", socket]
            started = self._start(argv, handles, server_lock)
        try:
            await self._answers(started)
            await self._prepare()
        except BaseException:
            await self.end(started)
            raise
        return started

    async def reached(self) -> str | None:
        """Try it once: None when it answers, else why not."""
        try:
            await (await self._connect()).close()
        except psycopg.OperationalError as error:
            return " ".join(str(error).split())[:200]
        return None

    async def end(self, started: Started | None) -> None:
        """Stop it in order, and past a minute at once; where its number is not to be trusted it is left alone."""
        for how in (signal.SIGINT, signal.SIGQUIT):
            if not self._signal(how) or await self._gone(STOP_SECONDS):
                break
        if started is not None:
            await self.let_go(started)

    async def let_go(self, started: Started) -> None:
        """Have done with a server that we started: it has just ended, or it is others' from now on."""
        until = monotonic() + (LET_GO_SECONDS if self._no_server() else 0)
        while started.status is None:
            if monotonic() >= until:
                started.leave()
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _no_server(self) -> bool:
        if (lock := self.folder.lock("server")) is None:
            return False
        os.close(lock)
        return True

    def connection_facts(self, role: str = ROLE, database: str = DATABASE) -> dict[str, object]:
        """What libpq is told to reach it. The system says who we are: there is no password."""
        return {"host": self.socket, "port": PORT, "dbname": database, "user": role}

    def failed(self, what: str, reason: str) -> OwnPostgresFailed:
        """The error that says what it does not do, and why."""
        return OwnPostgresFailed(folder=self.folder.path, what=what, reason=reason, log=self.folder.log)

    def _configure(self) -> None:
        """Write what it reads: who may come in, and how much it takes. Nothing of an earlier start is kept."""
        files = resources.files(__package__) / "settings"
        facts = {"connections": max(60, 3 * self.connections + 20), "map": MAP, "login": login_name()}
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
            text = Template((files / name).read_text(encoding="utf-8")).substitute(facts)
            write_atomic(self.folder.cluster / name, text.encode())

    def _start(self, argv: list[str], handles: "_Handles", *keep: int) -> Started:
        log = self._open_log()
        try:
            return start(Launch(argv=argv, log=log, account=self.account, keep=(*handles.open, *keep)))
        except OSError as error:
            raise self.failed("does not start", error.strerror or str(error)) from error
        finally:
            os.close(log)

    def _open_log(self) -> int:
        path = self.folder.log
        with suppress(FileNotFoundError):
            if path.stat().st_size > MAX_LOG_BYTES:
                path.replace(path.with_name("log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    async def _ended(self, process: Started, seconds: float) -> None:
        until = monotonic() + seconds
        try:
            while process.status is None and monotonic() < until:  # noqa: ASYNC110  # a process is not of this loop
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if process.status is None:
                process.kill()
        if process.status != 0:
            raise self.failed("cannot be made", self._last_words())

    async def _answers(self, started: Started) -> None:
        until = monotonic() + START_SECONDS
        while (reason := await self.reached()) is not None:
            if started.status is not None:
                raise self.failed("does not start", self._last_words())
            if monotonic() > until:
                raise self.failed("does not answer", reason)
            await asyncio.sleep(LOOK_SECONDS)

    async def _connect(self) -> "psycopg.AsyncConnection[tuple[object, ...]]":
        facts = self.connection_facts(ADMIN, "postgres")
        return await psycopg.AsyncConnection.connect(**facts, connect_timeout=5, autocommit=True)  # type: ignore[arg-type]

    async def _prepare(self) -> None:
        """Make the roles and the database, where they are not there."""
        async with await self._connect() as connection:
            row = await (
                await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            ).fetchone()
            if row is not None:
                return
            for name in ("roles", "database", "rights"):
                statement = (resources.files(__package__) / "settings" / f"{name}.sql").read_bytes()
                await connection.execute(statement)

    def stands(self) -> bool:
        """Whether the number in its file is that of a living server, be it ready or not. It costs no connection."""
        with self._process() as handle:
            return handle is not None

    def _signal(self, how: signal.Signals) -> bool:
        with self._process() as handle:
            if handle is None:
                return False
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, how)
            return True

    @contextmanager
    def _process(self) -> Iterator[int | None]:
        """The server as a handle, if the number in its file is that of a process that stands in this cluster."""
        try:
            number = int((self.folder.cluster / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            handle = os.pidfd_open(number)  # from here on the number cannot come to mean another process
        except (OSError, ValueError):
            yield None
            return
        try:
            yield handle if _stands_in(number, self.folder.cluster) else None
        finally:
            os.close(handle)

    async def _gone(self, seconds: float) -> bool:
        until = monotonic() + seconds
        while not (gone := self._no_server()) and monotonic() < until:  # noqa: ASYNC110  # not of this loop
            await asyncio.sleep(LOOK_SECONDS)
        return gone

    def _last_words(self) -> str:
        """The last complaint in its log, without the time."""
        with suppress(OSError):
            text = self.folder.log.read_bytes()[-4_096:].decode("utf-8", errors="replace")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            lines = [line for line in lines if not line.endswith("the database system is starting up")]
            grave = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:"))]
            return (grave or lines or ["it says nothing"])[-1][-300:]
        return "it says nothing"


def _stands_in(number: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{number}/cwd").readlink() == folder
    except OSError:
        return False


def give(path: Path, account: Account | None) -> None:
    """Make a folder of mode 0700 that is the account's."""
    path.mkdir(mode=0o700)
    if account is not None:
        os.chown(path, account.user, account.group)


class _Handles:
    """Folders that are held open while a process is started, for it to inherit."""

    def __init__(self) -> None:
        self.open: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self.open:
            os.close(handle)

    def seen(self, folder: Path, *, hidden: bool) -> str:
        """The path by which a process finds the folder, whose own path may be hidden from it."""
        if not hidden:
            return str(folder)
        self.open.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        return f"/proc/self/fd/{self.open[-1]}"
