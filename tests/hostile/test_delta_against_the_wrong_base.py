"""A delta for another base than the one that a site has, or for one that somebody changed (spec/bundle.md 9.1, 9.3)."""

import random
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from stand_ins.bundles import BundleDepot, Hospital, hospital
from stand_ins.releases import AT, Makers, encoding_of, the_makers, write_recipe
from trust.depot import Depot

from coderev.bundle.create import Created
from coderev.bundle.delta import start_from_seq
from coderev.bundle.format.chunks import digest
from coderev.bundle.format.manifest import Manifest, ManifestRefused, decode, encode
from coderev.bundle.format.unpacking import ContentWrong
from coderev.bundle.making.media_folders import write_everywhere
from coderev.bundle.signing import describe, sign, sign_openpgp
from coderev.errors import CoderevError

CHANCE = random.Random(1)
WEIGHTS = CHANCE.randbytes(300_000)
OLD = {"app/weights": WEIGHTS, "app/readme": b"read me"}
NEW = {"app/weights": WEIGHTS[:1000] + b"new" + WEIGHTS[2000:], "app/readme": b"read me"}


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> Makers:
    monkeypatch.setenv("GNUPGHOME", str(the_makers().home))
    return the_makers()


@pytest.fixture
def site(tmp_path: Path, makers: Makers) -> Hospital:
    root = (makers.roots / "1.root.json").read_bytes()
    return hospital(tmp_path / "site", BundleDepot(depot=Depot(roots=[root])), roles=("station",))


def release(makers: Makers, bundles: Path, seq: int, files: Mapping[str, bytes], since: int | None = None) -> Created:
    """A signed bundle in the folder `seq` of the bundles."""
    recipe = write_recipe(
        bundles.parent / f"src-{bundles.name}-{seq}", "tree: [{from: app, to: app}]\n", seq=seq, files=files
    )
    bundles.mkdir(exist_ok=True)
    start = None if since is None else start_from_seq(since, bundles)
    made = makers.make(recipe, bundles / str(seq), start=start)
    signed(makers, bundles / str(seq))
    return made


def signed(makers: Makers, folder: Path) -> None:
    sign(folder, (*makers.targets[:2], makers.daily), AT)
    sign_openpgp(folder, (), AT)


def test_on_its_own_base_the_delta_is_installed(makers: Makers, site: Hospital, tmp_path: Path) -> None:
    """9.5."""
    release(makers, tmp_path / "b", 1, OLD)
    delta = release(makers, tmp_path / "b", 2, NEW, since=1)
    site.install(tmp_path / "b" / "1")

    site.install(tmp_path / "b" / "2")

    assert encoding_of(delta, "app/weights") == "patch"
    assert {path: site.tree()[path] for path in NEW} == NEW


def test_a_site_with_another_tree_of_the_same_seq_refuses_it(makers: Makers, site: Hospital, tmp_path: Path) -> None:
    """9.1: and what was live is live."""
    release(makers, tmp_path / "b", 1, OLD)
    release(makers, tmp_path / "b", 2, NEW, since=1)
    release(makers, tmp_path / "other", 1, OLD | {"app/readme": b"another"})
    site.install(tmp_path / "other" / "1")
    live = site.live

    with pytest.raises(CoderevError, match=r"seq 1|base"):
        site.install(tmp_path / "b" / "2")

    assert site.live == live
    assert site.tree()["app/readme"] == b"another"


def test_a_site_with_nothing_refuses_it(makers: Makers, site: Hospital, tmp_path: Path) -> None:
    """9.1."""
    release(makers, tmp_path / "b", 1, OLD)
    release(makers, tmp_path / "b", 2, NEW, since=1)

    with pytest.raises(CoderevError, match=r"seq 1|base"):
        site.install(tmp_path / "b" / "2")

    assert site.live is None


def test_a_base_that_was_changed_by_hand_gives_nothing(makers: Makers, site: Hospital, tmp_path: Path) -> None:
    """9.3: what comes out is compared, and gets no name in the store."""
    release(makers, tmp_path / "b", 1, OLD)
    release(makers, tmp_path / "b", 2, NEW, since=1)
    site.install(tmp_path / "b" / "1")
    live, old = site.live, digest_of(WEIGHTS)
    for path in (tmp_path / "site" / "opt").rglob(f"*{old}*"):
        path.chmod(0o644)
        path.write_bytes(bytes(len(WEIGHTS)))

    with pytest.raises(CoderevError):
        site.install(tmp_path / "b" / "2")

    assert site.live == live
    assert not is_in_store(site, NEW["app/weights"])


def test_a_signed_delta_whose_patch_names_a_base_that_is_nowhere_is_refused(
    makers: Makers, site: Hospital, tmp_path: Path
) -> None:
    """9.3: the base of a patch is a content of the base's tree."""
    release(makers, tmp_path / "b", 1, OLD)
    delta = release(makers, tmp_path / "b", 2, NEW, since=1)
    site.install(tmp_path / "b" / "1")
    live = site.live
    lie(makers, tmp_path / "b" / "2", delta, base=digest_of(b"nowhere"))

    with pytest.raises(CoderevError):
        site.install(tmp_path / "b" / "2")

    assert site.live == live


def test_a_signed_delta_whose_patch_names_another_content_of_the_base_gives_nothing(
    makers: Makers, site: Hospital, tmp_path: Path
) -> None:
    """9.3."""
    decoy = CHANCE.randbytes(len(WEIGHTS))
    release(makers, tmp_path / "b", 1, OLD | {"app/decoy": decoy})
    delta = release(makers, tmp_path / "b", 2, NEW | {"app/decoy": decoy}, since=1)
    site.install(tmp_path / "b" / "1")
    live = site.live
    lie(makers, tmp_path / "b" / "2", delta, base=digest_of(decoy))

    with pytest.raises(ContentWrong):
        site.install(tmp_path / "b" / "2")

    assert site.live == live
    assert not is_in_store(site, NEW["app/weights"])


def test_a_delta_from_a_newer_base_cannot_even_be_said(makers: Makers, tmp_path: Path) -> None:
    """2.4: its base is older than itself."""
    release(makers, tmp_path / "b", 1, OLD)
    delta = release(makers, tmp_path / "b", 2, NEW, since=1)

    lie = delta.content.replace(b'"from":{"seq":1', b'"from":{"seq":3')
    with pytest.raises(ManifestRefused, match="not older"):
        decode(lie)


def lie(makers: Makers, folder: Path, delta: Created, *, base: str) -> None:
    """Let the patches of a delta start from another content, and have all sign that."""
    replace = msgspec.structs.replace
    blobs = tuple(
        replace(blob, patch=replace(blob.patch, base=base)) if blob.patch else blob for blob in delta.manifest.blobs
    )
    manifest: Manifest = replace(delta.manifest, blobs=blobs)
    content = encode(manifest)
    for name in ("tuf/snapshot.json", "tuf/timestamp.json", "SIGNATURE.asc"):
        (folder / name).unlink()
    write_everywhere([folder], describe(makers.authority, AT)(content, manifest))
    signed(makers, folder)


def digest_of(content: bytes) -> str:
    return digest(BytesIO(content)).digest


def is_in_store(site: Hospital, content: bytes) -> bool:
    """Whether a content has its name in the store; what is unfinished lies in `store/tmp`."""
    found = (site.home / "opt" / "store").rglob(f"*{digest_of(content)}*")
    return any(path.parent.name != "tmp" for path in found)
