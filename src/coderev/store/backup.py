"""A backup of the database: what `pg_dump` writes, and a manifest of what that is. Keys are never in it.

1. Both are written into a new folder, which gets its name when it is whole.
2. The manifest names the dump's digest, the migrations, and the keys that seal what is inside, by their ids. A code
   (HMAC) under the site's key stands below it: who does not hold the key cannot write one that a site takes.
3. Before a byte is restored: the manifest is read strictly, the dump has its digest, the site's key is one that the
   backup needs and made its code, this program knows its migrations, and the database is empty.
4. What is restored is restored in one transaction, by a role that is no superuser: all of it, or nothing.
"""

import os
import secrets
import shutil
import stat
from contextlib import suppress
from datetime import datetime
from hashlib import file_digest
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from psycopg.sql import SQL, Identifier

from coderev import __version__
from coderev.errors import InputError, TrustError
from coderev.files import CannotWrite, write_atomic
from coderev.settings import DatabaseSettings
from coderev.store.connecting import NO_LIMITS, Connection, OwnPlace, Place, connect, telling
from coderev.store.keys import key_is_there, know_key, lose_keys
from coderev.store.migrating import Applied, known_by, migrate, migrations, need_tables, read_applied, settle_rights
from coderev.store.sealing import Seal
from coderev.store.tools import use_tool

DUMP, MANIFEST = "database.dump", "manifest.json"
MAX_MANIFEST = 1 << 20  # bytes
PURPOSE = b"backup"
COUNTED = {"review": "reviews", "finding": "findings", "dismissal": "dismissals", "token": "tokens"}


class BackupRefused(InputError):
    """A folder is no backup that this program can restore."""

    message = "{path} is not restored: {reason}"
    hint = "name a folder that `coderev store backup` wrote, whole and unchanged"


class BackupChanged(TrustError):
    """A backup is not what was written."""

    message = "{path} is not restored: {reason}"
    hint = "take another copy of this backup, and find out who could write to this one"


class BackupNeedsKey(TrustError):
    """What is sealed in a backup cannot be read with what this site has."""

    message = "{path} was sealed with the key {sealed}, and {ours}: {unreadable} could never be read"
    hint = (
        "put that key into the file that `database.key_file` names; where it is lost, `--without-key` restores the "
        "rest, unchecked, and every token must be made anew"
    )


class DatabaseNotEmpty(InputError):
    """A backup is restored into an empty database only."""

    message = "the database {place} is not empty: it has {count} tables and the like"
    hint = "name an empty database, or for our own another `database.folder`; what is there is not touched"


class Dump(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file beside the manifest."""

    size: int  # bytes
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup is. `code` is over all else, in hex; `keys` are ids, first that which sealed last."""

    format: Literal["coderev store backup 1"] = "coderev store backup 1"
    made: datetime
    program: str
    server: int  # the number of its version
    migrations: tuple[Applied, ...]
    counts: dict[str, int]  # when the dump was begun
    keys: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    dump: Dump
    code: str = ""

    def plain(self) -> bytes:
        """What the code is over."""
        return msgspec.json.encode(msgspec.structs.replace(self, code=""), order="deterministic")


async def backup(place: Place, seal: Seal, folder: Path, at: datetime) -> Manifest:
    """Write a backup into a folder that is not there yet; the service may run meanwhile, for a dump is of one moment.

    Raises CannotWrite, MigrationsPending, ToolFailed, ToolMissing, WrongSealingKey.
    """
    made = _begin(folder)
    try:
        with telling(place):
            async with await connect(place, owner=True, limits=NO_LIMITS) as connection:
                await need_tables(connection)
                await know_key(connection, seal, at)
                manifest = await _manifest(connection, seal, at)
        major = manifest.server // 10_000
        arguments = ["--format=custom", "--no-owner", "--no-privileges", "--file", _dump(made)]
        await use_tool("pg_dump", place, major, arguments, "no backup was written")
        (made / DUMP).chmod(0o600)
        manifest = msgspec.structs.replace(manifest, dump=_dump_in(made))
        manifest = msgspec.structs.replace(manifest, code=seal.mac(PURPOSE, manifest.plain()).hex())
        write_atomic(made / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)), mode=0o600)
        _finish(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return manifest


async def restore(
    place: Place, settings: DatabaseSettings, folder: Path, at: datetime, *, without_key: bool = False
) -> Manifest:
    """Restore a backup into an empty database, and bring its schema up to date.

    Raises BackupRefused, BackupChanged, BackupNeedsKey, DatabaseNotEmpty, NewerDatabase, ToolFailed, ToolMissing;
    then nothing was restored.
    """
    manifest = read_backup(folder)
    readable = judge_key(folder, manifest, settings, without_key=without_key)
    known_by(migrations(), manifest.migrations)
    with telling(place):
        async with await connect(place, owner=True, limits=NO_LIMITS) as connection:
            await _empty(connection, place)
            major = connection.info.server_version // 10_000
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", _dump(folder)]
    await use_tool("pg_restore", place, major, arguments, "nothing was restored")
    seal = Seal.of(settings)
    with telling(place):
        async with await connect(place, owner=True, limits=NO_LIMITS) as connection:
            await settle_rights(connection)
            if not readable:
                await lose_keys(connection, seal, None, at)
            await know_key(connection, seal, at)
            await migrate(connection, None if isinstance(place, OwnPlace) else "before")
    return manifest


def read_backup(folder: Path) -> Manifest:
    """The manifest of a backup whose dump has the digest that it names. Raises BackupRefused, BackupChanged."""
    try:
        manifest = msgspec.json.decode(_content(folder / MANIFEST), type=Manifest)
        dump = _dump_in(folder)
    except OSError as error:
        raise BackupRefused(path=folder, reason=f"{error.filename or folder}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupRefused(path=folder, reason=f"its {MANIFEST} is not one: {error}") from error
    if dump != manifest.dump:
        raise BackupChanged(path=folder, reason=f"its {DUMP} is not the one that its manifest names")
    return manifest


def judge_key(folder: Path, manifest: Manifest, settings: DatabaseSettings, *, without_key: bool) -> bool:
    """Whether what is sealed can be read here; then who holds the key wrote it. Raises BackupNeedsKey, BackupChanged.

    No key is made for this: one that is lost is told as that.
    """
    seal = Seal.of(settings) if key_is_there(settings) else None
    if seal is None or manifest.keys[0] not in seal.key_ids:
        if without_key:
            return False
        ours = "this site has none" if seal is None else f"this site's is {seal.key_ids[0]}"
        unreadable = ", ".join(f"{count} {name}" for name, count in manifest.counts.items()) or "what is sealed"
        raise BackupNeedsKey(path=folder, sealed=", ".join(manifest.keys), ours=ours, unreadable=unreadable)
    code = manifest.code.encode("utf-8", "replace")
    if not any(compare_digest(ours.hex().encode(), code) for ours in seal.macs(PURPOSE, manifest.plain())):
        raise BackupChanged(path=folder, reason="its manifest was not written by who holds the key")
    return True


async def _manifest(connection: Connection, seal: Seal, at: datetime) -> Manifest:
    counts = {}
    for table, name in COUNTED.items():
        rows: Any = await connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table)))
        counts[name] = (await rows.fetchall())[0][0]
    asked = await connection.execute("SELECT id FROM sealing_key WHERE lost IS NULL ORDER BY since DESC")
    others = [name for (name,) in await asked.fetchall() if name != seal.key_ids[0]]
    return Manifest(
        made=at,
        program=__version__,
        server=connection.info.server_version,
        migrations=await read_applied(connection),
        counts=counts,
        keys=(seal.key_ids[0], *others),
        dump=Dump(size=0, sha256=""),
    )


async def _empty(connection: Connection, place: Place) -> None:
    asked = await connection.execute(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
    )
    count = (await asked.fetchall())[0][0]
    if count:
        raise DatabaseNotEmpty(place=place.name, count=count)


def _begin(folder: Path) -> Path:
    made = folder.parent / f".{folder.name}.{secrets.token_hex(8)}"
    try:
        if os.path.lexists(folder):
            raise CannotWrite(path=folder, reason="it is there already")
        made.mkdir(mode=0o700)
    except OSError as error:
        raise CannotWrite(path=folder, reason=error.strerror or error) from error
    return made


def _finish(made: Path, folder: Path) -> None:
    """Give it its name, once all of it is on the disk."""
    try:
        for path in (made / DUMP, made, folder.parent):
            if path == folder.parent:
                made.rename(folder)
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as error:
        raise CannotWrite(path=folder, reason=error.strerror or error) from error


def _dump(folder: Path) -> str:
    """The path of the dump for a program, which runs in another folder than we do."""
    return str((folder / DUMP).absolute())


def _dump_in(folder: Path) -> Dump:
    with _opened(folder / DUMP) as file:
        return Dump(size=os.fstat(file.fileno()).st_size, sha256=file_digest(file, "sha256").hexdigest())


def _content(path: Path) -> bytes:
    with _opened(path) as file:
        content: bytes = file.read(MAX_MANIFEST + 1)
    if len(content) > MAX_MANIFEST:
        raise BackupRefused(path=path.parent, reason=f"its {MANIFEST} is longer than {MAX_MANIFEST} bytes")
    return content


def _opened(path: Path) -> Any:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        with suppress(OSError):
            os.close(handle)
        raise BackupRefused(path=path.parent, reason=f"its {path.name} is no file")
    return os.fdopen(handle, "rb")
