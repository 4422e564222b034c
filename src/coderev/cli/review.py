"""`coderev review`: what is asked for → the change → the result → the formats."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from coderev import git
from coderev.cli.last import keep_last, read_result, run_record_bytes
from coderev.cli.options import FILE, FOLDER
from coderev.cli.output import Outputs, in_a_folder, make_folder, parse_outputs, write_outputs
from coderev.diff import Change, UnreadablePatch, lines_only, parse_patch
from coderev.egress import Egress
from coderev.errors import InputError
from coderev.files import monotonic, now, write_atomic
from coderev.finding import Result
from coderev.gateway import open_gateway
from coderev.report import FORMATS, visible
from coderev.review import GUIDELINES_FILE, Order, exit_status, review, silent
from coderev.settings import FAIL_ON, Configuration, Settings, load, with_options

PATCH = click.Path(dir_okay=False, exists=True, allow_dash=True)


class OneSelection(InputError):
    """Two options say what is reviewed."""

    message = "{given} exclude each other"
    hint = "give one of RANGE, --staged, --patch and --all"


class NotWithServer(InputError):
    """An option says how to review here, and the review is made by a server."""

    message = "{option} cannot be given together with --server"
    hint = "the server reviews with its own settings; leave the option out, or review here"


class NoRangeForServer(InputError):
    """A server is to fetch a change itself, and is not told which."""

    message = "--at-forge {place} needs RANGE as BASE..HEAD"
    hint = "name two revisions that the forge has, or leave --at-forge out to send the change itself"


@dataclass(frozen=True, kw_only=True)
class Given:
    """The command line of `coderev review`."""

    range_: str | None
    staged: bool
    patch: str | None
    all_: bool
    repo: Path
    config: Path | None
    import_sarif: tuple[Path, ...]
    without: tuple[str, ...]
    ask: bool
    deadline: float | None
    baseline: Path | None
    fail_on: Any
    format_: str
    output: tuple[str, ...]
    no_recall: bool
    run_record: Path | None
    record: Path | None
    replay: Path | None
    server: str | None
    at_forge: str | None
    quiet: bool

    @property
    def selection(self) -> git.Selection:
        """What is reviewed. Raises OneSelection."""
        named = {"RANGE": self.range_, "--staged": self.staged, "--patch": self.patch, "--all": self.all_}
        given = [name for name, value in named.items() if value]
        if len(given) > 1:
            raise OneSelection(given=" and ".join(given))
        if self.range_:
            return git.Range(self.range_)
        if self.patch:
            return git.Patch(_patch_text(self.patch))
        return git.Staged() if self.staged else git.Everything() if self.all_ else git.WorkTree()

    @property
    def asks(self) -> bool:
        """Whether models are asked, where some are configured: about everything only where somebody says so."""
        return self.ask or not self.all_


def _patch_text(path: str) -> bytes:
    if path != "-":
        return Path(path).read_bytes()
    if sys.stdin is None:
        raise UnreadablePatch(line=1, reason="standard input is closed")
    return sys.stdin.buffer.read()


@click.command("review")
@click.argument("range_", metavar="[RANGE]", required=False)
@click.option("--staged", is_flag=True, help="Review what is staged, against HEAD.")
@click.option("--patch", type=PATCH, metavar="FILE|-", help="Review a patch.")
@click.option("--all", "all_", is_flag=True, help="Review every file as if it were added.")
@click.option("--repo", type=FOLDER, default=".", help="The repository, if it is not this folder.")
@click.option("--config", type=FOLDER, help="A folder with coderev.yaml, model_registry.yaml, routing_policies.yaml.")
@click.option("--import-sarif", type=FILE, multiple=True, help="Add the findings of another analyser.")
@click.option("--without", multiple=True, metavar="ANALYSER", help="Leave an analyser out; it is named as not run.")
@click.option("--ask", is_flag=True, help="With --all: ask models too.")
@click.option("--deadline", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="For the questions.")
@click.option("--baseline", type=FILE, help="A JSON result whose findings are known.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="The lowest severity that fails the review.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Of stdout.")
@click.option("--output", multiple=True, metavar="FILE|FORMAT=FILE", help="Move stdout, or add a file. Repeatable.")
@click.option("--no-recall", is_flag=True, help="Ask models anew; nothing is remembered, and nothing is forgotten.")
@click.option("--run-record", type=click.Path(path_type=Path), help="Write times, attempts and hosts to a file.")
@click.option("--record", type=click.Path(path_type=Path, file_okay=False), help="Keep questions and answers here.")
@click.option("--replay", type=FOLDER, help="Take the answers from here; no model is connected.")
@click.option("--server", metavar="URL", help="Let a service review it, and fetch the result.")
@click.option("--at-forge", metavar="FORGE:GROUP/NAME", help="With --server: it fetches RANGE there by itself.")
@click.option("--quiet", is_flag=True, help="No progress.")
def command(**options: Any) -> int:
    """Review a change.

    RANGE is A..B or A...B (both from their merge base to B) or A (to the work tree). Without it: from the merge base
    of HEAD and the first of @{upstream}, origin/HEAD, main and master that exists, to the work tree.

    Exit status: 0 pass, 1 findings at the gate, 4 incomplete or unavailable, 2 wrong input, 3 trust refused.
    """
    return asyncio.run(_run(Given(**options)))


async def _run(given: Given) -> int:
    outputs = _places(given)
    configuration = load(given.config, reviewed=git.top_of(given.repo) or given.repo)
    settings = with_options(configuration, fail_on=given.fail_on, without=given.without)
    if given.server:
        result = await _reviewed_there(given, configuration, settings)
        write_outputs(result, outputs, 0)
        return exit_status(result)
    started, clock = now(), monotonic()
    async with open_gateway(
        configuration, record=given.record, replay=given.replay, recall="off" if given.no_recall else "use"
    ) as gateway:
        with _intake(given, settings) as (change, repository):
            result = await review(
                change,
                repository,
                settings,
                _order(given, change, repository),
                gateway=gateway,
                progress=_progress if _watched() and not given.quiet else silent,
            )
        outside_bytes = gateway.outside_bytes if gateway else 0
    run_record = {"started": started.isoformat(), "seconds": round(monotonic() - clock, 3), "argv": sys.argv[1:]}
    run_record |= gateway.told() if gateway else {"gateway": {}, "attempts": [], "recall": {}}
    if unkept := keep_last(result, run_record):
        click.echo(f"note: {unkept}; `coderev explain` will not know this result", err=True)
    write_outputs(result, outputs, outside_bytes)
    if given.run_record:
        write_atomic(given.run_record, run_record_bytes(run_record))
    return exit_status(result)


async def _reviewed_there(given: Given, configuration: Configuration, settings: Settings) -> Result:
    """What a server says of the change. Raises NotWithServer, and what `remote` raises."""
    from coderev.cli import remote

    for option in ("without", "fail_on", "import_sarif", "baseline", "deadline", "record", "replay", "run_record"):
        if getattr(given, option):
            raise NotWithServer(option=f"--{option.replace('_', '-')}")
    url = remote.checked_url(given.server or "")
    submission = _submission(given, settings)
    told = remote.Remote(url=url, token=remote.token_for(url, configuration), submission=submission)
    tell = _told if _watched() and not given.quiet else remote.silent
    return await remote.review_remotely(told, Egress(settings), tell)


def _submission(given: Given, settings: Settings) -> dict[str, Any]:
    """What is handed to a server: two revisions that it fetches, or the change itself. Raises NoRangeForServer."""
    from coderev.cli import remote

    if given.at_forge:
        forge, _, path = given.at_forge.partition(":")
        base, dots, head = (given.range_ or "").partition("..")
        if not (forge and path and base and dots and head):
            raise NoRangeForServer(place=given.at_forge)
        return remote.range_submission(forge, path, (base, head.removeprefix(".")), ask=given.asks)
    selection = given.selection
    if isinstance(selection, git.Patch):
        return remote.patch_submission(selection.text, ask=given.asks)
    with git.open_repository(given.repo, settings.limits) as repository:
        change = git.change_between(repository, selection)
        return remote.patch_submission(repository.patch(change.base, change.head), ask=given.asks)


def _told(stage: str) -> None:
    click.echo(f"\r\033[K{visible(stage)}", nl=False, err=True)


def _places(given: Given) -> Outputs:
    """Where results go; a place that cannot be is refused before the review. Raises OutputTwice, CannotWrite."""
    if given.run_record:
        in_a_folder(given.run_record)
    if given.record:
        make_folder(given.record)
    return parse_outputs(given.format_, given.output)


@contextmanager
def _intake(given: Given, settings: Settings) -> Iterator[tuple[Change, git.Repository | None]]:
    """The change, and the repository behind it; a patch needs none."""
    selection = given.selection
    if isinstance(selection, git.Patch) and git.top_of(given.repo) is None:
        yield lines_only(parse_patch(selection.text)), None
        return
    with git.open_repository(given.repo, settings.limits) as repository:
        yield git.change_between(repository, selection), repository


def _order(given: Given, change: Change, repository: git.Repository | None) -> Order:
    return Order(
        sarif=tuple(path.read_bytes() for path in given.import_sarif),
        ask=given.asks,
        units=not given.all_,
        seconds=given.deadline,
        baseline=tuple(known.fingerprint for known in read_result(given.baseline).findings) if given.baseline else (),
        guidelines=repository.file_at(change.base, GUIDELINES_FILE) if repository else None,
        repository=repository_name(given.repo),
        remembers=not given.no_recall,
    )


def repository_name(repo: Path) -> str:
    """Which repository a folder belongs to, as recall knows it."""
    return str(git.top_of(repo) or repo.resolve())


def _watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _progress(done: int, of: int) -> None:
    click.echo(f"\rasked {done} of {of}" + ("\n" if done == of else ""), nl=False, err=True)
