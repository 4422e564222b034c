"""`coderev route explain`: which rule chooses which models for a question, and why the others do not."""

import asyncio
from pathlib import Path
from typing import Any, get_args

import click

from coderev.cli.models import NoModels
from coderev.cli.options import CONFIG
from coderev.cli.output import write_lines
from coderev.gateway import Question, Task, open_gateway
from coderev.settings import load

NO_ROUTE_STATUS = 4


@click.group("route")
def command() -> None:
    """The routes that policy chooses."""


@command.command("explain")
@CONFIG
@click.option("--task", type=click.Choice(get_args(Task)), default="code-review", show_default=True)
@click.option("--language", help="Of the code, such as python.")
@click.option("--label", multiple=True, help="A label of the question.")
@click.option("--complexity", type=click.IntRange(min=1), default=1, show_default=True, help="Branches in the unit.")
@click.option("--sensitive", is_flag=True, help="The question must not leave the site.")
@click.option("--answer-tokens", type=click.IntRange(min=1), help="The longest answer; the site's limit by default.")
def explain(config: Path | None, **given: Any) -> int:
    """Say which rule chooses which models for a question. Exit status 4 when none does."""
    configuration = load(config)
    question = Question(
        task=given["task"],
        version="1",
        messages=(),
        answer_tokens=given["answer_tokens"] or configuration.settings.limits.answer_tokens,
        language=given["language"],
        labels=frozenset(given["label"]),
        complexity=given["complexity"],
        sensitive=given["sensitive"],
    )

    async def explained() -> int:
        async with open_gateway(configuration) as gateway:
            if gateway is None:
                raise NoModels
            explanation = gateway.explain(question)
            write_lines(explanation.lines())
            return 0 if explanation.route else NO_ROUTE_STATUS

    return asyncio.run(explained())
