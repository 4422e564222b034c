"""The manifest: one signed file that says all that a bundle is, needs and holds.

Clause 2 of spec/bundle.md. `decode` gives a Manifest that keeps every rule of clauses 2 to 4, or one TrustError; who
signed it is another matter (clause 5). Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Literal

import msgspec

from coderev.bundle.format.entries import (
    MAX_PARTS,
    Assumes,
    Blob,
    Check,
    Content,
    Database,
    Entry,
    Few,
    File,
    Image,
    Model,
    Name,
    Needs,
    Origin,
    Part,
    PathText,
    Positive,
    Role,
    RoleName,
    SiteName,
    Text,
)
from coderev.bundle.format.layout import lay_out
from coderev.bundle.format.paths import folders_of, tree_fault
from coderev.errors import InputError, TrustError
from coderev.trust import NotCanonical, canonical

FORMAT = 1
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
MAX_FILES = 100_000  # files of the tree, blobs, contents that the base has
EVERY_SITE = "*"
LAYOUT_FILES = ("images/index.json", "images/oci-layout")  # of the one OCI layout (11.2)

Many = msgspec.Meta(max_length=MAX_FILES)


class ManifestRefused(TrustError):
    """A manifest breaks the format: it was made wrongly, or by someone who tries something."""

    message = "MANIFEST.json is refused: {reason}"
    hint = "install nothing of this bundle; ask its signers for a new one, and tell them this message"


class FormatUnknown(InputError):
    """A manifest is of a format that this program does not read."""

    message = "the bundle has format {found}, and this program reads format {known}"
    hint = "update coderev by a bundle of format {known} first"


class Manifest(
    Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename={"origin": "from"}
):
    """All that a bundle is: field for field clause 2; `origin` is `from` there, which is a word of Python."""

    format: Literal[1]
    kind: Literal["release", "advisories"]
    product: Name
    channel: Name
    site: SiteName
    architecture: Literal["amd64", "arm64", "*"]
    seq: Positive
    version: Text
    created: datetime
    expires: datetime
    assumes: Assumes
    needs: Needs
    health: tuple[Check, ...]
    parts: Annotated[tuple[Part, ...], msgspec.Meta(max_length=MAX_PARTS)]
    blobs: Annotated[tuple[Blob, ...], Many]
    tree: Annotated[tuple[File, ...], Many]
    roles: dict[RoleName, Role]
    sbom: PathText
    maximum_age_days: Positive | None = None
    origin: Origin | None = None
    database: Database | None = None
    held: Annotated[tuple[Content, ...], Many] = ()
    images: Annotated[tuple[Image, ...], Few] = ()
    models: Annotated[tuple[Model, ...], Few] = ()

    def __post_init__(self) -> None:
        """Refuse a manifest that contradicts itself, by the first clause that it breaks."""
        _check_identity(self)
        _check_health_and_roles(self)
        _check_tree(self)
        _check_contents(self)
        _check_media(self.parts)
        for _ in lay_out(self.parts, self.blobs):
            pass
        _check_named(self)
        _check_models(self)
        _require(self.needs == needs_of(self.tree, self.sizes), "2.4", "needs are not those of the tree")

    @property
    def sizes(self) -> dict[str, int]:
        """The size in bytes of each content that the tree names, by digest (2.6)."""
        unpacked = [blob.unpacked for blob in self.blobs]
        return {content.digest: content.size for content in (*unpacked, *self.held)}

    @property
    def tree_digest(self) -> str:
        """What identifies the installed release, whether it came whole or as a delta (2.8)."""
        return tree_digest(self.tree)

    def files_of(self, roles: Collection[RoleName]) -> tuple[File, ...]:
        """The files that hosts of these roles need, in the tree's order (2.7). Raises KeyError for an unlisted role."""
        wanted = [self.roles[role] for role in roles]
        folders = {path for role in wanted for path in role.paths}
        folders |= {model.folder for model in self.models for role in wanted if model.name in role.models}
        images = [image for image in self.images if any(image.name in role.images for role in wanted)]
        single = {path for image in images for path in (*LAYOUT_FILES, *image.paths)}
        return tuple(file for file in self.tree if file.path in single or _below(file.path, folders))


def encode(manifest: Manifest) -> bytes:
    """The bytes of `MANIFEST.json`. Raises ManifestRefused where they would be refused: what is written can be read."""
    try:
        plain = msgspec.json.decode(canonical.encode(manifest), type=Manifest)
        content = canonical.encode(plain)
    except (msgspec.MsgspecError, NotCanonical) as error:
        raise ManifestRefused(reason=str(error)) from error
    _check_length(content)
    return content


def decode(content: bytes) -> Manifest:
    """The manifest of these bytes, with every rule of clauses 2 to 4 kept. Raises ManifestRefused, FormatUnknown."""
    _check_length(content)
    try:
        found = msgspec.json.decode(content, type=_Versioned).format
        if found != FORMAT:
            raise FormatUnknown(found=found, known=FORMAT)
        return canonical.decode_as(Manifest, content, limit=MAX_MANIFEST_BYTES)
    except (msgspec.MsgspecError, RecursionError, NotCanonical) as error:
        raise ManifestRefused(reason=str(error)) from error


class _Versioned(msgspec.Struct):
    format: int


def _check_length(content: bytes) -> None:
    if len(content) > MAX_MANIFEST_BYTES:
        raise ManifestRefused(reason=f"it is longer than {MAX_MANIFEST_BYTES} bytes (14.1)")


def tree_digest(files: Iterable[File], *, below: str = "") -> str:
    """SHA-256 of the canonical JSON of files (2.8); with `below`, of a folder's, with paths that begin there (12.1)."""
    prefix = f"{below}/" if below else ""
    chosen = [
        File(blob=file.blob, path=file.path.removeprefix(prefix), mode=file.mode)
        for file in files
        if file.path.startswith(prefix)
    ]
    return sha256(canonical.encode(chosen)).hexdigest()


def needs_of(files: Sequence[File], sizes: Mapping[str, int]) -> Needs:
    """Room for files in an empty store: distinct contents by mode, and the folders (2.4)."""
    distinct = {(file.blob, file.mode) for file in files}
    folders = folders_of([file.path for file in files])
    return Needs(bytes=sum(sizes[blob] for blob, _ in distinct), inodes=len(distinct) + len(folders))


def _require(condition: bool, clause: str, reason: str) -> None:  # noqa: FBT001 # it reads as a sentence
    if not condition:
        message = f"{reason} ({clause})"
        raise ValueError(message)


def _check_identity(manifest: Manifest) -> None:
    for time in (manifest.created, manifest.expires):
        _require(time.tzinfo == UTC and not time.microsecond, "2.3", "times are in UTC and whole seconds")
    _require(manifest.created < manifest.expires, "2.3", "it expires before it was created")
    aged = manifest.maximum_age_days is not None
    _require(aged == (manifest.kind == "advisories"), "2.3", "advisories have a maximum age, a release none")
    _require(manifest.origin is None or manifest.origin.seq < manifest.seq, "2.4", "its base is not older than itself")
    _require(manifest.origin is not None or not manifest.held, "2.5", "only a delta leaves contents to its base")
    patched = any(blob.patch for blob in manifest.blobs)
    _require(manifest.origin is not None or not patched, "9.1", "only a delta has patches")


def _check_health_and_roles(manifest: Manifest) -> None:
    once = len(set(manifest.health)) == len(manifest.health)
    _require(once and "files" in manifest.health, "2.4", "health has `files`, and nothing twice")
    _require(bool(manifest.roles), "2.5", "it is for no role")


def _check_tree(manifest: Manifest) -> None:
    fault = tree_fault([file.path for file in manifest.tree])
    if fault is not None:
        message = f"{fault.path!r}: {fault.reason} ({fault.clause})"
        raise ValueError(message)


def _check_contents(manifest: Manifest) -> None:
    carried = [blob.unpacked.digest for blob in manifest.blobs]
    held = [content.digest for content in manifest.held]
    _require(held == sorted(set(held)), "2.5", "what the base holds is not sorted, or stands twice")
    _require(len(set(carried)) == len(carried), "4.5", "two blobs have the same content")
    named = {file.blob for file in manifest.tree}
    _require(set(carried).isdisjoint(held), "2.6", "a content is both in a blob and in the base")
    _require(named == {*carried, *held}, "2.6", "blobs and the contents of the tree are not the same")


def _check_media(parts: Sequence[Part]) -> None:
    for before, part in zip((0, *(part.medium for part in parts)), parts, strict=False):
        _require(part.medium in {before or 1, before + 1}, "2.5", "media do not count from 1, one after the other")


def _check_named(manifest: Manifest) -> None:
    files = {file.path for file in manifest.tree}
    places = files | folders_of(sorted(files)).keys()
    images = [image.name for image in manifest.images]
    models = [model.name for model in manifest.models]
    _require(images == sorted(set(images)) and models == sorted(set(models)), "2.5", "images and models go by name")
    for role in manifest.roles.values():
        known = places.issuperset(role.paths) and set(images) >= set(role.images) and set(models) >= set(role.models)
        _require(known, "2.6", "a role names an image, a model or a path that is not there")
    _require(manifest.sbom in files, "2.6", "the bill of materials is not in the tree")
    for image in manifest.images:
        _require(
            files.issuperset((*LAYOUT_FILES, *image.paths)), "11.2", f"a file of the image {image.name} is missing"
        )


def _check_models(manifest: Manifest) -> None:
    files = {file.path for file in manifest.tree}
    for model in manifest.models:
        _require(any(_below(path, {model.folder}) for path in files), "2.6", f"the model {model.name} has no files")
        found = tree_digest(manifest.tree, below=model.folder)
        _require(found == model.digest, "12.1", f"the digest of the model {model.name} is not that of its folder")
        templates = {template.path for template in model.chat_templates}
        _require(templates <= files, "12.1", f"a chat template of the model {model.name} is not in the tree")


def _below(path: str, folders: Collection[str]) -> bool:
    if path in folders:
        return True
    end = path.find("/")
    while end >= 0:
        if path[:end] in folders:
            return True
        end = path.find("/", end + 1)
    return False
