"""Options and kinds of arguments that several commands have."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
CONFIG = click.option("--config", type=FOLDER, help="A folder of configuration.")
PROGRESS = click.option(
    "--progress",
    "form",
    type=click.Choice(["auto", "text", "json", "none"]),
    default="auto",
    show_default=True,
    help="How far it is, on standard error.",
)
