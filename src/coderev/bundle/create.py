"""Makes a bundle: what a recipe names, in one sequential pass, into parts with an unsigned manifest beside them.

The order:

1. Gather: everything that the recipe names is found and judged (`gathering`); nothing was written so far.
2. Pack: files, image layers, the layout's small files and the bill of materials become blobs (`trees`, `packing`).
3. Describe: the manifest, which proves itself when it is encoded.
4. Leave the metadata on every medium, the targets ready to be signed (`signing`).
5. Rename: before that there is only a folder with a name that begins with `.coderev-`.

What the caller must still do: sign (spec/bundle.md 5).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from coderev.bundle.delta import Start, WrongInventory
from coderev.bundle.format.entries import Origin
from coderev.bundle.format.manifest import Manifest, encode, needs_of
from coderev.bundle.format.parts import PartWriter
from coderev.bundle.making.checksums import checksums, part_sums
from coderev.bundle.making.contents import Contents
from coderev.bundle.making.gathering import gather
from coderev.bundle.making.media_folders import CHECKSUMS, Files, medium_folder, write_everywhere
from coderev.bundle.making.packing import NOTHING, Before, Packer
from coderev.bundle.making.trees import pack_tree, roles_of
from coderev.bundle.progress import Form, open_progress
from coderev.bundle.recipe import Recipe
from coderev.errors import InputError, Unavailable


class OutputThere(InputError):
    """A bundle should be written where something is already."""

    message = "{path} is there already"
    hint = "name a folder that is not there yet with --output"


class AlreadyExpired(InputError):
    """A bundle was to be made that no site would take."""

    message = "the bundle would expire on {expires:%Y-%m-%d}, and it is {at:%Y-%m-%d} now"
    hint = "write a later `expires` into bundle.yaml"


class CannotMake(Unavailable):
    """The system refused while a bundle was made; nothing is left of it."""

    message = "the bundle cannot be made at {path}: {reason}"
    hint = "make room or repair what is named, and run the same command again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: the recipe, the folder that its paths count from, where to, when, and from which base."""

    recipe: Recipe
    folder: Path
    output: Path
    at: datetime
    start: Start | None = None
    checksums: bool = False  # of parts too: it reads them once more
    progress: Form = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A bundle that was made: its manifest, the bytes of it, and the folders of its media."""

    manifest: Manifest
    content: bytes
    media: tuple[Path, ...]


def create(order: Order, describe: Callable[[bytes, Manifest], Files]) -> Created:
    """Make a bundle; `describe` gives the files for every medium, by their paths there (`signing.describe`).

    Raises AlreadyExpired, OutputThere, CannotMake, WrongInventory, and what reading the recipe's files raises.
    """
    _check_start(order)
    if order.recipe.expires <= order.at:
        raise AlreadyExpired(expires=order.recipe.expires, at=order.at)
    if order.output.exists() or order.output.is_symlink():
        raise OutputThere(path=order.output)
    several = order.recipe.media_bytes is not None
    with _whole_or_nothing(order.output) as (partial_folder, scratch):
        folder_of = partial(medium_folder, partial_folder, several=several)
        manifest = _made(order, folder_of, scratch)
        content = encode(manifest)
        count = max((part.medium for part in manifest.parts), default=1)
        made = tuple(map(folder_of, range(1, count + 1)))
        metadata = describe(content, manifest)
        sums = checksums(metadata, part_sums(made, manifest) if order.checksums else {})
        write_everywhere(made, {**metadata, CHECKSUMS: sums})
    media = tuple(medium_folder(order.output, number, several=several) for number in range(1, count + 1))
    return Created(manifest=manifest, content=content, media=media)


def _check_start(order: Order) -> None:
    if order.start is None:
        return
    seq, recipe, bundle = order.start.inventory.seq, order.recipe, order.start.bundle
    if seq >= recipe.seq:
        raise WrongInventory(since=seq, seq=recipe.seq, reason="the base is not older")
    named = (recipe.product, recipe.channel, recipe.kind)
    if bundle is not None and (bundle.manifest.product, bundle.manifest.channel, bundle.manifest.kind) != named:
        raise WrongInventory(since=seq, seq=recipe.seq, reason="the base is of another product, channel or kind")


@contextmanager
def _whole_or_nothing(output: Path) -> Iterator[tuple[Path, Path]]:
    """A folder that becomes `output` when all went well, and one for what is needed in between."""
    try:
        beside = Path(tempfile.mkdtemp(dir=output.parent, prefix=".coderev-"))
    except OSError as error:
        raise CannotMake(path=output, reason=error.strerror) from error
    try:
        made, scratch = beside / "made", beside / "scratch"
        made.mkdir()
        scratch.mkdir()
        yield made, scratch
        made.rename(output)
    except OSError as error:
        raise CannotMake(path=error.filename or output, reason=error.strerror or error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _made(order: Order, folder_of: Callable[[int], Path], scratch: Path) -> Manifest:
    recipe = order.recipe
    gathered = gather(recipe, order.folder, scratch)
    start = order.start
    writer = PartWriter(folder_of, part_size=recipe.part_bytes, medium_size=recipe.media_bytes)
    with writer, open_progress("create", gathered.size, order.progress) as progress:
        packer = Packer(writer, progress, _before(start, scratch))
        tree = pack_tree(recipe, gathered, packer, start.bundle if start else None)
        parts = writer.finish()
    return Manifest(
        format=1,
        kind=recipe.kind,
        product=recipe.product,
        channel=recipe.channel,
        site=recipe.site,
        architecture=recipe.architecture,
        seq=recipe.seq,
        version=recipe.version,
        created=order.at.astimezone(UTC).replace(microsecond=0),
        expires=recipe.expires.astimezone(UTC),
        maximum_age_days=recipe.maximum_age_days,
        origin=None if start is None else Origin(seq=start.inventory.seq, tree=start.inventory.tree),
        assumes=recipe.assumes,
        needs=needs_of(tree.files, tree.sizes),
        database=recipe.database,
        health=recipe.health,
        parts=parts,
        blobs=tuple(packer.blobs),
        held=packer.held,
        tree=tree.files,
        roles=roles_of(recipe, gathered),
        images=tree.images,
        models=tuple(facts.model for facts in tree.models),
        sbom=recipe.sbom,
    )


def _before(start: Start | None, scratch: Path) -> Before:
    if start is None:
        return NOTHING
    contents = None if start.bundle is None else Contents(start.bundle, start.earlier, scratch)
    return Before(held=start.held, contents=contents)
