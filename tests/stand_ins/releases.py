"""Whoever makes releases: three holders of targets keys, one daily key, a root, an officer with a real gpg, recipes."""

import atexit
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from coderev.bundle.create import Created, Order, create
from coderev.bundle.delta import Start, find_earlier
from coderev.bundle.format.parts import part_name
from coderev.bundle.key_files import write_pair
from coderev.bundle.making.contents import Contents
from coderev.bundle.making.media_folders import OwnBundle
from coderev.bundle.recipe import read_recipe
from coderev.bundle.signing import Authority, describe, read_authority
from coderev.trust.keys import Algorithm, make_key
from coderev.trust.making import Roles, make_root, sign

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
PASSPHRASE = b"four words of nobody"
RECIPE = """\
    product: coderev
    channel: stable
    seq: {seq}
    version: 1.{seq}.0
    expires: 2099-11-25T00:00:00Z
    """


@dataclass(frozen=True, kw_only=True)
class Makers:
    """Keys in memory and in files, the folder of roots, and the officer's keyring."""

    folder: Path
    targets: tuple[CryptoSigner, ...]
    daily: CryptoSigner
    fingerprint: str
    home: Path  # of the officer's gpg

    @property
    def roots(self) -> Path:
        return self.folder / "tuf"

    @property
    def keyring(self) -> Path:
        return self.folder / "KEYRING.gpg"

    @property
    def passphrase_file(self) -> Path:
        return self.folder / "passphrase"

    @property
    def authority(self) -> Authority:
        return read_authority(self.roots, self.keyring)

    def key(self, name: str) -> Path:
        """The private half in a file: `targets-1` to `targets-3`, `daily`."""
        return self.folder / f"{name}.pem"

    def make(self, recipe: Path, output: Path, *, start: Start | None = None, at: datetime = AT) -> Created:
        order = Order(recipe=read_recipe(recipe), folder=recipe.parent, output=output, at=at, start=start)
        return create(order, describe(self.authority, at))


@contextmanager
def makers(folder: Path) -> Iterator[Makers]:
    """New keys of everybody; the officer's agent ends with the block. The path of `folder` must be short, for gpg."""
    with gpg_home(folder / "h") as home:
        fingerprint = make_officer(home)
        (folder / "KEYRING.gpg").write_bytes(gpg(home, "--export", fingerprint))
        yield _made(folder, fingerprint, home)


@contextmanager
def gpg_home(home: Path) -> Iterator[Path]:
    """An empty home of a gpg, whose agent ends with the block."""
    home.mkdir(mode=0o700)
    try:
        yield home
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)


@cache
def the_makers() -> Makers:
    """The same makers for all tests of a process: their keys take a second to make."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(makers(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="m-")))))


def gpg(home: Path, *words: str, folder: Path | None = None) -> bytes:
    argv = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    return subprocess.run([*argv, *words], check=True, capture_output=True, timeout=60, cwd=folder).stdout


def make_officer(home: Path, name: str = "officer") -> str:
    """A new OpenPGP key; its fingerprint."""
    gpg(home, "--quick-gen-key", f"{name} <{name}@example>", "ed25519", "sign", "never")
    listing = gpg(home, "--with-colons", "--list-keys", f"{name}@example").decode()
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))


def _made(folder: Path, fingerprint: str, home: Path) -> Makers:
    signers = {
        name: make_key(Algorithm.ED25519) for name in ("targets-1", "targets-2", "targets-3", "root-1", "root-2")
    }
    daily = make_key(Algorithm.ECDSA_P256)
    for name, signer in (*signers.items(), ("daily", daily)):
        write_pair(folder, name, signer, PASSPHRASE)
    (folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    (folder / "passphrase").chmod(0o600)
    root = [signer for name, signer in signers.items() if name.startswith("root")]
    targets = tuple(signer for name, signer in signers.items() if name.startswith("targets"))
    roles = Roles(
        root=tuple(signer.public_key for signer in root),
        targets=tuple(signer.public_key for signer in targets),
        snapshot=(daily.public_key,),
        timestamp=(daily.public_key,),
    )
    content = make_root(roles, AT.replace(year=2099))
    for signer in root:
        content = sign(content, signer)
    (folder / "tuf").mkdir()
    (folder / "tuf" / "1.root.json").write_bytes(content)
    return Makers(folder=folder, targets=targets, daily=daily, fingerprint=fingerprint, home=home)


def write_recipe(folder: Path, more: str, *, seq: int = 1, files: Mapping[str, bytes] | None = None) -> Path:
    """A `bundle.yaml` with the usual head and some lines more, and files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    path = folder / f"bundle-{seq}.yaml"
    path.write_text(textwrap.dedent(RECIPE).format(seq=seq) + textwrap.dedent(more), encoding="utf-8")
    return path


def content_of(made: Created, path: str, scratch: Path, bundles: Path | None = None) -> bytes:
    """A file of a bundle's tree, as an installing host would unpack it."""
    manifest = made.manifest
    digest = next(file.blob for file in manifest.tree if file.path == path)
    scratch.mkdir(exist_ok=True)
    bundle = OwnBundle(media=made.media, manifest=manifest, content=made.content)
    with Contents(bundle, find_earlier(bundles or scratch), scratch).open(digest) as file:
        return file.read()


def encoding_of(made: Created, path: str) -> str:
    """How the content of a file is stored, or `held` where it is not."""
    digest = next(file.blob for file in made.manifest.tree if file.path == path)
    return next((blob.encoding for blob in made.manifest.blobs if blob.unpacked.digest == digest), "held")


def parts_of(made: Created) -> list[bytes]:
    """The bytes of all parts, in order."""
    return [(made.media[part.medium - 1] / part_name(n)).read_bytes() for n, part in enumerate(made.manifest.parts)]
