"""`coderev recall warm`: ask about code ahead of time, file by file, so that the models work at night."""

import asyncio
import hashlib
import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from coderev import git
from coderev.cli.models import NoModels
from coderev.cli.options import CONFIG
from coderev.diff import Change, FileChange, Hunk, Side
from coderev.egress import Egress
from coderev.errors import InputError
from coderev.files import monotonic
from coderev.gateway import Gateway, open_gateway
from coderev.recall import open_recall
from coderev.review import Order, Tree, embed, review
from coderev.settings import Configuration, Limits, Settings, load

SECONDS_PER_MINUTE = 60
EXAMPLES = ""  # the repository of what stands in none: examples for everybody
PLAIN_FILE = 0o100644
NO_ANSWER_STATUS = 4


class NothingToWarm(InputError):
    """No file was found below the paths that were named."""

    message = "there is no file to read below {paths}"
    hint = "name files or folders with source code"


class NoEmbedder(InputError):
    """Only embedding was asked for, and no embedder is configured."""

    message = "--no-ask only embeds, and recall.similar.embedder is not set"
    hint = "set it to a folder with an ONNX sentence encoder or to the URL of a text-embeddings-inference server"


@dataclass(frozen=True)
class Folder:
    """Files that stand in no repository, read as if they were added; a link is never followed."""

    files: dict[str, Path]  # by the digest of path and place, which stands for git's object id

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of some files; those that cannot be read are left out."""
        found = {}
        for oid in oids:
            try:
                found[oid] = self.files[oid].read_bytes()
            except (KeyError, OSError):
                continue
        return found

    def listing(self, tree: str) -> tuple[tuple[str, str, int], ...]:
        """Examples stand alone."""
        del tree
        return ()

    def grep(self, words: Collection[str], tree: str) -> tuple[tuple[str, str], ...]:
        """Examples have no neighbours."""
        del words, tree
        return ()

    def is_merged(self, commit: str, into: str) -> bool:
        """Examples have no history."""
        del commit, into
        return False


@click.command("warm")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="PATH...")
@CONFIG
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="At most N questions a minute.")
@click.option("--no-ask", is_flag=True, help="Only embed, for the similar tier; no model is asked.")
@click.option("--quiet", is_flag=True, help="No progress.")
def warm(paths: tuple[Path, ...], config: Path | None, **given: Any) -> int:
    """Ask about files ahead of time, as `review --all --ask` does, and embed them where an embedder is set.

    PATH is a file or folder: of a repository (what git tracks or does not ignore), or of examples that stand in none.
    What is remembered is not asked again, so a run that was interrupted goes on where it stopped. Exit status 4 when
    some questions had no answer.
    """
    configuration, watched = load(config), not given["quiet"] and sys.stderr is not None and sys.stderr.isatty()
    if given["no_ask"]:
        asyncio.run(embed_below(paths, configuration.settings, watched=watched))
        return 0
    return asyncio.run(_ask_below(paths, configuration, rate=given["rate"], watched=watched))


async def embed_below(paths: Sequence[Path], settings: Settings, *, watched: bool = False) -> None:
    """Embed every unit of the files below some paths. Raises NoEmbedder, NothingToWarm, and what `open_recall` does."""
    async with open_recall(settings, Egress(settings)) as recall:
        if recall is None or recall.related is None:
            raise NoEmbedder
        units = 0
        with _below(paths, settings.limits) as sources:
            for number, source in enumerate(sources, 1):
                units += await embed(source.change, source.tree, recall, source.repository)
                _progress(number, len(sources), watched=watched)
        notes = recall.related.notes
    click.echo("; ".join((f"{len(sources)} files: {units} units embedded", *notes)), err=True)


async def _ask_below(paths: Sequence[Path], configuration: Configuration, *, rate: float | None, watched: bool) -> int:
    missing, started = 0, monotonic()
    async with open_gateway(configuration) as gateway:
        if gateway is None:
            raise NoModels
        with _below(paths, configuration.settings.limits) as sources:
            for number, source in enumerate(sources, 1):
                order = Order(repository=source.repository, warms=True)
                result = await review(source.change, source.tree, configuration.settings, order, gateway=gateway)
                missing += result.coverage.models.questions - result.coverage.models.answered
                _progress(number, len(sources), watched=watched)
                await _keep_to(rate, gateway, started)
        click.echo(_told(gateway, len(sources), missing), err=True)
    return NO_ANSWER_STATUS if missing else 0


@dataclass(frozen=True)
class _Source:
    """One file, and where it stands."""

    change: Change
    tree: Tree
    repository: str


@contextmanager
def _below(paths: Sequence[Path], limits: Limits) -> Iterator[list[_Source]]:
    """The files below some paths. Raises NothingToWarm, and what opening a repository does."""
    with ExitStack() as opened:
        sources = [source for path in paths for source in _sources(path, limits, opened)]
        if not sources:
            raise NothingToWarm(paths=", ".join(map(str, paths)))
        yield sources


def _sources(path: Path, limits: Limits, opened: ExitStack) -> Iterator[_Source]:
    top = git.top_of(path if path.is_dir() else path.parent)
    if top is None:
        yield from _examples(path)
        return
    repository = opened.enter_context(git.open_repository(path if path.is_dir() else path.parent, limits))
    change = git.change_between(repository, git.Everything())
    below = path.resolve().relative_to(top.resolve()).as_posix()
    for file in change.files:
        if below in (".", file.path) or file.path.startswith(f"{below}/"):
            yield _Source(replace(change, files=(file,)), repository, str(top))


def _examples(path: Path) -> Iterator[_Source]:
    root = path if path.is_dir() else path.parent
    places = sorted(Path(folder, name) for folder, _, names in os.walk(path) for name in names) or [path]
    for place in places:
        if stat.S_ISREG(place.lstat().st_mode) and (lines := _lines(place)):
            name = place.relative_to(root).as_posix()
            oid = hashlib.sha256(os.fsencode(name)).hexdigest()
            added = Hunk(old_start=0, old_lines=0, new_start=1, new_lines=lines)
            file = FileChange(path=name, kind="added", head=Side(oid=oid, mode=PLAIN_FILE), hunks=(added,))
            yield _Source(Change(base="", head="", files=(file,)), Folder({oid: place}), EXAMPLES)


def _lines(place: Path) -> int:
    """How many lines a file of text has; none for one that is binary, or cannot be read."""
    try:
        content = place.read_bytes()
    except OSError:
        return 0
    return 0 if b"\0" in content else content.count(b"\n") + (content[-1:] not in (b"", b"\n"))


def _progress(done: int, of: int, *, watched: bool) -> None:
    if watched:
        click.echo(f"\rwarmed {done} of {of} files", nl=done == of, err=True)


async def _keep_to(rate: float | None, gateway: Gateway, started: float) -> None:
    """Wait until so many questions a minute were not too many."""
    if rate is not None:
        asked = gateway.stats().get("answered", 0)
        await asyncio.sleep(max(0.0, asked / rate * SECONDS_PER_MINUTE - (monotonic() - started)))


def _told(gateway: Gateway, files: int, missing: int) -> str:
    counts = gateway.recall.stats() if gateway.recall else {}
    known = counts.get("exact", 0) + counts.get("structure", 0)
    asked = counts.get("model", 0)
    return f"{files} files: {asked:.0f} questions asked, {known:.0f} remembered, {missing} without an answer"
