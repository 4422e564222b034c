"""OCI image layouts, in a folder or an archive: from the index to one manifest (image-spec 1.1, image-layout.md).

Every descriptor's size and digest is checked when its blob is read (spec/bundle.md 11.4).
"""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, TypeVar

import msgspec

from coderev.bundle.format.entries import MAX_LAYERS, OciDigest
from coderev.bundle.images.holders import MAX_DOCUMENT, BadImage, FoundImage, Holder, StoredLayer
from coderev.bundle.images.streams import Packing, Proof, file_of, pieces_of
from coderev.bundle.inputs import strict_json

MAX_INDEXES = 16  # below the first, of one image
MAX_MANIFESTS = 1024  # descriptors of one index

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
_INDEXES = (OCI_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS = (OCI_MANIFEST, "application/vnd.docker.distribution.manifest.v2+json")
_CONFIGS = (OCI_CONFIG, "application/vnd.docker.container.image.v1+json")
_LAYERS: dict[str, Packing] = {
    OCI_LAYER: "none",
    f"{OCI_LAYER}+gzip": "gzip",
    f"{OCI_LAYER}+zstd": "zstd",
    "application/vnd.docker.image.rootfs.diff.tar": "none",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
}
_TAGS = ("org.opencontainers.image.ref.name", "io.containerd.image.name")  # annotations of an index's entries

T = TypeVar("T")


class Platform(msgspec.Struct, frozen=True):
    """What an image runs on, in the words of OCI."""

    os: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.os}/{self.architecture}"


class Descriptor(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a manifest or an index says of a blob: its media type, digest and size in bytes."""

    media_type: str
    digest: OciDigest
    size: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
    urls: tuple[str, ...] = ()
    annotations: dict[str, str] = {}
    platform: Platform | None = None


class _Layout(msgspec.Struct, frozen=True, rename="camel"):
    image_layout_version: str


class _Index(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    schema_version: int
    media_type: str = OCI_INDEX
    manifests: Annotated[tuple[Descriptor, ...], msgspec.Meta(max_length=MAX_MANIFESTS)]


class _Manifest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    schema_version: int
    media_type: str = OCI_MANIFEST
    config: Descriptor
    layers: Annotated[tuple[Descriptor, ...], msgspec.Meta(max_length=MAX_LAYERS)]


def read_layout(holder: Holder, tag: str, platform: Platform, image: str) -> FoundImage:
    """The one image of a layout that bears the tag, where one is given, and runs on the platform.

    `image` names it in errors. Raises BadImage, ImageRefused, NotAPlainFile.
    """
    layout = document(holder.read("oci-layout"), _Layout, image, "oci-layout")
    if layout.image_layout_version != "1.0.0":
        raise BadImage(image=image, reason=f"an image layout of version {layout.image_layout_version!r}")
    index = document(holder.read("index.json"), _Index, image, "index.json")
    found = [each for each in index.manifests if not tag or _tagged(each, tag)]
    chosen = _only(tuple(_manifests(holder, found, platform, image)), image, tag, platform)
    manifest = document(_blob(holder, chosen, image), _Manifest, image, "the manifest")
    if manifest.config.media_type not in _CONFIGS:  # a signature, a chart, a bill of materials
        raise BadImage(image=image, reason=f"it is no container image but {manifest.config.media_type!r}")
    return FoundImage(
        name=next((name for key in _TAGS if ":" in (name := chosen.annotations.get(key, ""))), ""),  # no mere tag
        digest=chosen.digest,
        config=_blob(holder, manifest.config, image),
        layers=tuple(_layer(holder, layer, image) for layer in manifest.layers),
    )


def document(text: bytes, form: type[T], image: str, name: str) -> T:
    """A JSON document of an image, strictly read; members that are not known are allowed. Raises BadImage."""
    try:
        return msgspec.convert(strict_json(text), form)
    except ValueError as error:  # also msgspec.ValidationError and UnicodeDecodeError
        raise BadImage(image=image, reason=f"{name}: {error}") from error


def _tagged(descriptor: Descriptor, tag: str) -> bool:
    return tag in [descriptor.annotations.get(key) for key in _TAGS]


def _manifests(holder: Holder, descriptors: list[Descriptor], platform: Platform, image: str) -> Iterator[Descriptor]:
    """The manifests for the platform below some entries of an index; attestations state the platform `unknown`."""
    waiting, indexes = list(descriptors), set[str]()
    while waiting:
        each = waiting.pop(0)
        if each.platform not in (None, platform) or each.digest in indexes:
            continue
        if each.media_type in _MANIFESTS:
            yield each
        elif each.media_type not in _INDEXES:
            raise BadImage(image=image, reason=f"an index names {each.media_type!r}, which is no image")
        elif len(indexes) == MAX_INDEXES:
            raise BadImage(image=image, reason=f"more than {MAX_INDEXES} indexes within one another")
        else:
            indexes.add(each.digest)
            below = document(_blob(holder, each, image), _Index, image, "an index")
            waiting += [msgspec.structs.replace(one, annotations=each.annotations) for one in below.manifests]


def _only(found: tuple[Descriptor, ...], image: str, tag: str, platform: Platform) -> Descriptor:
    if not found:
        raise BadImage(image=image, reason=f"there is none{f' with the tag {tag!r}' if tag else ''} for {platform}")
    if len({each.digest for each in found}) > 1:
        raise BadImage(image=image, reason=f"there are {len(found)} for {platform}; name one by its tag")
    return found[0]


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _blob(holder: Holder, descriptor: Descriptor, image: str) -> bytes:
    """A small blob, proved by its descriptor."""
    proof = _proof(descriptor, image)
    if descriptor.size > MAX_DOCUMENT:
        proof.refuse(f"longer than {MAX_DOCUMENT} bytes")
    with file_of(proof.check(pieces_of(partial(holder.opened, _path(descriptor.digest))))) as file:
        return file.read()


def _proof(descriptor: Descriptor, image: str) -> Proof:
    if descriptor.urls:
        raise BadImage(image=image, reason=f"{descriptor.digest} would be fetched from elsewhere")
    return Proof(image=image, part=descriptor.digest, digest=descriptor.digest, size=descriptor.size)


def _layer(holder: Holder, layer: Descriptor, image: str) -> StoredLayer:
    packing = _LAYERS.get(layer.media_type)
    if packing is None:
        raise BadImage(image=image, reason=f"a layer of the kind {layer.media_type!r}")
    _proof(layer, image)
    opened = partial(holder.opened, _path(layer.digest))
    return StoredLayer(opened=opened, digest=layer.digest, size=layer.size, packing=packing)
