"""A site's PostgreSQL 16 on loopback, as an operator would prepare it: a role that owns, and one for the service.

with site_databases() as databases:
    settings = databases.fresh(tmp_path)      # an empty database, and coderev's settings for it
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from stand_ins.postgres import PASSWORD, Postgres, postgres

from coderev.settings import DatabaseSettings, Settings

OWNER, SERVICE = "site_owner", "coderev"
_NUMBERS = count(1)


@dataclass(frozen=True)
class SiteDatabases:
    """The server."""

    server: Postgres

    def fresh(self, folder: Path) -> Settings:
        """Settings for a new, empty database, as the service has them; its files are in a folder of the test."""
        name = f"site_{next(_NUMBERS)}"
        self.server.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        password = folder / "password"
        password.write_text(f"{PASSWORD}\n", encoding="utf-8")
        password.chmod(0o600)
        url = f"postgresql://127.0.0.1:{self.server.port}/{name}"
        return Settings(
            database=DatabaseSettings(url=url, user=SERVICE, password_file=str(password), connections=4),
        )


@contextmanager
def site_databases() -> Iterator[SiteDatabases]:
    """A server of a site. Raises NoPostgres."""
    with postgres() as server:
        for role in (OWNER, SERVICE):
            server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        yield SiteDatabases(server)
