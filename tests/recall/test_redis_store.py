import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from stand_ins.command import environment_of
from stand_ins.redis_server import RedisServer, missing

import coderev.recall.stores.redis
from coderev.egress import BadCertificateFile, Egress
from coderev.recall.stores import (
    Choice,
    Labels,
    RedisMissing,
    Store,
    StoreMisconfigured,
    StoreUnavailable,
    open_store,
)
from coderev.settings import Connections, RecallSettings, Settings

OURS = b"\x01" * 32
LABELS = Labels(model=b"m" * 32, path=b"p" * 32)
PASSWORD = "pass " + "word" * 5
needs_redis = pytest.mark.skipif(missing() is not None, reason=missing() or "")
needs_openssl = pytest.mark.skipif(missing("openssl") is not None, reason=missing("openssl") or "")


async def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    store = open_store(settings, Egress(settings, resolve=here), OURS)
    try:
        yield store
    finally:
        await store.close()


def at(url: str, **options: object) -> Settings:
    return Settings(recall=RecallSettings(store=url, **options))  # type: ignore[arg-type]


async def keep(store: Store, key: bytes, value: bytes = b"v", *, life: float = 1000) -> None:
    made = time.time()
    await store.put(key, value, LABELS, made=made, expires=made + life)


async def everything(store: Store) -> list[object]:
    """What each method of a store gives, one after the other."""
    await keep(store, b"k")
    await store.add({"hits": 1})
    found = await store.get([b"k", b"none"])
    size, counts = await store.size(), await store.counts()
    return [found, size.entries, counts, await store.purge(Choice()), await store.get([b"k"])]


EVERYTHING = [[b"v", None], 1, {"hits": 1.0}, 1, [None]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One whose user `coderev` may do what the docstring of the module says, and no more."""
    documented = coderev.recall.stores.redis.__doc__ or ""
    line = " ".join(documented.partition("ACL SETUSER ")[2].partition("\n\n")[0].replace("\\", "").split())
    assert line.startswith("coderev on >PASSWORD resetkeys ~coderev:* resetchannels -@all +select ")
    user = line.replace("on >PASSWORD", f'on ">{PASSWORD}"')
    admin = "default on nopass ~* &* +@all"
    with RedisServer(tmp_path_factory.mktemp("redis"), users=[admin, user]) as running:
        yield running


def password(folder: Path, content: str = PASSWORD + "\n") -> str:
    path = folder / "password"
    path.write_text(content)
    return str(path)


@needs_redis
@pytest.mark.parametrize("database", ["", "/", "/0", "/3"])
async def test_the_documented_user_may_do_all_that_is_needed(
    server: RedisServer, database: str, tmp_path: Path
) -> None:
    server.run("flushall")
    settings = at(server.url + database, user="coderev", password_file=password(tmp_path))

    async with opened(settings) as store:
        assert await everything(store) == EVERYTHING


@needs_redis
def test_the_documented_user_can_reach_nothing_else(server: RedisServer) -> None:
    asked = [("get", "coderev:x"), ("hmget", "other:x", "v"), ("flushall",), ("keys", "*"), ("config", "get", "*")]
    login = ("--user", "coderev", "--pass", PASSWORD, "--no-auth-warning")

    replies = [server.run(*login, *command) for command in asked]

    assert [reply.startswith("NOPERM") for reply in replies] == [True] * len(asked)


@needs_redis
@pytest.mark.parametrize(("user", "given"), [("coderev", "wrong\n"), ("nobody", PASSWORD)])
async def test_a_login_that_is_refused_is_unavailable_and_tells_no_password(
    server: RedisServer, user: str, given: str, tmp_path: Path
) -> None:
    async with opened(at(server.url, user=user, password_file=password(tmp_path, given))) as store:
        with pytest.raises(StoreUnavailable, match="invalid username-password pair") as caught:
            await store.get([b"k"])

    assert given.strip() not in str(caught.value)


@needs_redis
async def test_nothing_readable_lies_in_the_server_but_the_names_of_totals(server: RedisServer) -> None:
    server.run("flushall")
    async with opened(at(server.url)) as store:
        await keep(store, b"key", b"sealed")
        await store.add({"hits": 1})

    names = set(server.run("--raw", "keys", "*").splitlines())

    assert names == {f"coderev:{OURS.hex()}:a:{b'key'.hex()}", f"coderev:{OURS.hex()}:totals"}


@needs_redis
async def test_redis_itself_forgets_an_entry_that_expired(server: RedisServer) -> None:
    server.run("flushall")
    async with opened(at(server.url)) as store:
        await keep(store, b"k", life=100)
        left = int(server.run("ttl", f"coderev:{OURS.hex()}:a:{b'k'.hex()}"))
        await keep(store, b"gone", life=-5)

        assert 90 < left <= 101
        assert server.run("dbsize") == "1"


@needs_redis
async def test_a_purge_leaves_other_programs_keys_alone(server: RedisServer) -> None:
    server.run("flushall")
    server.run("set", "other", "1")
    server.run("set", f"coderev:{OURS.hex()}:b", "1")
    async with opened(at(server.url)) as store:
        await keep(store, b"k")
        await store.purge(Choice())

    assert server.run("dbsize") == "2"


@needs_redis
async def test_a_connection_that_the_server_closed_meanwhile_is_made_again(server: RedisServer) -> None:
    async with opened(at(server.url)) as store:
        await keep(store, b"k")
        await store.get([b"k"])
        assert store.notes == []
        server.run("client", "kill", "type", "normal")
        await asyncio.sleep(0.05)

        assert await store.get([b"k"]) == [b"v"]


@needs_redis
async def test_a_full_server_makes_writing_unavailable_and_reading_goes_on(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as full:
        async with opened(at(full.url)) as store:
            await keep(store, b"k")
            full.run("config", "set", "maxmemory", "1")
            with pytest.raises(StoreUnavailable, match=r"OOM|used memory"):
                await keep(store, b"more")

            assert await store.get([b"k", b"more"]) == [b"v", None]


@needs_redis
async def test_a_key_of_another_kind_is_told_and_not_believed(server: RedisServer) -> None:
    server.run("set", f"coderev:{OURS.hex()}:a:{b'odd'.hex()}", "text")
    async with opened(at(server.url)) as store:
        with pytest.raises(StoreUnavailable, match=r"WRONGTYPE|wrong kind"):
            await store.get([b"odd"])

        assert await store.get([b"none"]) == [None]


@needs_redis
async def test_the_next_address_of_a_name_is_tried_when_one_refuses(server: RedisServer) -> None:
    async def two(_host: str, _port: int) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    settings = at(server.url)
    store = open_store(settings, Egress(settings, resolve=two), OURS)
    found = await store.get([b"none"])
    await store.close()

    assert found == [None]


async def test_a_name_that_leads_outside_is_not_connected_to() -> None:
    async def rebinding(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    settings = at("redis://cache.internal")
    store = open_store(settings, Egress(settings, resolve=rebinding), OURS)
    with pytest.raises(Exception, match=r"its name is inside the site, and leads to 8\.8\.8\.8"):
        await store.get([b"k"])
    await store.close()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("tls"), tls=True) as running:
        yield running


def with_bundle(settings: Settings, bundle: Path) -> Settings:
    return Settings(recall=settings.recall, connections=Connections(ca_bundle=str(bundle)))


@needs_openssl
@pytest.mark.parametrize("name", ["localhost", "cache.internal"])
async def test_a_server_is_verified_by_the_sites_own_authority(secure: RedisServer, name: str) -> None:
    secure.run("flushall")
    settings = with_bundle(at(f"rediss://{name}:{secure.port}"), secure.authority)

    async with opened(settings) as store:
        assert await everything(store) == EVERYTHING


@needs_openssl
async def test_the_sites_own_certificate_is_shown_to_a_server_that_asks_for_one(tmp_path: Path) -> None:
    with RedisServer(tmp_path, tls=True) as server:
        server.run("config", "set", "tls-auth-clients", "yes")
        known = Connections(
            ca_bundle=str(server.authority),
            client_certificate=str(tmp_path / "server.pem"),
            client_key=str(tmp_path / "server.key"),
        )
        stranger = with_bundle(at(server.url), server.authority)

        async with opened(Settings(recall=stranger.recall, connections=known)) as store:
            assert await everything(store) == EVERYTHING
        async with opened(stranger) as store:
            with pytest.raises(StoreUnavailable):
                await store.get([b"k"])


@needs_openssl
async def test_a_server_with_a_certificate_for_another_name_is_refused(secure: RedisServer) -> None:
    settings = with_bundle(at(f"rediss://other.internal:{secure.port}"), secure.authority)

    async with opened(settings) as store:
        with pytest.raises(StoreUnavailable, match=r"other\.internal.*certificate|certificate.*other\.internal"):
            await store.get([b"k"])


@needs_openssl
async def test_a_server_that_the_machine_does_not_know_is_refused(secure: RedisServer) -> None:
    async with opened(at(secure.url)) as store:
        with pytest.raises(StoreUnavailable, match="certificate verify failed"):
            await store.get([b"k"])


@needs_openssl
async def test_a_server_that_speaks_no_tls_is_refused_where_tls_is_asked_for(
    server: RedisServer, secure: RedisServer
) -> None:
    settings = with_bundle(at(f"rediss://localhost:{server.port}"), secure.authority)

    async with opened(settings) as store:
        with pytest.raises(StoreUnavailable):
            await store.get([b"k"])


def test_a_bundle_that_is_none_is_refused_when_the_store_is_opened(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text("rubbish")
    settings = with_bundle(at("rediss://cache.internal"), tmp_path / "bundle")

    with pytest.raises(BadCertificateFile, match="bundle cannot be used"):
        open_store(settings, Egress(settings), OURS)


@pytest.mark.parametrize("rest", ["/x", "/-1", "/1/2", "?db=1", "/0?protocol=3", "/999999", "/٣"])
def test_an_address_says_nothing_but_the_number_of_a_database(rest: str) -> None:
    settings = at(f"redis://cache.internal{rest}")

    with pytest.raises(Exception, match=r"may name the number of a database|characters that no address needs"):
        open_store(settings, Egress(settings), OURS)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "does not hold one line"),
        (b"\n", "does not hold one line"),
        (b"two\nlines\n", "does not hold one line"),
        (b"x" * 5000, "does not hold one line"),
        (b"\xff\xfe", "is no UTF-8"),
        (None, "No such file or directory"),
    ],
)
def test_a_password_is_one_line_of_a_file(content: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    settings = at("redis://cache.internal", password_file=str(path))

    with pytest.raises(StoreMisconfigured, match=rf"recall\.password_file cannot be used: .*{told}"):
        open_store(settings, Egress(settings), OURS)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("coderev.recall.stores.redis", "coderev.recall.stores.redis_line"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    settings = at("redis://cache.internal")

    with pytest.raises(RedisMissing, match=r"redis://cache\.internal needs the extra `redis`") as caught:
        open_store(settings, Egress(settings), OURS)

    assert caught.value.next_step.startswith("install `coderev-platform[redis]`")


def test_the_client_is_imported_only_where_it_is_used(tmp_path: Path) -> None:
    line = "import sys, coderev.recall.stores, coderev.recall.circuit; print('redis' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", line], env=environment_of(tmp_path), capture_output=True, check=True)

    assert ran.stdout == b"False\n"
