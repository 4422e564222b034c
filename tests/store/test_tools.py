"""`pg_dump` and `pg_restore`: which, and what they are told."""

from pathlib import Path

import msgspec
import pytest
from stand_ins.site_database import SERVICE, SiteDatabases

from coderev.egress import Egress
from coderev.settings import Connections, Settings
from coderev.store.connecting import SitePlace
from coderev.store.tools import ToolFailed, ToolMissing, use_tool

ODD = r"a:b\c'd e$(f)"
SCHEMA_ONLY = ["--schema-only", "--file"]


@pytest.fixture
def nothing_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


async def test_a_password_of_any_characters_reaches_the_program_and_no_argument_of_it(
    databases: SiteDatabases, tmp_path: Path
) -> None:
    settings = databases.fresh(tmp_path)
    role = "odd_password"
    quoted = ODD.replace("'", "''")
    databases.server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{quoted}'")
    (tmp_path / "odd").write_text(ODD)
    (tmp_path / "odd").chmod(0o600)
    place = SitePlace(settings, Egress(settings), role, str(tmp_path / "odd"))

    await use_tool("pg_dump", place, 16, [*SCHEMA_ONLY, str(tmp_path / "schema.sql")], "nothing")

    assert "PostgreSQL database dump complete" in (tmp_path / "schema.sql").read_text()


async def test_a_wrong_password_fails_and_asks_nobody(site: Settings, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("hunter2")
    (tmp_path / "wrong").chmod(0o600)
    place = SitePlace(site, Egress(site), SERVICE, str(tmp_path / "wrong"))

    with pytest.raises(ToolFailed, match="password authentication failed") as refused:
        await use_tool("pg_dump", place, 16, [*SCHEMA_ONLY, str(tmp_path / "schema.sql")], "nothing was written")

    assert "hunter2" not in str(refused.value)
    assert refused.value.next_step.startswith("nothing was written; ")


async def test_the_environment_does_not_send_the_program_elsewhere(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGPASSFILE"):
        monkeypatch.setenv(name, "evil")

    await use_tool(
        "pg_dump", SitePlace(site, Egress(site)), 16, [*SCHEMA_ONLY, str(tmp_path / "schema.sql")], "nothing"
    )

    assert (tmp_path / "schema.sql").is_file()


async def test_a_server_that_no_program_here_can_dump_is_told_with_what_to_install(site: Settings) -> None:
    with pytest.raises(ToolMissing, match=r"pg_dump of PostgreSQL 99 or later is needed, and there is that of") as e:
        await use_tool("pg_dump", SitePlace(site, Egress(site)), 99, [], "nothing was written")

    assert "postgresql-client-99" in e.value.next_step


@pytest.mark.usefixtures("nothing_on_path")
async def test_over_tls_our_own_program_is_not_used_because_it_knows_none(site: Settings) -> None:
    database = msgspec.structs.replace(site.database, url="postgresql://db.internal/reviews")
    settings = msgspec.structs.replace(site, database=database, connections=Connections())

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["10.0.0.7"]

    with pytest.raises(ToolMissing, match=r"pg_restore of PostgreSQL 16 or later is needed, and there is none"):
        await use_tool("pg_restore", SitePlace(settings, Egress(settings, resolve)), 16, [], "nothing was restored")
