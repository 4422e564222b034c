"""Options that several commands have."""

from pathlib import Path

import click

CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, file_okay=False, exists=True), help="A folder of configuration."
)
