"""`coderev bundle inspect` and `coderev bundle inventory`: what a bundle says, and what a site has."""

from pathlib import Path

import click

from coderev.bundle import inspecting
from coderev.bundle import inventory as inventories
from coderev.cli.options import CONFIG, FOLDER
from coderev.cli.output import examples, in_a_folder, write_lines, write_stdout
from coderev.files import write_atomic
from coderev.settings import load


@examples(
    "coderev bundle inspect release-7",
)
@click.command("inspect", short_help="Show what a bundle says of itself; verifies nothing.")
@click.argument("folder", metavar="BUNDLE", type=FOLDER)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--bundles", type=FOLDER, help="Where earlier bundles are, for a delta; else the folder BUNDLE is in.")
def inspect(folder: Path, format_: str, bundles: Path | None) -> None:
    """Show what BUNDLE says of itself, with each chat template. Nothing is verified by that."""
    above = folder.absolute().parent
    inspected = inspecting.inspect(folder, bundles or above)
    if format_ == "json":
        write_stdout(inspecting.as_json(inspected) + b"\n")
    else:
        write_lines(inspecting.as_lines(inspected))


@examples(
    "coderev bundle inventory --output inventory.json",
)
@click.command("inventory", short_help="List what is live here, for the next delta.")
@click.option("--folder", type=FOLDER, help="Where bundles are installed; else bundle.folder of the settings.")
@click.option("--output", type=click.Path(path_type=Path), help="A file, instead of standard output.")
@CONFIG
def inventory(folder: Path | None, output: Path | None, config: Path | None) -> None:
    """List what is live here, for whoever makes the next delta: seq, tree digest and contents, nothing else."""
    found = inventories.take_inventory((folder or Path(load(config).settings.bundle.folder)) / "current")
    content = inventories.encode(found)
    if output is None:
        write_stdout(content)
    else:
        write_atomic(in_a_folder(output), content)
