"""Real keys and signatures of a real gpg, one of each kind that a release may meet, and the real gpgv."""

import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coderev.trust.openpgp import OpenPgpSigner, Pins, judge_signatures, read_keyring, read_signatures

MANIFEST = b'{"format":1}'
LONG_AGO = ("--faked-system-time", "20250101T000000")
FUTURE = ("--faked-system-time", "20400101T000000")
_QUIET = ("--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What gpgv said of a signature."""

    status: bytes
    exit_status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pgp:
    """A home of gpg, and a folder to work in."""

    home: Path
    folder: Path

    def gpg(self, *words: str | Path) -> bytes:
        argv = ["gpg", "--homedir", str(self.home), *_QUIET, *map(str, words)]
        return subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout

    def make(
        self,
        name: str,
        algorithm: str = "ed25519",
        usage: str = "sign",
        *,
        when: tuple[str, ...] = (),
        expire: str = "never",
    ) -> str:
        """A new key; its fingerprint."""
        self.gpg(*when, "--quick-gen-key", f"{name} <{name}@example>", algorithm, usage, expire)
        return self.fingerprints(name)[0]

    def fingerprints(self, name: str) -> list[str]:
        listing = self.gpg("--with-colons", "--list-keys", f"{name}@example").decode()
        return [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:")]

    def revoke(self, fingerprint: str) -> None:
        written = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        certificate = self.folder / "revoke.asc"
        certificate.write_text(written[written.index(":-----BEGIN") + 1 :])
        self.gpg("--import", certificate)

    def sign(
        self, *signers: str, how: str = "--detach-sign", options: Collection[str] = (), content: bytes = MANIFEST
    ) -> bytes:
        given, made = self.folder / "given", self.folder / "made"
        given.write_bytes(content)
        users = [word for signer in signers for word in ("--local-user", signer)]
        self.gpg(*options, *users, "--output", made, how, given)
        return made.read_bytes()

    def keyring(self, *fingerprints: str) -> bytes:
        return self.gpg("--export", *fingerprints)

    def verify(self, signature: bytes, keyring: bytes, content: bytes = MANIFEST) -> Verdict:
        empty, ring, made, given = (self.folder / name for name in ("empty", "ring.gpg", "signature", "content"))
        empty.mkdir(exist_ok=True, mode=0o700)
        for path, written in ((ring, keyring), (made, signature), (given, content)):
            path.write_bytes(written)
        argv = ["gpgv", "--homedir", str(empty), "--status-fd", "1", "--keyring", str(ring), str(made), str(given)]
        done = subprocess.run(argv, check=False, capture_output=True, timeout=60)
        return Verdict(status=done.stdout, exit_status=done.returncode)

    def judge(
        self,
        signature: bytes,
        keyring: bytes,
        pinned: Collection[str],
        *,
        revoked: Collection[str] = (),
        at: datetime | None = None,
    ) -> tuple[OpenPgpSigner, ...]:
        """The whole way of clause 6.4, as `bundle` goes it."""
        detached, keys = read_signatures(signature, MANIFEST), read_keyring(keyring)
        status = self.verify(detached.binary, keyring).status
        pins = Pins(pinned=frozenset(pinned), revoked=frozenset(revoked))
        return judge_signatures(status, detached, keys, pins, at or datetime.now(UTC))


@contextmanager
def opened(folder: Path) -> Iterator[Pgp]:
    """A gpg with an empty home, whose agent ends with the block."""
    home = folder / "h"
    home.mkdir(mode=0o700)
    try:
        yield Pgp(home=home, folder=folder)
    finally:
        subprocess.run(
            ["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True, timeout=60
        )
