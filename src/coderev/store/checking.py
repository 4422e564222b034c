"""Whether the database can be relied on: each check says what it found, and one that could not run says so."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from coderev.errors import CoderevError
from coderev.settings import DatabaseSettings
from coderev.store.connecting import Connection, OwnPlace, Place, brief, connect, telling
from coderev.store.keys import key_is_there, know_key
from coderev.store.migrating import judge, migrations, plan, read_applied
from coderev.store.sealing import Seal

State = Literal["ok", "warning", "failed", "not run"]

OLDEST = 160_000  # of PostgreSQL, as it numbers itself
LITTLE_ROOM = 1 << 30  # bytes
GIGABYTE = 1_000_000_000
DURABLE = ("fsync", "full_page_writes")
Found = tuple[State, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one check found; `hint` is empty where there is nothing to do."""

    name: str
    state: State
    said: str
    hint: str = ""


async def check(place: Place, settings: DatabaseSettings, at: datetime) -> tuple[Check, ...]:
    """Look at everything; nothing is changed. Never raises for what is wrong with the database: that is a check."""
    try:
        with telling(place):
            connection = await connect(place)
    except CoderevError as error:
        refused = Check(name="connection", state="failed", said=str(error), hint=error.next_step)
        rest = [Check(name=name, state="not run", said="there is no connection") for name in (*_CHECKS, "sealing key")]
        return (refused, *rest)
    async with connection:
        await connection.set_autocommit(True)
        found = [await _checked(name, look(connection, place)) for name, look in _CHECKS.items()]
        found.append(await _checked("sealing key", _sealing_key(connection, settings, at)))
    return (Check(name="connection", state="ok", said=place.name), *found)


async def _checked(name: str, looked: Awaitable[Found]) -> Check:
    try:
        state, said = await looked
    except CoderevError as error:
        return Check(name=name, state="failed", said=str(error), hint=error.next_step)
    except psycopg.errors.UndefinedTable:
        return Check(name=name, state="not run", said="the database has no tables yet")
    except psycopg.Error as error:
        return Check(name=name, state="failed", said=brief(error))
    return Check(name=name, state=state, said=said)


async def _server(connection: Connection, _place: Place) -> Found:
    number, encoding = connection.info.server_version, connection.info.parameter_status("server_encoding")
    said = f"PostgreSQL {number // 10_000}.{number % 10_000}, {encoding}"
    if number < OLDEST:
        return "failed", f"{said}: {OLDEST // 10_000} or later is needed"
    return ("ok", said) if encoding == "UTF8" else ("failed", f"{said}: UTF8 is needed")


async def _role(connection: Connection, _place: Place) -> Found:
    asked = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
    name, superuser = await _row(connection, asked)
    return ("warning", f"{name} is a superuser, which the service does not need") if superuser else ("ok", name)


async def _durability(connection: Connection, _place: Place) -> Found:
    off = [name for name in DURABLE if (await _row(connection, f"SHOW {name}"))[0] != "on"]
    if off:
        return "warning", f"{' and '.join(off)} is off: what was accepted may be lost when the machine fails"
    return "ok", "what was committed is on the disk"


async def _migrations(connection: Connection, _place: Place) -> Found:
    applied = await read_applied(connection)
    judge(migrations(), applied)
    later = plan(migrations(), applied, None)
    if later:
        return "warning", f"{len(applied)} applied, {len(later)} to come once no older program runs, with `--after`"
    return "ok", f"{len(applied)} applied, none to come"


async def _queue(connection: Connection, _place: Place) -> Found:
    asked = "SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'failed') "
    waiting, dead = await _row(connection, f"{asked} FROM procrastinate_jobs")
    said = f"{waiting} jobs wait, {dead} failed for good"
    return ("warning", f"{said}: look at them on the page of the queue") if dead else ("ok", said)


async def _room(connection: Connection, place: Place) -> Found:
    used = (await _row(connection, "SELECT pg_database_size(current_database())"))[0]
    said = f"{used / GIGABYTE:.2f} GB used"
    if not isinstance(place, OwnPlace):
        return "ok", f"{said}; how much is free on its disk is not known from here"
    status = os.statvfs(place.own.folder.path)
    free = status.f_bavail * status.f_frsize
    return ("ok" if free > LITTLE_ROOM else "warning"), f"{said}, {free / GIGABYTE:.2f} GB free on its disk"


async def _sealing_key(connection: Connection, settings: DatabaseSettings, at: datetime) -> Found:
    if not key_is_there(settings):
        used = (await _row(connection, "SELECT count(*) FROM sealing_key WHERE lost IS NULL"))[0]
        if used:
            return "failed", "this site has no key: nothing that is sealed can be read"
        return "ok", "none yet: one is made when it is first needed"
    seal = Seal.of(settings)
    async with connection.transaction(force_rollback=True):  # a key that is new here is only looked at
        await know_key(connection, seal, at)
    return "ok", f"key {seal.key_ids[0]} opens what is here"


async def _row(connection: Connection, statement: str) -> tuple[Any, ...]:
    rows = await (await connection.execute(statement.encode())).fetchall()
    return tuple(rows[0])


_CHECKS: dict[str, Callable[[Connection, Place], Awaitable[Found]]] = {
    "server": _server,
    "role": _role,
    "durability": _durability,
    "migrations": _migrations,
    "queue": _queue,
    "room": _room,
}
