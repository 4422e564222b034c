"""What a site has, as it is carried out: seq, tree and contents, and nothing else."""

from pathlib import Path

import pytest
from stand_ins.manifests import FILES, fields

from coderev.bundle.format.manifest import Manifest
from coderev.bundle.format.manifest import encode as encode_manifest
from coderev.bundle.inventory import InventoryRefused, encode, inventory_of, read_inventory, take_inventory
from coderev.trust import canonical


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(**fields())


@pytest.fixture
def generation(tmp_path: Path, manifest: Manifest) -> Path:
    """A generation as it is installed."""
    (tmp_path / ".coderev").mkdir()
    (tmp_path / ".coderev" / "MANIFEST.json").write_bytes(encode_manifest(manifest))
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def test_an_inventory_says_what_is_there_and_nothing_else(generation: Path, manifest: Manifest) -> None:
    """9.6."""
    said = canonical.decode(encode(take_inventory(generation)), limit=10_000)

    assert isinstance(said, dict)
    assert said.keys() == {"contents", "format", "seq", "tree"}
    assert (said["seq"], said["tree"]) == (7, manifest.tree_digest)
    assert [each["digest"] for each in said["contents"]] == sorted(manifest.sizes)


def test_what_is_not_there_is_not_listed(generation: Path, manifest: Manifest) -> None:
    """7.14, 9.6: a host of one role; a file of another size; a link."""
    (generation / "bin/coderev").unlink()
    (generation / "models/small/model.gguf").write_bytes(b"short")
    (generation / "sbom.cdx.json").unlink()
    (generation / "sbom.cdx.json").symlink_to("bin/coderev")

    inventory = take_inventory(generation)

    here = {file.blob for file in manifest.tree if file.path == "models/small/config.json"}
    assert {content.digest for content in inventory.contents} == here
    assert inventory.tree == manifest.tree_digest


def test_an_inventory_comes_back_as_it_was(tmp_path: Path, manifest: Manifest) -> None:
    path = tmp_path / "inventory"
    path.write_bytes(encode(inventory_of(manifest)))

    assert read_inventory(path) == inventory_of(manifest)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"contents":[],"format":2,"seq":1,"tree":"00"}', b'{"a": 1}', b"\xff"]
)
def test_what_is_no_inventory_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "inventory"
    path.write_bytes(content)

    with pytest.raises(InventoryRefused, match="is no inventory"):
        read_inventory(path)
