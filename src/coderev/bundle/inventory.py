"""An inventory: what a site has, for whoever makes the next delta for it. It says nothing else of the site.

Clause 9.6 of spec/bundle.md.
"""

import stat
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from coderev.bundle.format.entries import Content, Digest, Entry, File, Positive
from coderev.bundle.format.manifest import MAX_FILES, MAX_MANIFEST_BYTES, Manifest
from coderev.bundle.format.manifest import decode as decode_manifest
from coderev.bundle.inputs import read_plain
from coderev.errors import InputError
from coderev.trust import NotCanonical, canonical

MAX_INVENTORY_BYTES = 32 * 1024 * 1024
RECORDS = ".coderev/MANIFEST.json"  # of a generation (7.4)


class InventoryRefused(InputError):
    """A file is no inventory of a site."""

    message = "{path} is no inventory: {reason}"
    hint = "make it at the site with `coderev bundle inventory`, and carry it out unchanged"


class Inventory(Entry, frozen=True, kw_only=True):
    """The live generation: seq, digest of the whole release's tree, and the contents that are there, by digest."""

    format: Literal[1]
    seq: Positive
    tree: Digest
    contents: Annotated[tuple[Content, ...], msgspec.Meta(max_length=MAX_FILES)]


def inventory_of(manifest: Manifest, files: tuple[File, ...] | None = None) -> Inventory:
    """The inventory of a site that has these files of a release, or all of them."""
    sizes, present = manifest.sizes, manifest.tree if files is None else files
    contents = tuple(Content(digest=digest, size=sizes[digest]) for digest in sorted({file.blob for file in present}))
    return Inventory(format=1, seq=manifest.seq, tree=manifest.tree_digest, contents=contents)


def take_inventory(generation: Path) -> Inventory:
    """What the generation in a folder has; a host of one role has not all files. Raises NotAPlainFile, ManifestRefused.

    Sizes are compared, contents are not read: a delta that was made for a damaged file is refused when it is installed.
    """
    manifest = decode_manifest(read_plain(generation, RECORDS, MAX_MANIFEST_BYTES))
    sizes = manifest.sizes
    return inventory_of(
        manifest, tuple(file for file in manifest.tree if _is_there(generation / file.path, sizes[file.blob]))
    )


def _is_there(path: Path, size: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def encode(inventory: Inventory) -> bytes:
    """The bytes of an inventory: canonical JSON."""
    return canonical.encode(inventory)


def read_inventory(path: Path) -> Inventory:
    """Read an inventory that came out of a site. Raises InventoryRefused, NotAPlainFile."""
    try:
        return canonical.decode_as(Inventory, read_plain(path, "", MAX_INVENTORY_BYTES), limit=MAX_INVENTORY_BYTES)
    except NotCanonical as error:
        raise InventoryRefused(path=path, reason=error) from error
