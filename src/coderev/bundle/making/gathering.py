"""What a recipe names, found and judged before the first byte is written: files of the tree, models, images.

Every file is opened again when it is packed; models then prove that they are what was judged, images that they are
what their digests say.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from coderev.bundle.format.entries import Mode
from coderev.bundle.format.paths import check_tree
from coderev.bundle.images.images import Image, ImageSource, blob_path, read_image
from coderev.bundle.images.oci import Platform
from coderev.bundle.inputs import NotAPlainFile, listing, open_plain
from coderev.bundle.models.admission import Admitted, admit, open_admitted
from coderev.bundle.recipe import ImageEntry, ModelEntry, Recipe, TreeEntry
from coderev.errors import InputError
from coderev.settings import matches

LAYOUT_FILES = ("images/index.json", "images/oci-layout")  # 11.2


class NothingFound(InputError):
    """A recipe names a folder in which nothing is, or nothing is left."""

    message = "{path} holds no file that could go into the bundle"
    hint = "correct `from` or `exclude` in bundle.yaml, or take the entry out"


class ImageTwice(InputError):
    """Two images of a recipe bear one name."""

    message = "two images are called {name}"
    hint = "give one of them another `name` in bundle.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file that goes in: its path in the tree, how it is opened, its mode (None: what its own mode says).

    `size` is in bytes and for the progress only; None where nobody knows.
    """

    path: str
    opened: Callable[[], BinaryIO]
    mode: Mode | None = "0644"
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that goes in but what is made on the way: the small files of the image layout and the bill of materials."""

    files: tuple[Source, ...]  # by path, models among them
    layers: tuple[Source, ...]  # of all images, each once
    models: tuple[tuple[ModelEntry, Admitted], ...]
    images: tuple[tuple[ImageEntry, Image], ...]

    @property
    def paths(self) -> list[str]:
        """The paths of files and layers, sorted."""
        return sorted(each.path for each in (*self.files, *self.layers))

    @property
    def size(self) -> int | None:
        """Bytes of all files and layers; None where a layer is packed, so that nobody knows."""
        sizes = [each.size for each in (*self.files, *self.layers)]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None


def gather(recipe: Recipe, folder: Path, scratch: Path) -> Gathered:
    """Find all that a recipe names; its paths count from `folder`, `scratch` takes what skopeo copies.

    Raises NothingFound, ImageTwice, PathRefused, and what admitting models and reading images raises.
    """
    models = tuple((entry, admit(folder / entry.source, entry, recipe.licences)) for entry in recipe.models)
    images = tuple((entry, _image(recipe, entry, folder, scratch)) for entry in recipe.image_entries)
    names = [image.name for _, image in images]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ImageTwice(name=twice)
    files = [source for entry in recipe.tree for source in _tree(entry, folder)]
    files += [source for entry, model in models for source in _model(entry, model)]
    layers = {layer.digest: layer for _, image in images for layer in image.layers}
    gathered = Gathered(
        files=tuple(sorted(files, key=lambda each: each.path)),
        layers=tuple(
            Source(path=blob_path(digest), opened=layer.opened, size=layer.size)
            for digest, layer in sorted(layers.items())
        ),
        models=models,
        images=images,
    )
    check_tree(sorted([*gathered.paths, recipe.sbom, *(LAYOUT_FILES if images else ())]))
    return gathered


def executable(file: BinaryIO) -> Mode:
    """The mode that a bundle gives to an open file: 0755 where anybody may execute it."""
    return "0755" if os.fstat(file.fileno()).st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH) else "0644"


def _image(recipe: Recipe, entry: ImageEntry, folder: Path, scratch: Path) -> Image:
    architecture = entry.architecture or recipe.architecture
    source = ImageSource.parse(entry.source)
    return read_image(source, folder=folder, scratch=scratch, platform=Platform("linux", architecture), name=entry.name)


def _tree(entry: TreeEntry, folder: Path) -> Iterator[Source]:
    root = folder / entry.source
    if not root.is_dir():
        with open_plain(root) as file:
            size = os.fstat(file.fileno()).st_size
        yield Source(path=entry.to, opened=partial(open_plain, root), mode=entry.file_mode, size=size)
        return
    found = [each for each in listing(root) if not matches(each.path, entry.exclude)]
    if not found:
        raise NothingFound(path=root)
    for each in found:
        if each.kind != "file":
            reason = "it is a link" if each.kind == "link" else "it is not a regular file"
            raise NotAPlainFile(path=root / each.path, reason=reason)
        opened = partial(open_plain, root, each.path)
        yield Source(path=f"{entry.to}/{each.path}", opened=opened, mode=entry.file_mode, size=each.size)


def _model(entry: ModelEntry, model: Admitted) -> Iterator[Source]:
    for file in model.files:
        yield Source(path=f"{entry.to}/{file.path}", opened=partial(open_admitted, model, file), size=file.size)
