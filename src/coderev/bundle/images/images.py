"""Container images from wherever they are, in the one shape that a bundle stores (spec/bundle.md 11).

A bundle has one OCI layout for all images. Layers lie in it uncompressed, under the diff_ids that their configurations
name, so that equal layers are one blob and a delta sees what changed; the configuration stays byte for byte.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, get_args

import msgspec

from coderev.bundle.format import entries
from coderev.bundle.format.entries import MAX_LAYERS, OciDigest
from coderev.bundle.images.docker_archive import full_name, read_docker_archive
from coderev.bundle.images.holders import Archive, BadImage, Folder, FoundImage, StoredLayer
from coderev.bundle.images.oci import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Platform,
    document,
    read_layout,
)
from coderev.bundle.images.streams import Pieces, Proof, file_of, most_unpacked, pieces_of, unpacked
from coderev.errors import InputError, Unavailable
from coderev.process import run
from coderev.settings import environment

SKOPEO_SECONDS = 3600  # to copy one image out of a daemon
FOLDER = "images"  # of a bundle's tree: the layout (11.2)
NAME = re.compile(
    r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[0-9]{1,5}/[a-z0-9._/-]+)?(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
)
MAX_NAME = 255  # characters
_SAID = re.compile(r'msg="(.*)"$')
LINUX_AMD64 = Platform("linux", "amd64")

Transport = Literal["oci", "oci-archive", "docker-archive", "docker-daemon"]


class BadImageSource(InputError):
    """What a recipe calls the source of an image is none."""

    message = "{source!r} is no source of an image: {reason}"
    hint = "write oci:FOLDER[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker-daemon:NAME:TAG"


class CannotCopyImage(Unavailable):
    """Skopeo could not copy an image out of the container daemon."""

    message = "skopeo cannot copy {name} from the daemon: {reason}"
    hint = "start the daemon, or use `docker save` and name the archive as docker-archive:FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """Where an image comes from: `place` is a path, or a name in the daemon; `tag` is empty where none is named."""

    transport: Transport
    place: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> "ImageSource":
        """Read `oci:PATH[:TAG]` and the like, as skopeo spells it. Raises BadImageSource."""
        transport, colon, rest = text.partition(":")
        if transport == "docker":
            reason = "coderev fetches nothing from a registry; copy it with `skopeo copy` to oci:FOLDER:TAG first"
            raise BadImageSource(source=text, reason=reason)
        known = next((each for each in get_args(Transport) if each == transport and colon), None)
        if known is None:
            raise BadImageSource(source=text, reason="its transport is not known")
        place, _, tag = (rest, "", "") if transport == "docker-daemon" else rest.partition(":")
        if not place or "\0" in rest:
            raise BadImageSource(source=text, reason="it names no place")
        if transport == "docker-daemon" and not (is_name(place) and ":" in place.rpartition("/")[2]):
            raise BadImageSource(source=text, reason="an image in a daemon is named NAME:TAG")
        return cls(transport=known, place=place, tag=tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBlob:
    """A blob as it is stored: its OCI digest, its bytes (None where only reading it through tells), its content.

    What `opened` returns gives its last bytes only when size and digest are right, and raises ImageRefused otherwise.
    """

    digest: str
    size: int | None
    opened: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image to be stored. `found` is the digest of the manifest it came with, None where it came without one."""

    name: str
    platform: Platform
    found: str | None
    config: bytes
    layers: tuple[ImageBlob, ...]  # lowest first; the same one may stand twice

    @property
    def config_digest(self) -> str:
        """The digest of the configuration, which docker calls the image's id."""
        return _digest(self.config)

    @property
    def blobs(self) -> tuple[ImageBlob, ...]:
        """The configuration and each different layer."""
        config = ImageBlob(digest=self.config_digest, size=len(self.config), opened=partial(BytesIO, self.config))
        return (config, *{layer.digest: layer for layer in self.layers}.values())

    def manifest(self, sizes: Mapping[str, int]) -> bytes:
        """The manifest under which it is stored; `sizes` are the bytes of its layers by digest (11.3)."""
        layers = [(OCI_LAYER, each.digest, sizes[each.digest]) for each in self.layers]
        return _json(
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "config": _descriptor(OCI_CONFIG, self.config_digest, len(self.config)),
                "layers": [_descriptor(*layer) for layer in layers],
            }
        )

    def listed(self, sizes: Mapping[str, int]) -> entries.Image:
        """What the bundle's manifest says of it; `sizes` are the bytes of its layers by digest (11.1)."""
        return entries.Image(
            name=self.name,
            manifest=_digest(self.manifest(sizes)),
            config=self.config_digest,
            layers=tuple(layer.digest for layer in self.layers),
            architecture="arm64" if self.platform.architecture == "arm64" else "amd64",
            os="linux",
        )


class _RootFs(msgspec.Struct, frozen=True):
    type: Literal["layers"]
    diff_ids: Annotated[tuple[OciDigest, ...], msgspec.Meta(max_length=MAX_LAYERS)]


class _Config(msgspec.Struct, frozen=True):
    os: Literal["linux"]
    architecture: str
    rootfs: _RootFs


def is_name(text: str) -> bool:
    """Whether a text can name an image: a reference with a tag, or without, in docker's grammar."""
    return len(text) <= MAX_NAME and NAME.fullmatch(text) is not None


def read_image(
    source: ImageSource, *, folder: Path, scratch: Path, platform: Platform = LINUX_AMD64, name: str = ""
) -> Image:
    """Read an image's manifest and configuration; its layers are read when a blob is opened.

    A path in `source` counts from `folder`. `scratch` takes what skopeo writes, and must outlive the image.
    Raises BadImage, BadArchive, NotAPlainFile, ImageRefused, CannotCopyImage, ProgramMissing, ProcessTimedOut.
    """
    label, place = f"{source.transport}:{source.place}", folder / source.place
    found = _found(source, place, label, platform, scratch)
    return _image(found, platform, name or found.name, label)


def _found(source: ImageSource, place: Path, label: str, platform: Platform, scratch: Path) -> FoundImage:
    match source.transport:
        case "oci":
            return read_layout(Folder(place), source.tag, platform, label)
        case "oci-archive":
            return read_layout(Archive(place), source.tag, platform, label)
        case "docker-archive":
            return read_docker_archive(Archive(place), source.tag, label)
        case "docker-daemon":
            copy = _from_daemon(source.place, scratch, platform)
            return read_docker_archive(Archive(copy), source.place, label)


def measured(image: Image) -> dict[str, int]:
    """The bytes of each different blob by digest; those that nothing states are read through. Raises ImageRefused."""
    return {blob.digest: _length(blob) if blob.size is None else blob.size for blob in image.blobs}


def layout(images: Iterable[Image], sizes: Mapping[str, int]) -> dict[str, bytes]:
    """The small files of one layout that holds the images: paths of the tree and their content (11.2).

    `sizes` are the bytes of all layers by digest. Raises BadImage where one name stands for two images.
    """
    found: dict[str, dict[str, Any]] = {}
    files = {f"{FOLDER}/oci-layout": _json({"imageLayoutVersion": "1.0.0"})}
    for image in sorted(images, key=lambda each: each.name):
        manifest = image.manifest(sizes)
        entry = _descriptor(OCI_MANIFEST, _digest(manifest), len(manifest))
        entry["annotations"] = {
            "io.containerd.image.name": full_name(image.name),
            "org.opencontainers.image.ref.name": image.name,
        }
        entry["platform"] = {"architecture": image.platform.architecture, "os": image.platform.os}
        if found.setdefault(image.name, entry) != entry:
            raise BadImage(image=image.name, reason="two different images bear this name")
        files |= {blob_path(_digest(manifest)): manifest, blob_path(image.config_digest): image.config}
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(found.values())}
    return files | {f"{FOLDER}/index.json": _json(index)}


def blob_path(digest: str) -> str:
    """The path in a bundle's tree of the blob with that OCI digest (11.2)."""
    return f"{FOLDER}/blobs/{digest.replace(':', '/')}"


def _image(found: FoundImage, platform: Platform, name: str, label: str) -> Image:
    config = document(found.config, _Config, label, "the configuration")
    if (config.os, config.architecture) != (platform.os, platform.architecture):
        raise BadImage(image=label, reason=f"it is for {config.os}/{config.architecture}, not for {platform}")
    if len(config.rootfs.diff_ids) != len(found.layers):
        reason = f"{len(found.layers)} layers where the configuration names {len(config.rootfs.diff_ids)}"
        raise BadImage(image=label, reason=reason)
    if not (is_name(name) and ":" in name.rpartition("/")[2]):
        raise BadImage(image=label, reason=f"{name!r} is no NAME:TAG for an image; give it one with `name`")
    layers = [_layer(*each, label) for each in zip(found.layers, config.rootfs.diff_ids, strict=True)]
    return Image(name=name, platform=platform, found=found.digest, config=found.config, layers=tuple(layers))


def _layer(stored: StoredLayer, diff_id: str, label: str) -> ImageBlob:
    plain = stored.packing == "none"
    if plain and stored.digest not in (None, diff_id):
        raise BadImage(image=label, reason=f"its configuration names {diff_id} where {stored.digest} lies")
    size = stored.size if plain else None
    most = most_unpacked(stored.size or 0)
    packed = Proof(image=label, part=f"layer {diff_id} as packed", digest=stored.digest, size=stored.size)
    proof = Proof(image=label, part=f"layer {diff_id}", digest=diff_id, size=size, most=most)

    def pieces() -> Pieces:
        found = pieces_of(stored.opened)
        return proof.check(unpacked(found if plain else packed.check(found), stored.packing, packed))

    return ImageBlob(digest=diff_id, size=size, opened=lambda: file_of(pieces()))


def _length(blob: ImageBlob) -> int:
    with blob.opened() as file:
        return sum(map(len, iter(lambda: file.read(1 << 20), b"")))


def _from_daemon(name: str, scratch: Path, platform: Platform) -> Path:
    """Copy an image into an archive in `scratch`; its layers come uncompressed."""
    host = environment("DOCKER_HOST") or ""
    if host and not host.startswith("unix://"):
        raise CannotCopyImage(name=name, reason=f"DOCKER_HOST is {host}, and only a daemon on this host is asked")
    path = scratch / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.tar"
    argv = [
        "skopeo",
        "--insecure-policy",
        "--override-os",
        platform.os,
        "--override-arch",
        platform.architecture,
        "copy",
    ]
    argv += ["--src-daemon-host", host] if host else []
    argv += [f"docker-daemon:{name}", f"docker-archive:{path}:{name}"]
    done = run(argv, env={"HOME": str(scratch), "TMPDIR": str(scratch)}, seconds=SKOPEO_SECONDS)
    if done.status:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        said = _SAID.search(last)  # it writes as a log does
        raise CannotCopyImage(name=name, reason=said[1] if said else last or f"exit status {done.status}")
    return path


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
