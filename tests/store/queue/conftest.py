"""One server for the folder, one database for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest
from stand_ins.postgres import NoPostgres, Postgres, postgres
from stand_ins.queue_site import Site, site_of, template


@pytest.fixture(scope="package")
def server() -> Iterator[Postgres]:
    try:
        with postgres() as running, template(running):
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def site(server: Postgres) -> AsyncIterator[Site]:
    async with site_of(server) as made:
        yield made
