"""A manifest that is signed by everybody and lies: about a digest, a size, a place, a path (spec/bundle.md 4, 7.3)."""

from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stand_ins.bundles import Hospital, hospital, seq_files

from coderev.bundle.format.chunks import digest
from coderev.bundle.format.entries import Content
from coderev.bundle.format.manifest import Manifest, ManifestRefused, encode, needs_of
from coderev.bundle.format.reading import PartWrong
from coderev.bundle.format.unpacking import ContentWrong
from coderev.bundle.judge import TargetWrong
from coderev.trust import canonical

PACKED = "models/small/model.gguf"


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    return hospital(tmp_path)


def lying(site: Hospital, bundle: Path, change: Any) -> Path:
    """The bundle with a changed manifest, signed as well as the true one."""
    manifest = site.verify(bundle).verified.manifest
    changed = change(manifest)
    site.depot.sign(bundle, changed if isinstance(changed, bytes) else encode(changed), seq=7)
    return bundle


def other_content(manifest: Manifest, path: str, content: Content) -> Manifest:
    """One packed file is said to unpack to something else."""
    old = next(file.blob for file in manifest.tree if file.path == path)
    blobs = tuple(
        msgspec.structs.replace(blob, content=content) if blob.unpacked.digest == old else blob
        for blob in manifest.blobs
    )
    tree = tuple(msgspec.structs.replace(f, blob=content.digest) if f.blob == old else f for f in manifest.tree)
    sizes = {blob.unpacked.digest: blob.unpacked.size for blob in blobs}
    return msgspec.structs.replace(manifest, blobs=blobs, tree=tree, needs=needs_of(tree, sizes))


def content(text: bytes) -> Content:
    found = digest(BytesIO(text))
    return Content(digest=found.digest, size=found.size)


@pytest.mark.parametrize("claimed", [b"FUGG" * 100, b"GGUF" * 99, b"GGUF" * 101], ids=["other", "fewer", "more"])
def test_what_unpacks_to_something_else_than_signed_never_gets_a_name(
    site: Hospital, tmp_path: Path, claimed: bytes
) -> None:
    """4.6, 7.3."""
    bundle = site.depot.make(tmp_path / "bundle", packed={PACKED})
    lying(site, bundle, lambda manifest: other_content(manifest, PACKED, content(claimed)))

    with pytest.raises(ContentWrong):
        site.install(bundle)

    assert site.live is None
    assert not list((tmp_path / "opt/store").rglob(content(claimed).digest))


def test_a_digest_that_is_not_that_of_the_part_is_a_fault_of_the_part(site: Hospital, tmp_path: Path) -> None:
    """7.2: signed or not, nothing is written that does not fit."""
    bundle = site.depot.make(tmp_path / "bundle")
    files = seq_files(7)
    true = digest(BytesIO(files["VERSION"])).digest
    claimed = content(b"8\n").digest

    def lie(manifest: Manifest) -> bytes:
        return encode(manifest).replace(true.encode(), claimed.encode())

    def sorted_lie(manifest: Manifest) -> Manifest:
        return canonical.decode_as(Manifest, lie(manifest), limit=1 << 26)

    lying(site, bundle, sorted_lie)

    with pytest.raises(PartWrong):
        site.install(bundle)

    assert site.live is None


@pytest.mark.parametrize("path", ["../evil", "/etc/passwd", ".coderev/x", "a\\b", "con"])
def test_a_path_that_leads_out_is_refused_although_it_is_signed(site: Hospital, tmp_path: Path, path: str) -> None:
    """3."""
    bundle = site.depot.make(tmp_path / "bundle")

    def lie(manifest: Manifest) -> bytes:
        plain = msgspec.json.decode(encode(manifest))
        plain["tree"][0]["path"] = path
        return canonical.encode(plain)

    lying(site, bundle, lie)

    with pytest.raises(ManifestRefused):
        site.install(bundle)

    assert site.live is None


def test_a_manifest_of_another_seq_than_tufs_is_refused(site: Hospital, tmp_path: Path) -> None:
    """5.5."""
    bundle = site.depot.make(tmp_path / "bundle")
    lying(site, bundle, lambda manifest: msgspec.structs.replace(manifest, seq=70))

    with pytest.raises(TargetWrong, match="seq is 70"):
        site.install(bundle)
