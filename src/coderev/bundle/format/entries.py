"""What a manifest lists: parts, blobs, files, roles, images, models. A value that was made is a valid one.

Clauses 2 to 4, 9, 11 and 12 of spec/bundle.md. A fault is a ValueError that names its clause; `manifest.decode` makes
one TrustError of it, with the place in the manifest.
"""

from typing import Annotated, Literal

import msgspec

from coderev.bundle.format.chunks import EMPTY, blob_digest, chunk_count

MAX_BLOB_BYTES = 1024**4  # stored, and of its content
MAX_PART_BYTES = 2**32 - 1  # the longest file of FAT32
MAX_PARTS = 10_000
MAX_ENTRIES = 256  # images, models, what a role or an assumption lists
MAX_LAYERS = 512  # of one image
MAX_TEXT = 1024  # characters
SEGMENT_BYTES = 8 * 1024 * 1024  # of a patch's content: making and reading one takes several times as much memory (9.2)

Encoding = Literal["raw", "zstd", "patch"]
Mode = Literal["0644", "0755"]
Check = Literal["files", "config", "review", "http"]
RoleName = Literal["station", "app", "gpu"]

Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
OciDigest = Annotated[str, msgspec.Meta(pattern=r"\Asha256:[0-9a-f]{64}\Z")]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")]
SiteName = Annotated[str, msgspec.Meta(pattern=r"\A([a-z0-9][a-z0-9._-]{0,63}|\*)\Z")]  # `*` is every site
Program = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")]
Reference = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}\Z")]
Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f-\x9f]{1,1024}\Z")]
Size = Annotated[int, msgspec.Meta(ge=0, le=MAX_BLOB_BYTES)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
PathText = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]  # `paths` judges it
Few = msgspec.Meta(max_length=MAX_ENTRIES)


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One object of the manifest: unknown members are refused, defaults are left out (2.2)."""


class Content(Entry, frozen=True, kw_only=True):
    """Bytes as they are installed: their digest, made as a blob's (4.2), and size."""

    digest: Digest
    size: Size

    def __post_init__(self) -> None:
        """Refuse an empty content with another digest, and the other way round (4.2)."""
        if (self.digest == EMPTY) != (self.size == 0):
            raise ValueError("only the empty blob has the digest of no chunks (4.2)")


class Patch(Entry, frozen=True, kw_only=True):
    """What a patch starts from: digest and size of the base content, and a window's start for each segment (9.2)."""

    base: Digest
    size: Size
    windows: tuple[Size, ...]

    def __post_init__(self) -> None:
        """Refuse windows that begin outside of the base (9.2)."""
        if any(start >= self.size for start in self.windows):
            raise ValueError("a window begins after the end of the base (9.2)")


class Blob(Entry, frozen=True, kw_only=True):
    """Stored bytes: their digest and size, where they begin, and how they become the content (4.4)."""

    digest: Digest
    size: Size
    part: Annotated[int, msgspec.Meta(ge=0, lt=MAX_PARTS)]
    offset: Annotated[int, msgspec.Meta(ge=0, le=MAX_PART_BYTES)]
    chunks: tuple[Digest, ...] = ()
    encoding: Encoding = "raw"
    content: Content | None = None
    patch: Patch | None = None

    def __post_init__(self) -> None:
        """Refuse chunks that do not give the digest (4.3), and an encoding without what it needs (4.4, 4.7, 9.2)."""
        if (self.digest == EMPTY) != (self.size == 0):
            raise ValueError("only the empty blob has the digest of no chunks (4.2)")
        if not self.size and (self.part or self.offset):
            raise ValueError("an empty blob lies nowhere: its part and offset are 0 (4.4)")
        _check_chunks(self)
        _check_encoding(self)

    @property
    def unpacked(self) -> Content:
        """What the blob is once decoded: the content that files of the tree name (4.4)."""
        return self.content or Content(digest=self.digest, size=self.size)


def _check_chunks(blob: Blob) -> None:
    count = chunk_count(blob.size)
    if len(blob.chunks) != (count if count > 1 else 0):
        raise ValueError("a blob of several chunks lists each, any other none (4.3)")
    if blob.chunks and blob_digest(map(bytes.fromhex, blob.chunks)) != blob.digest:
        raise ValueError("the digests of the chunks do not give the digest of the blob (4.3)")


def _check_encoding(blob: Blob) -> None:
    if (blob.content is None) != (blob.encoding == "raw") or (blob.patch is None) != (blob.encoding != "patch"):
        raise ValueError("content stands with zstd and patch, patch with patch, and with nothing else (4.4)")
    if blob.content and not 0 < blob.size < blob.content.size:
        raise ValueError("an encoded blob is smaller than its content (4.7)")
    if blob.content and blob.patch and len(blob.patch.windows) != -(-blob.content.size // SEGMENT_BYTES):
        raise ValueError("a patch has a window for each segment of its content (9.2)")


class Part(Entry, frozen=True, kw_only=True):
    """One file of blobs: the medium that it was put on, from 1, and its size (2.5)."""

    medium: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS)]
    size: Annotated[int, msgspec.Meta(ge=1, le=MAX_PART_BYTES)]


class File(Entry, frozen=True, kw_only=True):
    """One file of the tree: its path, its permissions, and the digest of its content (2.5)."""

    blob: Digest
    path: PathText
    mode: Mode = "0644"


class Origin(Entry, frozen=True, kw_only=True):
    """The base of a delta: its seq and tree digest (2.4, 2.8)."""

    seq: Positive
    tree: Digest


class Assumes(Entry, frozen=True, kw_only=True):
    """What must be so on the host: programs that it has, the least seq that is live; 0 for none (2.4)."""

    commands: Annotated[tuple[Program, ...], Few] = ()  # programs that must be on PATH
    seq: Count = 0  # the least seq that must be live


class Needs(Entry, frozen=True, kw_only=True):
    """Room for the whole tree in an empty store: bytes and inodes (2.4)."""

    bytes: Count
    inodes: Count


class Database(Entry, frozen=True, kw_only=True):
    """Schema versions of the site's database that a release runs on, and the one that it migrates to (2.4)."""

    lowest: Count  # the oldest schema that it runs on
    highest: Count  # the newest
    schema: Count  # the one that it migrates to

    def __post_init__(self) -> None:
        """Refuse a schema that the release does not run on (2.4)."""
        if not self.lowest <= self.schema <= self.highest:
            raise ValueError("lowest, schema and highest are not in order (2.4)")


class Role(Entry, frozen=True, kw_only=True):
    """What one kind of host needs: names of images and models, and paths of files or folders (2.7)."""

    images: Annotated[tuple[Reference, ...], Few] = ()
    models: Annotated[tuple[Reference, ...], Few] = ()
    paths: Annotated[tuple[PathText, ...], Few] = ()


class Image(Entry, frozen=True, kw_only=True):
    """A container image in the layout below `images/`: OCI digests of its manifest, configuration and layers (11.1)."""

    name: Reference
    manifest: OciDigest
    config: OciDigest
    layers: Annotated[tuple[OciDigest, ...], msgspec.Meta(max_length=MAX_LAYERS)]
    architecture: Literal["amd64", "arm64"]
    os: Literal["linux"]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files of the tree that the image needs, without the layout's own two (11.2)."""
        digests = dict.fromkeys((self.manifest, self.config, *self.layers))
        return tuple(f"images/blobs/sha256/{digest.removeprefix('sha256:')}" for digest in digests)


class ChatTemplate(Entry, frozen=True, kw_only=True):
    """A program that a model brings: SHA-256 of its text, and the file of the tree that holds it (12.6)."""

    digest: Digest
    path: PathText


class Model(Entry, frozen=True, kw_only=True):
    """Weights: the folder of the tree, what they may be used for, and what they are (12.1)."""

    name: Reference
    folder: PathText
    licence: Text
    use_policy: Text
    quantisation: Name
    digest: Digest
    chat_templates: Annotated[tuple[ChatTemplate, ...], Few] = ()
