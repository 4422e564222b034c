"""What a bundle says of itself, for people and programs, before anything of it is believed.

Nothing here is a verdict: `bundle verify` gives that. Chat templates are programs, so each is shown with its text
(spec/bundle.md 12.6); one whose part is not at hand, or whose bytes are wrong, is told as not shown.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from coderev.bundle.delta import find_earlier
from coderev.bundle.format.entries import ChatTemplate, Model
from coderev.bundle.format.manifest import EVERY_SITE, Manifest
from coderev.bundle.making.contents import Contents
from coderev.bundle.making.media_folders import OwnBundle, open_own
from coderev.bundle.models.admission import templates_in
from coderev.bundle.progress import human_size
from coderev.errors import CoderevError

LONGEST = 100_000  # characters of a template that are shown to people


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTemplate:
    """A chat template: of which model, its file and digest, and its text, or why that is not shown."""

    model: str
    path: str
    digest: str
    text: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A bundle and the SHA-256 of its manifest, with its chat templates."""

    bundle: OwnBundle
    digest: str
    templates: tuple[ShownTemplate, ...]


def inspect(folder: Path, bundles: Path) -> Inspected:
    """Read what a bundle says; `bundles` is where earlier ones are, for what a delta leaves to them.

    Raises NoBundle, NotAPlainFile, ManifestRefused, FormatUnknown.
    """
    bundle = open_own(folder)
    with tempfile.TemporaryDirectory(prefix="coderev-") as scratch:
        contents = Contents(bundle, find_earlier(bundles), Path(scratch))
        templates = tuple(
            _shown(bundle.manifest, contents, model, each)
            for model in bundle.manifest.models
            for each in model.chat_templates
        )
    return Inspected(bundle=bundle, digest=sha256(bundle.content).hexdigest(), templates=templates)


def _shown(manifest: Manifest, contents: Contents, model: Model, listed: ChatTemplate) -> ShownTemplate:
    text: str | None = None
    reason: str | None = None
    try:
        text = _text(manifest, contents, listed)
    except CoderevError as error:
        reason = str(error)
    except (OSError, ValueError) as error:
        reason = f"it cannot be read: {error}"
    if text is None and reason is None:
        reason = "the file holds no template with this digest"
    return ShownTemplate(model=model.name, path=listed.path, digest=listed.digest, text=text, reason=reason)


def _text(manifest: Manifest, contents: Contents, listed: ChatTemplate) -> str | None:
    digest = next(file.blob for file in manifest.tree if file.path == listed.path)
    with contents.open(digest) as file:
        found = templates_in(listed.path, file, manifest.sizes[digest])
    return next((each.text for each in found if each.digest == listed.digest), None)


def as_json(inspected: Inspected) -> bytes:
    """All that the manifest says but the lists of blobs, and the templates: one object of JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(inspected.bundle.manifest)
    for name in ("blobs", "held", "tree"):
        plain[name] = len(plain.get(name, ()))
    templates = [msgspec.to_builtins(each) for each in inspected.templates]
    return msgspec.json.format(
        msgspec.json.encode(plain | {"digest": inspected.digest, "templates": templates, "verified": False})
    )


def as_lines(inspected: Inspected) -> Iterator[str]:
    """The same as lines for people."""
    manifest = inspected.bundle.manifest
    yield f"{manifest.product} {manifest.version}, seq {manifest.seq}, {manifest.kind}, channel {manifest.channel}"
    yield f"for: {'every site' if manifest.site == EVERY_SITE else manifest.site}, {manifest.architecture}"
    yield f"manifest: SHA-256 {inspected.digest}"
    yield f"made: {manifest.created:%Y-%m-%d %H:%M} UTC, expires {manifest.expires:%Y-%m-%d %H:%M} UTC"
    yield from _needs(manifest)
    yield from _held(manifest, len(inspected.bundle.media))
    for shown in inspected.templates:
        yield f"chat template of {shown.model}: {shown.path}, SHA-256 {shown.digest}"
        yield from [f"  not shown: {shown.reason}"] if shown.text is None else _indented(shown.text)
    yield "NOT VERIFIED: this is what the bundle says of itself; `coderev bundle verify` judges it"


def _needs(manifest: Manifest) -> Iterator[str]:
    if manifest.origin is not None:
        yield f"a delta: needs seq {manifest.origin.seq} with the tree {manifest.origin.tree}"
    if manifest.assumes.seq:
        yield f"needs at least seq {manifest.assumes.seq} live"
    if manifest.assumes.commands:
        yield f"needs the programs {', '.join(manifest.assumes.commands)}"
    if manifest.database is not None:
        yield (
            f"database schema: runs on {manifest.database.lowest} to {manifest.database.highest}, "
            f"migrates to {manifest.database.schema}"
        )
    yield f"room: {human_size(manifest.needs.bytes)}, {manifest.needs.inodes} inodes"
    yield f"health: {', '.join(manifest.health)}"


def _held(manifest: Manifest, media: int) -> Iterator[str]:
    stored = sum(part.size for part in manifest.parts)
    sizes, listed = manifest.sizes, max((part.medium for part in manifest.parts), default=1)
    yield f"{len(manifest.parts)} parts, {human_size(stored)}, on {listed} media ({media} here)"
    for name, role in sorted(manifest.roles.items()):
        files = manifest.files_of([name])
        size = sum(sizes[digest] for digest in {file.blob for file in files})
        images, models = len(role.images), len(role.models)
        yield f"role {name}: {len(files)} files, {human_size(size)}, {images} images, {models} models"
    for image in manifest.images:
        yield f"image {image.name}: {image.os}/{image.architecture}, {image.manifest}"
    for model in manifest.models:
        yield f"model {model.name}: {model.quantisation}, {model.licence}; use: {model.use_policy}"


def _indented(text: str) -> Iterator[str]:
    shown = text[:LONGEST]
    yield from (f"  {line}" for line in shown.splitlines())
    if len(text) > LONGEST:
        yield f"  and {len(text) - LONGEST} characters more, with --format json"
