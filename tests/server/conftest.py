"""One PostgreSQL for all tests of the server, a fresh database and a service for each."""

from collections.abc import AsyncIterator, Iterator

import pytest
from stand_ins.postgres import NoPostgres, Postgres
from stand_ins.service import Service, databases, open_service


@pytest.fixture(scope="package")
def server() -> Iterator[Postgres]:
    try:
        with databases() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def service(server: Postgres) -> AsyncIterator[Service]:
    async with open_service(server) as running:
        yield running
