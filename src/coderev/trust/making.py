"""Make and sign TUF metadata: the root's ceremony, and three files for each bundle (spec/bundle.md 5.2 to 5.6, 5.11).

The order for a bundle: make the targets, sign them on as many machines as the threshold asks for, then make the
snapshot and after it the timestamp, each of which names the bytes of the one before it. A second machine needs these
files only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key, Signer
from tuf.api.metadata import Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp

from coderev.errors import InputError
from coderev.trust.keys import algorithm_of
from coderev.trust.metadata import Target
from coderev.trust.wire import KEYRING, MANIFEST, MAX_KEYS, ROLES, MetadataRefused, read, role_in, write

DEFAULT_THRESHOLD = 2  # of root and targets
_KINDS: Mapping[str, type[Root | Timestamp | Snapshot | Targets]] = {
    Root.type: Root,
    Timestamp.type: Timestamp,
    Snapshot.type: Snapshot,
    Targets.type: Targets,
}


class RolesRefused(InputError):
    """The keys and thresholds that were named make no root that anybody could use."""

    message = "these roles make no root: {reason}"
    hint = (
        "name at least as many different keys for each role as its threshold asks for; `coderev keys show` lists them"
    )


class SignaturesNotJoined(InputError):
    """Two files of metadata that should differ only in who signed differ in what was signed."""

    message = "the two files of {role} are not the same but for their signatures"
    hint = "sign copies of one file; make the bundle again if it was changed in between"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which keys may sign what, and how many must; the thresholds of snapshot and timestamp are 1."""

    root: tuple[Key, ...]
    targets: tuple[Key, ...]
    snapshot: tuple[Key, ...]
    timestamp: tuple[Key, ...]
    root_threshold: int = DEFAULT_THRESHOLD
    targets_threshold: int = DEFAULT_THRESHOLD

    def of(self, role: str) -> tuple[Key, ...]:
        """The keys of one role, by its name."""
        return {
            Root.type: self.root,
            Targets.type: self.targets,
            Snapshot.type: self.snapshot,
            Timestamp.type: self.timestamp,
        }[role]

    def without(self, key_id: str) -> "Roles":
        """The same roles without one key, wherever it stands."""
        kept: dict[str, Any] = {role: tuple(key for key in self.of(role) if key.keyid != key_id) for role in ROLES}
        return replace(self, **kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far the signing of one file is: key ids that signed well, those that may still sign, how many must."""

    role: str
    threshold: int
    signed: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether enough keys signed."""
        return len(self.signed) >= self.threshold


def make_root(roles: Roles, expires: datetime, previous: bytes | None = None) -> bytes:
    """A root without signatures: version 1, or the one after `previous`, which then must sign it too (5.4).

    Raises RolesRefused; PublicKeyRefused for a key that is not believed.
    """
    _check_roles(roles)
    keys = {key.keyid: key for role in ROLES for key in roles.of(role)}
    thresholds = {Root.type: roles.root_threshold, Targets.type: roles.targets_threshold}
    root = Root(
        version=1 if previous is None else read(Root, previous).signed.version + 1,
        expires=expires,
        keys=keys,
        roles={role: Role([key.keyid for key in roles.of(role)], thresholds.get(role, 1)) for role in ROLES},
        consistent_snapshot=False,
    )
    return write(Metadata(root))


def roles_of(root: bytes) -> Roles:
    """The roles that a root names: what the next root starts from. Raises MetadataRefused."""
    signed = read(Root, root).signed
    keys: dict[str, Any] = {role: tuple(signed.keys[id_] for id_ in signed.roles[role].keyids) for role in ROLES}
    thresholds: dict[str, Any] = {
        f"{role}_threshold": signed.roles[role].threshold for role in (Root.type, Targets.type)
    }
    return Roles(**keys, **thresholds)


def revoke(root: bytes, key_id: str, expires: datetime) -> bytes:
    """The next root, without signatures, in which a key has no role any more. Raises RolesRefused."""
    roles = roles_of(root)
    if roles.without(key_id) == roles:
        raise RolesRefused(reason=f"no role names the key {key_id}")
    return make_root(roles.without(key_id), expires, root)


def make_targets(
    manifest: Target, keyring: Target, fingerprints: Collection[str], *, seq: int, expires: datetime
) -> bytes:
    """The targets of a bundle, without signatures (5.5, 5.6). Raises MetadataRefused."""
    custom = {"custom": {"fingerprints": sorted(set(fingerprints))}}
    files = {
        MANIFEST: TargetFile(manifest.length, {"sha256": manifest.digest}, MANIFEST),
        KEYRING: TargetFile(keyring.length, {"sha256": keyring.digest}, KEYRING, custom),
    }
    return write(Metadata(Targets(version=seq, expires=expires, targets=files)))


def make_snapshot(targets: bytes, expires: datetime) -> bytes:
    """The snapshot that names these very bytes of targets: make it when they are signed. Raises MetadataRefused."""
    version = read(Targets, targets).signed.version
    return write(Metadata(Snapshot(version=version, expires=expires, meta={"targets.json": _named(targets, version)})))


def make_timestamp(snapshot: bytes, expires: datetime) -> bytes:
    """The timestamp that names these very bytes of a snapshot: make it when they are signed. Raises MetadataRefused."""
    version = read(Snapshot, snapshot).signed.version
    return write(Metadata(Timestamp(version=version, expires=expires, snapshot_meta=_named(snapshot, version))))


def target(content: bytes) -> Target:
    """What the targets say of a file."""
    return Target(length=len(content), digest=sha256(content).hexdigest())


def sign(content: bytes, signer: Signer) -> bytes:
    """Add one signature to a file of metadata, or renew it; what is signed and the other signatures stay (5.11).

    Raises MetadataRefused, and what the signer raises: a token may be out.
    """
    metadata = _read(content)
    signature = signer.sign(metadata.signed_bytes)
    metadata.signatures[signature.keyid] = signature
    return write(metadata)


def join(content: bytes, other: bytes) -> bytes:
    """The signatures of both files: two machines signed copies at the same time. Raises SignaturesNotJoined."""
    metadata, more = _read(content), _read(other)
    if metadata.signed_bytes != more.signed_bytes:
        raise SignaturesNotJoined(role=role_in(content))
    metadata.signatures.update(more.signatures)
    return write(metadata)


def tally(content: bytes, root: bytes) -> Tally:
    """Who of a root's keys signed a file of metadata, and who may still; of a new root, ask the old and the new.

    Raises MetadataRefused.
    """
    metadata, named = _read(content), read(Root, root).signed
    role = named.roles[metadata.signed.type]
    signed = {id_ for id_ in role.keyids if _is_good(metadata, named.keys[id_])}
    return Tally(
        role=metadata.signed.type,
        threshold=role.threshold,
        signed=tuple(sorted(signed)),
        waiting=tuple(sorted(set(role.keyids) - signed)),
    )


def _is_good(metadata: Metadata[Any], key: Key) -> bool:
    if (signature := metadata.signatures.get(key.keyid)) is None:
        return False
    try:
        key.verify_signature(signature, metadata.signed_bytes)
    except UnverifiedSignatureError as error:
        raise MetadataRefused(role=metadata.signed.type, reason=f"the signature of {key.keyid} is wrong") from error
    return True


def _read(content: bytes) -> Metadata[Any]:
    return read(_KINDS[role_in(content)], content)


def _named(content: bytes, version: int) -> MetaFile:
    return MetaFile(version, len(content), {"sha256": sha256(content).hexdigest()})


def _check_roles(roles: Roles) -> None:
    asked = {Root.type: roles.root_threshold, Targets.type: roles.targets_threshold}
    for role in ROLES:
        keys, threshold = roles.of(role), asked.get(role, 1)
        for key in keys:
            algorithm_of(key)
        if len({key.keyid for key in keys}) != len(keys):
            raise RolesRefused(reason=f"a key stands twice in {role}")
        if not 1 <= threshold <= len(keys) <= MAX_KEYS:
            raise RolesRefused(reason=f"{role} asks for {threshold} of {len(keys)} keys")
