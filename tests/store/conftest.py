"""Databases: a site's, and our own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.postgres import NoPostgres
from stand_ins.site_database import SiteDatabases, site_databases

from coderev.settings import DatabaseSettings, Settings


@pytest.fixture(scope="module")
def databases() -> Iterator[SiteDatabases]:
    try:
        with site_databases() as running:
            yield running
    except NoPostgres as why:
        pytest.skip(str(why))


@pytest.fixture
def site(databases: SiteDatabases, tmp_path: Path) -> Settings:
    return databases.fresh(tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings(database=DatabaseSettings(folder=str(tmp_path / "own"), connections=4))
