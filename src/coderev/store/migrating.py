"""The schema, step by step: which migrations there are, which the database has, and which it may get now.

1. A migration is a file `migrations/NNNN_name.PHASE.sql`. `before`: it is applied before the code that needs it runs,
   and the code before it works on. `after`: it is applied when no older code runs any more, for it may break that.
2. They are applied in the order of their numbers, each in a transaction of its own, by one process at a time.
3. One that was applied is never changed: its digest is kept.
4. A database may have more `before` migrations than a program knows, as after a program was rolled back; not `after`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from typing import Literal

import psycopg
from psycopg.rows import class_row

from coderev.errors import InputError, Unavailable
from coderev.store.connecting import Connection

Phase = Literal["before", "after"]

LOCK = 0x636F64657265764D  # "coderevM" in ASCII
AGAIN = ("grants", "rights")  # who may do what: not in a backup, so applied again when one was restored
_FILE = re.compile(r"([0-9]{4})_([a-z0-9_]+)\.(before|after)\.sql")
_INCLUDE = re.compile(r"-- include (\S+) (\S+)(?: ([0-9a-f]{64}))?")


class MigrationsPending(Unavailable):
    """The database lacks migrations that this program needs."""

    message = "the database lacks {count} migrations that this program needs, the first is {first}"
    hint = "run `coderev store migrate --before`; what runs now keeps working"


class NewerDatabase(InputError):
    """The database was migrated past what this program can work with."""

    message = "the database has the migration {number} {name}, after which this program cannot work with it"
    hint = "run the coderev that applied it, or a later one; to go back, restore a backup from before it"


class MigrationChanged(InputError):
    """A migration that was applied is not the one that this program brings."""

    message = "the migration {number} {name} was applied, and this program brings another one of that number"
    hint = "run a release of coderev, unchanged: what is in the database and what the program expects may differ"


class MigrationsOutOfOrder(InputError):
    """Migrations were asked for whose turn it is not."""

    message = "{asked} cannot be applied yet: {first} comes before"
    hint = "{advice}"


class QueueDiffers(InputError):
    """The installed queue is not the one that the migration was written for."""

    message = "{package} {installed} is installed, and its {path} is not the one that this program was made with"
    hint = "install coderev with the versions that its requirements.lock names"


class MigrationFailed(Unavailable):
    """A migration was refused by the database; nothing of it was applied."""

    message = "the migration {number:04} {name} was not applied: {reason}"
    hint = "the database is as it was before it; the role must own the tables, and `coderev store check` says more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A migration that the database has."""

    number: int
    name: str
    phase: Phase
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A migration that this program brings."""

    number: int
    name: str
    phase: Phase
    text: str

    @property
    def digest(self) -> str:
        """What is kept of it: of what others' packages add only their names."""
        lines = (line for line in self.text.splitlines() if not _pinned(line))
        return sha256("\n".join(lines).encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04} {self.name}"

    def statements(self) -> bytes:
        """What is run. Raises QueueDiffers."""
        return "\n".join(map(_included, self.text.splitlines())).encode()


@cache
def migrations() -> tuple[Migration, ...]:
    """All that this program brings, in order."""
    found = []
    for file in resources.files("coderev.store").joinpath("migrations").iterdir():
        if (named := _FILE.fullmatch(file.name)) is not None:
            text = "\n".join(map(_own, file.read_text(encoding="utf-8").splitlines()))
            phase: Phase = "before" if named[3] == "before" else "after"
            found.append(Migration(number=int(named[1]), name=named[2], phase=phase, text=text))
    return tuple(sorted(found, key=lambda each: each.number))


def judge(known: Sequence[Migration], applied: Sequence[Applied]) -> None:
    """Whether this program works with a database. Raises MigrationsPending, NewerDatabase, MigrationChanged."""
    known_by(known, applied)
    lacking = [each for each in _lacking(known, applied) if each.phase == "before"]
    if lacking:
        raise MigrationsPending(count=len(lacking), first=lacking[0])


def plan(known: Sequence[Migration], applied: Sequence[Applied], phase: Phase | None) -> tuple[Migration, ...]:
    """What is applied now: the lacking ones of a phase, or all of them.

    Raises MigrationsOutOfOrder, NewerDatabase, MigrationChanged.
    """
    known_by(known, applied)
    lacking = _lacking(known, applied)
    chosen = tuple(each for each in lacking if phase in (None, each.phase))
    for expected, taken in zip(lacking, chosen, strict=False):
        if expected.number != taken.number:
            raise MigrationsOutOfOrder(asked=taken, first=expected, advice=_advice(expected.phase))
    return chosen


READABLE = """SELECT CASE WHEN to_regclass('migration') IS NULL THEN false
    ELSE has_table_privilege('migration', 'SELECT') END"""


async def read_applied(connection: Connection) -> tuple[Applied, ...]:
    """What a database has; none where it has no such table, or none yet that we may read: somebody migrates it now."""
    async with connection.transaction(), connection.cursor(row_factory=class_row(Applied)) as cursor:
        there = await connection.execute(READABLE)
        if not (await there.fetchall())[0][0]:
            return ()
        await cursor.execute("SELECT number, name, phase, digest FROM migration ORDER BY number")
        return tuple(await cursor.fetchall())


async def need_tables(connection: Connection) -> None:
    """See to it that there is something to work with. Raises MigrationsPending where there are no tables at all."""
    if not await read_applied(connection):
        raise MigrationsPending(count=len(migrations()), first=migrations()[0])


async def migrate(
    connection: Connection, phase: Phase | None = None, known: Sequence[Migration] | None = None
) -> tuple[Migration, ...]:
    """Apply what a phase lacks, or all, in order; another process that does so is waited for. What was applied.

    `connection` is of the role that owns the tables, without limits of time; `known` is what this program brings,
    where it is not said. Raises as `plan`; MigrationFailed.
    """
    await connection.set_autocommit(True)
    await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        await _make_table(connection)
        wanted = plan(known or migrations(), await read_applied(connection), phase)
        for each in wanted:
            await _apply(connection, each)
        return wanted
    finally:
        if not connection.broken:
            await connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


async def settle_rights(connection: Connection) -> None:
    """Say again who may do what, after a restore, which says nothing of it. Raises MigrationFailed."""
    async with connection.transaction():
        for each in migrations():
            if each.name in AGAIN:
                await _run(connection, each)


async def _make_table(connection: Connection) -> None:
    try:
        await connection.execute(_TABLE)
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationFailed(number=0, name="migration", reason=" ".join(str(error).split())) from error


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await _run(connection, migration)
        await connection.execute(
            "INSERT INTO migration (number, name, phase, digest, applied) VALUES (%s, %s, %s, %s, now())",
            [migration.number, migration.name, migration.phase, migration.digest],
        )


async def _run(connection: Connection, migration: Migration) -> None:
    try:
        await connection.execute(migration.statements())
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        reason = " ".join(str(error).split())[:300]
        raise MigrationFailed(number=migration.number, name=migration.name, reason=reason) from error


_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number int PRIMARY KEY,
    name text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('before', 'after')),
    digest text NOT NULL,
    applied timestamptz NOT NULL
)
"""


def known_by(known: Sequence[Migration], applied: Sequence[Applied]) -> None:
    """Whether a program that brings these can work past what was applied. Raises NewerDatabase, MigrationChanged."""
    ours = {each.number: each for each in known}
    for has in applied:
        brought = ours.get(has.number)
        if brought is None and has.phase == "after":
            raise NewerDatabase(number=f"{has.number:04}", name=has.name)
        if brought is not None and brought.digest != has.digest:
            raise MigrationChanged(number=f"{has.number:04}", name=has.name)


def _lacking(known: Sequence[Migration], applied: Sequence[Applied]) -> tuple[Migration, ...]:
    there = {each.number for each in applied}
    return tuple(each for each in known if each.number not in there)


def _advice(phase: Phase) -> str:
    if phase == "before":
        return "run `coderev store migrate --before`, then switch every process to this program, then this again"
    return (
        "run `coderev store migrate --after` once no process of an older program runs; or stop all of them, and run "
        "`coderev store migrate`"
    )


def _own(line: str) -> str:
    """A file of our own that is included is part of the migration, and of its digest."""
    included = _INCLUDE.fullmatch(line)
    if included is None or included[3] is not None:
        return line
    return resources.files(included[1]).joinpath(included[2]).read_text(encoding="utf-8")


def _pinned(line: str) -> bool:
    return _INCLUDE.fullmatch(line) is not None


def _included(line: str) -> str:
    """A file of another's package is included where it is the one that is pinned."""
    included = _INCLUDE.fullmatch(line)
    if included is None:
        return line
    package, path, digest = included.groups()
    text = resources.files(package).joinpath(path).read_bytes()
    if sha256(text).hexdigest() != digest:
        raise QueueDiffers(package=package, path=path, installed=version(package))
    return text.decode()
