"""A store of answers that somebody else can write to, that is damaged, that lies, hangs or dies: never a wrong answer.

The attacker holds the file or the server, but not the key.
"""

import asyncio
import os
import random
import sqlite3
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.redis_server import RedisServer, free_port, missing

from coderev.egress import Egress
from coderev.recall.circuit import BUDGET_SECONDS, Guarded
from coderev.recall.sealing import KEY_BYTES, MAX_PLAIN_BYTES, NONCE_BYTES, KeyFileRefused, Seal, Tampered, read_key
from coderev.recall.stores import Choice, Labels, Store, StoreUnavailable
from coderev.recall.stores.redis import RedisStore
from coderev.recall.stores.sqlite import SqliteStore
from coderev.recall.stores.sqlite_file import FILE
from coderev.settings import RecallSettings, Settings

SEAL = Seal(bytes(range(KEY_BYTES)), "team")
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
ANSWER = b'{"findings": []} ' * 20
TENANT = SEAL.tag(b"tenant")
LABELS = Labels(model=SEAL.tag(b"model"), path=SEAL.tag(b"path"))
ROOM = 64 << 20  # bytes
SLACK = 0.5  # seconds: this machine may be busy
WEEK = 7 * 24 * 3600.0


def test_a_bit_flipped_anywhere_is_refused() -> None:
    sealed = SEAL.seal(KEY, ANSWER)

    for offset in range(len(sealed)):
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[offset] ^= 1 << bit
            with pytest.raises(Tampered):
                SEAL.open(KEY, bytes(flipped))


@given(plain=st.binary(max_size=300), cut=st.integers(0, 400), more=st.binary(min_size=1, max_size=3))
def test_a_value_that_was_cut_or_lengthened_is_refused(plain: bytes, cut: int, more: bytes) -> None:
    sealed = SEAL.seal(KEY, plain)

    for changed in (sealed[: cut % len(sealed)], sealed[1 + cut % len(sealed) :], sealed + more, more + sealed):
        with pytest.raises(Tampered):
            SEAL.open(KEY, changed)


def test_a_value_that_was_moved_is_refused() -> None:
    sealed, material = SEAL.seal(KEY, ANSWER), bytes(range(KEY_BYTES))
    foreign = {
        "another tenant": Seal(material, "other"),
        "a tenant whose name begins alike": Seal(material, "tea"),
        "another site": Seal(bytes(KEY_BYTES), "team"),
    }

    with pytest.raises(Tampered, match="it is not what was sealed for this tenant and key"):
        SEAL.open(OTHER_KEY, sealed)
    for seal in foreign.values():
        with pytest.raises(Tampered):
            seal.open(KEY, sealed)
    with pytest.raises(Tampered):  # the tenant's name ends where the key begins
        Seal(material, "tea").open(b"m" + KEY, sealed)


def packed(content: bytes) -> bytes:
    """Sealed as by somebody who has the key."""
    nonce = os.urandom(NONCE_BYTES)
    return SEAL._opening + nonce + SEAL._cipher.encrypt(nonce, content, SEAL._bound + KEY)


@pytest.mark.parametrize(
    "content",
    [
        b"\x01" + zlib.compress(bytes(1000 * MAX_PLAIN_BYTES)),
        b"\x01" + zlib.compress(bytes(MAX_PLAIN_BYTES + 1)),
        b"\x01" + zlib.compress(b"answer")[:-1],
        b"\x01" + zlib.compress(b"answer") + b"more",
        b"\x01rubbish",
        b"\x02answer",
        b"",
    ],
    ids=["bomb", "one byte too long", "cut", "lengthened", "not compressed", "unknown flag", "empty"],
)
def test_what_unpacks_to_more_or_less_than_it_should_is_refused(content: bytes) -> None:
    with pytest.raises(Tampered):
        SEAL.open(KEY, packed(content))


def test_a_value_that_is_longer_than_anything_sealed_is_not_even_decrypted() -> None:
    with pytest.raises(Tampered, match="longer than anything"):
        SEAL.open(KEY, SEAL.seal(KEY, b"")[:9] + bytes(3 * MAX_PLAIN_BYTES))


def test_the_longest_value_that_is_sealed_is_no_bomb() -> None:
    assert SEAL.open(KEY, packed(b"\x01" + zlib.compress(bytes(MAX_PLAIN_BYTES)))) == bytes(MAX_PLAIN_BYTES)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o610, 0o660, 0o777])
def test_a_key_file_that_others_can_get_at_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(KEY_BYTES))
    path.chmod(mode)

    with pytest.raises(KeyFileRefused, match=f"its mode {mode:04o} lets others at it"):
        read_key(str(path))


def test_a_key_file_that_is_a_link_a_folder_or_a_pipe_is_refused(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(bytes(KEY_BYTES))
    real.chmod(0o600)
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)

    for name, reason in {"link": "it is a link", "folder": "it is no file", "pipe": "it is no file"}.items():
        with pytest.raises(KeyFileRefused, match=reason):
            read_key(str(tmp_path / name))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(KEY_BYTES))
    path.chmod(0o600)
    os.chown(path, 12345, 12345)

    with pytest.raises(KeyFileRefused, match="it belongs to another user"):
        read_key(str(path))


def test_the_users_own_key_is_never_written_through_a_planted_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "coderev").mkdir()
    (tmp_path / "coderev" / "recall.key").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(KeyFileRefused, match="it is a link"):
        read_key(None)

    assert not (tmp_path / "elsewhere").exists()


def name_of(number: int) -> bytes:
    return SEAL.tag(b"%d" % number)


def answer_to(number: int) -> bytes:
    return random.Random(number).randbytes(300)


async def filled(folder: Path, count: int) -> None:
    store = SqliteStore(lambda: folder, TENANT, ROOM)
    made = time.time()
    await asyncio.gather(
        *(
            store.put(key, SEAL.seal(key, answer_to(number)), LABELS, made=made, expires=made + WEEK)
            for number in range(count)
            if (key := name_of(number))
        )
    )
    await store.add({"hits": 1})
    await store.close()


async def answers(store: Guarded, count: int) -> list[bytes | None]:
    """What a review would be given: an entry that does not open is none."""
    given = list[bytes | None]()
    for number in range(count):
        key = name_of(number)
        (sealed,) = await store.get([key])
        given.append(None)
        with suppress(Tampered):
            given[-1] = SEAL.open(key, sealed) if sealed is not None else None
    return given


async def written(guarded: Guarded) -> None:
    """Wait until nothing is being written any more."""
    await asyncio.gather(*guarded._writing, return_exceptions=True)


async def reviewed(folder: Path, count: int) -> tuple[list[bytes | None], Guarded]:
    """A review over a file: it looks up all, keeps what it missed, and looks up all again."""
    guarded = Guarded(SqliteStore(lambda: folder, TENANT, ROOM), budget=10)
    given, made = await answers(guarded, count), time.time()
    for number in range(count):
        key = name_of(number)
        await guarded.put(key, SEAL.seal(key, answer_to(number)), LABELS, made=made, expires=made + WEEK)
    await written(guarded)
    given += await answers(guarded, count)
    await guarded.close()
    return given, guarded


COUNT = 60  # entries of a file: enough for pages inside of its trees


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_damaged_anywhere_never_gives_a_wrong_answer_nor_an_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("file")
    asyncio.run(filled(folder, COUNT))
    content = bytearray((folder / FILE).read_bytes())
    offsets = st.one_of(st.integers(0, len(content) - 1), st.integers(0, 200), st.integers(4096, 4120))
    for offset in data.draw(st.lists(offsets, min_size=1, max_size=20), "offsets"):
        content[offset] = data.draw(st.integers(0, 255), "byte")
    length = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))), "length")
    (folder / FILE).write_bytes(content[:length])

    given, guarded = asyncio.run(reviewed(folder, COUNT))

    assert all(found in {None, answer_to(number % COUNT)} for number, found in enumerate(given))
    assert len(guarded.notes) <= 1
    aside = [path for path in folder.iterdir() if path.name == f"{FILE}.damaged-1"]
    assert len(aside) == len(guarded.notes)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_log_damaged_anywhere_never_gives_a_wrong_answer_nor_an_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, copy = tmp_path_factory.mktemp("file"), tmp_path_factory.mktemp("copy")
    with closing(sqlite3.connect(folder / FILE)) as holding:  # keeps the log from being written into the file
        asyncio.run(filled(folder, COUNT))
        holding.execute("SELECT count(*) FROM entry").fetchall()
        log = bytearray((folder / f"{FILE}-wal").read_bytes())
        (copy / FILE).write_bytes((folder / FILE).read_bytes())
    for offset in data.draw(st.lists(st.integers(0, max(len(log) - 1, 0)), max_size=9), "offsets"):
        log[offset : offset + 1] = bytes((data.draw(st.integers(0, 255), "byte"),))
    (copy / f"{FILE}-wal").write_bytes(log)

    given, guarded = asyncio.run(reviewed(copy, COUNT))

    assert all(found in {None, answer_to(number % COUNT)} for number, found in enumerate(given))
    assert len(guarded.notes) <= 1


async def test_a_file_damaged_while_it_is_used_is_set_aside_and_the_review_goes_on(tmp_path: Path) -> None:
    await filled(tmp_path, 2000)
    guarded = Guarded(SqliteStore(lambda: tmp_path, TENANT, ROOM), budget=10)
    before = await answers(guarded, 1)
    spoil(tmp_path / FILE)

    given = await answers(guarded, 2000)
    key, made = name_of(5000), time.time()
    await guarded.put(key, SEAL.seal(key, ANSWER), LABELS, made=made, expires=made + WEEK)
    await written(guarded)
    kept = await guarded.get([key])
    await guarded.close()

    assert before == [answer_to(0)]
    assert all(found in {None, answer_to(number)} for number, found in enumerate(given))
    assert guarded.reason is None
    assert [note.count("is now recall.sqlite.damaged-1") for note in guarded.notes] == [1]
    assert kept != [None]
    assert (tmp_path / f"{FILE}.damaged-1").stat().st_size > 100_000


async def test_damage_that_a_write_finds_costs_no_answer_that_is_written(tmp_path: Path) -> None:
    await filled(tmp_path, 2000)
    store, made = SqliteStore(lambda: tmp_path, TENANT, ROOM), time.time()
    await store.get([KEY])
    spoil(tmp_path / FILE)

    await store.put(KEY, SEAL.seal(KEY, ANSWER), LABELS, made=made, expires=made + WEEK)
    (sealed,) = await store.get([KEY])
    await store.close()

    assert SEAL.open(KEY, sealed or b"") == ANSWER
    assert len(store.notes) == 1


@pytest.mark.parametrize("statement", ["DELETE FROM clock", "UPDATE clock SET latest = 9e999"])
async def test_a_file_whose_clock_was_tampered_with_gives_nothing_that_expired(statement: str, tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as attacker:
        attacker.execute(statement)

    given, guarded = await reviewed(tmp_path, 3)

    assert all(found in {None, answer_to(number % 3)} for number, found in enumerate(given))
    assert given[3:] == [answer_to(number) for number in range(3)]
    assert guarded.reason is None


def spoil(path: Path) -> None:
    length = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(random.Random(1).randbytes(length - 4096 * 3))


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
async def test_what_stands_in_the_files_place_is_set_aside_and_not_followed(kind: str, tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "cache"
    elsewhere.write_bytes(b"somebody's")
    folder.mkdir()
    makes = {"link": lambda: (folder / FILE).symlink_to(elsewhere), "folder": (folder / FILE).mkdir}
    makes.get(kind, lambda: os.mkfifo(folder / FILE))()

    given, guarded = await reviewed(folder, 3)

    assert given == [None] * 3 + [answer_to(number) for number in range(3)]
    assert len(guarded.notes) == 1
    assert elsewhere.read_bytes() == b"somebody's"


async def test_a_row_of_wrong_types_sets_the_file_aside(tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as attacker:
        attacker.execute("PRAGMA writable_schema = 1")
        attacker.execute("UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = 'entry'")
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as attacker:
        attacker.execute("UPDATE entry SET value = 'text', expires = 'never'")
        attacker.execute("PRAGMA writable_schema = 1")
        attacker.execute("UPDATE sqlite_master SET sql = sql || ' STRICT' WHERE name = 'entry'")

    given, guarded = await reviewed(tmp_path, 3)

    assert given == [None] * 3 + [answer_to(number) for number in range(3)]
    assert len(guarded.notes) == 1


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def redis_at(port: int, scheme: str = "redis") -> RedisStore:
    configured = Settings(recall=RecallSettings(store=f"{scheme}://cache.internal:{port}"))
    return RedisStore.of(configured, Egress(configured, resolve=here), TENANT)


@asynccontextmanager
async def a_liar(script: Script) -> AsyncIterator[tuple[int, list[int]]]:
    """A port that plays a script for each connection, and the connections that were made."""
    connections, playing = list[int](), set[asyncio.Task[None]]()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        task = asyncio.current_task()
        assert task is not None
        playing.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        server.close()
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)


async def says_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(1000):
        pass
    await asyncio.sleep(60)


def says(*replies: bytes) -> Script:
    """A server that answers each thing that it reads with the next of these, and then hangs."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            await reader.read(100_000)
            writer.write(reply)
            await writer.drain()
        await says_nothing(reader, writer)

    return script


async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(b"$1000000000\r\n")
    while True:
        writer.write(bytes(1 << 16))
        await writer.drain()


async def costs(store: Store) -> tuple[float, Guarded]:
    """The seconds that a broken store costs a review of many questions."""
    guarded, started = Guarded(store), time.monotonic()
    first = await asyncio.gather(*(guarded.get([KEY, OTHER_KEY]) for _ in range(8)))
    later = [await guarded.get([KEY]) for _ in range(100)]
    for _ in range(20):
        await guarded.put(KEY, b"sealed", LABELS, made=1.0, expires=2.0)
        await guarded.add({"misses": 1})
    await guarded.close()
    assert first == [[None, None]] * 8
    assert later == [[None]] * 100
    return time.monotonic() - started, guarded


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
async def test_a_server_that_accepts_and_says_nothing_costs_the_budget_once(scheme: str) -> None:
    async with a_liar(says_nothing) as (port, connections):
        took, guarded = await costs(redis_at(port, scheme))

    assert BUDGET_SECONDS <= took < BUDGET_SECONDS + SLACK
    assert guarded.reason == "it did not answer within 50 ms"
    assert len(connections) <= 2


async def test_a_server_that_refuses_costs_next_to_nothing() -> None:
    took, guarded = await costs(redis_at(free_port()))

    assert took < SLACK
    assert guarded.reason is not None
    assert "does not answer" in guarded.reason


async def test_a_server_that_drips_bytes_costs_the_budget_once() -> None:
    async def drips(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"*")
            await asyncio.sleep(0.005)

    async with a_liar(drips) as (port, _):
        took, guarded = await costs(redis_at(port))

    assert took < BUDGET_SECONDS + SLACK
    assert guarded.reason is not None


RUBBISH = {
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "noise": bytes(range(256)) * 10,
    "an integer": b":1\r\n:2\r\n",
    "nothing": b"$-1\r\n$-1\r\n",
    "text": b"+OK\r\n+OK\r\n",
    "too few fields": b"*2\r\n$1\r\na\r\n$1\r\nb\r\n" * 2,
    "too many fields": b"*4\r\n" + b"$1\r\n1\r\n" * 4 + b"*0\r\n",
    "times that are none": b"*3\r\n$1\r\nv\r\n$4\r\nnoon\r\n$5\r\nnever\r\n" * 2,
    "a value that is a list": b"*3\r\n*0\r\n$1\r\n1\r\n$12\r\n999999999999\r\n" * 2,
    "an error": b"-ERR no\r\n-ERR no\r\n",
    "another server": b"-MOVED 1 8.8.8.8:6379\r\n" * 2,
    "a negative length": b"$-7\r\n\r\n",
    "a length that is none": b"$ten\r\n",
    "an endless length": b"$" + b"9" * 5000 + b"\r\n",
    "an endless line": b"+" + b"x" * 300_000,
    "a list without end": b"*1000000000\r\n:1\r\n",
    "a list in a list in a list": b"*1\r\n" * 5000,
    "resp3": b"%1\r\n+a\r\n+b\r\n_\r\n",
    "a push": b">2\r\n+invalidate\r\n*0\r\n",
}


@pytest.mark.parametrize("reply", RUBBISH.values(), ids=RUBBISH.keys())
async def test_a_server_that_answers_rubbish_is_asked_no_more(reply: bytes) -> None:
    async with a_liar(says(reply)) as (port, connections):
        took, guarded = await costs(redis_at(port))

    assert took < BUDGET_SECONDS + SLACK
    assert guarded.reason is not None
    assert len(connections) <= 2


@pytest.mark.parametrize("age", [b"nan", b"inf", b"-inf", b"1e400"])
async def test_a_server_that_lies_about_time_gives_nothing_that_does_not_open(age: bytes) -> None:
    fields = b"*3\r\n$6\r\nforged\r\n" + b"$%d\r\n%s\r\n" % (len(age), age) * 2

    async with a_liar(says(fields)) as (port, _):
        guarded = Guarded(redis_at(port))
        (sealed,) = await guarded.get([KEY])
        await guarded.close()

    with pytest.raises(Tampered):
        SEAL.open(KEY, sealed or b"")


@settings(max_examples=60, deadline=None)
@given(
    reply=st.lists(
        st.sampled_from([b"*", b"$", b":", b"-", b"+", b"1", b"3", b"\r\n", b"x", b"\xff", b"0"]), max_size=40
    )
)
def test_no_reply_at_all_fails_a_review(reply: list[bytes]) -> None:
    async def asked() -> tuple[float, list[bytes | None]]:
        async with a_liar(says(b"".join(reply) or b"\r\n")) as (port, _):
            guarded, started = Guarded(redis_at(port)), time.monotonic()
            found = await guarded.get([KEY, OTHER_KEY])
            await guarded.close()
            return time.monotonic() - started, found

    took, found = asyncio.run(asked())

    assert took < 2 * BUDGET_SECONDS + SLACK
    assert found == [None, None]


async def test_an_entry_that_a_server_did_not_keep_is_told() -> None:
    for last in (b"*-1\r\n", b"*2\r\n:1\r\n-OOM\r\n", b"+OK\r\n"):
        async with a_liar(says(b"+OK\r\n+QUEUED\r\n+QUEUED\r\n" + last)) as (port, _):
            store = redis_at(port)
            with pytest.raises(StoreUnavailable, match="it did not keep an entry"):
                await store.put(KEY, b"sealed", LABELS, made=1.0, expires=2.0)
            await store.close()


async def test_a_flood_is_not_read_for_longer_than_the_budget() -> None:
    async with a_liar(floods) as (port, _):
        took, guarded = await costs(redis_at(port))

    assert took < BUDGET_SECONDS + SLACK
    assert guarded.reason is not None


COMMANDS = [RedisStore.size, RedisStore.counts, lambda store: store.purge(Choice())]
NO_REPLY_TO_ANYTHING = ["http", "noise", "an integer", "nothing", "text", "an error", "another server", "resp3"]


@pytest.mark.parametrize("kind", NO_REPLY_TO_ANYTHING)
@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_that_a_liar_answers_is_one_error(
    kind: str, command: Callable[[RedisStore], Awaitable[object]]
) -> None:
    async with a_liar(says(RUBBISH[kind])) as (port, _):
        store = redis_at(port)
        with pytest.raises(StoreUnavailable, match=r"redis://cache\.internal:\d+ does not answer: ."):
            await command(store)
        await store.close()


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
@pytest.mark.parametrize("dies", [RedisServer.kill, RedisServer.pause])
async def test_a_server_that_dies_or_hangs_in_the_middle_costs_the_budget_once(
    dies: Callable[[RedisServer], None], tmp_path: Path
) -> None:
    with RedisServer(tmp_path) as server:
        guarded, made = Guarded(redis_at(server.port)), time.time()
        await guarded.put(KEY, SEAL.seal(KEY, ANSWER), LABELS, made=made, expires=made + WEEK)
        await written(guarded)
        (before,) = await guarded.get([KEY])
        dies(server)

        started = time.monotonic()
        found = [await guarded.get([KEY]) for _ in range(50)]
        await guarded.put(KEY, b"sealed", LABELS, made=made, expires=made + WEEK)
        await guarded.close()
        took = time.monotonic() - started

    assert SEAL.open(KEY, before or b"") == ANSWER
    assert found == [[None]] * 50
    assert took < BUDGET_SECONDS + SLACK
    assert guarded.reason is not None


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
async def test_a_foreign_or_moved_value_in_the_server_does_not_open(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        store, made = redis_at(server.port), time.time()
        await store.put(KEY, SEAL.seal(KEY, ANSWER), LABELS, made=made, expires=made + WEEK)
        prefix = f"coderev:{TENANT.hex()}:a:"
        server.run("copy", prefix + KEY.hex(), prefix + OTHER_KEY.hex())

        own, moved = await store.get([KEY, OTHER_KEY])
        await store.close()

    assert SEAL.open(KEY, own or b"") == ANSWER
    with pytest.raises(Tampered):
        SEAL.open(OTHER_KEY, moved or b"")
