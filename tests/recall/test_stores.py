"""The contract of a store: what holds for a file holds for Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from stand_ins.redis_server import RedisServer, missing

from coderev.egress import Egress, NotPermitted
from coderev.recall.stores import Choice, Labels, Size, Store, StoreMisconfigured, open_store
from coderev.recall.stores.redis import RedisStore
from coderev.recall.stores.redis_line import Login
from coderev.recall.stores.sqlite import SqliteStore
from coderev.settings import RecallSettings, Settings

WEEK = 7 * 24 * 3600.0
OURS, THEIRS = b"\x01" * 32, b"\x02" * 32
LABELS = Labels(model=b"m" * 32, path=b"p" * 32)
ROOM = 64 << 20  # bytes


class Clock:
    """A clock that a test may step."""

    def __init__(self) -> None:
        self.step = 0.0

    def __call__(self) -> float:
        return time.time() + self.step


Opens = Callable[[bytes], Store]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer | None]:
    if missing() is not None:
        yield None
        return
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["file", "redis"])
async def opens(
    request: pytest.FixtureRequest, redis: RedisServer | None, clock: Clock, tmp_path: Path
) -> AsyncIterator[Opens]:
    """Opens the store for a tenant: all of a test see the same entries, and none of another test's."""
    if request.param == "redis" and redis is None:
        pytest.skip(missing() or "")
    opened = list[Store]()

    def opens(tenant: bytes) -> Store:
        if request.param == "file" or redis is None:
            opened.append(SqliteStore(lambda: tmp_path, tenant, ROOM, clock=clock))
        else:
            egress = Egress(settings := Settings(recall=RecallSettings(store=redis.url)))
            opened.append(RedisStore(Login.of(settings, egress), egress, tenant, clock))
        return opened[-1]

    if redis is not None:
        redis.run("flushall")
    yield opens
    for store in opened:
        await store.close()


@pytest.fixture
def store(opens: Opens) -> Store:
    return opens(OURS)


async def keep(store: Store, key: bytes, value: bytes, labels: Labels = LABELS, *, age: float = 0) -> None:
    made = time.time() - age
    await store.put(key, value, labels, made=made, expires=made + WEEK)


async def test_what_is_kept_is_found(store: Store) -> None:
    await keep(store, b"k", b"\x00value\r\n\xff")

    assert await store.get([b"k"]) == [b"\x00value\r\n\xff"]


async def test_values_come_in_the_order_of_their_keys(store: Store) -> None:
    for key in (b"one", b"two", b"three"):
        await keep(store, key, key.upper())

    found = await store.get([b"three", b"none", b"one", b"two", b"one"])

    assert found == [b"THREE", None, b"ONE", b"TWO", b"ONE"]


async def test_no_keys_have_no_values(store: Store) -> None:
    assert await store.get([]) == []


async def test_an_empty_value_and_one_of_a_megabyte_are_kept(store: Store) -> None:
    long = bytes(range(256)) * 4096

    await keep(store, b"empty", b"")
    await keep(store, b"long", long)

    assert await store.get([b"empty", b"long"]) == [b"", long]


async def test_what_is_kept_again_replaces_what_was(store: Store) -> None:
    await keep(store, b"k", b"old", age=100)
    await keep(store, b"k", b"new", Labels(model=b"n" * 32, path=LABELS.path))

    assert await store.get([b"k"]) == [b"new"]
    assert (await store.size()).entries == 1
    assert await store.purge(Choice(model=LABELS.model)) == 0


async def test_an_expired_entry_is_not_found_and_a_hit_does_not_prolong_its_life(store: Store, clock: Clock) -> None:
    await keep(store, b"k", b"v")
    clock.step = WEEK - 100
    before = await store.get([b"k"])
    clock.step = WEEK + 1

    assert before == [b"v"]
    assert await store.get([b"k"]) == [None]
    assert (await store.size()).entries == 0


async def test_a_clock_that_goes_back_does_not_revive_an_expired_entry(opens: Opens, clock: Clock) -> None:
    store = opens(OURS)
    await keep(store, b"k", b"v")
    clock.step = WEEK + 1
    expired = await store.get([b"k"])

    clock.step = 0
    found = [await store.get([b"k"])]
    await keep(store, b"other", b"v")
    found.append(await store.get([b"k"]))

    assert expired == [None]
    assert found == [[None], [None]]


async def test_an_entry_from_the_future_has_no_age_and_is_not_served(store: Store, clock: Clock) -> None:
    await keep(store, b"k", b"v", age=-3600)

    assert await store.get([b"k"]) == [None]
    clock.step = 3600
    assert await store.get([b"k"]) == [b"v"]


async def test_an_entry_that_had_expired_when_it_was_put_is_not_found(store: Store) -> None:
    await keep(store, b"k", b"v", age=WEEK + 1)

    assert await store.get([b"k"]) == [None]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        (Choice(), set()),
        (Choice(model=b"a"), {b"b1", b"b2"}),
        (Choice(path=b"1"), {b"a2", b"b2"}),
        (Choice(older_than=1000), {b"a1", b"b1"}),
        (Choice(model=b"a", path=b"2"), {b"a1", b"b1", b"b2"}),
        (Choice(model=b"b", older_than=1000), {b"a1", b"a2", b"b1"}),
        (Choice(model=b"c"), {b"a1", b"a2", b"b1", b"b2"}),
        (Choice(older_than=9000), {b"a1", b"a2", b"b1", b"b2"}),
    ],
)
async def test_purge_forgets_what_meets_every_condition(store: Store, choice: Choice, left: set[bytes]) -> None:
    keys = {b"a1": 0, b"a2": 2000, b"b1": 0, b"b2": 2000}
    for key, age in keys.items():
        await keep(store, key, b"v", Labels(model=key[:1], path=key[1:]), age=age)

    purged = await store.purge(choice)

    assert purged == len(keys) - len(left)
    assert {key for key, value in zip(keys, await store.get(list(keys)), strict=True) if value} == left


async def test_size_tells_entries_bytes_and_the_oldest(store: Store) -> None:
    empty = await store.size()
    await keep(store, b"one", b"12345", age=5000)
    await keep(store, b"two", b"123")

    size = await store.size()

    assert empty == Size(0, 0, None)
    assert (size.entries, size.bytes) == (2, 8)
    assert size.oldest == pytest.approx(time.time() - 5000, abs=60)


async def test_hundreds_of_entries_are_counted_and_purged_once_each(store: Store) -> None:
    await asyncio.gather(*(keep(store, b"%d" % number, b"v" * 10) for number in range(1500)))

    size, purged, after = await store.size(), await store.purge(Choice()), await store.size()

    assert (size.entries, size.bytes) == (1500, 15_000)
    assert purged == 1500
    assert after == Size(0, 0, None)


async def test_totals_add_up_and_outlive_a_purge_and_the_process(opens: Opens) -> None:
    store = opens(OURS)
    empty = await store.counts()
    await store.add({"hits": 2, "seconds saved": 0.5})
    await store.add({"hits": 1, "misses": 7})
    await store.add({})
    await store.purge(Choice())
    await store.close()

    assert empty == {}
    assert await opens(OURS).counts() == {"hits": 3, "seconds saved": 0.5, "misses": 7}


async def test_entries_outlive_the_process(opens: Opens) -> None:
    store = opens(OURS)
    await keep(store, b"k", b"v")
    await store.close()

    assert await opens(OURS).get([b"k"]) == [b"v"]


async def test_two_tenants_never_see_each_others_entries(opens: Opens) -> None:
    ours, theirs = opens(OURS), opens(THEIRS)
    await keep(ours, b"k", b"ours")
    await keep(ours, b"only ours", b"ours")
    await ours.add({"hits": 1})
    await keep(theirs, b"k", b"theirs")

    assert await theirs.get([b"k", b"only ours"]) == [b"theirs", None]
    assert (await theirs.size()).entries == 1
    assert await theirs.counts() == {}
    assert await theirs.purge(Choice()) == 1
    assert await ours.get([b"k", b"only ours"]) == [b"ours", b"ours"]


async def test_many_ask_and_put_at_once(store: Store) -> None:
    async def one(number: int) -> list[bytes | None]:
        await keep(store, b"%d" % number, b"value %d" % number)
        return await store.get([b"%d" % number, b"none"])

    found = await asyncio.gather(*map(one, range(200)))

    assert found == [[b"value %d" % number, None] for number in range(200)]


async def test_a_cancelled_look_up_leaves_the_store_in_order(store: Store) -> None:
    await keep(store, b"k", b"v")

    for pause in (0, 0, 0, 0.0001, 0.001):
        asking = asyncio.ensure_future(store.get([b"k", b"other"]))
        await asyncio.sleep(pause)
        asking.cancel()

    assert await store.get([b"k"]) == [b"v"]
    assert await store.get([b"none", b"k"]) == [None, b"v"]


async def test_closing_twice_or_unused_is_well(opens: Opens) -> None:
    store = opens(OURS)

    await store.close()
    await store.close()


async def test_without_an_address_a_file_in_the_users_cache_folder_keeps_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = open_store(settings := Settings(), Egress(settings), OURS)

    await keep(store, b"k", b"v")
    await store.close()

    assert (tmp_path / "coderev" / "recall.sqlite").is_file()


@pytest.mark.parametrize("url", ["http://cache.internal", "postgresql://cache.internal/x", "cache.internal", ""])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    settings = Settings(recall=RecallSettings(store=url))

    with pytest.raises(StoreMisconfigured, match=r"recall\.store cannot be used: its address begins neither with"):
        open_store(settings, Egress(settings), OURS)


@pytest.mark.parametrize("url", ["redis://cache.example.com", "redis://user:secret@cache.internal", "rediss://8.8.8.8"])
def test_an_address_that_may_not_be_connected_to_is_refused(url: str) -> None:
    settings = Settings(recall=RecallSettings(store=url))

    with pytest.raises(NotPermitted) as caught:
        open_store(settings, Egress(settings), OURS)

    assert "secret" not in str(caught.value)
