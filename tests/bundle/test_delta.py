"""Deltas: only what the base has not, patches where they are small, and the tree that the whole bundle would give."""

import random
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.container_images import Layout, Made, layer_of, tagged
from stand_ins.releases import content_of, encoding_of, parts_of, the_makers, write_recipe

from coderev.bundle.create import Created
from coderev.bundle.delta import (
    Patching,
    WrongInventory,
    find_earlier,
    pair_layers,
    start_from_inventory,
    start_from_seq,
    whole_limit,
)
from coderev.bundle.format.chunks import digest
from coderev.bundle.format.entries import SEGMENT_BYTES, Blob, Content, Image
from coderev.bundle.format.reading import PartWrong
from coderev.bundle.format.unpacking import UnpackedContent
from coderev.bundle.inventory import inventory_of
from coderev.bundle.making.contents import EarlierMissing

MIB = 1024 * 1024
PAGE = 4096
CHANCE = random.Random(1)
WEIGHTS = CHANCE.randbytes(8 * MIB)
TREE = "tree: [{from: app, to: app}]\n"
FILES = {"app/weights.gguf": WEIGHTS, "app/noise": CHANCE.randbytes(2 * MIB), "app/readme": b"read me\n" * 100}


def with_pages_changed(content: bytes, share: int) -> bytes:
    changed, chance = bytearray(content), random.Random(2)
    pages = range(len(content) // PAGE)
    for page in chance.sample(pages, len(pages) * share // 100):
        changed[page * PAGE : (page + 1) * PAGE] = chance.randbytes(PAGE)
    return bytes(changed)


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """A folder of bundles, in which the one with seq 1 is."""
    folder = tmp_path / "bundles"
    folder.mkdir()
    the_makers().make(write_recipe(tmp_path / "1", TREE, files=FILES), folder / "one")
    return folder


def next_one(bundles: Path, files: dict[str, bytes], more: str = TREE) -> tuple[Created, Created]:
    """The release with seq 2, as a delta and whole."""
    recipe = write_recipe(bundles.parent / "2", more, seq=2, files=files)
    delta = the_makers().make(recipe, bundles / "two", start=start_from_seq(1, bundles))
    return delta, the_makers().make(recipe, bundles.parent / "whole")


def test_a_delta_gives_the_tree_that_the_whole_bundle_gives(bundles: Path, tmp_path: Path) -> None:
    """9.1, 9.5: what the base has is left out."""
    files = FILES | {"app/readme": b"read me again\n" * 100, "app/new": b"new"}

    delta, whole = next_one(bundles, files)

    assert delta.manifest.tree_digest == whole.manifest.tree_digest
    assert delta.manifest.origin is not None
    assert encoding_of(delta, "app/weights.gguf") == "held"
    assert {path: content_of(delta, path, tmp_path / "s", bundles) for path in files} == files


def test_one_percent_of_changed_pages_makes_a_patch_of_two_percent_at_most(bundles: Path, tmp_path: Path) -> None:
    """9.2."""
    changed = with_pages_changed(WEIGHTS, 1)

    delta, _ = next_one(bundles, FILES | {"app/weights.gguf": changed})

    assert encoding_of(delta, "app/weights.gguf") == "patch"
    assert sum(map(len, parts_of(delta))) < len(WEIGHTS) * 2 / 100 + PAGE
    assert content_of(delta, "app/weights.gguf", tmp_path / "s", bundles) == changed


def test_a_patch_of_sixty_percent_is_not_kept(bundles: Path, tmp_path: Path) -> None:
    """9.4: nor is anything of it left in the parts."""
    changed = with_pages_changed(WEIGHTS, 65)

    delta, _ = next_one(bundles, FILES | {"app/weights.gguf": changed})

    assert encoding_of(delta, "app/weights.gguf") == "raw"
    assert sum(part.size for part in delta.manifest.parts) < len(WEIGHTS) + 2 * PAGE
    assert content_of(delta, "app/weights.gguf", tmp_path / "s", bundles) == changed


def test_the_limit_of_a_patch_is_below_sixty_percent() -> None:
    """9.4."""
    assert [whole_limit(size) for size in (0, 1, 5, 100, 101)] == [-1, 0, 2, 59, 60]


def test_a_file_that_moved_is_found_by_its_name(bundles: Path) -> None:
    changed = with_pages_changed(WEIGHTS, 1)
    files = {"app/v2/weights.gguf": changed, "app/noise": FILES["app/noise"], "app/readme": FILES["app/readme"]}

    delta, _ = next_one(bundles, files)

    assert encoding_of(delta, "app/v2/weights.gguf") == "patch"


def test_five_files_changed_in_an_image_layer_make_half_a_percent_at_most(tmp_path: Path) -> None:
    """9.2: though the layer's path is another, and files behind a longer one have moved."""
    chance, makers, bundles = random.Random(3), the_makers(), tmp_path / "bundles"
    files = {f"usr/lib/{n:03}": chance.randbytes(chance.randrange(1000, 60_000)) for n in range(600)}
    changed = dict(files)
    for name in chance.sample(sorted(files), 5):
        changed[name] = chance.randbytes(2000) + files[name][1000:]
    bundles.mkdir()
    for seq, layer in ((1, layer_of(files)), (2, layer_of(changed))):
        layout = Layout(tmp_path / f"src-{seq}" / "paper")
        layout.index(tagged(layout.manifest(Made.of(layer)), str(seq)))
    more = "images: [{{from: 'oci:paper', name: 'registry.example/paper:{}'}}]\n"
    makers.make(write_recipe(tmp_path / "src-1", more.format(1)), bundles / "one")

    start = start_from_seq(1, bundles)
    delta = makers.make(write_recipe(tmp_path / "src-2", more.format(2), seq=2), bundles / "two", start=start)

    path = delta.manifest.images[0].paths[-1]
    blob = next(blob for blob in delta.manifest.blobs if blob.encoding == "patch")
    assert blob.size < len(layer_of(changed)) * 0.5 / 100
    assert content_of(delta, path, tmp_path / "s", bundles) == layer_of(changed)


def test_a_delta_on_a_delta_reads_through_to_the_whole_bundle(bundles: Path, tmp_path: Path) -> None:
    second, third = with_pages_changed(WEIGHTS, 1), with_pages_changed(WEIGHTS, 2)
    next_one(bundles, FILES | {"app/weights.gguf": second})
    recipe = write_recipe(tmp_path / "3", TREE, seq=3, files=FILES | {"app/weights.gguf": third})

    delta = the_makers().make(recipe, bundles / "three", start=start_from_seq(2, bundles))

    assert encoding_of(delta, "app/weights.gguf") == "patch"
    assert content_of(delta, "app/weights.gguf", tmp_path / "s", bundles) == third


def test_without_the_earlier_bundle_an_inventory_still_leaves_out_what_is_there(bundles: Path, tmp_path: Path) -> None:
    """9.6: and nothing is patched."""
    inventory = inventory_of(find_earlier(bundles)(1, "").manifest)
    recipe = write_recipe(tmp_path / "2", TREE, seq=2, files=FILES | {"app/weights.gguf": WEIGHTS + b"more"})
    (tmp_path / "empty").mkdir()

    delta = the_makers().make(recipe, tmp_path / "two", start=start_from_inventory(inventory, tmp_path / "empty"))

    assert encoding_of(delta, "app/weights.gguf") == "raw"
    assert encoding_of(delta, "app/noise") == "held"


def test_what_a_host_of_one_role_has_not_is_sent_to_it(bundles: Path, tmp_path: Path) -> None:
    """9.3: and nothing starts from a content that its inventory does not name."""
    manifest = find_earlier(bundles)(1, "").manifest
    inventory = inventory_of(manifest, tuple(file for file in manifest.tree if file.path == "app/readme"))
    files = FILES | {"app/weights.gguf": with_pages_changed(WEIGHTS, 1)}

    start = start_from_inventory(inventory, bundles)
    delta = the_makers().make(write_recipe(tmp_path / "2", TREE, seq=2, files=files), bundles / "two", start=start)

    encodings = {path: encoding_of(delta, path) for path in FILES}
    assert encodings == {"app/weights.gguf": "raw", "app/noise": "raw", "app/readme": "held"}


def test_a_base_that_is_not_older_is_refused(bundles: Path, tmp_path: Path) -> None:
    """2.4."""
    recipe = write_recipe(tmp_path / "again", TREE, seq=1, files=FILES)

    with pytest.raises(WrongInventory, match="not older"):
        the_makers().make(recipe, tmp_path / "out", start=start_from_seq(1, bundles))


def test_a_base_of_another_channel_is_refused(bundles: Path, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "2", TREE, seq=2, files=FILES)
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("stable", "beta"), encoding="utf-8")

    with pytest.raises(WrongInventory, match="another product, channel"):
        the_makers().make(recipe, tmp_path / "out", start=start_from_seq(1, bundles))


def test_a_base_that_is_nowhere_is_told_with_the_folder(bundles: Path) -> None:
    with pytest.raises(EarlierMissing, match="seq 9"):
        start_from_seq(9, bundles)


def test_a_damaged_base_makes_no_patch(bundles: Path, tmp_path: Path) -> None:
    """9.3: the base is compared while it is read, and the attempt leaves nothing."""
    part = bundles / "one" / "parts" / "0000.part"
    content = bytearray(part.read_bytes())
    content[len(content) - MIB] ^= 1
    part.write_bytes(content)
    files = FILES | {"app/weights.gguf": with_pages_changed(WEIGHTS, 1)}
    recipe = write_recipe(tmp_path / "2", TREE, seq=2, files=files)

    with pytest.raises(PartWrong, match="not the bytes that were signed"):
        the_makers().make(recipe, bundles / "two", start=start_from_seq(1, bundles))

    assert [path.name for path in bundles.iterdir()] == ["one"]


def test_a_content_that_no_bundle_has_is_told(bundles: Path, tmp_path: Path) -> None:
    delta, _ = next_one(bundles, FILES | {"app/new": b"new"})
    (bundles / "one").rename(tmp_path / "away")

    with pytest.raises(EarlierMissing, match="seq 1"):
        content_of(delta, "app/noise", tmp_path / "s", bundles)


def test_layers_are_paired_by_the_images_name_and_their_place() -> None:
    digests = [f"sha256:{n:064}" for n in range(4)]
    before = Image(
        name="paper:1",
        manifest=digests[0],
        config=digests[0],
        layers=tuple(digests[:2]),
        architecture="amd64",
        os="linux",
    )

    pairs = pair_layers([("paper:2", [digests[0], digests[2], digests[3]]), ("ink:2", [digests[3]])], [before])

    assert pairs == {digests[0]: digests[0], digests[2]: digests[1]}


def patched(old: bytes, new: bytes, limit: int = 1 << 40) -> tuple[Patching, bytes]:
    base = digest(BytesIO(old))
    patching = Patching(_pieces(new), Content(digest=base.digest, size=base.size), BytesIO(old), limit)
    return patching, b"".join(patching)


def unpatched(patching: Patching, stored: bytes, old: bytes) -> bytes:
    made, said = patching.result()
    found, out = digest(BytesIO(stored)), bytearray()
    chunks = found.chunks if len(found.chunks) > 1 else ()
    content = Content(digest=made.digest, size=made.size)
    blob = Blob(
        digest=found.digest,
        size=found.size,
        part=0,
        offset=0,
        chunks=chunks,
        encoding="patch",
        content=content,
        patch=said,
    )
    with tempfile.NamedTemporaryFile() as base:
        base.write(old)
        base.flush()
        unpacking = UnpackedContent(blob, out.extend, Path(base.name))
        unpacking.take(memoryview(stored))
        unpacking.finish()
    return bytes(out)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), MIB):
        yield content[start : start + MIB]


EDITS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 5000), st.binary(max_size=3000)), max_size=8)


@given(edits=EDITS)
def test_whatever_is_cut_out_and_put_in_the_patch_gives_it_back(edits: list[tuple[int, int, bytes]]) -> None:
    """9.2."""
    old = FILES["app/noise"][:MIB]
    new = old + b"end"
    for at, cut, put in edits:
        new = new[:at] + put + new[at + cut :]

    patching, stored = patched(old, new)

    assert unpatched(patching, stored, old) == new


OLD = random.Random(4).randbytes(10 * MIB)
MUCH = random.Random(5).randbytes(5 * MIB // 2)


@pytest.mark.parametrize(
    ("new", "fresh"),
    [
        (MUCH[: MIB // 2] + OLD, MIB // 2),
        (OLD[: 5 * MIB] + MUCH + OLD[5 * MIB :], len(MUCH)),
        (OLD[: 5 * MIB] + OLD[5 * MIB + 300_000 :], 0),
        (OLD[: 4 * MIB] + MUCH + OLD[4 * MIB + len(MUCH) :], len(MUCH)),
    ],
    ids=["half a segment before", "more than two segments between", "something cut out", "something replaced"],
)
def test_windows_follow_what_has_moved(new: bytes, fresh: int) -> None:
    """9.2: with segments of 1 MiB, at most two of them beyond what is fresh are stored again."""
    base = digest(BytesIO(OLD))
    content = Content(digest=base.digest, size=base.size)

    patching = Patching(_pieces(new), content, BytesIO(OLD), 1 << 40, segment=MIB)

    assert sum(map(len, patching)) < fresh + 2 * MIB
    assert patching.result()[0] == digest(BytesIO(new))


def test_a_second_segment_starts_from_the_window_that_moved() -> None:
    """9.2: 3 MiB more at the beginning, and the second segment's window begins 3 MiB earlier."""
    old = random.Random(4).randbytes(SEGMENT_BYTES + 4 * MIB)
    new = MUCH + old

    patching, stored = patched(old, new)

    assert patching.result()[1].windows == (0, SEGMENT_BYTES - len(MUCH))
    assert len(stored) < len(MUCH) + MIB // 10
    assert unpatched(patching, stored, old) == new


def test_a_patch_that_became_too_large_is_given_up() -> None:
    """9.4: at the end of the segment in which that was seen."""
    patching, _ = patched(FILES["app/noise"], WEIGHTS, limit=1000)

    assert not patching.is_worth_it
