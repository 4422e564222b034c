"""From the metadata of a medium to a manifest that may be used: the clauses of spec/bundle.md, 6, in their order.

6.1 the accepted root, or the one on paper · 6.2 the chain, timestamp, snapshot, targets · 6.3 manifest and keyring are
the named ones · 6.4 OpenPGP over the same bytes · 6.5 product, channel, architecture, site · 6.6 expiry · 6.7 the floor
· 6.8 what the manifest assumes.

The versions of timestamp, snapshot and targets are the seq (5.5), so the floor is what TUF compares them with (5.4.3,
5.5.5 there): each kind of bundle has its own, and only what was live raises it.

Nothing is written here, and no part is opened. What the caller must still do: see whether there is room (6.8), compare
every chunk (7.2), and remember `Verified.standing` once it goes on.
"""

import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from coderev.bundle import gpgv
from coderev.bundle.format.manifest import EVERY_SITE, Manifest, decode
from coderev.bundle.media import Metadata
from coderev.bundle.site import Site, Standing, utc
from coderev.errors import InputError, TrustError
from coderev.settings import BundleSettings
from coderev.trust import generations as states
from coderev.trust import metadata, openpgp

_MACHINES: Mapping[str, str] = {"x86_64": "amd64", "aarch64": "arm64"}  # uname's words → OCI's


class NoRoot(InputError):
    """A host that never had a bundle cannot know whom to believe: paper must say it."""

    message = "this host has accepted no TUF root yet"
    hint = "type the SHA-256 of the root from the paper: `--root SHA256`"


class NoFingerprint(InputError):
    """Where OpenPGP alone is asked for, paper must say whose signature counts."""

    message = "this site asks for OpenPGP signatures only, and knows no fingerprint yet"
    hint = "type the full fingerprints from the paper: `--fingerprint FINGERPRINT`"


class TargetWrong(TrustError):
    """A file is not the one that was signed."""

    message = "{name} is not the file that was signed: {reason}"
    hint = "install nothing from this medium; copy it again from its source, and compare with the paper"


class NotForThisHost(TrustError):
    """The bundle is good, and for somebody else."""

    message = "the bundle is for {what} {offered}, and here it is {own}"
    hint = "take the bundle that was made for this host; `bundle.{setting}` in coderev.yaml says what it is"


class OlderThanPaper(TrustError):
    """A bundle is older than the least seq that was typed from paper."""

    message = "bundle seq {offered} is older than {least}, the least seq that was typed from paper"
    hint = "compare with the paper once more; if it is typed rightly, take a newer bundle"


class AssumptionUnmet(InputError):
    """The bundle needs something that is not so on this host."""

    message = "the bundle assumes {what}, and that is not so here"
    hint = "{hint_}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the operator typed from paper, and decided."""

    root: str | None = None  # SHA-256 of the TUF root
    fingerprints: frozenset[str] = frozenset()  # whole, of OpenPGP primary keys
    least_seq: int | None = None
    unsafe_accept_expired: str | None = None  # SHA-256 of the manifest of the one set whose expiry does not matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A manifest that may be used, who signed it, and what the site is to remember when it is accepted."""

    manifest: Manifest
    digest: str  # SHA-256 of MANIFEST.json
    content: bytes  # of MANIFEST.json
    tuf: Mapping[str, tuple[str, ...]]  # role → key ids; empty: not checked
    openpgp: tuple[openpgp.OpenPgpSigner, ...]  # empty: not checked
    expired: tuple[str, ...]  # what was let pass; empty, or to be recorded
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Decides about bundles for one site, by its settings and by what was typed from paper."""

    site: Site
    settings: BundleSettings
    paper: Paper
    machine: str | None = None  # `amd64`, `arm64`; None: of this host

    def judge(self, files: Metadata, at: datetime, *, floor: Literal["asked", "shown"] = "asked") -> Verified:
        """Believe a bundle, or say why not. `floor` is `shown` where nothing will be installed, as in `verify`.

        Raises what `metadata.judge`, `openpgp.judge_signatures` and `manifest.decode` raise, and NoRoot,
        NoFingerprint, TargetWrong, NotForThisHost, AssumptionUnmet, RollbackRefused, FloorUnknown, OlderThanPaper.
        """
        known = self.site.standing("release")  # root, time and fingerprints are those of the whole site
        time = max(at, known.time)
        trusted = self._tuf(files, self._accepted(files, known), at)  # 6.1, 6.2
        _check_targets(files, trusted)  # 6.3
        signers = self._openpgp(files, trusted, known, time)  # 6.4
        manifest = decode(files.manifest)  # 6.5
        _check_seq(manifest, trusted)
        self._check_host(manifest)
        expired = (*(trusted.expired if trusted else ()), *self._expired(manifest, files.digest, time))  # 6.6
        standing = self.site.standing(manifest.kind)
        if floor == "asked":
            standing = self._floor(standing, manifest)  # 6.7
            _check_assumed(manifest, standing.generations)  # 6.8
        standing = self._remembered(standing, trusted, at, expired=bool(expired))
        tuf = {} if trusted is None else trusted.signers
        return Verified(
            manifest=manifest,
            digest=files.digest,
            content=files.manifest,
            tuf=tuf,
            openpgp=signers,
            expired=expired,
            standing=standing,
        )

    def _accepted(self, files: Metadata, known: Standing) -> metadata.Accepted | None:
        """6.1. None where TUF is not asked for."""
        if self.settings.signatures == "openpgp":
            return None
        if known.accepted is not None:
            return known.accepted
        if self.paper.root is None:
            raise NoRoot
        return self.site.blank(metadata.root_on_paper(files.offered.roots, self.paper.root))

    def _tuf(self, files: Metadata, accepted: metadata.Accepted | None, at: datetime) -> metadata.Trusted | None:
        if accepted is None or self.settings.signatures == "openpgp":
            return None
        return metadata.judge(files.offered, accepted, at, unsafe_accept_expired=self.paper.unsafe_accept_expired)

    def _openpgp(
        self, files: Metadata, trusted: metadata.Trusted | None, known: Standing, time: datetime
    ) -> tuple[openpgp.OpenPgpSigner, ...]:
        """6.4. The fingerprints from paper narrow what TUF pins; without TUF they are all there is."""
        if self.settings.signatures == "tuf":
            return ()
        typed = self.paper.fingerprints or known.fingerprints
        if trusted is None and not typed:
            raise NoFingerprint
        pinned = typed if trusted is None else (trusted.fingerprints & typed if typed else trusted.fingerprints)
        pins = openpgp.Pins(pinned=frozenset(pinned), revoked=self.site.revoked().openpgp)
        return gpgv.signers(files.manifest, files.signature, files.keyring, pins, time)

    def _check_host(self, manifest: Manifest) -> None:
        """6.5."""
        machine = self.machine or platform.machine()
        own = {
            "product": (manifest.product, self.settings.product),
            "channel": (manifest.channel, self.settings.channel or manifest.channel),
            "architecture": (manifest.architecture, _MACHINES.get(machine, machine)),
            "site": (manifest.site, self.settings.site),
        }
        for what, (offered, ours) in own.items():
            every = what in {"architecture", "site"} and offered == EVERY_SITE
            if offered != ours and not every:
                raise NotForThisHost(what=what, offered=offered, own=ours or "no name", setting=what)

    def _expired(self, manifest: Manifest, digest: str, time: datetime) -> tuple[str, ...]:
        """6.6 of the manifest itself, and 6.9."""
        if time < manifest.expires:
            return ()
        told = f"manifest on {manifest.expires:%Y-%m-%d}"
        if self.paper.unsafe_accept_expired != digest:
            raise metadata.BundleExpired(digest=digest, expired=told)
        return (told,)

    def _floor(self, standing: Standing, manifest: Manifest) -> Standing:
        """6.7. The least seq from paper never lowers a floor."""
        if self.paper.least_seq is not None:
            if standing.generations.newest is None and manifest.seq < self.paper.least_seq:
                raise OlderThanPaper(offered=manifest.seq, least=self.paper.least_seq)
            standing = replace(standing, generations=standing.generations.with_floor(self.paper.least_seq))
        standing.generations.check(manifest.seq)
        return standing

    def _remembered(
        self, standing: Standing, trusted: metadata.Trusted | None, at: datetime, *, expired: bool
    ) -> Standing:
        """What the site keeps. A set that was let pass although it had expired moves no time (6.9)."""
        typed = self.paper.fingerprints or standing.fingerprints
        standing = replace(standing, time=standing.time if expired else max(utc(at), standing.time))
        if trusted is None:
            return replace(standing, fingerprints=typed)
        accepted = replace(standing.accepted or self.site.blank(trusted.root), root=trusted.root)
        return replace(standing, accepted=accepted, fingerprints=typed)


def _check_targets(files: Metadata, trusted: metadata.Trusted | None) -> None:
    """6.3."""
    if trusted is None:
        return
    for name, content, named in (
        ("MANIFEST.json", files.manifest, trusted.manifest),
        ("KEYRING.gpg", files.keyring, trusted.keyring),
    ):
        if len(content) != named.length:
            raise TargetWrong(name=name, reason=f"it has {len(content)} bytes, and {named.length} were signed")
        if (found := sha256(content).hexdigest()) != named.digest:
            raise TargetWrong(name=name, reason=f"its SHA-256 is {found}, and {named.digest} was signed")


def _check_seq(manifest: Manifest, trusted: metadata.Trusted | None) -> None:
    """5.5."""
    if trusted is not None and manifest.seq != trusted.seq:
        raise TargetWrong(name="MANIFEST.json", reason=f"its seq is {manifest.seq}, and that of TUF is {trusted.seq}")


def _check_assumed(manifest: Manifest, found: states.Generations) -> None:
    """6.8, but for room."""
    absent = [name for name in manifest.assumes.commands if shutil.which(name) is None]
    if absent:
        raise AssumptionUnmet(what=f"the programs {', '.join(absent)}", hint_="install them, or put them on PATH")
    live = found.live.seq if found.live else 0
    if live < manifest.assumes.seq:
        what = f"that at least seq {manifest.assumes.seq} is live (here: {live or 'none'})"
        raise AssumptionUnmet(what=what, hint_=f"install the bundle with seq {manifest.assumes.seq} first")
