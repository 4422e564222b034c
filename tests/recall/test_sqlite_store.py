import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_ins.command import environment_of

from coderev.errors import InputError
from coderev.files import CannotWrite
from coderev.recall.stores import Choice, Labels, StoreUnavailable
from coderev.recall.stores.scribe import MAX_BATCH, MAX_LOG_BYTES
from coderev.recall.stores.sqlite import MAX_USED, USED_SECONDS, SqliteStore
from coderev.recall.stores.sqlite_file import FILE

WEEK, YEAR = 7 * 24 * 3600.0, 365 * 24 * 3600.0
OURS = b"\x01" * 32
LABELS = Labels(model=b"m" * 32, path=b"p" * 32)
ROOM = 64 << 20  # bytes
WRITER = """
import asyncio, sys, time
from pathlib import Path
from coderev.recall.stores import Labels
from coderev.recall.stores.sqlite import SqliteStore

async def write(folder, name, count):
    store = SqliteStore(lambda: Path(folder), b"\\x01" * 32, 64 << 20)
    made = time.time()
    for number in range(count):
        key = f"{name} {number}".encode()
        await asyncio.gather(
            store.put(key, key * 100, Labels(b"m", b"p"), made=made, expires=made + 1000), store.add({"puts": 1})
        )
        print(number, flush=True)
        assert await store.get([key]) == [key * 100]
    await store.close()

asyncio.run(write(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


class Clock:
    def __init__(self) -> None:
        self.step = 0.0

    def __call__(self) -> float:
        return time.time() + self.step


def opened(folder: Path, clock: Clock | None = None, room: int = ROOM) -> SqliteStore:
    return SqliteStore(lambda: folder, OURS, room, clock=clock or Clock())


async def keep(store: SqliteStore, key: bytes, value: bytes = b"v", *, at: float | None = None) -> None:
    made = time.time() if at is None else at
    await store.put(key, value, LABELS, made=made, expires=made + WEEK)


async def kept(folder: Path, *keys: bytes) -> None:
    """A file that holds these keys, closed."""
    store = opened(folder)
    for key in keys:
        await keep(store, key)
    await store.close()


def a_writer(folder: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(line, env=environment_of(folder / "home"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def query(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_nobody_else_can_read_the_file_nor_its_log(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await keep(store, b"k")

    modes = modes_in(tmp_path)
    await store.close()

    assert set(modes) == {FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}.lock"}
    assert set(modes.values()) == {0o600}


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    await kept(tmp_path, b"k")
    (tmp_path / FILE).chmod(0o644)

    store = opened(tmp_path)
    found = await store.get([b"k"])
    await store.close()

    assert found == [b"v"]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_a_look_up_writes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock())
    await keep(store, b"k")
    clock.step = USED_SECONDS + 1
    before = [(tmp_path / f"{FILE}{suffix}").read_bytes() for suffix in ("", "-wal")]

    found = [await store.get([b"k", b"none"]) for _ in range(100)]
    after = [(tmp_path / f"{FILE}{suffix}").read_bytes() for suffix in ("", "-wal")]
    await store.close()

    assert found == [[b"v", None]] * 100
    assert after == before


async def test_processes_write_and_read_at_once(tmp_path: Path) -> None:
    running = [a_writer(tmp_path, name, 60) for name in ("a", "b", "c")]
    errors = [process.communicate(timeout=120)[1] for process in running]

    store = opened(tmp_path)
    size, counts = await store.size(), await store.counts()
    found = await store.get([b"%c %d" % (name, number) for name in b"abc" for number in range(60)])
    await store.close()

    assert errors == [b""] * 3
    assert (size.entries, counts) == (180, {"puts": 180})
    assert None not in found


@pytest.mark.parametrize("written", [1, 10, 40])
async def test_what_was_kept_outlives_a_process_that_is_killed_while_it_writes(written: int, tmp_path: Path) -> None:
    process = a_writer(tmp_path, "a", 100_000)
    assert process.stdout is not None
    for _ in range(written):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)

    store = opened(tmp_path)
    entries = (await store.size()).entries
    keys = [b"a %d" % number for number in range(entries + 1)]
    found = await store.get(keys)
    await store.close()

    assert entries >= written
    assert found == [key * 100 for key in keys[:-1]] + [None]
    assert store.notes == []


async def test_the_file_stays_below_its_cap_and_the_least_recently_used_go_first(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock(), room=1 << 20)
    await keep(store, b"used", b"u" * 1500)
    for number in range(2000):
        clock.step += USED_SECONDS / 300
        await keep(store, b"%d" % number, os.urandom(1500), at=clock())
        if number % 300 == 0:
            assert await store.get([b"used"]) == [b"u" * 1500]

    size, found = await store.size(), await store.get([b"used", b"0", b"100", b"1999"])
    await store.close()

    assert 400 < size.entries < 700
    assert [value is not None for value in found] == [True, False, False, True]
    assert (tmp_path / FILE).stat().st_size < 1.2 * (1 << 20)


async def test_a_use_is_noted_with_the_next_write_or_at_the_end(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock())
    await keep(store, b"one")
    await keep(store, b"two")
    clock.step = USED_SECONDS + 1
    await store.get([b"one"])
    await keep(store, b"three", at=clock())
    await store.get([b"two"])
    await store.close()

    ages = query(tmp_path, f"SELECT key, used > {time.time() + USED_SECONDS / 2} FROM entry ORDER BY id")

    assert ages == [(b"one", 1), (b"two", 1), (b"three", 1)]


async def test_many_uses_are_noted_without_waiting_for_a_write(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock())
    keys = [b"%d" % number for number in range(MAX_USED + 1)]
    await asyncio.gather(*(keep(store, key) for key in keys))
    clock.step = USED_SECONDS + 1

    await store.get(keys)
    noted = list(store._used)
    await store.close()

    assert noted == []
    assert query(tmp_path, f"SELECT count(*) FROM entry WHERE used > {time.time() + USED_SECONDS / 2}") == [
        (len(keys),)
    ]


async def test_a_moment_in_which_another_process_repairs_the_log_is_a_miss_and_no_damage(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other", isolation_level=None, timeout=0)) as one:
        one.execute("BEGIN EXCLUSIVE")
        two = sqlite3.connect(tmp_path / "other", timeout=0)
        with closing(two), pytest.raises(sqlite3.OperationalError) as busy:
            two.execute("SELECT * FROM sqlite_master")
    store = opened(tmp_path)
    await store.get([b"k"])
    reader = store._scribe.reader
    assert reader is not None

    await store._fail(reader, busy.value)
    await keep(store, b"k")
    found = await store.get([b"k"])
    await store.close()

    assert found == [b"v"]
    assert store.notes == []


async def test_what_lies_with_the_machine_is_no_damage(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await store.get([b"k"])
    reader = store._scribe.reader
    assert reader is not None

    reader.close()
    with pytest.raises(StoreUnavailable, match="closed database"):
        await store.get([b"k"])
    await store.close()

    assert store.notes == []
    assert (tmp_path / FILE).is_file()


async def test_the_log_does_not_grow_without_end(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(40):
        await asyncio.gather(*(keep(store, b"%d %d" % (number, each), os.urandom(16_000)) for each in range(20)))
    await store.size()

    length = (tmp_path / f"{FILE}-wal").stat().st_size
    await store.close()

    assert length < 3 * MAX_LOG_BYTES


async def test_purging_gives_the_room_back_to_the_disk(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await asyncio.gather(*(keep(store, b"%d" % number, os.urandom(1500)) for number in range(1000)))
    await store.close()
    before = (tmp_path / FILE).stat().st_size

    store = opened(tmp_path)
    await store.purge(Choice())
    await store.close()

    assert before > 1_500_000
    assert (tmp_path / FILE).stat().st_size < 100_000


async def test_more_puts_than_one_transaction_takes_are_all_kept(tmp_path: Path) -> None:
    store = opened(tmp_path)

    await asyncio.gather(*(keep(store, b"%d" % number) for number in range(3 * MAX_BATCH)))
    size = await store.size()
    await store.close()

    assert size.entries == 3 * MAX_BATCH


async def test_expired_entries_are_deleted_when_seen(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock())
    await keep(store, b"k")
    clock.step = WEEK + 1

    await store.get([b"k"])
    await store.close()

    assert query(tmp_path, "SELECT count(*) FROM entry") == [(0,)]


async def test_a_clock_that_goes_back_between_two_processes_revives_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock())
    await keep(store, b"old", at=time.time() - WEEK + 100)
    await keep(store, b"new")
    clock.step = 200
    await store.get([b"new"])
    await store.close()

    store = opened(tmp_path)
    found = await store.get([b"old", b"new"])
    await store.close()

    assert found == [None, b"v"]


async def test_what_expired_and_was_not_deleted_yet_is_not_revived_for_the_next_process(tmp_path: Path) -> None:
    store, keys = opened(tmp_path, clock := Clock()), [b"%d" % number for number in range(2000)]
    await asyncio.gather(*(keep(store, key) for key in keys))
    clock.step = WEEK + 1
    await store.close()

    left = query(tmp_path, "SELECT count(*) > 100 FROM entry")
    store = opened(tmp_path)
    found = await store.get(keys)
    await store.close()

    assert left == [(1,)]
    assert found == [None] * 2000


async def test_a_clock_that_was_years_ahead_does_not_spoil_the_file_for_ever(tmp_path: Path) -> None:
    store = opened(tmp_path, clock := Clock())
    await keep(store, b"before")
    clock.step = 10 * YEAR
    await keep(store, b"ahead", at=clock())
    clock.step = 0

    await keep(store, b"after")
    found = [await store.get([b"before", b"ahead", b"after"])]
    await store.close()
    store = opened(tmp_path)
    found.append(await store.get([b"before", b"ahead", b"after"]))
    await store.close()

    assert found == [[None, None, b"v"]] * 2


STEPS = st.lists(st.tuples(st.sampled_from(["put", "get"]), st.integers(-3, 12), st.sampled_from(b"ab")), max_size=12)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_the_clock_does_an_entry_that_was_seen_expired_never_comes_back(
    steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, clock = tmp_path_factory.mktemp("file"), Clock()

    async def live() -> list[tuple[float, float]]:
        """Of each hit: when the entry expires, and the latest time that had been seen."""
        store, expires, latest, hits = opened(folder, clock), dict[int, float](), 0.0, list[tuple[float, float]]()
        for verb, days, key in steps:
            clock.step += days * WEEK / 7
            if verb == "put":
                made = clock()
                await store.put(bytes((key,)), b"v", LABELS, made=made, expires=made + WEEK)
                expires[key], latest = made + WEEK, made
            else:
                latest = max(latest, clock())
                if await store.get([bytes((key,))]) == [b"v"]:
                    hits.append((expires[key], latest))
        await store.close()
        return hits

    assert all(latest < expires for expires, latest in asyncio.run(live()))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("PRAGMA user_version = 2", "it is of another program or version: 0x63726576, 2"),
        ("PRAGMA application_id = 7", "it is of another program or version: 0x7, 1"),
        ("CREATE TABLE other (x)", "its tables are not those of this version"),
        ("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END", "its tables are not those"),
        ("DROP INDEX entry_used", "its tables are not those of this version"),
    ],
)
async def test_a_file_of_another_version_or_program_is_set_aside(statement: str, told: str, tmp_path: Path) -> None:
    await kept(tmp_path, b"k")
    query(tmp_path, statement)

    store = opened(tmp_path)
    await keep(store, b"new")
    found = await store.get([b"k", b"new"])
    await store.close()

    assert found == [None, b"v"]
    assert [note for note in store.notes if told in note and f"is now {FILE}.damaged-1" in note] == store.notes != []
    with closing(sqlite3.connect(tmp_path / f"{FILE}.damaged-1")) as aside:
        assert aside.execute("SELECT key FROM entry").fetchall() == [(b"k",)]


async def test_damaged_files_are_kept_beside_each_other(tmp_path: Path) -> None:
    for content in (b"one" * 1000, b"two" * 1000):
        (tmp_path / FILE).write_bytes(content)
        await kept(tmp_path, b"k")

    assert (tmp_path / f"{FILE}.damaged-1").read_bytes() == b"one" * 1000
    assert (tmp_path / f"{FILE}.damaged-2").read_bytes() == b"two" * 1000


async def test_what_is_set_aside_while_it_is_used_costs_the_answers_and_no_more(tmp_path: Path) -> None:
    mine, other = opened(tmp_path), opened(tmp_path)
    await keep(mine, b"k")
    await other.get([b"k"])
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"{FILE}{suffix}").rename(tmp_path / f"elsewhere{suffix}")

    await keep(mine, b"new")
    await keep(other, b"newer")
    found = [await mine.get([b"k", b"new", b"newer"]), await other.get([b"k", b"new", b"newer"])]
    await mine.close()
    await other.close()

    assert found == [[None, b"v", b"v"]] * 2
    assert mine.notes == other.notes == []


async def test_a_second_damaged_file_means_that_the_store_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"rubbish" * 1000)
    store = opened(tmp_path)
    await asyncio.gather(*(keep(store, b"%d" % number, os.urandom(3000)) for number in range(200)))
    pages = (tmp_path / f"{FILE}-wal").stat().st_size
    with (tmp_path / f"{FILE}-wal").open("r+b") as log:
        log.write(os.urandom(pages))
    with (tmp_path / FILE).open("r+b") as file:
        file.write(os.urandom(1 << 20))

    with pytest.raises(StoreUnavailable, match="it is damaged again"):
        await asyncio.gather(*(store.get([b"%d" % number]) for number in range(200)))
    await store.close()

    assert len(store.notes) == 1


async def test_a_folder_that_cannot_be_used_makes_the_store_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = opened(tmp_path / "file")

    with pytest.raises(StoreUnavailable, match=r"answers in a file does not answer: Not a directory"):
        await store.get([b"k"])
    with pytest.raises(StoreUnavailable):
        await keep(store, b"k")
    with pytest.raises(StoreUnavailable):
        await store.size()
    await store.close()


async def test_a_folder_that_is_gone_is_told_and_used_again_when_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    store = opened(folder)
    await keep(store, b"k")
    folder.rename(tmp_path / "elsewhere")

    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="No such file or directory"):
            await keep(store, b"more")
    gone = await store.get([b"k"])
    (tmp_path / "elsewhere").rename(folder)
    await keep(store, b"more")
    found = await store.get([b"k", b"more"])
    await store.close()

    assert (gone, found) == ([None], [b"v", b"v"])


async def test_a_file_that_fails_to_open_late_is_told(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def hangs() -> Path:
        with pipe.open("rb"):
            raise CannotWrite(path="~/.cache", reason="it hung")

    store = SqliteStore(hangs, OURS, ROOM, patience=0.01)
    before = await store.get([b"k"])
    with pipe.open("wb"):
        pass
    with pytest.raises(StoreUnavailable):
        await store.size()

    with pytest.raises(StoreUnavailable, match="it hung"):
        await store.get([b"k"])
    await store.close()

    assert before == [None]


async def test_a_user_without_a_home_makes_the_store_unavailable() -> None:
    def nowhere() -> Path:
        raise CannotWrite(path="~/.cache", reason="this user has no home folder")

    store = SqliteStore(nowhere, OURS, ROOM)

    with pytest.raises(StoreUnavailable, match="no home folder") as caught:
        await store.get([b"k"])
    await store.close()

    assert not isinstance(caught.value, InputError)


FULL = """
import asyncio, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from recall.test_sqlite_store import keep, opened
from coderev.recall.stores import StoreUnavailable

async def fill(folder):
    store = opened(folder)
    await keep(store, b"first", b"v" * 1000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    try:
        for number in range(1000):
            await keep(store, b"%d" % number, b"v" * 1000)
    except StoreUnavailable as error:
        print(error)
    print(await store.get([b"first"]) == [b"v" * 1000], number > 10)
    await store.close()

asyncio.run(fill(Path(sys.argv[1])))
"""


def test_a_full_disk_makes_writing_unavailable_and_reading_goes_on(tmp_path: Path) -> None:
    line = [sys.executable, "-c", FULL, str(tmp_path), str(Path(__file__).parent.parent)]

    ran = subprocess.run(line, env=environment_of(tmp_path / "home"), capture_output=True, check=True, timeout=60)

    assert b"the store of remembered answers in a file does not answer: " in ran.stdout
    assert ran.stdout.endswith(b"True True\n")


async def test_after_the_end_nothing_is_found_and_nothing_kept(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await keep(store, b"k")
    await store.close()

    assert await store.get([b"k"]) == [None]
    with pytest.raises(StoreUnavailable, match="it is closed"):
        await keep(store, b"k")


async def test_opening_waits_for_nobody_for_ever_and_closing_is_bounded(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def hangs() -> Path:
        with pipe.open("rb"):
            return tmp_path

    store = SqliteStore(hangs, OURS, ROOM)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await store.get([b"k"])
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await store.close()
    took = time.monotonic() - started
    with pipe.open("wb"):
        pass

    assert took < 1
    await store.close()


async def test_a_file_that_opens_late_is_waited_for_once_and_used_when_it_is_open(tmp_path: Path) -> None:
    await kept(tmp_path, b"k")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def hangs() -> Path:
        with pipe.open("rb"):
            return tmp_path

    store, started = SqliteStore(hangs, OURS, ROOM, patience=0.2), time.monotonic()
    before = await asyncio.gather(*(store.get([b"k"]) for _ in range(20)))
    before += [await store.get([b"k"]) for _ in range(20)]
    took = time.monotonic() - started
    with pipe.open("wb"):
        pass
    await store.size()
    found = await store.get([b"k"])
    await store.close()

    assert before == [[None]] * 40
    assert 0.2 <= took < 1
    assert found == [b"v"]
