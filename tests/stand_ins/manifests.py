"""Small manifests with their parts, made from bytes: what the tests of the format start from."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from coderev.bundle.format.chunks import digest
from coderev.bundle.format.entries import Assumes, Blob, File, Part, Role
from coderev.bundle.format.manifest import needs_of

FILES = {
    "bin/coderev": b"#!/bin/sh\n",
    "models/small/config.json": b"{}",
    "models/small/model.gguf": b"GGUF" * 100,
    "sbom.cdx.json": b'{"bomFormat":"CycloneDX"}',
}


def fields(files: Mapping[str, bytes] = FILES, **changes: Any) -> dict[str, Any]:
    """What `Manifest` takes for a release of these files, stored raw in one part."""
    distinct = dict.fromkeys(files.values())
    blobs, offset = [], 0
    for content in distinct:
        found = digest(BytesIO(content))
        chunks = found.chunks if len(found.chunks) > 1 else ()
        blobs.append(Blob(digest=found.digest, size=found.size, part=0, offset=offset if content else 0, chunks=chunks))
        offset += found.size
    digests = {content: blob.digest for content, blob in zip(distinct, blobs, strict=True)}
    tree = tuple(File(blob=digests[files[path]], path=path) for path in sorted(files))
    made = {
        "format": 1,
        "kind": "release",
        "product": "coderev",
        "channel": "stable",
        "site": "*",
        "architecture": "amd64",
        "seq": 7,
        "version": "1.2.3",
        "created": datetime(2026, 11, 25, 17, 42, tzinfo=UTC),
        "expires": datetime(2027, 11, 25, 17, 42, tzinfo=UTC),
        "assumes": Assumes(),
        "needs": needs_of(tree, {blob.digest: blob.size for blob in blobs}),
        "health": ("files",),
        "parts": (Part(medium=1, size=offset),) if offset else (),
        "blobs": tuple(blobs),
        "tree": tree,
        "roles": {"app": Role(paths=("bin",)), "gpu": Role(paths=("models", "sbom.cdx.json"))},
        "sbom": "sbom.cdx.json",
    }
    return made | changes


def part_of(files: Mapping[str, bytes] = FILES) -> bytes:
    """The bytes of the one part of `fields(files)`."""
    return b"".join(dict.fromkeys(files.values()))
