"""Archives of `docker save`, `podman save` and `skopeo copy … docker-archive:`, by their `manifest.json`.

Nothing states the digests of the layers as they lie there; what proves them are the diff_ids of the configuration, and
of the configuration its name, where that is its digest.
"""

import hashlib
import re
from functools import partial
from typing import Annotated

import msgspec

from coderev.bundle.format.entries import MAX_LAYERS
from coderev.bundle.images.holders import Archive, BadImage, FoundImage, StoredLayer
from coderev.bundle.images.oci import document
from coderev.bundle.images.streams import ImageRefused, packing_of

_DIGEST_IN_NAME = re.compile(r"(?:^|/)([0-9a-f]{64})(?:\.json|\.tar)?$")


class _Entry(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    config: str
    repo_tags: tuple[str, ...] | None = None
    layers: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_LAYERS)]


def read_docker_archive(archive: Archive, reference: str, image: str) -> FoundImage:
    """The image of an archive that bears the reference, or its only one. Raises BadImage, ImageRefused, NotAPlainFile.

    `image` names it in errors.
    """
    entries = document(archive.read("manifest.json"), tuple[_Entry, ...], image, "manifest.json")
    found = [each for each in entries if not reference or full_name(reference) in map(full_name, each.repo_tags or ())]
    if len(found) != 1:
        tags = ", ".join(sorted(tag for each in entries for tag in each.repo_tags or ())[:10])
        raise BadImage(
            image=image, reason=f"{len(found)} images fit where one must; the archive has {tags or 'no tags'}"
        )
    return FoundImage(
        name=reference or next(iter(found[0].repo_tags or ()), ""),
        digest=None,
        config=_config(archive, found[0].config, image),
        layers=tuple(_layer(archive, name) for name in found[0].layers),
    )


def full_name(name: str) -> str:
    """An image's name with its registry: docker takes `redis:7` for `docker.io/library/redis:7`."""
    first, slash, _ = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


def _config(archive: Archive, name: str, image: str) -> bytes:
    config = archive.read(name)
    stated = _DIGEST_IN_NAME.search(name)
    if stated and (digest := hashlib.sha256(config).hexdigest()) != stated[1]:
        raise ImageRefused(image=image, part=name, reason=f"its digest is sha256:{digest}")
    return config


def _layer(archive: Archive, name: str) -> StoredLayer:
    with archive.opened(name) as file:
        packing = packing_of(file.read(4))
    stated = _DIGEST_IN_NAME.search(name) if name.startswith("blobs/sha256/") else None
    return StoredLayer(
        opened=partial(archive.opened, name),
        digest=f"sha256:{stated[1]}" if stated else None,
        size=archive.size(name),
        packing=packing,
    )
