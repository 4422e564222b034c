"""`coderev update`: the next bundle for a site that has one, the way back, and everything that was ever tried."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from coderev.bundle import custody, install, journal, progress, rollback, site
from coderev.cli import bundle_installing as installing
from coderev.cli.options import PROGRESS
from coderev.cli.output import examples, write_lines
from coderev.errors import InputError, TrustError
from coderev.files import now
from coderev.trust import chain

KIND = click.option(
    "--kind", type=click.Choice(["release", "advisories"]), default="release", show_default=True, help="Of generations."
)


class NothingLive(InputError):
    """An update was asked for at a site that has nothing to update."""

    message = "nothing is installed in {folder} yet"
    hint = "put the first bundle in with `coderev bundle install`; name another site with --config or --folder"


class CustodyBroken(TrustError):
    """The site's custody is not whole, or lacks lines that its journal knows of."""

    message = "{path} is not whole: {reason}"
    hint = "compare custody with another copy, and find out who could write to the file; the journal above is whole"


@click.group("update")
def command() -> None:
    """The generations of this site, forth and back."""


@examples(
    "coderev update apply /media/stick-1 /media/stick-2",
    "coderev update apply --spool /srv/diode --yes",
)
@command.command("apply", short_help="Install the next bundle.")
@installing.FOLDERS
@installing.SPOOL
@installing.with_paper
@installing.ROLES
@installing.YES
@installing.SCAN
@PROGRESS
@installing.at_a_site
def apply(media_folders: tuple[Path, ...], spool: Path | None, **given: Any) -> None:
    """Install the next bundle: the same as `coderev bundle install` on a site that has one."""
    settings = installing.configured(given["config"], given["folder"], given["state"])
    own = site.site_of(settings.bundle)
    if own.standing("release").accepted is None and settings.bundle.signatures != "openpgp":
        raise NothingLive(folder=own.folder)
    installing.install_from(media_folders, spool, given)


@examples(
    "coderev update rollback",
    "coderev update rollback --to 7",
)
@command.command("rollback", short_help="Make a kept generation live again.")
@click.option("--to", "seq", type=click.IntRange(min=1), metavar="SEQ", help="A kept generation, not the last one.")
@click.option(
    "--database-schema", "schema", type=click.IntRange(min=0), help="What the database has, if not the live one's."
)
@KIND
@PROGRESS
@installing.at_a_site
def back(seq: int | None, schema: int | None, kind: site.Kind, form: progress.Form, **given: Any) -> None:
    """Make a kept generation live again, by one rename: that which was live before, or another with --to.

    It is recorded, and a bundle that was too old before stays refused.
    """
    settings = installing.configured(given["config"], given["folder"], given["state"])
    order = install.Order(
        settings=settings, operator=custody.operator(), host=os.uname().nodename, configuration=given["config"]
    )
    wish = rollback.Wish(kind=kind, seq=seq, schema=schema)
    with progress.open_progress("check", None, form) as reading:
        chosen = rollback.rollback(wish, order, now(), reading.add)
    write_lines([f"gone back: {chosen.name} is live, {order.site.current(kind)} leads to it"])


@examples(
    "coderev update history --format json",
)
@command.command("history", short_help="Show every attempt, oldest first.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@installing.at_a_site
def history(format_: str, **given: Any) -> None:
    """Show every attempt to install or to go back, oldest first; a changed journal is refused by its line.

    Custody is read too: every line of it that the journal knows of must be there.
    """
    own = site.site_of(installing.configured(given["config"], given["folder"], given["state"]).bundle)
    attempts = journal.Journal(own.state).history()
    if format_ == "json":
        write_lines([msgspec.json.encode([_plain(each) for each in attempts]).decode()])
    else:
        write_lines([line for each in attempts for line in _told(each)] or ["nothing was tried here yet"])
    _check_custody(own, attempts)


def _check_custody(own: site.Site, attempts: Sequence[journal.Attempt]) -> None:
    """10.2: each attempt, for a file that was begun anew has the later lines only."""
    path = own.state / "custody.jsonl"
    try:
        there = {told.digest for told in custody.open_custody(own.state).read()}
    except chain.ChainBroken as error:
        raise CustodyBroken(path=path, reason=error) from error
    for each in attempts:
        if each.ended is not None and each.ended.custody not in {None, *there}:
            reason = (
                f"the line with the SHA-256 {each.ended.custody}, of {each.began.at:%Y-%m-%d %H:%M} UTC, is missing"
            )
            raise CustodyBroken(path=path, reason=reason)


@examples("coderev update report report.json")
@command.command("report", short_help="Check and print a signed verification report.")
@click.argument("report", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@installing.at_a_site
def report(report: Path, **given: Any) -> None:
    """Check a report that `coderev bundle verify --report` wrote at this site, and print it as JSON."""
    own = site.site_of(installing.configured(given["config"], given["folder"], given["state"]).bundle)
    write_lines([msgspec.json.encode(custody.open_custody(own.state).read_report(report)).decode()])


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
