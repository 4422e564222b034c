"""Which keys seal what is in a database: a known text under each, so that a wrong key is known before it is used."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from coderev.errors import TrustError
from coderev.files import data_folder
from coderev.settings import DatabaseSettings, environment
from coderev.store.connecting import Connection
from coderev.store.sealing import CREDENTIAL, KEY_FILE, Column, Seal, Tampered

CANARY, CANARY_TEXT = Column("sealing_key", "sealed_canary", 64), b"coderev"


class WrongSealingKey(TrustError):
    """The site's key is not one that sealed what is in the database."""

    message = "the database was sealed with the key {sealed}, and this site's key is {ours}"
    hint = (
        "put that key into the file that `database.key_file` names: without it no result, diff or token can be read; "
        "where it is lost, `coderev store lost-key` says so for good"
    )


def key_is_there(settings: DatabaseSettings) -> bool:
    """Whether the site has a key, well or not: to ask for it makes one where there is none."""
    if settings.key_file is not None:
        return os.path.lexists(settings.key_file)
    handed = environment("CREDENTIALS_DIRECTORY")
    if handed and os.path.lexists(Path(handed) / CREDENTIAL):
        return True
    return os.path.lexists(data_folder() / KEY_FILE)


async def know_key(connection: Connection, seal: Seal, at: datetime) -> None:
    """See to it that this key is the database's: its first one, or one of a file that holds an earlier one too.

    Raises WrongSealingKey, and Tampered where a canary was changed.
    """
    async with connection.transaction():
        rows = await _canaries(connection)
        known = [name for name, canary in rows if _opens(seal, name, canary)]
        if rows and not known:
            raise WrongSealingKey(sealed=", ".join(name for name, _ in rows), ours=seal.key_ids[0])
        if seal.key_ids[0] not in known:
            await add_key(connection, seal, at)


async def add_key(connection: Connection, seal: Seal, at: datetime) -> None:
    """Remember that this key seals from now on, in the caller's transaction."""
    name = seal.key_ids[0]
    await connection.execute(
        "INSERT INTO sealing_key (id, sealed_canary, since) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [name, seal.seal(CANARY, "", name, CANARY_TEXT), at],
    )


async def lose_keys(connection: Connection, seal: Seal, only: str | None, at: datetime) -> tuple[str, ...]:
    """Remember for good that keys that this site does not hold are lost: one, or all; which they were."""
    async with connection.transaction():
        named = [name for name, _ in await _canaries(connection) if name not in seal.key_ids]
        lost = [name for name in named if only in (None, name)]
        await connection.execute("UPDATE sealing_key SET lost = %s WHERE id = ANY(%s)", [at, lost])
        if lost:
            await add_key(connection, seal, at)
    return tuple(lost)


async def _canaries(connection: Connection) -> list[tuple[str, bytes]]:
    found: Any = await connection.execute("SELECT id, sealed_canary FROM sealing_key WHERE lost IS NULL ORDER BY since")
    return [(name, bytes(canary)) for name, canary in await found.fetchall()]


def _opens(seal: Seal, name: str, canary: bytes) -> bool:
    if name not in seal.key_ids:
        return False
    if seal.open(CANARY, "", name, canary) != CANARY_TEXT:
        raise Tampered(column=CANARY, row=name, reason="it is another text")
    return True
