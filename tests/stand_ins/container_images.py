"""Container images that tests make themselves: layers, OCI layouts, docker archives, each wrong where a test asks."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backports import zstd

OCI = "application/vnd.oci.image"
PACKERS = {"": bytes, "+gzip": lambda plain: gzip.compress(plain, mtime=0), "+zstd": zstd.compress}


def layer_of(files: Mapping[str, bytes]) -> bytes:
    """An uncompressed layer."""
    return tar_of([(name, content) for name, content in files.items()])


def tar_of(entries: Iterable[tuple[str, bytes] | tarfile.TarInfo], kind: int = tarfile.USTAR_FORMAT) -> bytes:
    """A tar archive of files, and of whatever a ready entry says."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=kind) as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry, io.BytesIO(bytes(entry.size)))
            else:
                found = tarfile.TarInfo(entry[0])
                found.size = len(entry[1])
                archive.addfile(found, io.BytesIO(entry[1]))
    return written.getvalue()


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """An entry without content."""
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


def digest_of(content: bytes) -> str:
    """An OCI digest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def dumped(value: object) -> bytes:
    """JSON."""
    return json.dumps(value).encode()


@dataclass(frozen=True)
class Made:
    """An image: its configuration and its layers, uncompressed."""

    layers: tuple[bytes, ...]
    config: bytes

    @classmethod
    def of(cls, *layers: bytes, architecture: str = "amd64", **rootfs: Any) -> "Made":
        said = {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]} | rootfs
        return cls(layers, dumped({"os": "linux", "architecture": architecture, "rootfs": said}))


def descriptor(media_type: str, content: bytes, **more: Any) -> dict[str, Any]:
    """What an index or a manifest says of a blob."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)} | more


class Layout:
    """An OCI layout in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_bytes(dumped({"imageLayoutVersion": "1.0.0"}))

    def path(self, digest: str) -> Path:
        return self.folder / "blobs" / digest.replace(":", "/")

    def blob(self, content: bytes) -> bytes:
        self.path(digest_of(content)).write_bytes(content)
        return content

    def manifest(self, made: Made, packing: str = "", **more: Any) -> dict[str, Any]:
        """Write an image; its descriptor. `more` replaces members of the manifest."""
        layers = [self.blob(PACKERS[packing](layer)) for layer in made.layers]
        document = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": descriptor(f"{OCI}.config.v1+json", self.blob(made.config)),
            "layers": [descriptor(f"{OCI}.layer.v1.tar{packing}", layer) for layer in layers],
        } | more
        return descriptor(f"{OCI}.manifest.v1+json", self.blob(dumped(document)))

    def nested(self, *manifests: dict[str, Any]) -> dict[str, Any]:
        """Write an index that is a blob; its descriptor."""
        document = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": manifests}
        return descriptor(f"{OCI}.index.v1+json", self.blob(dumped(document)))

    def index(self, *manifests: dict[str, Any]) -> Path:
        """Write the index; the layout's folder."""
        (self.folder / "index.json").write_bytes(dumped({"schemaVersion": 2, "manifests": manifests}))
        return self.folder


def tagged(found: dict[str, Any], tag: str) -> dict[str, Any]:
    """The same descriptor with a tag."""
    return found | {"annotations": {"org.opencontainers.image.ref.name": tag}}


def docker_archive(path: Path, made: Made, name: str, **more: Any) -> Path:
    """An archive as `skopeo copy … docker-archive:` writes it. `more` replaces members of its manifest."""
    config = f"{digest_of(made.config)[7:]}.json"
    layers = {f"{digest_of(layer)[7:]}.tar": layer for layer in made.layers}
    names = [f"{digest_of(layer)[7:]}.tar" for layer in made.layers]
    document = {"Config": config, "RepoTags": [name], "Layers": names} | more
    path.write_bytes(tar_of([*layers.items(), (config, made.config), ("manifest.json", dumped([document]))]))
    return path
