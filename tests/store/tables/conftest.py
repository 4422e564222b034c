"""A real PostgreSQL with the schema; each test has a database of its own, made from a template."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from itertools import count
from typing import Any

import psycopg
import pytest
from stand_ins.postgres import NoPostgres, Postgres, postgres

from coderev.store.sealing import Seal
from coderev.store.work import Work

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = bytes(range(32))
NUMBERS = count(1)


@dataclass(frozen=True)
class Database:
    """A database with the schema in it."""

    server: Postgres
    seal: Seal

    async def connect(self, user: str | None = None) -> "psycopg.AsyncConnection[Any]":
        return await psycopg.AsyncConnection.connect(
            host="127.0.0.1",
            port=self.server.port,
            user=user or self.server.user,
            password=self.server.password,
            dbname=self.server.database,
            options="-c timezone=Asia/Kathmandu",  # whatever it is, times come in UTC
        )

    @asynccontextmanager
    async def work(self, user: str | None = None) -> AsyncIterator[Work]:
        connection = await self.connect(user)
        async with connection:  # commits, or rolls back, and closes
            yield Work(connection, self.seal)


@pytest.fixture(scope="session")
def template() -> Iterator[Postgres]:
    try:
        with postgres() as running:
            running.execute("CREATE ROLE coderev LOGIN PASSWORD 'correct horse battery staple'")
            running.execute("CREATE DATABASE template_of_tests")
            made = Postgres(running.port, database="template_of_tests")
            for number in ("0001_tables", "0002_grants"):
                folder = resources.files("coderev.store").joinpath("migrations")
                made.execute(folder.joinpath(f"{number}.before.sql").read_text(encoding="utf-8"))
            made.execute(resources.files("procrastinate").joinpath("sql/schema.sql").read_text(encoding="utf-8"))
            yield made
    except NoPostgres as why:
        pytest.skip(str(why))


@pytest.fixture
def database(template: Postgres) -> Iterator[Database]:
    name = f"test_{next(NUMBERS)}"
    server = Postgres(template.port)
    server.execute(f"CREATE DATABASE {name} TEMPLATE template_of_tests STRATEGY file_copy")
    yield Database(Postgres(template.port, database=name), Seal(KEY))
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


Opening = Callable[[], AbstractAsyncContextManager[Work]]


@pytest.fixture
async def work(database: Database) -> AsyncIterator[Work]:
    async with database.work() as opened:
        yield opened
