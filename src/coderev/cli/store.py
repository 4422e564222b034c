"""`coderev store`: the service's database, looked at, migrated, carried away and brought back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from coderev.cli.options import CONFIG
from coderev.cli.output import examples, write_lines
from coderev.egress import Egress
from coderev.errors import InputError, Unavailable
from coderev.files import now
from coderev.settings import DatabaseSettings, load
from coderev.store import administering

T = TypeVar("T")
MEGABYTE = 1_000_000
OWNER = click.option("--owner", metavar="ROLE", help="Of a site's tables, if it is not the service's role.")
OWNER_PASSWORD = click.option(
    "--owner-password-file", type=click.Path(dir_okay=False, exists=True), help="Of that role; mode 0600."
)


class NoPasswordFor(InputError):
    """A password was given, and nobody whose it is."""

    message = "--owner-password-file was given without --owner"
    hint = "name the role that owns the tables with --owner"


@click.group("store")
def command() -> None:
    """The service's database: check, migrate, back up and restore it."""


@examples("coderev store migrate", "coderev store migrate --before --owner coderev_owner")
@command.command("migrate", short_help="Bring the database's schema up to date.")
@click.option("--before", "phase", flag_value="before", help="Only what older programs work on with.")
@click.option("--after", "phase", flag_value="after", help="Only what waits until no older program runs.")
@CONFIG
@OWNER
@OWNER_PASSWORD
def migrate_(phase: Any, **given: Any) -> None:
    """Bring the database's schema up to date: all of it, or before or after the programs are switched.

    Two that migrate at once do no harm: one does it, the other waits. Our own database is migrated by `serve`, too.
    """
    done = _run(given, lambda place, _: administering.migrate(place, phase))
    write_lines([f"applied: {each}" for each in done] or ["nothing was to be applied"])


@examples("coderev store check", "coderev store check --format json")
@command.command("check", short_help="See whether the database can be relied on.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@CONFIG
def check_(format_: str, **given: Any) -> int:
    """See whether the database can be relied on; nothing is changed. Exit status 4 when a check failed."""
    found: tuple[administering.Check, ...] = _run(
        given, lambda place, settings: administering.check(place, settings, now())
    )
    if format_ == "json":
        write_lines([msgspec.json.encode(found).decode()])
    else:
        write_lines(line for each in found for line in _told(each.name, each.state, each.said, each.hint))
    return Unavailable.exit_status if any(each.state == "failed" for each in found) else 0


@examples("coderev store backup /srv/backups/2026-03-01")
@command.command("backup", short_help="Write a backup into a new folder.")
@click.argument("folder", type=click.Path(path_type=Path))
@CONFIG
@OWNER
@OWNER_PASSWORD
def backup_(folder: Path, **given: Any) -> None:
    """Write a backup into a new folder; the service may run meanwhile. The sealing key is not in it: keep it apart."""
    made: administering.Manifest = _run(
        given, lambda place, settings: administering.backup(place, settings, folder, now())
    )
    write_lines([f"written: {folder}, {made.dump.size / MEGABYTE:.1f} MB, {_counts(made)}", *_keys(made)])


@examples("coderev store restore /srv/backups/2026-03-01")
@command.command("restore", short_help="Restore a backup into an empty database.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--without-key", is_flag=True, help="The key is lost: restore what can be read without it.")
@CONFIG
@OWNER
@OWNER_PASSWORD
def restore_(folder: Path, *, without_key: bool, **given: Any) -> None:
    """Restore a backup into an empty database, wholly or not at all. What it says of itself is verified first."""
    made: administering.Manifest = _run(
        given, lambda place, settings: administering.restore(place, settings, folder, now(), without_key=without_key)
    )
    write_lines([f"restored: the backup of {made.made:%Y-%m-%d %H:%M} UTC, {_counts(made)}", *_keys(made)])


@examples("coderev store lost-key 0f1e2d3c4b5a6978")
@command.command("lost-key", short_help="Go on without a sealing key that is lost for good.")
@click.argument("key", metavar="KEY_ID")
@CONFIG
@OWNER
@OWNER_PASSWORD
def lost_key(key: str, **given: Any) -> None:
    """Say that a sealing key is lost for good, and go on with the site's key: what it sealed stays unreadable.

    KEY_ID is what `check` names. Results, diffs and notes of before are not read again, and tokens must be made anew.
    """
    _run(given, lambda place, settings: administering.lose_key(place, settings, key, now()))
    write_lines([f"key {key} is lost: what it sealed is not read any more"])


def _run(given: dict[str, Any], act: Callable[[administering.Place, DatabaseSettings], Awaitable[T]]) -> T:
    settings = load(given["config"]).settings
    name, password = given.get("owner"), given.get("owner_password_file")
    if password is not None and name is None:
        raise NoPasswordFor
    owner = None if name is None else administering.Owner(user=name, password_file=password)

    async def acted() -> T:
        async with administering.administer(settings, Egress(settings), owner) as place:
            return await act(place, settings.database)

    return asyncio.run(acted())


def _told(name: str, state: str, said: str, hint: str) -> Iterator[str]:
    yield f"{state:<8} {name}: {said}"
    if hint:
        yield f"         hint: {hint}"


def _counts(made: administering.Manifest) -> str:
    return ", ".join(f"{count} {name}" for name, count in made.counts.items())


def _keys(made: administering.Manifest) -> Iterator[str]:
    yield f"sealed with: {', '.join(made.keys)}; the key itself is in no backup"
