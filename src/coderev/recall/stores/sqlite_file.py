"""The file of remembered answers: made, opened, judged, and set aside when it is damaged. Blocks; runs in a thread.

SQLite is trusted to read a hostile file without harm, and to notice damage of its own structure; that a value is what
was stored is decided by its seal. No file is mapped into memory: a disk that fails under a mapping kills the process.
"""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Literal
from urllib.parse import quote

FILE = "recall.sqlite"
LOCK = "recall.sqlite.lock"  # held while the file is made, judged or set aside
BESIDE = ("", "-journal", "-wal", "-shm")  # of one database, itself first: SQLite drops a log without its database
BUSY_SECONDS = 5.0  # for which a writer waits for another process's
PAGE_BYTES = 8192  # answers have about 2,000 bytes: of 4,096 nearly half would stay empty
MAX_VALUE_BYTES = 16 << 20  # of one value: a damaged length cannot ask for more memory
APPLICATION, SCHEMA = 0x63726576, 1  # what sqlite.sql writes into the file's head
_SITUATIONS = frozenset(  # of the machine, not of the file's content
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_MISUSE,
    }
)
_SHORT = sqlite3.SQLITE_IOERR_SHORT_READ  # an I/O error that only a damaged file gives


class Damaged(Exception):
    """The file is none of ours, of another version, or broken. The text says which."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error of SQLite tells of a damaged file: whatever does not tell of the machine does."""
    if isinstance(error, sqlite3.ProgrammingError):
        return False
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)  # text that is no UTF-8 has no code
    return code == _SHORT or code & 0xFF not in _SITUATIONS


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds what is needed, for a moment."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is open."""

    writer: sqlite3.Connection
    reader: sqlite3.Connection
    latest: float  # Unix seconds: the latest time that any process saw


def latest_of(connection: sqlite3.Connection) -> float:
    """The latest time that any process saw. Raises sqlite3.DatabaseError, which is damage, when there is none."""
    row = connection.execute("SELECT latest FROM clock").fetchone()
    if row is None or not isinstance(row[0], float):
        raise sqlite3.DatabaseError("it holds no time")
    return row[0]


def open_file(folder: Path) -> tuple[Opened, list[str]]:
    """The folder's file, made when there is none, and notes on what was set aside for that.

    Raises sqlite3.Error and OSError for what lies with the machine.
    """
    path, notes = folder / FILE, list[str]()
    with _alone(folder):
        try:
            opened = _opened(path)
        except Damaged as damaged:
            notes.append(_set_aside(path, str(damaged)))
            opened = _opened(path)
    return opened, notes


def set_aside(folder: Path, identity: int | None, reason: str) -> list[str]:
    """Rename the file with that inode, unless somebody did already; a note if it was done here. Raises OSError."""
    path = folder / FILE
    with _alone(folder):
        return [_set_aside(path, reason)] if identity is not None and identity_of(folder) == identity else []


def identity_of(folder: Path) -> int | None:
    """The inode of the folder's file, None when there is none."""
    try:
        return (folder / FILE).stat(follow_symlinks=False).st_ino
    except FileNotFoundError:
        return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> Opened:
    _make_private(path)
    try:
        with ExitStack() as failing:
            writer = failing.enter_context(closing(_connected(path)))
            _prepare(writer)
            reader = failing.enter_context(closing(_connected(path)))
            reader.execute("PRAGMA query_only = 1")
            reader.execute("PRAGMA busy_timeout = 0")  # the event loop never waits for a lock
            latest = latest_of(reader)  # the first read: whatever hangs, hangs here
            failing.pop_all()
            return Opened(writer, reader, latest)
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(str(error)) from error
        raise


def _make_private(path: Path) -> None:
    """An empty file of mode 0600 where there is none; SQLite gives its log the same mode."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        return
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        raise Damaged("it is no file of this user")
    if status.st_mode & 0o077:
        path.chmod(0o600)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # made in the thread, read on the event loop
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        connection.execute("PRAGMA trusted_schema = 0")
        connection.execute("PRAGMA cell_size_check = 1")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(writer: sqlite3.Connection) -> None:
    writer.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # this and the next take effect in a new file only
    writer.execute("PRAGMA auto_vacuum = INCREMENTAL")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA synchronous = NORMAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")  # done when nobody waits
    if not _schema(writer):
        _stamp(writer, expected=(0, 0))
        writer.executescript(_script())
    _stamp(writer, expected=(APPLICATION, SCHEMA))
    if _schema(writer) != _our_schema():
        raise Damaged("its tables are not those of this version")


def _stamp(writer: sqlite3.Connection, *, expected: tuple[int, int]) -> None:
    found = tuple(_number(writer, name) for name in ("application_id", "user_version"))
    if found != expected:
        reason = f"it is of another program or version: {found[0]:#x}, {found[1]}"
        raise Damaged(reason)


def _number(connection: sqlite3.Connection, name: Literal["application_id", "user_version"]) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _schema(connection: sqlite3.Connection) -> list[tuple[str, str, str | None]]:
    return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


@cache
def _script() -> str:
    return (resources.files(__package__) / "sqlite.sql").read_text("utf-8")


@cache
def _our_schema() -> list[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(_script())
        return _schema(model)


def _set_aside(path: Path, reason: str) -> str:
    number = next(number for number in count(1) if not os.path.lexists(f"{path}.damaged-{number}"))
    for suffix in BESIDE:
        part = Path(f"{path}{suffix}")
        if os.path.lexists(part):
            part.rename(f"{path}.damaged-{number}{suffix}")
    return f"{path} was damaged ({reason}) and is now {path.name}.damaged-{number}; what it held is asked anew"
