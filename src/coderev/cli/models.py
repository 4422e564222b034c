"""`coderev models`: what the registry says, and what its endpoints really serve."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import click

from coderev.cli.options import CONFIG
from coderev.cli.output import write_lines
from coderev.errors import InputError
from coderev.gateway import Checkup, check_models
from coderev.settings import load

UNWELL_STATUS = 4


class NoModels(InputError):
    """A command about models was called where none is configured."""

    message = "no model is configured"
    hint = "put model_registry.yaml into the folder of --config, CODEREV_CONFIG or the user's folder"


@click.group("models")
def command() -> None:
    """The models of the site."""


@command.command("list")
@CONFIG
def list_(config: Path | None) -> None:
    """List the models of the registry, and which of them may be used here."""
    write_lines(_lines(_checked(config, "list")))


@command.command("check")
@CONFIG
@click.option("--measure", is_flag=True, help="Time a few prompts, and name the routes that are too short.")
def check(config: Path | None, *, measure: bool) -> int:
    """Ask each endpoint what it really serves. Exit status 4 when something does not answer or is too slow."""
    checkup = _checked(config, "measure" if measure else "check")
    write_lines(_lines(checkup))
    return 0 if checkup.is_well else UNWELL_STATUS


def _checked(config: Path | None, depth: Literal["list", "check", "measure"]) -> Checkup:
    checkup = asyncio.run(check_models(load(config), depth))
    if checkup is None:
        raise NoModels
    return checkup


def _lines(checkup: Checkup) -> Iterator[str]:
    widest = max((len(check.model.id) for check in checkup.models), default=0)
    for check in checkup.models:
        place = check.model.endpoint or check.model.path or ""
        facts = [check.detail] if check.detail else []
        if check.speed is not None:
            speed = check.speed
            facts.append(f"first token {speed.first_token_ms:.0f} ms, {speed.tokens_per_second:.1f} tokens/s")
        yield f"{check.model.id:{widest}}  {check.status:7}  {place}" + "".join(f"; {fact}" for fact in facts)
    for route in checkup.short_routes:
        yield f"too short: {route}"
