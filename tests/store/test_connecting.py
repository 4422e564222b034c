"""Connections: what libpq is told, passwords, faults as their operator needs them."""

import os
from ipaddress import ip_address
from pathlib import Path

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from coderev.egress import Egress, NotPermitted
from coderev.settings import Connections, DatabaseSettings, Settings
from coderev.store.connecting import (
    NO_FILE,
    SitePlace,
    StoreFull,
    StoreMisconfigured,
    StoreUnavailable,
    connect,
    manner,
    read_password,
    telling,
)


def _settings(url: str, **more: str) -> Settings:
    return Settings(
        database=DatabaseSettings(url=url, user="coderev", **more),  # type: ignore[arg-type]
        connections=Connections(ca_bundle="/etc/ssl/site.pem"),
    )


def _egress(settings: Settings, *addresses: str) -> Egress:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return Egress(settings, resolve)


async def test_libpq_is_handed_addresses_and_proves_the_server() -> None:
    settings = _settings("postgresql://db.internal:6432/reviews")
    place = SitePlace(settings, _egress(settings, "10.0.0.7", "10.0.0.8"))

    facts = await place.facts()

    assert (facts["hostaddr"], facts["host"]) == ("10.0.0.7,10.0.0.8", "db.internal,db.internal")
    assert (facts["port"], facts["dbname"], facts["user"]) == (6432, "reviews", "coderev")
    assert (facts["sslmode"], facts["sslrootcert"]) == ("verify-full", "/etc/ssl/site.pem")


async def test_libpq_reads_nothing_of_the_environment_or_the_home_folder() -> None:
    settings = msgspec.structs.replace(_settings("postgresql://db.internal/reviews"), connections=Connections())
    place = SitePlace(settings, _egress(settings, "10.0.0.7"))

    facts = {**(await place.facts()), **manner("")}

    assert {facts[name] for name in ("passfile", "sslcert", "sslkey", "sslcrl")} == {NO_FILE}
    assert facts["sslrootcert"] == "system"
    assert facts["gssencmode"] == "disable"


async def test_a_name_inside_that_leads_outside_is_not_connected_to() -> None:
    settings = _settings("postgresql://db.internal/reviews")
    place = SitePlace(settings, _egress(settings, "203.0.113.9"))

    with pytest.raises(NotPermitted):
        await place.facts()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example.com/reviews",
        "postgresql://user:secret@db.internal/reviews",
        "postgresql://169.254.169.254/reviews",
        "postgresql://2130706433/reviews",
        "postgresql://0x7f.1/reviews",
        "postgresql:///reviews",
        "mysql://db.internal/reviews",
        "file:///etc/passwd",
    ],
)
def test_a_database_outside_or_spelled_oddly_is_refused_when_it_is_named(url: str) -> None:
    settings = _settings(url)

    with pytest.raises(NotPermitted):
        SitePlace(settings, Egress(settings))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.internal",
        "postgresql://db.internal/",
        "postgresql://db.internal/a/b",
        "postgresql://db.internal/reviews?host=evil",
        "postgresql://db.internal/reviews?sslmode=disable",
        "postgresql://db.internal/dbname=x%20host=y",
        "postgresql://db.internal/-reviews",
    ],
)
def test_a_url_says_where_the_database_is_and_nothing_more(url: str) -> None:
    settings = _settings(url)

    with pytest.raises(StoreMisconfigured, match=r"database\.url cannot be used"):
        SitePlace(settings, Egress(settings))


def test_a_site_without_a_user_is_told() -> None:
    settings = Settings(database=DatabaseSettings(url="postgresql://db.internal/reviews"))

    with pytest.raises(StoreMisconfigured, match=r"database\.user cannot be used: it is not set"):
        SitePlace(settings, Egress(settings))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1, max_size=200))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_password_is_read_as_it_stands(tmp_path: Path, password: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(password.encode() + b"\n")
    path.chmod(0o600)

    assert read_password(str(path)) == password


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"secret", 0o640, "mode 0640, which lets others at it"),
        (b"secret", 0o604, "mode 0604, which lets others at it"),
        (b"", 0o600, "not one line with a password"),
        (b"two\nlines\n", 0o600, "not one line with a password"),
        (b"nul\0", 0o600, "not one line with a password"),
        (b"\xff", 0o600, "is not UTF-8"),
        (b"x" * 5_000, 0o600, "not one line with a password"),
    ],
)
def test_a_password_file_that_is_no_secret_or_no_password_is_refused(
    tmp_path: Path, content: bytes, mode: int, why: str
) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    path.chmod(mode)

    with pytest.raises(StoreMisconfigured, match=why) as refused:
        read_password(str(path))

    assert "secret" not in str(refused.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_password_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"secret")
    path.chmod(0o600)
    os.chown(path, 12_345, 12_345)

    with pytest.raises(StoreMisconfigured, match="belongs to another user"):
        read_password(str(path))


def test_a_missing_password_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreMisconfigured, match="nowhere: No such file"):
        read_password(str(tmp_path / "nowhere"))


async def test_the_environment_of_libpq_is_not_read(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PGHOST", "evil"), ("PGHOSTADDR", "203.0.113.9"), ("PGPORT", "1"), ("PGUSER", "evil")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGOPTIONS", "-c search_path=evil")

    async with await connect(SitePlace(site, Egress(site))) as connection:
        row = await (await connection.execute("SELECT current_user, current_setting('search_path')")).fetchone()

    assert row == ("coderev", '"$user", public')


async def test_a_database_that_is_away_is_unavailable_and_named() -> None:
    settings = _settings("postgresql://127.0.0.1:1/reviews")

    with pytest.raises(StoreUnavailable, match=r"the database postgresql://127\.0\.0\.1:1/reviews does not answer"):
        await connect(SitePlace(settings, Egress(settings)))


async def test_a_name_that_leads_nowhere_is_unavailable() -> None:
    settings = _settings("postgresql://db.internal/reviews")

    async def resolve(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(StoreUnavailable, match="Name or service not known"):
        await connect(SitePlace(settings, Egress(settings, resolve)))


async def test_a_wrong_password_is_unavailable_and_not_told(site: Settings, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("hunter2")
    (tmp_path / "wrong").chmod(0o600)
    database = msgspec.structs.replace(site.database, password_file=str(tmp_path / "wrong"))
    settings = msgspec.structs.replace(site, database=database)

    with pytest.raises(StoreUnavailable, match="password authentication failed") as refused:
        await connect(SitePlace(settings, Egress(settings)))

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("DO $$ BEGIN RAISE 'could not extend' USING ERRCODE = 'disk_full'; END $$", StoreFull),
        ("DO $$ BEGIN RAISE 'memory' USING ERRCODE = 'out_of_memory'; END $$", StoreFull),
        ("SET statement_timeout = 20; SELECT pg_sleep(5)", StoreUnavailable),
        ("SELECT pg_terminate_backend(pg_backend_pid())", StoreUnavailable),
        ("SET default_transaction_read_only = on; COMMIT; CREATE TABLE t ()", StoreUnavailable),
    ],
)
async def test_what_the_server_says_is_told_as_what_it_means(
    site: Settings, statement: str, error: type[StoreUnavailable]
) -> None:
    place = SitePlace(site, Egress(site))
    connection = await connect(place)

    with pytest.raises(StoreUnavailable) as told, telling(place):
        await connection.execute(statement.encode())
    await connection.close()

    assert type(told.value) is error


async def test_a_fault_of_ours_stays_a_fault_of_ours(site: Settings) -> None:
    place = SitePlace(site, Egress(site))

    async with await connect(place) as connection:
        with pytest.raises(psycopg.errors.SyntaxError), telling(place):
            await connection.execute("SELEC 1")


def test_the_addresses_of_these_tests_are_what_they_say() -> None:
    assert ip_address("203.0.113.9").is_private  # of documentation: neither a site's nor the internet's
