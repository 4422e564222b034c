"""`coderev worker`: runs reviews, beside any number of others on this database."""

import asyncio
from functools import partial
from pathlib import Path

import click

from coderev.cli.families import need
from coderev.cli.options import CONFIG

need("markdown_it", "procrastinate", "prometheus_client", "psycopg", "psycopg_pool")


@click.command("worker", short_help="Run reviews, beside others on one database.")
@CONFIG
def command(config: Path | None) -> None:
    """Run the jobs of the queue until it is interrupted; a review that cannot end in time is given back.

    Several may run, on several hosts, where `database.url` names the one PostgreSQL; `server.reviews` says how many
    reviews each runs at a time.

    Exit status: 0 stopped, 2 wrong configuration, 3 trust refused, 4 a database that does not answer.
    """
    from coderev.server import Duties, run_service
    from coderev.settings import load

    asyncio.run(run_service(partial(load, config), Duties(answers=False), partial(click.echo, err=True)))
