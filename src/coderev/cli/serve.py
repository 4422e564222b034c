"""`coderev serve`: the service in one process: requests, jobs, and, where no database is named, a PostgreSQL too."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import click

from coderev.cli.families import need
from coderev.cli.options import CONFIG
from coderev.store import records

need("markdown_it", "procrastinate", "prometheus_client", "psycopg", "psycopg_pool")


@click.command("serve", short_help="Serve pages, the API and webhooks, and review.")
@CONFIG
@click.option(
    "--invite",
    type=click.Choice(records.ROLES),
    is_flag=False,
    flag_value="admin",
    help="Print an address to sign in with, for this role (admin), and end.",
)
@click.option("--no-worker", is_flag=True, help="Answer requests only; `coderev worker` runs the reviews.")
def command(config: Path | None, *, invite: Any, no_worker: bool) -> None:
    """Serve pages, the API and webhooks, and review what they bring, until it is interrupted.

    It listens on `server.listen` (127.0.0.1:8080), prints an address to sign in with (`--invite` prints another), and
    reads its configuration anew on SIGHUP. In a clone of the source that has reviewed nothing yet, it shows the
    example's review.

    Exit status: 0 stopped, 2 wrong configuration, 3 trust refused, 4 a database that does not answer.
    """
    from coderev.server import Duties, print_invitation, run_service
    from coderev.settings import load

    if invite is not None:
        asyncio.run(print_invitation(load(config), invite, click.echo))
        return
    duties = Duties(works=not no_worker)
    asyncio.run(run_service(partial(load, config), duties, partial(click.echo, err=True)))
