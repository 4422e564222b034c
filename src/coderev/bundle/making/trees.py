"""The tree of a bundle: packs what was gathered, and then what is made of it, in an order of paths only.

The layout's small files need the sizes of all layers, and the bill of materials the digests of everything, so they come
last (spec/bundle.md 4.10, 11.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from coderev.bundle.delta import pair_layers, pair_paths
from coderev.bundle.format.entries import ChatTemplate, Content, File, Image, Mode, Model, Role, RoleName
from coderev.bundle.format.manifest import Manifest, tree_digest
from coderev.bundle.images.images import blob_path, layout
from coderev.bundle.making.gathering import Gathered, Source, executable
from coderev.bundle.making.media_folders import OwnBundle
from coderev.bundle.making.packing import Packer
from coderev.bundle.making.sbom import Contents, ModelFacts, bill_of_materials
from coderev.bundle.recipe import ImageEntry, ModelEntry, Recipe, TreeEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTree:
    """All files by path, the bytes of their contents by digest, and the images and models that they make."""

    files: tuple[File, ...]
    sizes: Mapping[str, int]
    images: tuple[Image, ...]
    models: tuple[ModelFacts, ...]


def pack_tree(recipe: Recipe, gathered: Gathered, packer: Packer, before: OwnBundle | None) -> PackedTree:
    """Pack everything; `before` is the earlier release that a delta starts from. Raises as `Packer.pack` does."""
    packed = _Packed(packer, {} if before is None else _pairs(recipe, gathered, before.manifest))
    for source in (*gathered.files, *gathered.layers):
        packed.add(source)
    images = _pack_layout(gathered, packed)
    models = _models(gathered, packed.files)
    files, sizes = packed.tree, packed.sizes
    contents = Contents(
        product=recipe.product,
        version=recipe.version,
        seq=recipe.seq,
        files=files,
        sizes=sizes,
        images=images,
        models=models,
    )
    packed.add(Source(path=recipe.sbom, opened=partial(BytesIO, bill_of_materials(contents))))
    return PackedTree(files=packed.tree, sizes=packed.sizes, images=images, models=models)


def roles_of(recipe: Recipe, gathered: Gathered) -> dict[RoleName, Role]:
    """What each kind of host needs (2.7); every one gets the bill of materials."""

    def has(role: RoleName, entry: TreeEntry | ImageEntry | ModelEntry) -> bool:
        return role in recipe.roles_of(entry)

    return {
        role: Role(
            images=tuple(sorted(image.name for entry, image in gathered.images if has(role, entry))),
            models=tuple(sorted(entry.name for entry, _ in gathered.models if has(role, entry))),
            paths=tuple(sorted({recipe.sbom, *(entry.to for entry in recipe.tree if has(role, entry))})),
        )
        for role in recipe.roles
    }


class _Packed:
    """The files so far."""

    def __init__(self, packer: Packer, pairs: Mapping[str, Content]) -> None:
        self._packer, self._pairs = packer, pairs
        self.files: list[File] = []
        self.sizes: dict[str, int] = {}

    @property
    def tree(self) -> tuple[File, ...]:
        """The files by path (3.9)."""
        return tuple(sorted(self.files, key=lambda file: file.path))

    def add(self, source: Source) -> Content:
        """Pack one file."""
        mode: list[Mode] = [] if source.mode is None else [source.mode]

        def see(file: BinaryIO) -> None:
            if not mode:
                mode.append(executable(file))

        content = self._packer.pack(source.opened, self._pairs.get(source.path), seen=see)
        self.files.append(File(blob=content.digest, path=source.path, mode=mode[0]))
        self.sizes[content.digest] = content.size
        return content


def _pairs(recipe: Recipe, gathered: Gathered, before: Manifest) -> dict[str, Content]:
    """From which content of the base each file is likely to come."""
    layers = [(image.name, [layer.digest for layer in image.layers]) for _, image in gathered.images]
    sizes = before.sizes
    old = {file.path: Content(digest=file.blob, size=sizes[file.blob]) for file in before.tree}
    by_layer = {
        blob_path(new): old[blob_path(was)]
        for new, was in pair_layers(layers, before.images).items()
        if blob_path(new) not in old and blob_path(was) in old
    }
    return pair_paths([*gathered.paths, recipe.sbom, "images/index.json"], before) | by_layer


def _pack_layout(gathered: Gathered, packed: _Packed) -> tuple[Image, ...]:
    images = sorted((image for _, image in gathered.images), key=lambda image: image.name)
    if not images:
        return ()
    by_path = {file.path: packed.sizes[file.blob] for file in packed.files}
    sizes = {layer.digest: by_path[blob_path(layer.digest)] for image in images for layer in image.layers}
    for path, content in sorted(layout(images, sizes).items()):
        packed.add(Source(path=path, opened=partial(BytesIO, content)))
    return tuple(
        Image(
            name=image.name,
            manifest=f"sha256:{sha256(image.manifest(sizes)).hexdigest()}",
            config=image.config_digest,
            layers=tuple(layer.digest for layer in image.layers),
            architecture="arm64" if image.platform.architecture == "arm64" else "amd64",
            os="linux",
        )
        for image in images
    )


def _models(gathered: Gathered, files: list[File]) -> tuple[ModelFacts, ...]:
    tree = sorted(files, key=lambda file: file.path)
    facts = [
        ModelFacts(
            model=Model(
                name=entry.name,
                folder=entry.to,
                licence=model.licence,
                use_policy=model.use_policy,
                quantisation=model.quantisation,
                digest=tree_digest(tree, below=entry.to),
                chat_templates=tuple(
                    ChatTemplate(digest=each.digest, path=f"{entry.to}/{each.path}") for each in model.chat_templates
                ),
            ),
            architecture=model.architecture,
            parameters=model.parameters,
        )
        for entry, model in gathered.models
    ]
    return tuple(sorted(facts, key=lambda each: each.model.name))
