"""`coderev bundle fetch` and `coderev bundle bootstrap`: what happens before a bundle is carried in."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from coderev.bundle import bootstrapping, custody, labels, progress, publication
from coderev.bundle import fetch as fetching
from coderev.cli.options import CONFIG, PROGRESS
from coderev.cli.output import examples, write_lines
from coderev.egress import Egress
from coderev.errors import CoderevError
from coderev.files import now
from coderev.settings import Settings, load


@examples(
    "coderev bundle bootstrap wheels --output first",
)
@click.command("bootstrap", short_help="Make what a bare host starts from, of wheels.")
@click.argument("wheels", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write.")
def bootstrap(wheels: Path, output: Path) -> None:
    """Make what a bare host starts from, of a folder of WHEELS: for `coderev bundle create --bootstrap`."""
    script, lock = bootstrapping.put(output, wheels)
    write_lines([f"SHA-256 of {bootstrapping.SCRIPT}: {script}", f"SHA-256 of {bootstrapping.LOCK}: {lock}"])


@examples(
    "coderev bundle fetch release-7 --medium 1 --spool /media/stick --root SHA256",
    "coderev bundle fetch https://bundles.example.org/release-7 --spool release-7 --root SHA256",
)
@click.command("fetch", short_help="Copy a bundle onto a medium, proved as it arrives.")
@click.argument("source", metavar="URL|FOLDER")
@click.option("--spool", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to fill.")
@click.option("--medium", type=click.IntRange(min=1), help="Only the parts of this medium.")
@click.option("--root", required=True, metavar="SHA256", help="Of the TUF root, from paper.")
@PROGRESS
@CONFIG
def fetch(config: Path | None, source: str, form: progress.Form, **given: Any) -> None:
    """Bring a published bundle to this side, or onto a medium, proved as it arrives. Called again, it goes on."""
    settings = load(config).settings
    order = fetching.Order(at=now(), **given)
    found = asyncio.run(_fetched(source, order, settings, form))
    write_lines([*_told(found, order), _recorded(found, source, order, settings)])


async def _fetched(source: str, order: fetching.Order, settings: Settings, form: progress.Form) -> fetching.Proved:
    steps: list[progress.Progress] = []

    def proved(found: fetching.Proved) -> None:
        numbers = fetching.numbers_of(found.manifest, order.medium)
        steps.append(progress.open_progress("fetch", sum(found.manifest.parts[n].size for n in numbers), form))

    def watch(count: int) -> None:
        steps[0].add(count)

    if "://" in source:
        async with Egress(settings).client() as session:
            found = await fetching.fetch(publication.WebPublication(session, source), order, proved, watch)
    else:
        found = await fetching.fetch(publication.FolderPublication(Path(source)), order, proved, watch)
    with steps[0]:
        return found


def _told(found: fetching.Proved, order: fetching.Order) -> Iterator[str]:
    manifest = found.manifest
    numbers = fetching.numbers_of(manifest, order.medium)
    stored = sum(manifest.parts[number].size for number in numbers)
    yield f"fetched: seq {manifest.seq}, {manifest.product} {manifest.version}, site {manifest.site}"
    yield f"manifest: SHA-256 {found.digest}"
    yield f"signed: {', '.join(found.tuf)}; OpenPGP {', '.join(found.openpgp)}"
    parts = f"{len(numbers)} of {len(manifest.parts)} parts, {progress.human_size(stored)}"
    yield f"spool: {order.spool}, {parts}, every byte proved"


def _recorded(found: fetching.Proved, source: str, order: fetching.Order, settings: Settings) -> str:
    """Record the copy; a connected side that keeps no custody is told so, and has its bundle all the same."""
    step = custody.record(
        "copied",
        found.digest,
        order.at,
        medium=labels.medium_of(order.spool),
        travelled=custody.read_travelling(found.files.get(custody.CUSTODY_FILE, b"")).head,
        details={"from": source, "to": str(order.spool.resolve())},
    )
    try:
        return f"custody: copied, line {custody.open_custody(Path(settings.bundle.state)).add(step).digest}"
    except CoderevError as error:
        return f"custody: NOT RECORDED: {error}"
