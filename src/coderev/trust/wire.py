"""TUF metadata as files hold it: read strictly, written in one spelling (TUF specification 1.0, section 4).

Stricter than the specification where it leaves room, so that no flipped bit passes: canonical JSON, no member that is
not known, no delegation, no hash but SHA-256, hex digits in lower case, each key under the one id that it has.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, to_builtins
from tuf.api.metadata import Metadata, Root, Snapshot, T, Targets, Timestamp

from coderev.errors import TrustError
from coderev.trust.canonical import NotCanonical, decode_as, encode
from coderev.trust.keys import PublicKeyRefused, algorithm_of

MAX_ROOT_BYTES = 524_288  # one root
MAX_TARGETS_BYTES = 65_536  # each of timestamp, snapshot and targets
MAX_SIGNATURES = 64  # of one file of metadata
MAX_KEYS = 64  # in one root
MANIFEST, KEYRING = "MANIFEST.json", "KEYRING.gpg"  # the targets (5.5)
ROLES = (Root.type, Timestamp.type, Snapshot.type, Targets.type)


_Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Count = Annotated[int, Meta(ge=1)]
_Length = Annotated[int, Meta(ge=0)]
_Time = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")]
_Edition = Annotated[str, Meta(pattern=r"^1\.0\.[0-9]{1,3}\Z")]
_Fingerprint = Annotated[str, Meta(pattern=r"^(?:[0-9A-F]{40}|[0-9A-F]{64})\Z")]


class MetadataRefused(TrustError):
    """A file of TUF metadata is too large, malformed, not by the rules, or not what the file before it names."""

    message = "{role}.json is refused: {reason}"
    hint = (
        "install nothing from this medium; copy it again from its source, and ask whoever signs if that does not help"
    )


class _Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """A member that is not named here refuses the file: nobody would have judged it."""


class _Signature(_Strict, frozen=True):
    keyid: _Digest
    sig: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2}){1,256}\Z")]


class _Public(_Strict, frozen=True):
    public: Annotated[str, Meta(max_length=1024)]


class _Key(_Strict, frozen=True):
    keytype: str
    scheme: str
    keyval: _Public


class _Role(_Strict, frozen=True):
    keyids: Annotated[list[_Digest], Meta(min_length=1, max_length=MAX_KEYS)]
    threshold: _Count


class _Hashes(_Strict, frozen=True):
    sha256: _Digest


class _File(_Strict, frozen=True):
    hashes: _Hashes
    length: _Length
    version: _Count


class _Content(_Strict, frozen=True):
    hashes: _Hashes
    length: _Length


class _Custom(_Strict, frozen=True):
    fingerprints: Annotated[list[_Fingerprint], Meta(min_length=1, max_length=MAX_KEYS)]


class _PinnedContent(_Content, frozen=True):
    custom: _Custom


class _Roles(_Strict, frozen=True):
    root: _Role
    snapshot: _Role
    targets: _Role
    timestamp: _Role


class _SnapshotFile(_Strict, frozen=True):
    snapshot: _File = field(name="snapshot.json")


class _TargetsFile(_Strict, frozen=True):
    targets: _File = field(name="targets.json")


class _Both(_Strict, frozen=True):
    keyring: _PinnedContent = field(name=KEYRING)
    manifest: _Content = field(name=MANIFEST)


class _RootPart(_Strict, frozen=True, tag_field="_type", tag="root"):
    consistent_snapshot: Literal[False]
    expires: _Time
    keys: Annotated[dict[_Digest, _Key], Meta(max_length=MAX_KEYS)]
    roles: _Roles
    spec_version: _Edition
    version: _Count


class _TimestampPart(_Strict, frozen=True, tag_field="_type", tag="timestamp"):
    expires: _Time
    meta: _SnapshotFile
    spec_version: _Edition
    version: _Count


class _SnapshotPart(_Strict, frozen=True, tag_field="_type", tag="snapshot"):
    expires: _Time
    meta: _TargetsFile
    spec_version: _Edition
    version: _Count


class _TargetsPart(_Strict, frozen=True, tag_field="_type", tag="targets"):
    expires: _Time
    spec_version: _Edition
    targets: _Both
    version: _Count


class _Signed(_Strict, frozen=True):
    signatures: Annotated[list[_Signature], Meta(max_length=MAX_SIGNATURES)]
    signed: _RootPart | _TimestampPart | _SnapshotPart | _TargetsPart


_KINDS: Mapping[type[Struct], str] = {
    _RootPart: Root.type,
    _TimestampPart: Timestamp.type,
    _SnapshotPart: Snapshot.type,
    _TargetsPart: Targets.type,
}
_LIMITS = {Root.type: MAX_ROOT_BYTES}


def role_in(content: bytes) -> str:
    """Which of the four roles a file of metadata says that it is. Raises MetadataRefused."""
    part = _decoded("metadata", content, MAX_ROOT_BYTES).signed
    return next(role for kind, role in _KINDS.items() if isinstance(part, kind))


def read(kind: type[T], content: bytes) -> Metadata[T]:
    """The metadata of one role, well-formed and within its limits; its signatures are not judged here.

    Raises MetadataRefused.
    """
    role = kind.type
    file = _decoded(role, content, _LIMITS.get(role, MAX_TARGETS_BYTES))
    if _KINDS[type(file.signed)] != role:
        raise MetadataRefused(role=role, reason=f"it is metadata of {_KINDS[type(file.signed)]}")
    try:
        metadata = Metadata[T].from_dict(to_builtins(file))
    except (ValueError, KeyError, TypeError) as error:  # what the shape alone does not show, such as 31 February
        raise MetadataRefused(role=role, reason=f"it cannot be read: {error}") from error
    if isinstance(metadata.signed, Root):
        _check_root(metadata.signed)
    return metadata


def write(metadata: Metadata[T]) -> bytes:
    """The one spelling of a file of metadata, with its signatures by key id. Raises MetadataRefused over a limit."""
    metadata.signatures = dict(sorted(metadata.signatures.items()))
    try:
        content = encode(metadata.to_dict())
    except NotCanonical as error:
        raise MetadataRefused(role=metadata.signed.type, reason=str(error)) from error
    read(type(metadata.signed), content)  # nothing is written that would not be read
    return content


def key_ids(root: Root) -> Mapping[str, frozenset[str]]:
    """The key ids of each role that a root names."""
    return {role: frozenset(root.roles[role].keyids) for role in ROLES}


def _decoded(role: str, content: bytes, limit: int) -> _Signed:
    try:
        return decode_as(_Signed, content, limit=limit)
    except NotCanonical as error:
        raise MetadataRefused(role=role, reason=str(error)) from error


def _check_root(root: Root) -> None:
    """5.2, 5.3: keys of two kinds, each under its own id, none without a role, thresholds within reach."""
    try:
        for key in root.keys.values():
            algorithm_of(key)
    except PublicKeyRefused as error:
        raise MetadataRefused(role=Root.type, reason=str(error)) from error
    named = frozenset[str]().union(*key_ids(root).values())
    if named != root.keys.keys():
        raise MetadataRefused(role=Root.type, reason="its roles name other keys than those that it holds")
    for role, ids in key_ids(root).items():
        if (threshold := root.roles[role].threshold) > len(ids):
            raise MetadataRefused(role=Root.type, reason=f"{role} needs {threshold} signatures of {len(ids)} keys")
