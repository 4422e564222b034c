"""The index of a site: pgvector on PostgreSQL 16 (extra `pgvector`), one table for each embedder's identity.

libpq connects by itself, so it is handed addresses that `egress` permitted and no name to look up, and nothing that it
would otherwise read from the environment or the home folder.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coderev.egress import Egress, NotPermitted
from coderev.files import now
from coderev.recall.similar.encoder import ExtraMissing, Identity
from coderev.recall.similar.index import BadIndex, IndexUnavailable, Item, Near
from coderev.settings import Connections, Settings, SimilarSettings

if TYPE_CHECKING:
    import psycopg

    from coderev.recall.similar.index import Vector

CONNECT_SECONDS = 3
QUESTION_SECONDS = 5.0
WRITE_SECONDS = 60.0  # for many rows, and for the schema, which waits for others that make it
EF_SEARCH = 100  # candidates that the walk through the graph keeps (Malkov and Yashunin 2016)
MAX_PASSWORD = 4_096  # bytes of its file
NO_FILE = f"{os.devnull}/none"  # else libpq looks into the home folder
SCHEMA_LOCK = 0x636F646572657620  # "coderev " in ASCII
OPTIONS = f"-c hnsw.ef_search={EF_SEARCH} -c hnsw.iterative_scan=strict_order -c statement_timeout="


class PgVector:
    """The vectors of one tenant and one identity. One connection, made when it is needed, and again after a fault."""

    def __init__(self, settings: Settings, egress: Egress, tenant: bytes, identity: Identity) -> None:
        self._egress, self._connections, self._similar = egress, settings.connections, settings.recall.similar
        self._url = self._similar.index or ""
        self._names = {
            "table": f"v_{identity.digest.hex()}",
            "index": f"v_{identity.digest.hex()}_near",
            "dimensions": identity.dimensions,
        }
        self._tenant, self._turn = tenant, asyncio.Lock()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        egress.judge_store(self._url)
        self._facts = facts_of(self._url, self._similar)

    async def add(self, items: Sequence[Item]) -> None:
        """Remember items, in one transaction."""
        added = now()
        rows = [
            {
                "tenant": self._tenant,
                "scope": item.scope,
                "id": item.id,
                "added": added,
                "vector": _text(item.vector),
                "payload": item.payload,
            }
            for item in items
        ]
        async with self._writing() as connection, connection.cursor() as cursor:
            await cursor.executemany(self._sql("add"), rows)

    async def nearest(self, vector: "Vector", k: int, scope: bytes, at_least: float = -1.0) -> list[Near]:
        """At most `k` items of the scope, the nearest first. In a large scope one of them may be missed."""
        asked = {"tenant": self._tenant, "scope": scope, "vector": _text(vector), "k": k}
        async with self._connected() as connection:
            rows = await (await connection.execute(self._sql("nearest"), asked, binary=True)).fetchall()
        return [
            Near(cosine=cosine, id=bytes(number), payload=bytes(payload))
            for cosine, number, payload in rows
            if cosine >= at_least
        ]

    async def remove(self, *, ids: Sequence[bytes] | None = None, before: datetime | None = None) -> int:
        """Forget items; how many they were."""
        asked = {"tenant": self._tenant, "ids": None if ids is None else list(ids), "before": before}
        async with self._writing() as connection:
            return (await connection.execute(self._sql("remove"), asked)).rowcount

    async def size(self) -> int:
        """How many items this tenant has."""
        async with self._connected() as connection:
            row = await (await connection.execute(self._sql("size"), {"tenant": self._tenant})).fetchone()
        return int(row[0]) if row else 0

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _sql(self, name: str) -> bytes:
        """A statement; the names in it are digests and numbers of our own."""
        return _statement(name).format(**self._names).encode()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator["psycopg.AsyncConnection[Any]"]:
        """The connection, in one transaction, with time for many rows. Raises as `_connected`."""
        async with self._connected(WRITE_SECONDS) as connection, connection.transaction():
            await connection.execute(_patience(WRITE_SECONDS))
            yield connection

    @asynccontextmanager
    async def _connected(self, seconds: float = QUESTION_SECONDS) -> AsyncIterator["psycopg.AsyncConnection[Any]"]:
        """The connection, for one question at a time; after a fault, a time-out or a cancellation it is not used again.

        Raises IndexUnavailable.
        """
        import psycopg

        async with self._turn:
            done = False
            try:
                if self._connection is None:
                    self._connection = await self._connect()
                async with asyncio.timeout(seconds):
                    yield self._connection
                done = True
            except (
                psycopg.Error,
                OSError,
                NotPermitted,
            ) as error:  # TimeoutError is an OSError; a name may lead elsewhere
                raise IndexUnavailable(place=self._url, reason=_brief(error)) from None
            finally:
                if not done:
                    await self.close()

    async def _connect(self) -> "psycopg.AsyncConnection[Any]":
        import psycopg

        addresses = await self._egress.permit(self._url)
        how = connection_facts(self._facts, addresses, self._connections)
        async with asyncio.timeout(CONNECT_SECONDS + 1):
            connection = await psycopg.AsyncConnection.connect(**how, autocommit=True, prepare_threshold=None)
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._prepare(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _prepare(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        """Make what is not there yet."""
        row = await (await connection.execute(self._sql("present"))).fetchone()
        if row and row[0]:
            return
        async with connection.transaction():
            await connection.execute(_patience(WRITE_SECONDS))
            await connection.execute(self._sql("lock"), {"lock": SCHEMA_LOCK})
            for name in ("extension", "schema", "table", "nearness"):
                await connection.execute(self._sql(name))


def open_pgvector(settings: Settings, egress: Egress, tenant: bytes, identity: Identity) -> PgVector:
    """The index at `recall.similar.index`; nothing is connected yet. Raises BadIndex, ExtraMissing, NotPermitted."""
    try:
        import psycopg  # noqa: F401 - whether it is there
    except ImportError:
        raise ExtraMissing(place=settings.recall.similar.index, extra="pgvector") from None
    return PgVector(settings, egress, tenant, identity)


def facts_of(url: str, similar: SimilarSettings) -> dict[str, Any]:
    """Host, port, database, user and password, as libpq names them. Raises BadIndex."""
    parts = urlsplit(url)
    database = parts.path.strip("/")
    if parts.scheme != "postgresql" or parts.query or not database.replace("_", "a").replace("-", "a").isalnum():
        raise BadIndex(place=url, reason="it must read postgresql://host/database, and nothing behind that")
    facts = {"host": (parts.hostname or "").removesuffix("."), "port": parts.port or 5432, "dbname": database}
    if similar.user is None:
        raise BadIndex(place=url, reason="recall.similar.user is not set")
    return {**facts, "user": similar.user, "password": _password(url, similar.password_file)}


def _password(url: str, path: str | None) -> str | None:
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            password = file.read(MAX_PASSWORD + 1).decode("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise BadIndex(place=url, reason=f"recall.similar.password_file {path}: {reason}") from None
    if not 0 < len(password) <= MAX_PASSWORD or "\0" in password or "\n" in password:
        raise BadIndex(place=url, reason=f"recall.similar.password_file {path}: not one line with a password")
    return password


def connection_facts(facts: dict[str, Any], addresses: Sequence[str], connections: Connections) -> dict[str, Any]:
    """What libpq is told: where, who, and how the server proves itself. Only on loopback it need not."""
    loopback = all(ip_address(address).is_loopback for address in addresses)
    return {
        **facts,
        "host": ",".join([facts["host"]] * len(addresses)),
        "hostaddr": ",".join(addresses),
        "sslmode": "prefer" if loopback else "verify-full",
        "sslrootcert": NO_FILE if loopback else connections.ca_bundle or "system",
        "sslcert": connections.client_certificate or NO_FILE,
        "sslkey": connections.client_key or connections.client_certificate or NO_FILE,
        "sslcrl": NO_FILE,
        "gssencmode": "disable",
        "passfile": NO_FILE,
        "connect_timeout": CONNECT_SECONDS,
        "options": f"{OPTIONS}{int(QUESTION_SECONDS * 1000)}",
        "application_name": "coderev",
        "client_encoding": "UTF8",
    }


@cache
def _statement(name: str) -> str:
    """The text of a file in `sql/`."""
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _patience(seconds: float) -> bytes:
    return f"SET LOCAL statement_timeout = {int(seconds * 1000)}".encode()


def _text(vector: "Vector") -> str:
    """As pgvector reads it; nine digits hold a float32 exactly."""
    return f"[{','.join(format(value, '.9g') for value in vector.tolist())}]"


def _brief(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]
