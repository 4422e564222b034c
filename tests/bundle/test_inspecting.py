"""What a bundle says of itself: shown before it is believed, chat templates with their text."""

import json
from pathlib import Path

import pytest
from stand_ins.container_images import Layout, Made, layer_of, tagged
from stand_ins.model_folders import model_folder
from stand_ins.releases import the_makers, write_recipe

from coderev.bundle.delta import find_earlier, start_from_seq
from coderev.bundle.inspecting import as_json, as_lines, inspect
from coderev.bundle.making.contents import Contents, TooManyDeltas
from coderev.bundle.making.media_folders import open_own

MORE = """\
    licences: [Apache-2.0]
    site: ward
    health: [files, review]
    assumes: {commands: [gpgv], seq: 0}
    database: {lowest: 1, highest: 3, schema: 2}
    images: [{from: 'oci:paper', name: 'registry.example/paper:1'}]
    models:
    - from: small
      to: models/small
      name: paper/small
      licence: Apache-2.0
      use_policy: wards only
      quantisation: bf16
    """


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """A folder of bundles, in which the one with seq 1 is."""
    sources = tmp_path / "1"
    model_folder(sources / "small")
    layout = Layout(sources / "paper")
    layout.index(tagged(layout.manifest(Made.of(layer_of({"a": b"1"}))), "1"))
    (tmp_path / "bundles").mkdir()
    the_makers().make(write_recipe(sources, MORE), tmp_path / "bundles" / "one")
    return tmp_path / "bundles"


def test_people_see_what_it_is_and_that_nothing_was_verified(bundles: Path) -> None:
    lines = list(as_lines(inspect(bundles / "one", bundles)))

    assert lines[:2] == ["coderev 1.1.0, seq 1, release, channel stable", "for: ward, amd64"]
    assert "needs the programs gpgv" in lines
    assert "database schema: runs on 1 to 3, migrates to 2" in lines
    assert "health: files, review" in lines
    assert "model paper/small: bf16, Apache-2.0; use: wards only" in lines
    assert any(line.startswith("image registry.example/paper:1: linux/amd64, sha256:") for line in lines)
    assert any(line.startswith("role station: ") and line.endswith("1 images, 1 models") for line in lines)
    assert lines[-1].startswith("NOT VERIFIED")


def test_each_chat_template_is_shown_with_its_digest(bundles: Path) -> None:
    """12.6."""
    inspected = inspect(bundles / "one", bundles)

    (shown,) = inspected.templates
    (listed,) = inspected.bundle.manifest.models[0].chat_templates
    assert (shown.model, shown.path, shown.digest) == ("paper/small", listed.path, listed.digest)
    assert shown.text == "{% for m in messages %}{{ m.content }}{% endfor %}"
    assert f"  {shown.text}" in as_lines(inspected)


def test_a_template_whose_bytes_are_wrong_is_not_shown_and_that_is_said(bundles: Path) -> None:
    """12.6."""
    part = bundles / "one" / "parts" / "0000.part"
    part.write_bytes(bytes(part.stat().st_size))

    (shown,) = inspect(bundles / "one", bundles).templates

    assert shown.text is None
    assert shown.reason is not None
    assert "not the bytes that were signed" in shown.reason


def test_without_the_parts_the_rest_is_shown(bundles: Path) -> None:
    """5.11: on the machine with the keys there are none."""
    (bundles / "one" / "parts" / "0000.part").unlink()

    lines = list(as_lines(inspect(bundles / "one", bundles)))

    assert any(line.startswith("  not shown: cannot read") for line in lines)
    assert any(line.startswith("model paper/small") for line in lines)


def test_a_delta_shows_the_templates_that_its_base_holds(bundles: Path, tmp_path: Path) -> None:
    """12.6."""
    recipe = write_recipe(tmp_path / "1", MORE, seq=2)
    the_makers().make(recipe, bundles / "two", start=start_from_seq(1, bundles))

    inspected = inspect(bundles / "two", bundles)

    assert inspected.templates[0].text is not None
    assert any(line.startswith("a delta: needs seq 1") for line in as_lines(inspected))


def test_a_program_gets_the_same_and_reads_that_it_is_not_verified(bundles: Path) -> None:
    said = json.loads(as_json(inspect(bundles / "one", bundles)))

    assert (said["seq"], said["verified"], said["templates"][0]["model"]) == (1, False, "paper/small")
    assert said["blobs"] > 3


def test_deltas_do_not_lean_on_deltas_without_end(bundles: Path, tmp_path: Path) -> None:
    contents = Contents(open_own(bundles / "one"), find_earlier(bundles), tmp_path, depth=64)

    with pytest.raises(TooManyDeltas):
        contents.open("0" * 64)
