"""What an operator does to the database, as the role that owns its tables (`coderev store`)."""

from datetime import datetime
from pathlib import Path

from coderev.errors import InputError
from coderev.settings import DatabaseSettings
from coderev.store import backup as backing_up
from coderev.store.backup import Manifest, restore
from coderev.store.checking import Check, check
from coderev.store.connecting import NO_LIMITS, Place, connect, telling
from coderev.store.keys import lose_keys
from coderev.store.migrating import Migration, Phase, need_tables
from coderev.store.migrating import migrate as migrate_with
from coderev.store.opening import Owner, find
from coderev.store.sealing import Seal

__all__ = ["Check", "Manifest", "Owner", "Place", "administer", "backup", "check", "lose_key", "migrate", "restore"]

administer = find


class NotLost(InputError):
    """A key was said to be lost that is here, or that sealed nothing."""

    message = "the key {key} is not lost: {reason}"
    hint = "`coderev store check` names the key that this site lacks, if there is one"


async def migrate(place: Place, phase: Phase | None) -> tuple[Migration, ...]:
    """Apply what a phase lacks, or all; what was applied. Raises as `migrating.migrate`, StoreUnavailable."""
    with telling(place):
        async with await connect(place, owner=True, limits=NO_LIMITS) as connection:
            return await migrate_with(connection, phase)


async def backup(place: Place, settings: DatabaseSettings, folder: Path, at: datetime) -> Manifest:
    """Write a backup with the site's seal. Raises as `backup.backup`, SealingKeyRefused."""
    return await backing_up.backup(place, Seal.of(settings), folder, at)


async def lose_key(place: Place, settings: DatabaseSettings, key: str, at: datetime) -> None:
    """Give a sealing key up for good. Raises MigrationsPending, NotLost, StoreUnavailable."""
    seal = Seal.of(settings)
    if key in seal.key_ids:
        raise NotLost(key=key, reason="it is in the key file")
    with telling(place):
        async with await connect(place, owner=True, limits=NO_LIMITS) as connection:
            await need_tables(connection)
            if not await lose_keys(connection, seal, key, at):
                raise NotLost(key=key, reason="it sealed nothing here, or was given up before")
