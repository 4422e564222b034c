"""Signs a bundle: on its metadata only, by any number of people one after the other (spec/bundle.md 5.1 to 5.6, 5.11).

The order is TUF's: the targets by as many keys as the root asks for, then the snapshot, which names their bytes, then
the timestamp, which names the snapshot's. Who signs targets later makes the two stale, so they are taken away until
their own keys sign again. A copy of the metadata on another machine comes back by `take_over`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from securesystemslib.signer import Signer
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp

from coderev.bundle.bootstrapping import LOCK, MAX_FILES, MAX_WHEEL_BYTES, SCRIPT
from coderev.bundle.custody import MAX_TRAVELLING_BYTES, record, travel
from coderev.bundle.format.manifest import MAX_MANIFEST_BYTES, Manifest
from coderev.bundle.inputs import FolderTooLarge, Found, listing, read_plain
from coderev.bundle.key_files import last_root
from coderev.bundle.making.checksums import MAX_CHECKSUMS_BYTES, checksums, known_part_sums
from coderev.bundle.making.media_folders import (
    CHECKSUMS,
    CUSTODY,
    KEYRING,
    MANIFEST,
    SIGNATURE,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Files,
    media_of,
    read_optional,
    write_everywhere,
)
from coderev.bundle.officer import joined, pinned_in, sign_with_gpg, signers_in
from coderev.errors import InputError, TrustError
from coderev.files import CannotWrite
from coderev.trust import making, openpgp, wire

_ROLES: tuple[Literal["targets", "snapshot", "timestamp"], ...] = ("targets", "snapshot", "timestamp")


class RootNotSigned(InputError):
    """A root would go onto the media that no installing host would accept."""

    message = "the root in {path} is signed by {count} of the {threshold} keys that it asks for"
    hint = "each holder signs it with `coderev keys sign {path} --key FILE`"


class KeyWithoutRole(InputError):
    """A key was given that the bundle's root does not name for anything that is to be signed."""

    message = "the root of this bundle names the key {key} for none of targets, snapshot and timestamp"
    hint = "`coderev keys show` lists who may sign; a new key needs a new root, by `coderev keys rotate`"


class TooEarly(InputError):
    """The snapshot or the timestamp cannot be signed before what it names is."""

    message = "{role}.json can be signed when {before}.json has {threshold} signatures, and it has {count}"
    hint = "sign with the other keys first, in the order targets, snapshot, timestamp"


class BootstrapRefused(InputError):
    """A folder cannot go onto the media as what a bare host starts from."""

    message = "{folder} cannot be the bootstrap/ of a bundle: {reason}"
    hint = "make the folder with `coderev bundle bootstrap`, and put nothing else into it"


class NotThisBundle(TrustError):
    """Two folders that should hold one bundle's metadata hold two, or a manifest is not the one that was described."""

    message = "{name} in {folder} belongs to another bundle: {reason}"
    hint = "sign nothing; compare both copies with the machine that made the bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who may sign a bundle, as it goes onto its media: the chain of roots, and the keyring with who of it may."""

    roots: Mapping[int, bytes]  # by version
    keyring: bytes
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """Who signed so far and who still may, by role of TUF; and the OpenPGP keys that the signature file names."""

    seq: int
    manifest: str  # its SHA-256
    tallies: tuple[making.Tally, ...]
    openpgp: tuple[str, ...]
    pinned: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing; whether it is good, `bundle verify` tells."""
        return bool(self.openpgp) and all(tally.complete for tally in self.tallies)


def read_authority(roots: Path, keyring: Path, chosen: Sequence[str] = ()) -> Authority:
    """Read the folder of roots and the keyring, of which `chosen` fingerprints may sign, or all.

    Raises NoRootYet, RootNotSigned, NotAPlainFile, MetadataRefused, KeyringRefused, WrongOfficer.
    """
    last = int(last_root(roots).name.partition(".")[0])
    found = {number: read_plain(roots, f"{number}.root.json", wire.MAX_ROOT_BYTES) for number in range(1, last + 1)}
    tally = making.tally(found[last], found[last])
    if not tally.complete:
        path = roots / f"{last}.root.json"
        raise RootNotSigned(path=path, count=len(tally.signed), threshold=tally.threshold)
    content = read_plain(keyring, "", openpgp.MAX_KEYRING_BYTES)
    return Authority(roots=found, keyring=content, fingerprints=pinned_in(content, chosen))


def describe(authority: Authority, at: datetime, bootstrap: Path | None = None) -> Callable[[bytes, Manifest], Files]:
    """What makes the metadata of a bundle from its manifest: all files of 1.1 but the parts, nothing signed yet.

    Raises BootstrapRefused.
    """
    first = {} if bootstrap is None else _bootstrap(bootstrap)

    def described(content: bytes, manifest: Manifest) -> Files:
        targets = making.make_targets(
            making.target(content),
            making.target(authority.keyring),
            authority.fingerprints,
            seq=manifest.seq,
            expires=manifest.expires,
        )
        created = record("created", sha256(content).hexdigest(), at)
        return {
            MANIFEST: content,
            KEYRING: authority.keyring,
            TARGETS: targets,
            CUSTODY: travel(b"", created),
            **{f"tuf/{version}.root.json": root for version, root in authority.roots.items()},
            **first,
        }

    return described


def _bootstrap(folder: Path) -> dict[str, Path]:
    """The files of `bootstrap/`, to be copied: wheels of some hundred MB are never held in memory."""
    try:
        found = list(listing(folder, most=MAX_FILES))
    except FolderTooLarge as error:
        raise BootstrapRefused(folder=folder, reason=f"it holds more than {MAX_FILES} files") from error
    for each in found:
        _check_plain(folder, each)
    if absent := {SCRIPT, LOCK} - {each.path for each in found}:
        raise BootstrapRefused(folder=folder, reason=f"{min(absent)} is missing")
    return {f"bootstrap/{each.path}": folder / each.path for each in found}


def _check_plain(folder: Path, found: Found) -> None:
    if found.kind != "file":
        raise BootstrapRefused(folder=folder, reason=f"{found.path} is no regular file")
    if found.size > MAX_WHEEL_BYTES:
        raise BootstrapRefused(folder=folder, reason=f"{found.path} has more than {MAX_WHEEL_BYTES} bytes")


def signatures_of(folder: Path) -> Signatures:
    """Who signed the bundle in a folder. Raises NoBundle, NotThisBundle, and what is raised for bad metadata."""
    return _Signing(folder).signatures()


def sign(folder: Path, signers: Sequence[Signer], at: datetime) -> Signatures:
    """Sign all that these keys may sign now. Raises KeyWithoutRole, TooEarly, NotThisBundle, CannotWrite."""
    signing = _Signing(folder)
    for signer in signers:
        signing.check_role(signer)
    signed = [id_ for role in _ROLES for id_ in signing.add(role, signers)]
    if not signed:
        signing.explain(signers)
    return signing.write(at, keys=" ".join(dict.fromkeys(signed)))


def sign_openpgp(folder: Path, users: Sequence[str], at: datetime) -> Signatures:
    """Have the officer's gpg sign the manifest. Raises as `sign_with_gpg` does, WrongOfficer, NotThisBundle."""
    signing = _Signing(folder)
    signing.add_openpgp(sign_with_gpg(signing.files[MANIFEST], users))
    return signing.write(at, openpgp=" ".join(signing.signatures().openpgp))


def take_over(folder: Path, copy: Path, at: datetime) -> Signatures:
    """Take the signatures over that were added to a copy of the metadata. Raises NotThisBundle, SignaturesNotJoined."""
    signing, other = _Signing(folder), _Signing(copy)
    for name in (MANIFEST, KEYRING, signing.root_name):
        if signing.files[name] != other.files.get(name):
            raise NotThisBundle(name=name, folder=copy, reason=f"it is not the one in {folder}")
    signing.join(other)
    return signing.write(at, taken="from a copy")


class _Signing:
    """The metadata of one bundle while it is being signed; `files` by their paths on a medium."""

    def __init__(self, folder: Path) -> None:
        self._media = media_of(folder)
        first = self._media[0]
        self.root_name = f"tuf/{last_root(first / 'tuf').name}"
        limits = {
            MANIFEST: MAX_MANIFEST_BYTES,
            KEYRING: openpgp.MAX_KEYRING_BYTES,
            SIGNATURE: openpgp.MAX_SIGNATURE_BYTES,
            CUSTODY: MAX_TRAVELLING_BYTES,
            CHECKSUMS: MAX_CHECKSUMS_BYTES,
            **{f"tuf/{path.name}": wire.MAX_ROOT_BYTES for path in (first / "tuf").glob("*.root.json")},
            **dict.fromkeys((TARGETS, SNAPSHOT, TIMESTAMP), wire.MAX_TARGETS_BYTES),
        }
        found = {name: read_optional(first, name, limit) for name, limit in limits.items()}
        self.files = {name: content for name, content in found.items() if content is not None}
        self._bootstrap = _bootstrap(first / "bootstrap") if (first / "bootstrap").is_dir() else {}
        self._root = self.files[self.root_name]
        self._check(first)

    def _check(self, folder: Path) -> None:
        for name in (TARGETS, KEYRING):
            if name not in self.files:
                raise NotThisBundle(name=name, folder=folder, reason="it is not there")
        targets = wire.read(Targets, self.files[TARGETS]).signed
        for name in (MANIFEST, KEYRING):
            stated, is_ = targets.targets[name], making.target(self.files[name])
            if (stated.length, stated.hashes["sha256"]) != (is_.length, is_.digest):
                raise NotThisBundle(name=name, folder=folder, reason="the targets name another one")
        self._seq, self._expires = targets.version, targets.expires
        custom: Any = targets.targets[KEYRING].unrecognized_fields["custom"]
        self._pinned = tuple(custom["fingerprints"])

    def check_role(self, signer: Signer) -> None:
        """Refuse a key that may sign nothing here."""
        roles = wire.key_ids(wire.read(Root, self._root).signed)
        if not any(signer.public_key.keyid in roles[role] for role in _ROLES):
            raise KeyWithoutRole(key=signer.public_key.keyid)

    def add(self, role: str, signers: Sequence[Signer]) -> list[str]:
        """Sign one role with those of the keys that may, when what it names is complete; the key ids that signed."""
        content = self._file(role)
        if content is None:
            return []
        waiting = set(making.tally(content, self._root).waiting)
        able = [signer for signer in signers if signer.public_key.keyid in waiting]
        for signer in able:
            content = making.sign(content, signer)
        if able:
            self._put(role, content)
        return [signer.public_key.keyid for signer in able]

    def _file(self, role: str) -> bytes | None:
        """The file of a role as it is, or made anew where it names other bytes; None where it is too early."""
        if role == Targets.type:
            return self.files[TARGETS]
        before = TARGETS if role == Snapshot.type else SNAPSHOT
        named = self.files.get(before)
        if named is None or not making.tally(named, self._root).complete:
            return None
        if (content := self.files.get(f"tuf/{role}.json")) is not None:
            return content
        make = making.make_snapshot if role == Snapshot.type else making.make_timestamp
        return make(named, self._expires)

    def _put(self, role: str, content: bytes) -> None:
        """What names the bytes that were there before is stale now."""
        self.files[f"tuf/{role}.json"] = content
        for later in _ROLES[_ROLES.index(role) + 1 :]:
            self.files.pop(f"tuf/{later}.json", None)

    def explain(self, signers: Sequence[Signer]) -> None:
        """Nothing was signed: raise TooEarly where that is why; otherwise all had signed before."""
        roles = wire.key_ids(wire.read(Root, self._root).signed)
        ids = {signer.public_key.keyid for signer in signers}
        for role, before in ((Snapshot.type, TARGETS), (Timestamp.type, SNAPSHOT)):
            if ids & roles[role] and self._file(role) is None:
                tally = self._tally(before.removeprefix("tuf/").removesuffix(".json"))
                raise TooEarly(role=role, before=tally.role, threshold=tally.threshold, count=len(tally.signed))

    def add_openpgp(self, signature: bytes) -> None:
        """Add a signature of the manifest to those that are there."""
        self._check_pinned(signature)
        ours = self.files.get(SIGNATURE)
        self.files[SIGNATURE] = signature if ours is None else joined(ours, signature, self.files[MANIFEST])

    def _check_pinned(self, signature: bytes) -> tuple[str, ...]:
        return signers_in(signature, self.files[MANIFEST], self.files[KEYRING], self._pinned)

    def join(self, other: "_Signing") -> None:
        """Take over what another copy has more."""
        targets = making.join(self.files[TARGETS], other.files[TARGETS])
        if targets != self.files[TARGETS]:
            self._put(Targets.type, targets)
        if targets == other.files[TARGETS]:
            for name in (SNAPSHOT, TIMESTAMP):
                if name not in self.files and name in other.files:
                    self.files[name] = other.files[name]
        if SIGNATURE in other.files:
            self.add_openpgp(other.files[SIGNATURE])

    def write(self, at: datetime, **details: str) -> Signatures:
        """Put the files on every medium, custody and checksums with them, and take away what is stale."""
        digest = sha256(self.files[MANIFEST]).hexdigest()
        added = record("signed", digest, at, details=details)
        self.files[CUSTODY] = travel(self.files.get(CUSTODY, b""), added)
        parts = known_part_sums(self.files.pop(CHECKSUMS, b""))
        self.files[CHECKSUMS] = checksums({**self.files, **self._bootstrap}, parts)
        for medium in self._media:
            for name in (SNAPSHOT, TIMESTAMP):
                if name not in self.files:
                    _remove(medium / name)
        write_everywhere(self._media, self.files)
        return self.signatures()

    def signatures(self) -> Signatures:
        """Who signed so far."""
        signature = self.files.get(SIGNATURE)
        return Signatures(
            seq=self._seq,
            manifest=sha256(self.files[MANIFEST]).hexdigest(),
            tallies=tuple(self._tally(role) for role in _ROLES),
            openpgp=() if signature is None else self._check_pinned(signature),
            pinned=self._pinned,
        )

    def _tally(self, role: str) -> making.Tally:
        """Of a file that is not made yet: nobody signed, and all may."""
        content = self.files.get(f"tuf/{role}.json")
        if content is not None:
            return making.tally(content, self._root)
        root = wire.read(Root, self._root).signed
        ids = tuple(sorted(root.roles[role].keyids))
        return making.Tally(role=role, threshold=root.roles[role].threshold, signed=(), waiting=ids)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror) from error
