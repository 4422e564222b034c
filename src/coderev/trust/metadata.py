"""Whether TUF metadata may be believed: the chain of roots, then timestamp, snapshot and targets.

`judge` follows the workflow of the TUF specification, section 5, in the order of spec/bundle.md, clause 6:

1. Each new root is signed by the threshold of the one before it and by its own (5.4).
2. Timestamp, snapshot and targets are signed by the thresholds of the last root (5.3); each names the next by version,
   length and SHA-256, and all three have one version, the seq (5.5).
3. No version is lower than one that the site accepted (TUF 5.4.3, 5.5.5).
4. The last root and the three are not expired, by the larger of the clock and the last accepted time (6.6).

One rule is stricter than TUF's: a signature that is wrong, or by a key that no root names, refuses the file instead
of being passed over. So no bit can be flipped unnoticed, not even in a signature that the threshold can spare.

What the caller must still do: compare the manifest and the keyring with the targets that are returned (6.3), judge the
manifest's seq, expiry and OpenPGP signature, and keep what `Trusted.remembered` returns.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from string import hexdigits

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, T, TargetFile, Targets, Timestamp

from coderev.errors import InputError, TrustError
from coderev.trust.wire import KEYRING, MANIFEST, MetadataRefused, key_ids, read

MAX_ROOTS = 256  # in one chain
_DIGEST_DIGITS = 64  # of a SHA-256 in hex
NEVER = datetime(1, 1, 1, tzinfo=UTC)  # before any time at which something was accepted


class RootUnknown(TrustError):
    """None of the roots on the medium is the one on paper."""

    message = "none of the {count} roots of the bundle has the SHA-256 {digest}"
    hint = "compare with the paper once more; if it is typed rightly, the bundle is not from whom it should be"


class DigestRefused(InputError):
    """What was typed from paper is no SHA-256."""

    message = "{typed!r} is no SHA-256: it has {length} characters without its blanks, and 64 hex digits are needed"
    hint = "type all of it from the paper; blanks and case do not matter"


class ThresholdMissed(TrustError):
    """Too few of the right keys signed a file of metadata."""

    message = "{role}.json is signed by {count} of the {threshold} keys that root {version} asks for"
    hint = "on the connected side add the missing signatures with `coderev bundle sign`; install nothing before that"


class MetadataOlder(TrustError):
    """Metadata is older than what this site already accepted: somebody offers the past."""

    message = "{role}.json has version {offered}, and this site already accepted {accepted}"
    hint = "take the newest bundle; to go back on purpose, run `coderev update rollback`; it is recorded"


class BundleExpired(TrustError):
    """What was signed is good, and its time is over."""

    message = "the bundle with the manifest {digest} has expired: {expired}"
    hint = (
        "take a newer bundle; to install exactly this one nevertheless, add `--unsafe-accept-expired {digest}`; "
        "it is recorded"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The files below `tuf/` of a medium; the roots in the order of their versions."""

    roots: tuple[bytes, ...]
    timestamp: bytes
    snapshot: bytes
    targets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What a site remembers of the metadata of one kind of bundle; `root` is enough for a host without anything."""

    root: bytes
    timestamp: int = 0  # the highest versions accepted
    snapshot: int = 0
    targets: int = 0
    time: datetime = NEVER  # the latest at which anything was accepted
    revoked: frozenset[str] = frozenset()  # key ids that count for nothing any more (5.10)
    custody: frozenset[str] = frozenset()  # key ids of the site, which no root may name (5.12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a target must be: its length in bytes and its SHA-256 in hex digits."""

    length: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What was proved: the targets, who signed, and what to remember."""

    root: bytes  # the last of the chain
    root_version: int
    seq: int  # the version of timestamp, snapshot and targets
    manifest: Target
    keyring: Target
    fingerprints: frozenset[str]  # of the OpenPGP primary keys that may sign (5.6)
    signers: Mapping[
        str, tuple[str, ...]
    ]  # role → the key ids that counted, sorted; the root's are of its last version
    expires: datetime  # the first of the four expiries
    expired: tuple[str, ...]  # what `unsafe_accept_expired` let pass: empty, or to be recorded

    def remembered(self, accepted: Accepted, at: datetime) -> Accepted:
        """What the site must keep after it accepted this bundle; the accepted time never falls."""
        seq = self.seq
        return replace(accepted, root=self.root, timestamp=seq, snapshot=seq, targets=seq, time=max(at, accepted.time))


def root_on_paper(roots: Sequence[bytes], digest: str) -> bytes:
    """The root whose SHA-256 was typed from paper (6.1), in any case and with blanks.

    Raises DigestRefused, RootUnknown.
    """
    typed = "".join(digest.split()).lower()
    if len(typed) != _DIGEST_DIGITS or set(typed) - set(hexdigits):
        raise DigestRefused(typed=digest, length=len(typed))
    for root in roots:
        if sha256(root).hexdigest() == typed:
            return root
    raise RootUnknown(count=len(roots), digest=typed)


def judge(offered: Offered, accepted: Accepted, at: datetime, *, unsafe_accept_expired: str | None = None) -> Trusted:
    """Believe the metadata of a bundle, or say why not; `at` is the clock, in UTC.

    `unsafe_accept_expired`: the SHA-256 of the manifest of the one set whose expiry does not matter (6.9).
    Raises MetadataRefused, ThresholdMissed, MetadataOlder, BundleExpired.
    """
    chain = _follow(offered.roots, accepted)
    timestamp = read(Timestamp, offered.timestamp)
    signers = {Timestamp.type: _proved(timestamp, (chain.last,), chain, accepted.revoked)}
    snapshot = _next(Snapshot, offered.snapshot, timestamp.signed.snapshot_meta)
    signers[Snapshot.type] = _proved(snapshot, (chain.last,), chain, accepted.revoked)
    targets = _next(Targets, offered.targets, snapshot.signed.meta["targets.json"])
    signers[Targets.type] = _proved(targets, (chain.last,), chain, accepted.revoked)
    _check_versions((timestamp.signed, snapshot.signed, targets.signed), accepted, chain)
    files = targets.signed.targets
    manifest, keyring = _target(files[MANIFEST]), _target(files[KEYRING])
    dated = (chain.last, timestamp.signed, snapshot.signed, targets.signed)
    expired = _expired(dated, max(at, accepted.time))
    if expired and unsafe_accept_expired != manifest.digest:
        raise BundleExpired(digest=manifest.digest, expired=", ".join(expired))
    return Trusted(
        root=chain.content,
        root_version=chain.last.version,
        seq=targets.signed.version,
        manifest=manifest,
        keyring=keyring,
        fingerprints=frozenset(_fingerprints(files[KEYRING])),
        signers={Root.type: chain.signers, **signers},
        expires=min(part.expires for part in dated),
        expired=expired,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """Where the chain of roots ends, with all keys that it ever named: they may have signed, if only uncounted."""

    first: Root  # the accepted one
    last: Root
    content: bytes
    known: Mapping[str, Key]
    signers: tuple[str, ...]


def _follow(roots: Sequence[bytes], accepted: Accepted) -> _Chain:
    """6.2: from the accepted root to the newest. Roots before the accepted one are only asked which keys there were."""
    if len(roots) > MAX_ROOTS:
        raise MetadataRefused(role=Root.type, reason=f"there are {len(roots)} roots, and {MAX_ROOTS} are the most")
    pinned, chain = read(Root, accepted.root), [read(Root, root) for root in roots]
    _check_numbers([root.signed.version for root in chain], pinned.signed.version)
    known = {id_: key for root in (pinned, *chain) for id_, key in root.signed.keys.items()}
    if own := known.keys() & accepted.custody:
        raise MetadataRefused(role=Root.type, reason=f"it names {min(own)}, which is this site's key of custody")
    last = _Chain(first=pinned.signed, last=pinned.signed, content=accepted.root, known=known, signers=())
    last = replace(last, signers=tuple(sorted(pinned.signatures.keys() & pinned.signed.roles[Root.type].keyids)))
    for content, root in zip(roots, chain, strict=True):
        last = _link(last, content, root, accepted.revoked)
    return last


def _link(chain: _Chain, content: bytes, root: Metadata[Root], revoked: Collection[str]) -> _Chain:
    if root.signed.version < chain.first.version:
        _proved(root, (root.signed,), replace(chain, known={**root.signed.keys}), (), strangers=True)
        return chain
    if root.signed.version == chain.first.version:
        if content != chain.content:
            raise MetadataRefused(
                role=Root.type, reason=f"it is another version {root.signed.version} than the accepted"
            )
        return chain
    signers = _proved(root, (chain.last, root.signed), chain, revoked)
    return replace(chain, last=root.signed, content=content, signers=signers)


def _check_numbers(versions: Sequence[int], accepted: int) -> None:
    expected = range(versions[0], versions[0] + len(versions)) if versions else range(0)
    if list(versions) != list(expected):
        raise MetadataRefused(role=Root.type, reason=f"the roots have the versions {versions}, not one after the other")
    if versions and versions[0] > accepted + 1:
        raise MetadataRefused(
            role=Root.type, reason=f"the roots begin with version {versions[0]}, and this site accepted {accepted}"
        )


def _proved(
    metadata: Metadata[T],
    roots: Sequence[Root],
    chain: _Chain,
    revoked: Collection[str],
    *,
    strangers: bool = False,
) -> tuple[str, ...]:
    """The key ids that count for the last of these roots; each root's threshold is met (5.3, 5.4)."""
    role, payload, good = metadata.signed.type, metadata.signed_bytes, set[str]()
    for id_, signature in metadata.signatures.items():
        if (key := chain.known.get(id_)) is not None:
            try:
                key.verify_signature(signature, payload)
            except UnverifiedSignatureError as error:
                raise MetadataRefused(role=role, reason=f"the signature of {id_} is wrong") from error
            good.add(id_)
        elif not strangers:
            raise MetadataRefused(role=role, reason=f"it is signed by {id_}, which no root names")
    counted: set[str] = set()
    for root in roots:
        threshold, counted = root.roles[role].threshold, good & key_ids(root)[role] - set(revoked)
        if len(counted) < threshold:
            raise ThresholdMissed(role=role, count=len(counted), threshold=threshold, version=root.version)
    return tuple(sorted(counted))


def _next(kind: type[T], content: bytes, named: MetaFile) -> Metadata[T]:
    """The file that the one before it names by length, SHA-256 and version (TUF 5.5.2, 5.6.2): no mix of two sets."""
    if len(content) != named.length or sha256(content).hexdigest() != (named.hashes or {}).get("sha256"):
        raise MetadataRefused(role=kind.type, reason="its length and SHA-256 are not those that were signed")
    metadata = read(kind, content)
    if metadata.signed.version != named.version:
        raise MetadataRefused(role=kind.type, reason=f"it has version {metadata.signed.version}, not {named.version}")
    return metadata


def _check_versions(parts: Sequence[Signed], accepted: Accepted, chain: _Chain) -> None:
    if len({part.version for part in parts}) != 1:  # 5.5
        raise MetadataRefused(role=Targets.type, reason="timestamp, snapshot and targets have not one version")
    before, after = key_ids(chain.first), key_ids(chain.last)
    if any(before[role] != after[role] for role in (Timestamp.type, Snapshot.type)):
        return  # TUF 5.3.11: with new keys the versions begin anew, or a thief's huge version would last for ever
    for part, least in zip(parts, (accepted.timestamp, accepted.snapshot, accepted.targets), strict=True):
        if part.version < least:
            raise MetadataOlder(role=part.type, offered=part.version, accepted=least)


def _expired(parts: Sequence[Signed], at: datetime) -> tuple[str, ...]:
    return tuple(f"{part.type} on {part.expires:%Y-%m-%d}" for part in parts if part.is_expired(at))


def _target(file: TargetFile) -> Target:
    return Target(length=file.length, digest=file.hashes["sha256"])


def _fingerprints(file: TargetFile) -> Iterator[str]:
    """5.6: sorted, none twice."""
    listed = file.unrecognized_fields["custom"]["fingerprints"]
    if listed != sorted(set(listed)):
        raise MetadataRefused(role=Targets.type, reason="its fingerprints are not sorted, or one stands there twice")
    yield from listed
