"""The service for tests: a database with its tables on a real PostgreSQL, a forge in memory, and a client over HTTP.

with databases() as server:
    async with open_service(server) as service:
        answer = await service.get("/api/v1/reviews", token=await service.token("reader"))
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import aiohttp
import msgspec
import psycopg
from msgspec.structs import replace
from psycopg_pool import AsyncConnectionPool
from stand_ins.memory_forge import CLINIC, MemoryForge, a_request
from stand_ins.postgres import Postgres, postgres
from stand_ins.results import a_finding, a_result

from coderev.egress import Egress
from coderev.finding import Finding
from coderev.server.access import tokens
from coderev.server.access.deciding import Subject
from coderev.server.app import make_app
from coderev.server.listening import running
from coderev.server.routes import ROUTES
from coderev.server.site import Site
from coderev.settings import Configuration, ForgeSettings, ServerSettings, Settings
from coderev.store import Store, records
from coderev.store.migrating import migrate
from coderev.store.queue import Queue
from coderev.store.sealing import Seal
from coderev.store.work import Work

TEMPLATE = "template_service"
KEY = b"k" * 32
ADMIN = Subject(kind="session", name="admin", role="admin")
_numbers = count()


@contextmanager
def databases() -> Iterator[Postgres]:
    """A PostgreSQL with a template that has all tables. Raises NoPostgres."""
    with postgres() as server:
        server.execute(f"CREATE DATABASE {TEMPLATE}")
        asyncio.run(_migrated(server))
        yield server


async def _migrated(server: Postgres) -> None:
    async with await psycopg.AsyncConnection.connect(**_place(server, TEMPLATE)) as connection:
        await migrate(connection)


def _place(server: Postgres, database: str) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": database,
    }


class OpenStore:
    """What `Store` is to the server, on one test's database."""

    def __init__(self, pool: "AsyncConnectionPool[psycopg.AsyncConnection[Any]]", queue: Queue) -> None:
        self.pool, self.queue, self.seal = pool, queue, Seal(KEY)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with self.pool.connection() as connection:
            yield Work(connection, self.seal)

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Work]:
        async with self.work() as work, work.connection.pipeline():
            yield work


@asynccontextmanager
async def open_store(server: Postgres, connections: int = 10) -> AsyncIterator[OpenStore]:
    """A database of one's own, and what opens it; it is gone afterwards."""
    database = f"service_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    place = _place(server, database)

    async def connect() -> "psycopg.AsyncConnection[Any]":
        return await psycopg.AsyncConnection.connect(**place)

    pool = AsyncConnectionPool(kwargs=place, min_size=1, max_size=connections, open=False)
    try:
        await pool.open()
        yield OpenStore(pool, Queue(connect))
    finally:
        await pool.close()
        server.execute(f"DROP DATABASE {database} WITH (FORCE)")


@dataclass
class Service:
    """A service that runs, and a client of it."""

    url: str
    site: Site
    forge: MemoryForge
    client: aiohttp.ClientSession
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def ask(
        self, method: str, path: str, *, token: str = "", headers: Mapping[str, str] | None = None, **options: Any
    ) -> "Answer":
        """One request, answered."""
        given = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        async with self.client.request(
            method, self.url + path, headers=given, allow_redirects=False, **options
        ) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def get(self, path: str, *, token: str = "", **options: Any) -> "Answer":
        return await self.ask("GET", path, token=token, **options)

    async def token(
        self, role: records.Role, *, name: str = "alice", login: str = "", at: datetime | None = None, days: int = 1
    ) -> str:
        """A token that an admin made; its secret."""
        made = at or self.at
        async with self.site.store.work() as work:
            order = tokens.TokenOrder(name="test", role=role, subject=name, login=login, days=days)
            secret, _ = await tokens.create_token(work, self.site.store.seal, order, ADMIN, made)
        return secret

    async def repository(self, path: str = CLINIC.path, forge_id: str = CLINIC.id) -> records.Repository:
        async with self.site.store.work() as work:
            return await work.repositories.see("memory", forge_id, path, f"memory/{path}", self.at)

    async def review(
        self,
        repository: records.Repository | None = None,
        *,
        tenant: str = "",
        findings: tuple[Finding, ...] = (a_finding(),),
        number: int | None = None,
        author: str = "alice",
        done: bool = True,
    ) -> UUID:
        """A review that was made, or that waits."""
        id_ = uuid4()
        async with self.site.store.work() as work:
            request = None
            if repository is not None and number is not None:
                head = a_request().head
                request = await work.merge_requests.see(repository, number, author, "main", head, "open", self.at)
            owner = repository.tenant if repository else tenant
            review = await work.reviews.add(id_, owner, repository, request, "nobody", "r", self.at)
            if done:
                await work.reviews.start(id_, self.at)
                result = msgspec.json.encode(a_result(findings))
                await work.findings.add(review, [(each, "unit") for each in findings])
                await work.reviews.finish(id_, self.at, result, "pass", len(findings), len(findings), b"", b"{}")
        return id_

    async def accesses(self, **asked: Any) -> tuple[records.AccessRecord, ...]:
        async with self.site.store.work() as work:
            return await work.accesses.search(limit=200, **asked)


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@asynccontextmanager
async def open_service(
    server: Postgres, *, settings: Settings | None = None, routes: Any = ROUTES, folder: Path | None = None
) -> AsyncIterator[Service]:
    """A service on a free port of loopback, with a database of its own; `folder` is one of configuration."""
    folders = (folder,) if folder else ()
    async with open_store(server) as store, serve(cast("Store", store), settings, routes, folders) as service:
        yield service


@asynccontextmanager
async def serve(
    store: Store, settings: Settings | None = None, routes: Any = ROUTES, folders: tuple[Path, ...] = ()
) -> AsyncIterator[Service]:
    """A service on a free port of loopback, on a store that is open."""
    forge, chosen = MemoryForge(), settings or Settings()
    whole = replace(
        chosen,
        server=replace(chosen.server, listen="127.0.0.1:0"),
        forges=(
            ForgeSettings(
                name="memory", kind="gitlab", url="https://code.internal", token_file="-", webhook_secret_file="-"
            ),
        ),
    )
    site = Site(
        configuration=Configuration(settings=whole, folders=folders),
        egress=Egress(whole),
        store=store,
        forges={"memory": forge},
        started=datetime.now(UTC),
    )
    async with (
        running(make_app(site, routes), whole.server) as url,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client,
    ):
        yield Service(url, site, forge, client)


HOUR = timedelta(hours=1)
__all__ = [
    "HOUR",
    "Answer",
    "OpenStore",
    "ServerSettings",
    "Service",
    "databases",
    "open_service",
    "open_store",
    "serve",
]
