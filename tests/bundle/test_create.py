"""What `bundle create` makes of a recipe: blobs once, encoded where it pays, the same parts each time, or nothing."""

import os
import random
import subprocess
from pathlib import Path

import pytest
from stand_ins.container_images import Layout, Made, layer_of, tagged
from stand_ins.model_folders import model_folder
from stand_ins.releases import AT, content_of, encoding_of, parts_of, the_makers, write_recipe

from coderev.bundle.create import CannotMake, OutputThere
from coderev.bundle.format.manifest import LAYOUT_FILES, decode
from coderev.bundle.format.paths import PathRefused
from coderev.bundle.inputs import NotAPlainFile
from coderev.bundle.making.gathering import ImageTwice, NothingFound

MIB = 1024 * 1024
NOISE = random.Random(1).randbytes(3 * MIB)
TEXT = b"".join(b"line %d of a long log\n" % n for n in range(150_000))
FILES = {
    "app/run.sh": b"#!/bin/sh\n",
    "app/text.log": TEXT,
    "app/noise": NOISE,
    "app/again/noise": NOISE,
    "app/empty": b"",
    "app/small.txt": b"small " * 200,
    "app/tiny.txt": b"tiny",
    "app/tiny-again.txt": b"tiny",
}
TREE = "tree: [{from: app, to: app}]\n"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return tmp_path / "sources"


def test_every_file_comes_out_as_it_went_in(tmp_path: Path, sources: Path) -> None:
    made = the_makers().make(write_recipe(sources, TREE, files=FILES), tmp_path / "out")

    for path, content in FILES.items():
        assert content_of(made, path, tmp_path / "scratch") == content
    assert [file.path for file in made.manifest.tree] == sorted([*FILES, "sbom.cdx.json"])
    assert decode((tmp_path / "out" / "MANIFEST.json").read_bytes()) == made.manifest


def test_a_content_is_stored_once_however_many_files_have_it(tmp_path: Path, sources: Path) -> None:
    """4.5: small ones and large ones."""
    made = the_makers().make(write_recipe(sources, TREE, files=FILES), tmp_path / "out")

    assert len(made.manifest.blobs) == len(set(FILES.values())) + 1
    assert sum(map(len, parts_of(made))) < len(NOISE) + MIB


def test_compressing_is_kept_only_where_it_pays(tmp_path: Path, sources: Path) -> None:
    """4.7: and never for what is too small to matter."""
    made = the_makers().make(write_recipe(sources, TREE, files=FILES), tmp_path / "out")

    assert {path: encoding_of(made, path) for path in FILES} == {
        "app/run.sh": "raw",
        "app/text.log": "zstd",
        "app/noise": "raw",
        "app/again/noise": "raw",
        "app/empty": "raw",
        "app/small.txt": "zstd",
        "app/tiny.txt": "raw",
        "app/tiny-again.txt": "raw",
    }


def test_a_file_that_promises_more_than_it_keeps_is_stored_as_it_is(tmp_path: Path, sources: Path) -> None:
    """4.7: what the samples hit compresses, what lies between them does not."""
    content = bytearray(random.Random(2).randbytes(16 * MIB))
    for quarter in range(4):
        content[quarter * 4 * MIB : quarter * 4 * MIB + MIB // 4] = bytes(MIB // 4)

    made = the_makers().make(write_recipe(sources, TREE, files={"app/file": bytes(content)}), tmp_path / "out")

    assert encoding_of(made, "app/file") == "raw"
    assert content_of(made, "app/file", tmp_path / "scratch") == content


def test_the_same_inputs_give_the_same_parts_at_another_time_and_place(tmp_path: Path) -> None:
    """4.10: nor does it matter in which order a folder lists its files."""
    first, second = tmp_path / "one", tmp_path / "two"
    backwards = dict(reversed(FILES.items()))

    made = the_makers().make(write_recipe(first, TREE, files=FILES), tmp_path / "out-1")
    for name in write_recipe(second, TREE, files=backwards).parent.rglob("*"):
        os.utime(name, (1, 1))
    again = the_makers().make(second / "bundle-1.yaml", tmp_path / "out-2", at=AT.replace(year=2025))

    assert parts_of(made) == parts_of(again)
    assert made.manifest.tree_digest == again.manifest.tree_digest
    assert made.manifest.created != again.manifest.created


def test_modes_come_from_the_files_unless_the_recipe_names_them(tmp_path: Path, sources: Path) -> None:
    """2.5: 0755 where anybody may execute, else 0644."""
    more = "tree: [{from: app, to: app}, {from: app/tiny.txt, to: bin/tiny, mode: '0755'}]\n"
    recipe = write_recipe(sources, more, files=FILES)
    (sources / "app" / "run.sh").chmod(0o750)

    made = the_makers().make(recipe, tmp_path / "out")

    executable = {file.path for file in made.manifest.tree if file.mode == "0755"}
    assert executable == {"app/run.sh", "bin/tiny"}


def test_each_role_gets_what_is_its_own_and_the_bill_of_materials(tmp_path: Path, sources: Path) -> None:
    """2.7."""
    more = """\
        roles: [station, gpu]
        tree: [{from: app, to: app}, {from: app/noise, to: weights/noise, roles: [gpu]}]
        """
    made = the_makers().make(write_recipe(sources, more, files=FILES), tmp_path / "out")

    assert made.manifest.roles["station"].paths == ("app", "sbom.cdx.json")
    assert made.manifest.roles["gpu"].paths == ("app", "sbom.cdx.json", "weights/noise")


def test_what_is_left_out_does_not_go_in(tmp_path: Path, sources: Path) -> None:
    more = "tree: [{from: app, to: app, exclude: ['noise', '*.log']}]\n"

    made = the_makers().make(write_recipe(sources, more, files=FILES), tmp_path / "out")

    paths = {file.path for file in made.manifest.tree}
    assert paths == {*FILES, "sbom.cdx.json"} - {"app/noise", "app/again/noise", "app/text.log"}


def test_every_medium_has_the_same_metadata_and_its_own_parts(tmp_path: Path, sources: Path) -> None:
    """1.2: with a medium size there is a folder for each medium."""
    files = {f"app/noise-{n}": random.Random(n).randbytes(9 * MIB) for n in range(4)}
    more = TREE + "part_size: 16 MiB\nmedia_size: 20 MiB\n"

    made = the_makers().make(write_recipe(sources, more, files=files), tmp_path / "out")

    def metadata(medium: Path) -> dict[str, bytes]:
        files = [path for path in medium.rglob("*") if path.is_file() and path.parent.name != "parts"]
        return {str(path.relative_to(medium)): path.read_bytes() for path in files}

    assert [medium.name for medium in made.media] == ["medium-1", "medium-2"]
    assert [part.medium for part in made.manifest.parts] == [1, 1, 2, 2]
    assert metadata(made.media[0]) == metadata(made.media[1])
    assert sorted(metadata(made.media[0])) == [
        "CHECKSUMS.sha256", "CUSTODY.jsonl", "KEYRING.gpg", "MANIFEST.json", "tuf/1.root.json", "tuf/targets.json",
    ]  # fmt: skip


def test_people_can_check_the_sums_with_their_own_tool(tmp_path: Path, sources: Path) -> None:
    """1.6: without --checksums of the metadata only."""
    the_makers().make(write_recipe(sources, TREE, files=FILES), tmp_path / "out")

    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "CHECKSUMS.sha256"], cwd=tmp_path / "out", capture_output=True, check=True
    )

    assert b"MANIFEST.json: OK" in checked.stdout
    assert b"parts/" not in checked.stdout


def test_an_image_shares_its_layers_with_the_others(tmp_path: Path, sources: Path) -> None:
    """11.2, 11.3: one layout, layers unpacked, each once."""
    common = layer_of({"etc/os-release": b"paper linux\n" * 40_000})
    images = {
        "one": Made.of(common, layer_of({"usr/bin/one": b"1" * 5000})),
        "two": Made.of(common, layer_of({"usr/bin/two": b"2" * 5000})),
    }
    for name, image in images.items():
        layout = Layout(sources / name)
        layout.index(tagged(layout.manifest(image, "+gzip"), "1"))
    more = "images: [{from: 'oci:one:1', name: 'paper/one:1'}, {from: 'oci:two:1', name: 'paper/two:1'}]\n"

    made = the_makers().make(write_recipe(sources, more), tmp_path / "out")

    one, two = made.manifest.images
    paths = {file.path for file in made.manifest.tree}
    assert one.layers[0] == two.layers[0]
    assert paths == {"sbom.cdx.json", *LAYOUT_FILES, *one.paths, *two.paths}
    assert content_of(made, one.paths[-1], tmp_path / "scratch") == images["one"].layers[1]


def test_two_images_of_one_name_are_refused(tmp_path: Path, sources: Path) -> None:
    layout = Layout(sources / "one")
    layout.index(tagged(layout.manifest(Made.of(layer_of({"a": b"1"}))), "paper:1"))
    more = "images: ['oci:one:paper:1', {from: 'oci:one', name: 'paper:1'}]\n"

    with pytest.raises(ImageTwice, match="paper:1"):
        the_makers().make(write_recipe(sources, more), tmp_path / "out")


def test_a_model_goes_in_with_its_digest_and_its_chat_template(tmp_path: Path, sources: Path) -> None:
    """12.1: the manifest proves the digest of the folder when it is read."""
    model_folder(sources / "small")
    more = """\
        licences: [Apache-2.0]
        models:
        - {from: small, to: models/small, name: paper/small, licence: Apache-2.0, use_policy: any, quantisation: bf16}
        """

    made = the_makers().make(write_recipe(sources, more), tmp_path / "out")

    (model,) = made.manifest.models
    assert (model.name, model.folder, model.quantisation) == ("paper/small", "models/small", "bf16")
    assert made.manifest.roles["station"].models == ("paper/small",)
    assert decode(made.content) == made.manifest


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_only_regular_files_go_in(tmp_path: Path, sources: Path, kind: str) -> None:
    """2.9: and nothing is left of the attempt."""
    recipe = write_recipe(sources, TREE, files=FILES)
    strange = sources / "app" / "strange"
    strange.symlink_to("/etc/passwd") if kind == "link" else os.mkfifo(strange)

    with pytest.raises(NotAPlainFile, match="strange"):
        the_makers().make(recipe, tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["sources"]


def test_a_path_that_some_system_cannot_have_is_refused_before_anything_is_written(
    tmp_path: Path, sources: Path
) -> None:
    """3.10: two names that differ in case only."""
    recipe = write_recipe(sources, TREE, files={"app/Read": b"1", "app/read": b"2"})

    with pytest.raises(PathRefused):
        the_makers().make(recipe, tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["sources"]


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path, sources: Path) -> None:
    recipe = write_recipe(sources, TREE, files=FILES)
    (tmp_path / "out").mkdir()

    with pytest.raises(OutputThere):
        the_makers().make(recipe, tmp_path / "out")

    assert list((tmp_path / "out").iterdir()) == []


def test_an_entry_without_a_file_is_refused(tmp_path: Path, sources: Path) -> None:
    recipe = write_recipe(sources, "tree: [{from: app, to: app, exclude: ['**']}]\n", files=FILES)

    with pytest.raises(NothingFound):
        the_makers().make(recipe, tmp_path / "out")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path, sources: Path) -> None:
    recipe = write_recipe(sources, TREE, files=FILES)

    with pytest.raises(CannotMake, match="No such file or directory"):
        the_makers().make(recipe, tmp_path / "missing" / "out")
