"""A depot that signs bundles: three officers with a root and a targets key each, and one key for what is made daily."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner, Key

from coderev.trust.canonical import encode
from coderev.trust.keys import Algorithm, make_key
from coderev.trust.making import Roles, make_root, make_snapshot, make_targets, make_timestamp, sign, target
from coderev.trust.metadata import Accepted, Offered, Trusted, judge

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
YEAR, MONTH = NOW + timedelta(days=365), NOW + timedelta(days=30)
FINGERPRINT = "164D569DDB0304D76D8E3F41F354C72E2E126369"
MANIFEST, KEYRING = b'{"seq":7}', b"keyring"


def keys(signers: Sequence[CryptoSigner]) -> tuple[Key, ...]:
    return tuple(signer.public_key for signer in signers)


def three(algorithm: Algorithm = Algorithm.ED25519) -> list[CryptoSigner]:
    return [make_key(algorithm) for _ in range(3)]


@dataclass(kw_only=True)
class Depot:
    """Who signs; the chain of roots so far."""

    root: list[CryptoSigner] = field(default_factory=three)
    targets: list[CryptoSigner] = field(default_factory=three)
    daily: list[CryptoSigner] = field(default_factory=lambda: [make_key(Algorithm.ECDSA_P256)])
    roots: list[bytes] = field(default_factory=list)

    @property
    def roles(self) -> Roles:
        daily = keys(self.daily)
        return Roles(root=keys(self.root), targets=keys(self.targets), snapshot=daily, timestamp=daily)

    def begin(self) -> "Depot":
        self.roots = [signed(make_root(self.roles, YEAR), self.root[:2])]
        return self

    def rotate(self, signers: Collection[CryptoSigner], *, expires: datetime = YEAR) -> bytes:
        """The next root for the keys that this depot has now, signed by whom the caller says."""
        self.roots.append(signed(make_root(self.roles, expires, self.roots[-1]), signers))
        return self.roots[-1]

    def publish(
        self,
        seq: int = 7,
        *,
        by: Collection[CryptoSigner] | None = None,
        expires: datetime = MONTH,
        manifest: bytes = MANIFEST,
    ) -> Offered:
        made = make_targets(target(manifest), target(KEYRING), {FINGERPRINT}, seq=seq, expires=expires)
        targets = signed(made, self.targets[:2] if by is None else by)
        return self.offer(targets, expires)

    def offer(self, targets: bytes, expires: datetime = MONTH) -> Offered:
        snapshot = signed(make_snapshot(targets, expires), self.daily)
        timestamp = signed(make_timestamp(snapshot, expires), self.daily)
        return Offered(roots=tuple(self.roots), timestamp=timestamp, snapshot=snapshot, targets=targets)

    def offer_raw(self, targets: bytes) -> Offered:
        """A set around targets that may be malformed: whoever has the daily key can make it."""
        named = {"hashes": {"sha256": target(targets).digest}, "length": len(targets)}
        good = self.publish(json.loads(targets)["signed"]["version"])
        snapshot = self.resigned(good.snapshot, "targets.json", named)
        named = {"hashes": {"sha256": target(snapshot).digest}, "length": len(snapshot)}
        timestamp = self.resigned(good.timestamp, "snapshot.json", named)
        return replace(good, targets=targets, snapshot=snapshot, timestamp=timestamp)

    def resigned(self, content: bytes, name: str, named: dict[str, object]) -> bytes:
        file = json.loads(content)
        file["signed"]["meta"][name].update(named)
        made = [signer.sign((encode_canonical(file["signed"]) or "").encode()) for signer in self.daily]
        file["signatures"] = [{"keyid": one.keyid, "sig": one.signature} for one in made]
        return encode(file)

    @property
    def fresh(self) -> Accepted:
        """A site that has the first root, and nothing else."""
        return Accepted(root=self.roots[0])


def signed(content: bytes, signers: Collection[CryptoSigner]) -> bytes:
    for signer in signers:
        content = sign(content, signer)
    return content


def believe(offered: Offered, accepted: Accepted, *, at: datetime = NOW, unsafe: str | None = None) -> Trusted:
    return judge(offered, accepted, at, unsafe_accept_expired=unsafe)


def with_(offered: Offered, **files: bytes | tuple[bytes, ...]) -> Offered:
    changed: Offered = replace(offered, **files)  # type: ignore[arg-type]
    return changed
