"""Small bundles, really signed: three officers with keys of TUF, one with a real gpg; and sites that install them."""

import atexit
import shutil
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from backports import zstd
from trust.depot import Depot, signed
from trust.pgp import Pgp, opened

from coderev.bundle.format.chunks import digest
from coderev.bundle.format.encodings import patch
from coderev.bundle.format.entries import Assumes, Blob, Content, File, Origin, Patch, Role
from coderev.bundle.format.manifest import Manifest, encode, needs_of
from coderev.bundle.format.parts import PartWriter
from coderev.bundle.install import Installed, Order, Told, install
from coderev.bundle.judge import Judge, Paper
from coderev.bundle.media import Media, named
from coderev.bundle.site import Site
from coderev.bundle.verify import Verification, verify
from coderev.settings import BundleSettings, Settings
from coderev.trust.making import make_targets, target

FILES = {
    "bin/coderev": b'#!/bin/sh\necho \'{"verdict": "pass"}\'\n',
    "config/defaults.yaml": b"mode: air-gapped\n",
    "empty": b"",
    "models/small/config.json": b"{}",
    "models/small/model.gguf": b"GGUF" * 100,
    "sbom.cdx.json": b'{"bomFormat":"CycloneDX"}',
}
NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = NOW + timedelta(days=365)


def seq_files(seq: int) -> dict[str, bytes]:
    """The files of a release that differ in one place from those of any other."""
    return FILES | {"VERSION": b"%d\n" % seq}


@cache
def officer() -> tuple[Pgp, str]:
    """A gpg with one key, made once in a run of the tests, and its fingerprint."""
    stack = ExitStack()
    folder = Path(tempfile.mkdtemp(prefix="g"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(stack.close)  # first, for it ends the agent
    pgp = stack.enter_context(opened(folder))
    return pgp, pgp.make("alice")


@dataclass(kw_only=True)
class BundleDepot:
    """Who makes and signs bundles of one product."""

    depot: Depot = field(default_factory=lambda: Depot().begin())

    @property
    def root_on_paper(self) -> str:
        return sha256(self.depot.roots[0]).hexdigest()

    def make(
        self,
        folder: Path,
        files: Mapping[str, bytes] | None = None,
        *,
        seq: int = 7,
        packed: Collection[str] = (),
        since: Manifest | None = None,
        patched: Mapping[str, bytes] | None = None,
        medium_size: int | None = None,
        **changes: Any,
    ) -> Path:
        """Write a signed bundle; `packed` names files stored with zstd, `since` the base of a delta.

        `patched`: files stored as patches, with the contents that they start from.
        """
        files = seq_files(seq) if files is None else files
        media = {1: folder} if medium_size is None else {n: folder / f"medium-{n}" for n in range(1, 100)}
        held = {} if since is None else since.sizes
        with PartWriter(lambda number: media[number], part_size=16 << 20, medium_size=medium_size) as writer:
            blobs = {
                content: self._patch(writer, content, patched[path])
                if patched is not None and path in patched
                else self._blob(writer, content, path in packed, held)
                for path, content in files.items()
            }
            parts = writer.finish()
        manifest = Manifest(**(_fields(files, blobs, held, since, seq) | {"parts": parts} | changes))
        for number in range(1, max((part.medium for part in parts), default=1) + 1):
            self.sign(media[number], encode(manifest), seq=seq)
        return folder

    def _blob(self, writer: PartWriter, content: bytes, packed: bool, held: Mapping[str, int]) -> Blob | None:
        if digest(BytesIO(content)).digest in held:
            return None
        if not packed:
            return Blob(**writer.add(BytesIO(content))._asdict())
        found = digest(BytesIO(content))
        placed = writer.add(BytesIO(zstd.compress(content)))
        return Blob(**placed._asdict(), encoding="zstd", content=Content(digest=found.digest, size=found.size))

    def _patch(self, writer: PartWriter, content: bytes, base: bytes) -> Blob:
        found, old = digest(BytesIO(content)), digest(BytesIO(base))
        placed = writer.add(BytesIO(b"".join(patch([content], base))))
        start = Patch(base=old.digest, size=old.size, windows=(0,))
        unpacked = Content(digest=found.digest, size=found.size)
        return Blob(**placed._asdict(), encoding="patch", content=unpacked, patch=start)

    def sign(self, folder: Path, manifest: bytes, *, seq: int, **changes: Any) -> None:
        """Write all that is not a part; `changes`: `by` (targets), `user` and `keyring` (OpenPGP), `expires`."""
        pgp, fingerprint = officer()
        user = changes.get("user", fingerprint)
        keyring = changes.get("keyring") or pgp.keyring(fingerprint)
        expires = changes.get("expires", YEAR)
        made = make_targets(target(manifest), target(keyring), {fingerprint}, seq=seq, expires=expires)
        offered = self.depot.offer(signed(made, changes.get("by", self.depot.targets[:2])), expires)
        tuf = folder / "tuf"
        tuf.mkdir(parents=True, exist_ok=True)
        for number, root in enumerate(offered.roots, start=1):
            (tuf / f"{number}.root.json").write_bytes(root)
        for name in ("timestamp", "snapshot", "targets"):
            (tuf / f"{name}.json").write_bytes(getattr(offered, name))
        (folder / "MANIFEST.json").write_bytes(manifest)
        (folder / "KEYRING.gpg").write_bytes(keyring)
        (folder / "SIGNATURE.asc").write_bytes(_signature(pgp, user, manifest))


@cache
def _signature(pgp: Pgp, user: str, manifest: bytes) -> bytes:
    return pgp.sign(user, options=("--armor",), content=manifest)


def _fields(
    files: Mapping[str, bytes],
    blobs: Mapping[bytes, Blob | None],
    held: Mapping[str, int],
    since: Manifest | None,
    seq: int,
) -> dict[str, Any]:
    digests = {content: digest(BytesIO(content)).digest for content in files.values()}
    tree = tuple(
        File(blob=digests[files[path]], path=path, mode="0755" if path.startswith("bin/") else "0644")
        for path in sorted(files)
    )
    sizes = {digests[content]: len(content) for content in files.values()}
    ours = {file.blob for file in tree}
    origin = None if since is None else Origin(seq=since.seq, tree=since.tree_digest)
    return {
        "format": 1,
        "kind": "release",
        "product": "coderev",
        "channel": "stable",
        "site": "*",
        "architecture": "amd64",
        "seq": seq,
        "version": f"1.{seq}",
        "created": NOW - timedelta(days=1),
        "expires": YEAR,
        "assumes": Assumes(),
        "needs": needs_of(tree, sizes),
        "health": ("files",),
        "blobs": tuple(blob for blob in blobs.values() if blob is not None),
        "held": tuple(Content(digest=name, size=held[name]) for name in sorted(ours & held.keys())),
        "origin": origin,
        "tree": tree,
        "roles": {"app": Role(paths=tuple(sorted({path.partition("/")[0] for path in files})))},
        "sbom": "sbom.cdx.json",
    }


@dataclass(frozen=True, kw_only=True)
class Hospital:
    """A site in a folder, which takes the bundles of one depot."""

    home: Path
    depot: BundleDepot
    settings: Settings

    @property
    def site(self) -> Site:
        return self.order().site

    def order(self, **changes: Any) -> Order:
        paper = {"root": self.depot.root_on_paper, "least_seq": 1} | changes.pop("paper", {})
        given: dict[str, Any] = {"settings": self.settings, "operator": "erika", "host": "ward-3", "machine": "amd64"}
        return Order(**(given | changes), paper=Paper(**paper))

    def install(self, *folders: Path, at: datetime = NOW, told: Told | None = None, **changes: Any) -> Installed:
        return install(media_of(*folders), self.order(**changes), at, told or Told())

    def verify(self, *folders: Path, at: datetime = NOW, spool: bool = False) -> Verification:
        order = self.order()
        judge = Judge(site=order.site, settings=self.settings.bundle, paper=order.paper, machine="amd64")
        return verify(named(folders, spool=spool), judge, at, lambda _: lambda _: None)

    @property
    def live(self) -> str | None:
        """The name of the live generation."""
        return self.site.live_name("release")

    def tree(self) -> dict[str, bytes]:
        """All files of the live generation, but its records; a folder of models is followed."""
        top = self.site.current("release")
        found: dict[str, bytes] = {}
        waiting = [top]
        while waiting:
            for path in waiting.pop().iterdir():
                if path.is_dir():
                    waiting.append(path)
                else:
                    found[str(path.relative_to(top))] = path.read_bytes()
        return {path: content for path, content in found.items() if not path.startswith(".coderev")}


def media_of(*folders: Path) -> Media:
    return named(folders)


def hospital(home: Path, depot: BundleDepot | None = None, **bundle: Any) -> Hospital:
    """A site that has nothing yet; `bundle` changes its settings."""
    given = {"folder": str(home / "opt"), "state": str(home / "state"), "roles": ("app",)} | bundle
    settings = Settings(bundle=BundleSettings(**given))
    return Hospital(home=home, depot=depot or BundleDepot(), settings=settings)
