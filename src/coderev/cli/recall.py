"""`coderev recall`: what is remembered, what it saved, why something was not, and making or forgetting answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from coderev import git
from coderev.cli.models import NoModels
from coderev.cli.options import CONFIG
from coderev.cli.output import write_lines
from coderev.cli.review import repository_name
from coderev.cli.warming import warm
from coderev.errors import InputError
from coderev.gateway import Gateway, open_gateway
from coderev.recall import open_upkeep
from coderev.review import GUIDELINES_FILE, Order, review
from coderev.settings import Configuration, load

SECONDS_PER_HOUR = 3600
MEGABYTE = 1_000_000
REPO = click.option(
    "--repo",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".",
    help="The repository, if it is not this folder.",
)
SOURCES = {  # of an answer, as `explain` tells them
    "exact": "remembered: the same question",
    "structure": "remembered: code of the same structure",
    "similar": "unsafe: the answer about similar code",
    "shared": "asked at the same time",
}


class RecallIsOff(InputError):
    """A command about recall was called where nothing is remembered."""

    message = "nothing is remembered here: {reason}"
    hint = "see `recall` in docs/reference/settings.md"


class NothingChosen(InputError):
    """Purging everything must be said."""

    message = "it was not said what to forget"
    hint = "give --older-than, --model or --path, or --all for everything of this tenant"


@click.group("recall")
def command() -> None:
    """The remembered answers of models."""


command.add_command(warm)


@command.command("stats")
@CONFIG
def stats(config: Path | None) -> None:
    """Show how much is remembered, and what that saved over all reviews."""
    configuration = load(config)

    async def told() -> list[str]:
        async with open_upkeep(configuration.settings) as upkeep:
            return list(_stats(await upkeep.stats()))

    write_lines(asyncio.run(told()))


def _stats(counts: Mapping[str, float]) -> Iterator[str]:
    oldest = counts.get("oldest")
    since = f", the oldest of {datetime.fromtimestamp(oldest, UTC):%Y-%m-%d %H:%M} UTC" if oldest is not None else ""
    yield f"remembered: {counts['entries']:.0f} entries, {counts['bytes'] / MEGABYTE:.1f} MB{since}"
    asked = counts.get("asked", 0)
    yield f"asked: {asked:.0f}"
    for name, what in (("exact", "the same question"), ("structure", "code of the same structure")):
        yield f"  {what}: {counts.get(name, 0):.0f}{_share(counts.get(name, 0), asked)}"
    yield f"  asked at the same time: {counts.get('shared', 0):.0f}"
    yield f"  answered by a model: {counts.get('model', 0):.0f}{_share(counts.get('model', 0), asked)}"
    if unsafe := counts.get("similar", 0):
        yield f"  unsafe, about similar code: {unsafe:.0f}"
    yield f"saved: {counts.get('saved_seconds', 0):.0f} s of models, {counts.get('saved_tokens', 0):.0f} tokens"
    for name, what in (
        ("refused", "could not be carried onto the new code"),
        ("unplaceable", "quoted what was not there, and were not remembered"),
        ("tampered", "did not open: damaged, or sealed with another key"),
    ):
        if counts.get(name):
            yield f"{counts[name]:.0f} answers {what}"


def _share(part: float, whole: float) -> str:
    return f" ({100 * part / whole:.0f} %)" if whole else ""


@command.command("purge")
@CONFIG
@REPO
@click.option("--older-than", type=click.FloatRange(min=0), metavar="HOURS", help="Answers made longer ago.")
@click.option("--model", help="Answers of this model of the registry.")
@click.option("--path", help="Answers about this file of the repository.")
@click.option("--tenant", help="Of this tenant, instead of the site's.")
@click.option("--all", "all_", is_flag=True, help="Everything of the tenant.")
def purge(config: Path | None, repo: Path, **chosen: Any) -> None:
    """Forget remembered answers: those that meet every condition given."""
    older, model, path = chosen["older_than"], chosen["model"], chosen["path"]
    if not chosen["all_"] and older is None and model is None and path is None:
        raise NothingChosen
    settings = load(config).settings
    if chosen["tenant"]:
        recall = msgspec.structs.replace(settings.recall, tenant=chosen["tenant"])
        settings = msgspec.structs.replace(settings, recall=recall)

    async def purged() -> int:
        async with open_upkeep(settings) as upkeep:
            return await upkeep.purge(
                older_than=None if older is None else older * SECONDS_PER_HOUR,
                model=model,
                path=None if path is None else (repository_name(repo), path),
            )

    write_lines([f"forgotten: {asyncio.run(purged())} entries"])


@command.command("explain")
@CONFIG
@REPO
@click.argument("range_", metavar="[RANGE]", required=False)
def explain(config: Path | None, repo: Path, range_: str | None) -> None:
    """Say for each question of a review whether its answer is remembered, and what differs where it is not.

    RANGE is as for `coderev review`. No model is asked.
    """
    configuration = load(config, reviewed=git.top_of(repo) or repo)

    async def told() -> list[str]:
        async with _explaining(configuration) as gateway:
            with git.open_repository(repo, configuration.settings.limits) as repository:
                change = git.change_between(repository, git.Range(range_) if range_ else git.WorkTree())
                order = Order(
                    guidelines=repository.file_at(change.base, GUIDELINES_FILE), repository=repository_name(repo)
                )
                await review(change, repository, configuration.settings, order, gateway=gateway)
            return list(_served(gateway))

    write_lines(asyncio.run(told()))


@asynccontextmanager
async def _explaining(configuration: Configuration) -> AsyncIterator[Gateway]:
    async with open_gateway(configuration, recall="explain") as gateway:
        if gateway is None:
            raise NoModels
        if gateway.recall is None:
            raise RecallIsOff(reason="recall.enabled is false, or this user has no folder for it")
        yield gateway


def _served(gateway: Gateway) -> Iterator[str]:
    recall = gateway.recall
    for served in recall.served if recall else ():
        place = f"{served.path}: {served.unit}" if served.unit else "the change as a whole"
        yield f"{place}: {served.task}: " + SOURCES.get(served.source, f"not remembered: {served.why}")
