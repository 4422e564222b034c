"""`coderev update`: the next bundle for a site that has one, the way back, and everything that was ever tried."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from coderev.bundle import custody, install, journal, progress, rollback, site
from coderev.cli import bundle_installing as installing
from coderev.cli.output import write_lines
from coderev.errors import InputError
from coderev.files import now

KIND = click.option(
    "--kind", type=click.Choice(["release", "advisories"]), default="release", show_default=True, help="Of generations."
)


class NothingLive(InputError):
    """An update was asked for at a site that has nothing to update."""

    message = "nothing is installed in {folder} yet"
    hint = "the first bundle goes in with `coderev bundle install`, which asks what is on paper"


@click.group("update")
def command() -> None:
    """The generations of this site: the next one, the way back, the history."""


@command.command("apply")
@installing.FOLDERS
@installing.SPOOL
@installing.with_paper
@installing.ROLES
@installing.YES
@installing.SCAN
@installing.PROGRESS
@installing.at_a_site
def apply(media_folders: tuple[Path, ...], spool: Path | None, **given: Any) -> None:
    """Install the next bundle: the same as `coderev bundle install` on a site that has one."""
    settings = installing.configured(given["config"], given["folder"], given["state"])
    own = site.site_of(settings.bundle)
    if own.standing("release").accepted is None and settings.bundle.signatures != "openpgp":
        raise NothingLive(folder=own.folder)
    installing.install_from(media_folders, spool, given)


@command.command("rollback")
@click.option("--to", "seq", type=click.IntRange(min=1), metavar="SEQ", help="A kept generation, not the last one.")
@click.option(
    "--database-schema", "schema", type=click.IntRange(min=0), help="What the database has, if not the live one's."
)
@KIND
@installing.PROGRESS
@installing.at_a_site
def back(seq: int | None, schema: int | None, kind: site.Kind, form: progress.Form, **given: Any) -> None:
    """Make a kept generation live again, by one rename; it is recorded, and what is too old stays refused."""
    settings = installing.configured(given["config"], given["folder"], given["state"])
    order = install.Order(
        settings=settings, operator=custody.operator(), host=os.uname().nodename, configuration=given["config"]
    )
    wish = rollback.Wish(kind=kind, seq=seq, schema=schema)
    with progress.open_progress("check", None, form) as reading:
        chosen = rollback.rollback(wish, order, now(), reading.add)
    write_lines([f"gone back: {chosen.name} is live, {order.site.current(kind)} leads to it"])


@command.command("history")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@installing.at_a_site
def history(format_: str, **given: Any) -> None:
    """Show every attempt to install or to go back, oldest first; a changed journal is refused by its line."""
    own = site.site_of(installing.configured(given["config"], given["folder"], given["state"]).bundle)
    attempts = journal.Journal(own.state).history()
    if format_ == "json":
        write_lines([msgspec.json.encode([_plain(each) for each in attempts]).decode()])
        return
    write_lines([line for each in attempts for line in _told(each)] or ["nothing was tried here yet"])


def _plain(attempt: journal.Attempt) -> dict[str, Any]:
    ended = None if attempt.ended is None else msgspec.to_builtins(attempt.ended)
    return {"line": attempt.number, "began": msgspec.to_builtins(attempt.began), "ended": ended}


def _told(attempt: journal.Attempt) -> Iterator[str]:
    began, ended = attempt.began, attempt.ended
    outcome = "interrupted" if ended is None else ended.outcome
    yield f"{began.at:%Y-%m-%d %H:%M} UTC  {began.what}: {outcome}, by {began.operator} on {began.host}"
    if ended is None:
        return
    if ended.seq is not None:
        yield f"    seq {ended.seq}, generation {ended.generation}, before it {ended.before or 'nothing'}"
    if ended.manifest is not None:
        yield f"    manifest {ended.manifest}"
    if ended.tuf or ended.openpgp:
        targets = ", ".join(ended.tuf.get("targets", ())) or "not checked"
        yield f"    signed by: TUF {targets}; OpenPGP {', '.join(ended.openpgp) or 'not checked'}"
    for entry in ended.expired:
        yield f"    expired, and let pass on purpose: {entry}"
    if ended.reason is not None:
        yield f"    {ended.reason}"
