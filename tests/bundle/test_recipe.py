"""2, 12.5: `bundle.yaml` is one frozen tree, or one error with file, line and path."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from coderev.bundle.format.entries import Assumes, Database
from coderev.bundle.inputs import NotAPlainFile
from coderev.bundle.recipe import ImageEntry, Recipe, TreeEntry, read_recipe, size_of
from coderev.settings import BadConfiguration

HEAD = """\
product: coderev
channel: stable
seq: 12
version: "1.10"
expires: 2027-05-01T00:00:00Z
"""
WHOLE = (
    HEAD
    + """\
site: st-elsewhere
assumes: {commands: [docker, nvidia-smi], seq: 9}
database: {lowest: 3, highest: 5, schema: 5}
health: [files, config, review]
roles: [station, app, gpu]
licences: [Apache-2.0, llama2]
part_size: 2 GiB
media_size: 25 GB
tree:
  - {from: charts, to: charts, exclude: ["*.tgz"]}
  - from: bin/coderev
    to: bin/coderev
    mode: 0755
    roles: [station]
images:
  - oci:images/crai:1.4
  - from: docker-archive:vllm.tar
    name: vllm/vllm-openai:v0.9
    roles: [gpu]
models:
  - from: /models/codellama-34b
    to: models/codellama-34b
    name: codellama-34b
    licence: LLAMA2
    use_policy: https://ai.meta.com/llama/use-policy
    quantisation: awq
    roles: [gpu]
    exclude: ["*.bin"]
"""
)


def read(folder: Path, text: str) -> Recipe:
    (folder / "bundle.yaml").write_text(text)
    return read_recipe(folder / "bundle.yaml")


def test_a_whole_recipe_is_read(tmp_path: Path) -> None:
    """2.3 to 2.5: in the words of the manifest."""
    recipe = read(tmp_path, WHOLE)

    assert (recipe.product, recipe.site, recipe.seq, recipe.version) == ("coderev", "st-elsewhere", 12, "1.10")
    assert recipe.expires == datetime(2027, 5, 1, tzinfo=UTC)
    assert recipe.assumes == Assumes(commands=("docker", "nvidia-smi"), seq=9)
    assert recipe.database == Database(lowest=3, highest=5, schema=5)
    assert (recipe.part_bytes, recipe.media_bytes) == (2 << 30, 25_000_000_000)
    assert recipe.models[0].exclude == ("*.bin",)


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    """2.2, 4.9: one medium, parts of 3,900 MiB, for every site, gated by `files`."""
    recipe = read(tmp_path, HEAD + "tree: [{from: a, to: a}]\n")

    assert (recipe.kind, recipe.site, recipe.architecture, recipe.health) == ("release", "*", "amd64", ("files",))
    assert (recipe.part_bytes, recipe.media_bytes, recipe.sbom) == (4_089_446_400, None, "sbom.cdx.json")


def test_an_image_may_be_a_mere_source(tmp_path: Path) -> None:
    """11.1: or say its name, platform and roles."""
    entries = read(tmp_path, WHOLE).image_entries

    assert entries[0] == ImageEntry(source="oci:images/crai:1.4")
    assert (entries[1].name, entries[1].roles) == ("vllm/vllm-openai:v0.9", ("gpu",))


def test_an_entry_without_roles_is_for_every_role(tmp_path: Path) -> None:
    """2.7: `*` stands for no role, so each is named."""
    recipe = read(tmp_path, WHOLE)

    assert recipe.roles_of(recipe.tree[0]) == ("station", "app", "gpu")
    assert recipe.roles_of(recipe.models[0]) == ("gpu",)


@pytest.mark.parametrize(
    ("mode", "meant"), [("0755", "0755"), ("'0755'", "0755"), ("0644", "0644"), ("'0644'", "0644"), ("null", None)]
)
def test_a_mode_may_stand_without_quotes(tmp_path: Path, mode: str, meant: str | None) -> None:
    """2.5: YAML takes 0755 for a number in octal."""
    recipe = read(tmp_path, HEAD + f"tree: [{{from: a, to: a, mode: {mode}}}]\n")

    assert recipe.tree[0].file_mode == meant


def test_a_recipe_is_frozen() -> None:
    """2.3: what was judged stays so."""
    with pytest.raises(AttributeError):
        TreeEntry(source="a", to="b").to = "c"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "reason"),
    [
        ("seq: 12", "seq: 0", 3, "$.seq", ">= 1"),
        ("seq: 12", "seq: 1.5", 3, "$.seq", "Expected `int`"),
        ('"1.10"', "1.10", 4, "$.version", "Expected `str`, got `float`"),
        ("product: coderev", "product: Code Rev", 1, "$.product", "regex"),
        ("2027-05-01T00:00:00Z", "2027-05-01", 5, "$.expires", "Expected `datetime`"),
        ("2027-05-01T00:00:00Z", "2027-05-01T00:00:00", 5, "$.expires", "timezone"),
        ("2027-05-01T00:00:00Z", "2027-05-01T00:00:00.5Z", 5, "$.expires", "whole seconds"),
        ("st-elsewhere", "'**'", 6, "$.site", "regex"),
        ("schema: 5", "schema: 6", 8, "$.database", "not in order"),
        ("[files, config, review]", "[config]", 9, "$.health", "`files` must be there"),
        ("[files, config, review]", "[files, files]", 9, "$.health", "each check once"),
        ("[files, config, review]", "[files, magic]", 9, "$.health[1]", "magic"),
        ("[station, app, gpu]", "[station, app]", 24, "$.images[1].roles", "gpu is not among"),
        ("[station, app, gpu]", "[station, station, app, gpu]", 10, "$.roles", "each role once"),
        ("[Apache-2.0, llama2]", "[Apache-2.0]", 29, "$.models[0].licence", "'LLAMA2' is not among"),
        ("part_size: 2 GiB", "part_size: 5 GiB", 12, "$.part_size", "5 GiB is not from 16 MiB to 4 GiB - 1 byte"),
        ("part_size: 2 GiB", "part_size: 2 gigs", 12, "$.part_size", "is no size"),
        ("part_size: 2 GiB", "part_size: -1", 12, "$.part_size", "-1 is not from 16 MiB"),
        ("media_size: 25 GB", "media_size: 1000", 13, "$.media_size", "1000 is not from 16 MiB to 1 PiB"),
        ("to: charts,", "to: ../charts,", 15, "$.tree[0].to", "spec/bundle.md 3.1"),
        ("to: charts,", "to: aux.txt,", 15, "$.tree[0].to", "spec/bundle.md 3.6"),
        ("to: charts,", "to: Images/x,", 15, "$.tree[0].to", "written by coderev itself"),
        ("to: charts,", "to: charts, owner: root,", 15, "$.tree[0].owner", "unknown field"),
        ("mode: 0755", "mode: 0777", 18, "$.tree[1].mode", "511"),
        ("mode: 0755", "to: bin/other", 18, "$.tree[1].to", "twice"),
        ("oci:images/crai:1.4", "docker://redis:7", 21, "$.images[0]", "fetches nothing from a registry"),
        ("vllm/vllm-openai:v0.9", "vllm", 23, "$.images[1].name", "no NAME:TAG"),
        ("site: st-elsewhere", "architecture: '*'", 21, "$.images[0]", "say for which `architecture`"),
        ("quantisation: awq", "quantisation: ''", 31, "$.models[0].quantisation", "regex"),
        ("use_policy:", "policy:", 30, "$.models[0].policy", "unknown field"),
        ("site: st-elsewhere", "maximum_age_days: 7", 6, "$.maximum_age_days", "a release has none"),
        ("site: st-elsewhere", "kind: advisories", 1, "$.maximum_age_days", "advisories have it"),
        ("site: st-elsewhere", "sbom: images/sbom.json", 6, "$.sbom", "written by coderev itself"),
        ("channel: stable\n", "", 1, "$", "missing required field `channel`"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, line: int, path: str, reason: str
) -> None:
    """2.3 to 2.7, 3, 12.5: one error, and where to look."""
    assert WHOLE.count(old) == 1

    with pytest.raises(BadConfiguration) as caught:
        read(tmp_path, WHOLE.replace(old, new))

    assert f"{tmp_path}/bundle.yaml:{line}: {path}: " in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize("to", ["models", "models/codellama-34b", "Models/CodeLlama-34b/extra"])
def test_what_would_lie_in_a_model_s_folder_is_refused(tmp_path: Path, to: str) -> None:
    """12.2: a file that is not judged with the model would be one of its files."""
    with pytest.raises(BadConfiguration, match=r"models\[0\]\.to: nothing else may lie there, and .*odels"):
        read(tmp_path, WHOLE.replace("to: charts,", f"to: {to},"))


def test_a_model_within_another_is_refused(tmp_path: Path) -> None:
    """12.1: a model's digest is of all files below its folder."""
    second = WHOLE[WHOLE.index("  - from: /models") :].replace("name: codellama-34b", "name: other")

    with pytest.raises(BadConfiguration, match="and 'models/codellama-34b/awq' does"):
        read(tmp_path, WHOLE + second.replace("to: models/codellama-34b", "to: models/codellama-34b/awq"))


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    """2.5: by name, none twice."""
    second = WHOLE[WHOLE.index("  - from: /models") :].replace("to: models/codellama-34b", "to: models/other")

    with pytest.raises(BadConfiguration, match="'codellama-34b' stands for two models"):
        read(tmp_path, WHOLE + second)


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    """2.5: by name, none twice."""
    images = "images: [{from: 'oci:a', name: 'x:1'}, {from: 'oci:b', name: 'x:1'}]\n"

    with pytest.raises(BadConfiguration, match="'x:1' stands for two images"):
        read(tmp_path, HEAD + images)


def test_an_empty_bundle_is_refused(tmp_path: Path) -> None:
    """2.5: nothing to carry is a mistake."""
    with pytest.raises(BadConfiguration, match="nothing goes in"):
        read(tmp_path, HEAD)


def test_a_recipe_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    """1.4: it is a plain file."""
    with pytest.raises(NotAPlainFile, match="it is not a regular file"):
        read_recipe(tmp_path)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (17, 17),
        ("17", 17),
        ("17 B", 17),
        ("3900 MiB", 4_089_446_400),
        ("4.7GB", None),
        ("25GB", 25 * 10**9),
        ("", None),
    ],
)
def test_sizes_are_bytes_or_have_a_unit(text: int | str, size: int | None) -> None:
    """14: a medium is sold in GB, a file system counts in GiB."""
    if size is None:
        with pytest.raises(ValueError, match="is no size"):
            size_of(text)
    else:
        assert size_of(text) == size


def test_a_recipe_can_be_made_without_yaml() -> None:
    """2.3: for tests and for other programs."""
    recipe = msgspec.convert(
        {"product": "p", "channel": "c", "seq": 1, "version": "1", "expires": "2027-01-01T00:00:00Z"}, Recipe
    )

    assert recipe.roles == ("station",)


def test_the_recipe_of_the_reference_page_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/bundle-recipe.md").read_text(encoding="utf-8")
    path = tmp_path / "bundle.yaml"
    path.write_text(page.partition("```yaml\n")[2].partition("```")[0])

    recipe = read_recipe(path)

    assert (recipe.seq, recipe.media_bytes, len(recipe.image_entries)) == (8, 25 * 10**9, 2)
