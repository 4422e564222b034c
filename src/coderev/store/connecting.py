"""Where the database is, and connections to it: the site's, or our own.

libpq connects by itself, so for a site it is handed addresses that `egress` permitted and no name to look up, and
nothing that it would otherwise read from the environment or the home folder (spec/egress.md, clauses 3.6 and 7).
"""

import os
import re
import select
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg_pool import AsyncConnectionPool

from coderev.egress import Egress
from coderev.errors import InputError, Unavailable
from coderev.files import monotonic
from coderev.settings import Connections, Settings
from coderev.store.embedded import OwnPostgres

Connection = psycopg.AsyncConnection[Any]
Facts = dict[str, Any]

CONNECT_SECONDS = 5
WAIT_SECONDS = 10.0  # for a connection of the pool
IDLE_SECONDS = 60.0  # after which a connection above the first is closed
STATEMENT_SECONDS = 30  # of one statement of the service
LOCK_SECONDS = 10
TRANSACTION_SECONDS = 60  # for which a transaction may do nothing
MAX_PASSWORD = 4_096  # bytes of its file
NO_FILE = f"{os.devnull}/none"  # else libpq looks into the home folder
LIMITS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={TRANSACTION_SECONDS}s"
)
NO_LIMITS = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
_DATABASE = re.compile(r"/[A-Za-z0-9_][A-Za-z0-9_-]*")


class StoreMisconfigured(InputError):
    """The settings of the database cannot be used as they stand."""

    message = "database.{key} cannot be used: {reason}"
    hint = "see `database` in docs/reference/settings.md, and try it with `coderev store check`"


class StoreUnavailable(Unavailable):
    """The database does not answer, or not in time."""

    message = "the database {place} does not answer: {reason}"
    hint = "see whether it runs and has room, with `coderev store check`; what was asked is tried again"


class StoreFull(StoreUnavailable):
    """The database takes nothing more."""

    message = "the database {place} is full: {reason}"
    hint = "make room on its disk; what was asked was not done, and is tried again"


class Place(Protocol):
    """Where the database is."""

    @property
    def name(self) -> str:
        """What it is called in errors."""
        ...

    async def facts(self, *, owner: bool = False) -> Facts:
        """What libpq is told to connect now, as the service or as who owns the tables."""
        ...


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """Our own PostgreSQL; it is started again where it was killed."""

    own: OwnPostgres

    @property
    def name(self) -> str:
        """Its folder."""
        return str(self.own.folder.path)

    async def facts(self, *, owner: bool = False) -> Facts:
        """What libpq is told. Raises OwnPostgresFailed."""
        await self.own.ready(patient=False)  # what does not answer yet is tried again by the pool
        return self.own.facts(owner=owner)


class SitePlace:
    """A site's PostgreSQL. Raises NotPermitted and StoreMisconfigured; nothing is connected yet.

    `owner` and `owner_password` are of the role that owns the tables; without them it is the service's own.
    """

    def __init__(
        self, settings: Settings, egress: Egress, owner: str | None = None, owner_password: str | None = None
    ) -> None:
        wanted = settings.database
        self._url, self._egress, self._connections = wanted.url or "", egress, settings.connections
        egress.judge_store(self._url)
        if wanted.user is None:
            raise StoreMisconfigured(key="user", reason="it is not set")
        self._service = (wanted.user, wanted.password_file)
        self._owner = (owner, owner_password) if owner is not None else self._service
        self._where = _where(self._url)
        read_password(wanted.password_file)

    @property
    def name(self) -> str:
        """Its URL, in which there is no password."""
        return self._url

    async def facts(self, *, owner: bool = False) -> Facts:
        """What libpq is told, with addresses resolved now. Raises NotPermitted, StoreMisconfigured, OSError."""
        user, password_file = self._owner if owner else self._service
        addresses = await self._egress.permit(self._url)
        who = {"user": user, "password": read_password(password_file)}
        return {**self._where, **who, **_proofs(self._where["host"], addresses, self._connections)}


def read_password(path: str | None) -> str | None:
    """The one line of a file of this user with mode 0600, or of one that root lets our group read.

    Raises StoreMisconfigured.
    """
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            fault = _fault(os.fstat(file.fileno()))
            content = file.read(MAX_PASSWORD + 1)
        password = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise StoreMisconfigured(key="password_file", reason=f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StoreMisconfigured(key="password_file", reason=f"{path} is not UTF-8") from None
    if fault is None and (not 0 < len(content) <= MAX_PASSWORD or re.search(r"[\0\r\n]", password)):
        fault = "is not one line with a password"
    if fault is not None:
        raise StoreMisconfigured(key="password_file", reason=f"{path} {fault}")
    return password


async def connect(place: Place, *, owner: bool = False, limits: str = LIMITS) -> Connection:
    """A connection that is not of the pool; the caller closes it. Raises StoreUnavailable and what `facts` raises."""
    try:
        with telling(place):
            facts = {**(await place.facts(owner=owner)), **manner(limits)}
            return await psycopg.AsyncConnection.connect(**facts)
    except OSError as error:  # of a name that leads nowhere
        raise StoreUnavailable(place=place.name, reason=error.strerror or brief(error)) from error


@asynccontextmanager
async def open_pool(place: Place, most: int) -> AsyncIterator[AsyncConnectionPool[Connection]]:
    """The pool of one process: it makes connections anew when the database was away. Raises as `connect`."""

    async def facts() -> Facts:
        return {**(await place.facts()), **manner(LIMITS)}

    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        kwargs=facts,
        connection_class=psycopg.AsyncConnection[Any],
        min_size=1,
        max_size=most,
        open=False,
        timeout=WAIT_SECONDS,
        max_idle=IDLE_SECONDS,
        reconnect_timeout=WAIT_SECONDS,
        name="coderev",
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def lend(pool: AsyncConnectionPool[Connection]) -> AsyncIterator[Connection]:
    """A connection of the pool, in a transaction that is committed at the end, and rolled back on an exception.

    Those that the server closed meanwhile are put aside at once: the pool's own check waits seconds after each.
    Raises what psycopg raises.
    """
    until = monotonic() + WAIT_SECONDS
    while True:
        connection = await pool.getconn(max(until - monotonic(), 0))
        try:
            if await _alive(connection):
                async with connection:
                    yield connection
                return
            await connection.close()
        finally:
            await pool.putconn(connection)


@contextmanager
def telling(place: Place) -> Iterator[None]:
    """Tell faults of the database as what they mean to its operator; faults of anything else pass as they are.

    Raises StoreUnavailable, StoreFull.
    """
    try:
        yield
    except (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory) as error:
        raise StoreFull(place=place.name, reason=brief(error)) from error
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
        if _is_full(error):
            raise StoreFull(place=place.name, reason=brief(error)) from error
        raise StoreUnavailable(place=place.name, reason=brief(error)) from error


def brief(error: BaseException) -> str:
    """An error in one line."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _is_full(error: psycopg.Error) -> bool:
    return "No space left on device" in str(error)


async def _alive(connection: Connection) -> bool:
    """Ask a connection only when there is something to hear: an idle one hears little but that it was closed."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if not poll.poll(0):
        return True
    try:
        await AsyncConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True


def _where(url: str) -> Facts:
    parts = urlsplit(url)
    if parts.query or parts.fragment or not _DATABASE.fullmatch(parts.path):
        raise StoreMisconfigured(key="url", reason="it must read postgresql://host:port/database, and nothing more")
    return {"host": (parts.hostname or "").removesuffix("."), "port": parts.port or 5432, "dbname": parts.path[1:]}


def _proofs(host: str, addresses: tuple[str, ...], connections: Connections) -> Facts:
    """Where it is, and how it proves itself: only on loopback it need not."""
    loopback = all(ip_address(address).is_loopback for address in addresses)
    return {
        "host": ",".join([host] * len(addresses)),
        "hostaddr": ",".join(addresses),
        "sslmode": "prefer" if loopback else "verify-full",
        "sslrootcert": NO_FILE if loopback else connections.ca_bundle or "system",
        "sslcert": connections.client_certificate or NO_FILE,
        "sslkey": connections.client_key or connections.client_certificate or NO_FILE,
        "sslcrl": NO_FILE,
        "target_session_attrs": "read-write",  # of a cluster, the one that takes what is written
    }


def manner(limits: str) -> Facts:
    """How libpq connects and works, wherever that is: with nothing of the environment, and in these limits of time."""
    return {
        "passfile": NO_FILE,
        "gssencmode": "disable",
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": limits,
        "application_name": "coderev",
        "client_encoding": "UTF8",
    }


def _fault(status: os.stat_result) -> str | None:
    mine, mode = status.st_uid == os.geteuid(), stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        return "is no file"
    if not mine and status.st_uid != 0:
        return "belongs to another user"
    if mode & (0o077 if mine else 0o037):
        return f"has the mode {mode:04o}, which lets others at it"
    return None
