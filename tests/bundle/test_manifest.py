import json
import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_ins.manifests import FILES, fields

from coderev.bundle.format import chunks, entries, manifest, parts, paths
from coderev.bundle.format.chunks import CHUNK_BYTES, EMPTY, blob_digest
from coderev.bundle.format.entries import (
    Assumes,
    Blob,
    ChatTemplate,
    Content,
    Database,
    File,
    Image,
    Model,
    Needs,
    Origin,
    Part,
    Patch,
    Role,
)
from coderev.bundle.format.layout import lay_out
from coderev.bundle.format.manifest import (
    FormatUnknown,
    Manifest,
    ManifestRefused,
    decode,
    encode,
    needs_of,
    tree_digest,
)
from coderev.trust import canonical

SPEC = Path(__file__).parents[2] / "spec/bundle.md"
ONE, TWO, THREE = ("1" * 64, "2" * 64, "3" * 64)
LIMITS = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", SPEC.read_text(encoding="utf-8"), re.MULTILINE)
MINE = (chunks, entries, manifest, parts, paths, canonical)


def plain(**changes: Any) -> dict[str, Any]:
    """A good manifest as JSON has it, with some members changed; a member that is None is left out."""
    value = json.loads(encode(Manifest(**fields()))) | changes
    return {name: member for name, member in value.items() if member is not None}


def refusal(value: object) -> str:
    with pytest.raises(ManifestRefused) as caught:
        decode(canonical.encode(value))
    return str(caught.value)


def contradiction(**changes: Any) -> str:
    """What is said of a manifest whose values contradict each other, made with its own types."""
    with pytest.raises(ValueError, match=r"\(\d+\.\d+\)") as caught:
        Manifest(**fields(**changes))
    return str(caught.value)


def image(*digests: str) -> Image:
    manifest_digest, config, *layers = (f"sha256:{digest}" for digest in digests)
    return Image(
        name="registry.internal/crai:1.2",
        manifest=manifest_digest,
        config=config,
        layers=tuple(layers),
        architecture="amd64",
        os="linux",
    )


def with_image() -> dict[str, Any]:
    files = dict(FILES) | {f"images/blobs/sha256/{digest}": digest.encode() for digest in (ONE, TWO, THREE)}
    files |= {"images/index.json": b"{ }", "images/oci-layout": b"{  }"}
    roles = {"app": Role(images=("registry.internal/crai:1.2",)), "station": Role(paths=("bin",))}
    return fields(files, images=(image(ONE, TWO, THREE),), roles=roles)


def model(tree: tuple[File, ...], **changes: Any) -> Model:
    given_fields = {
        "name": "Small/Small-1B",
        "folder": "models/small",
        "licence": "Apache-2.0",
        "use_policy": "review only",
        "quantisation": "gguf-q4",
        "digest": tree_digest(tree, below="models/small"),
    }
    return Model(**given_fields | changes)


def with_delta(**changes: Any) -> dict[str, Any]:
    """A delta: the program is held by the base, the weights are patched."""
    whole = fields()
    program, config, weights, sbom = whole["blobs"]
    patched = Blob(
        digest=ONE,
        size=10,
        part=0,
        offset=2,
        encoding="patch",
        content=weights.unpacked,
        patch=Patch(base=TWO, size=500, windows=(0,)),
    )
    first = Blob(digest=config.digest, size=2, part=0, offset=0)
    last = Blob(digest=sbom.digest, size=sbom.size, part=0, offset=12)
    delta = {
        "blobs": (first, patched, last),
        "held": (program.unpacked,),
        "origin": Origin(seq=6, tree=THREE),
        "parts": (Part(medium=1, size=12 + sbom.size),),
    }
    return whole | delta | changes


# encoding and decoding


def test_what_was_encoded_is_read_again() -> None:
    """2.1, 2.2: and an encoded manifest is canonical."""
    made = Manifest(**fields())

    content = encode(made)

    assert decode(content) == made
    assert canonical.encode(canonical.decode(content, limit=len(content))) == content


def test_the_vector_is_read_and_written_as_it_is() -> None:
    """2.1, 2.8: a manifest to try another reader with."""
    content = (SPEC.parent / "bundle/manifest.json").read_bytes()

    made = decode(content)

    assert encode(made) == content
    assert made.tree_digest == "0f9c87f000bcc4d93973230dae0f0d164082b24465c6e06513b33dfe2a781a8c"
    assert sha256(content).hexdigest() == "2b7db32caebf179e623ff8c7ea73168aa848742069950c5de4306485078f7432"


@pytest.mark.parametrize("make", [with_image, with_delta])
def test_images_and_deltas_are_read_again_too(make: Any) -> None:
    """2.4, 2.5, 9.1, 11.1, 11.2."""
    made = Manifest(**make())

    assert decode(encode(made)) == made


@given(data=st.data())
def test_a_byte_changed_anywhere_is_refused_or_says_something_else(data: st.DataObject) -> None:
    """2.1: there is one spelling of each manifest."""
    made = Manifest(**fields())
    content = bytearray(encode(made))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))

    try:
        read = decode(bytes(content))
    except (ManifestRefused, FormatUnknown):
        return

    assert read != made
    assert encode(read) == bytes(content)


@given(content=st.binary(max_size=200))
def test_bytes_that_are_no_manifest_are_refused_and_never_a_crash(content: bytes) -> None:
    """2.1, 2.2."""
    with pytest.raises(ManifestRefused):
        decode(content)


def test_nested_bytes_are_refused_and_never_a_crash() -> None:
    """2.1."""
    with pytest.raises(ManifestRefused):
        decode(b'{"format":' + b"[" * 1_000_000)


def test_a_manifest_longer_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """14.1."""
    content = encode(Manifest(**fields()))
    monkeypatch.setattr(manifest, "MAX_MANIFEST_BYTES", len(content) - 1)

    with pytest.raises(ManifestRefused, match=r"14\.1"):
        decode(content)
    with pytest.raises(ManifestRefused, match=r"14\.1"):
        encode(Manifest(**fields()))


def test_a_name_that_stands_twice_is_refused() -> None:
    """2.1."""
    content = encode(Manifest(**fields()))

    with pytest.raises(ManifestRefused, match="spelled otherwise"):
        decode(content.replace(b'"seq":7', b'"seq":8,"seq":7'))


def test_another_format_is_named_before_anything_else() -> None:
    """2.3."""
    with pytest.raises(FormatUnknown, match="format 2, and this program reads format 1"):
        decode(b'{"anything":["new"],"format":2}')


@pytest.mark.parametrize("member", sorted(set(plain())))
def test_no_member_may_be_missing(member: str) -> None:
    """2.2."""
    assert "missing required field" in refusal(plain(**{member: None}))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("extra", 1),
        ("kind", "malware"),
        ("product", "Coderev"),
        ("product", ""),
        ("channel", "a" * 65),
        ("channel", "stable\n"),
        ("site", "**"),
        ("site", "Hospital"),
        ("architecture", "i386"),
        ("seq", 0),
        ("seq", "7"),
        ("version", ""),
        ("version", "1\u001b[2J"),
        ("version", "a" * 1025),
        ("created", "2026-11-25"),
        ("created", "2026-11-25T17:42:00"),
        ("created", "2026-11-25T17:42:00.5Z"),
        ("created", "2026-11-25T17:42:00+00:00"),
        ("created", "2026-11-25T18:42:00+01:00"),
        ("created", 1764000000),
        ("health", ["files", "reboot"]),
        ("roles", {"printer": {}}),
        ("parts", [{"medium": 1, "size": 0}]),
        ("parts", [{"medium": 0, "size": 5}]),
        ("parts", [{"medium": 1, "size": 4294967296}]),
        ("blobs", [{"digest": "A" * 64, "offset": 0, "part": 0, "size": 5}]),
        ("blobs", [{"digest": "a" * 64 + "\n", "offset": 0, "part": 0, "size": 5}]),
        ("blobs", [{"digest": "a" * 64, "encoding": "gzip", "offset": 0, "part": 0, "size": 5}]),
        ("tree", [{"blob": "a" * 64, "mode": "4755", "path": "a"}]),
        ("tree", [{"blob": "a" * 64, "link": "/etc/passwd", "path": "a"}]),
        ("tree", [{"blob": "a" * 64, "owner": 0, "path": "a"}]),
        ("assumes", {"commands": ["rm -rf"], "seq": 0}),
        ("maximum_age_days", 0),
    ],
)
def test_a_member_of_another_type_or_form_is_refused(member: str, value: object) -> None:
    """2.2, 2.3, 2.4, 2.5, 2.9: links, devices, owners and the like cannot even be said."""
    assert refusal(plain(**{member: value}))


def test_what_is_written_out_though_it_is_the_default_is_refused() -> None:
    """2.2."""
    tree = plain()["tree"]

    assert "spelled otherwise" in refusal(plain(held=[]))
    assert "spelled otherwise" in refusal(plain(tree=[tree[0] | {"mode": "0644"}, *tree[1:]]))


def test_what_cannot_be_read_is_not_written() -> None:
    """2.2, 2.3: encode refuses what decode would."""
    with pytest.raises(ManifestRefused, match=r"\$\.product"):
        encode(Manifest(**fields(product="Not a name")))


def test_a_default_that_was_made_at_run_time_is_left_out_too() -> None:
    """2.2."""
    whole = fields()
    mode: Any = str(b"0644", "ascii")  # equal to the default, and not the same object
    tree = tuple(File(blob=file.blob, path=file.path, mode=mode) for file in whole["tree"])

    assert encode(Manifest(**whole | {"tree": tree})) == encode(Manifest(**whole))


# what a manifest says of itself


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"expires": datetime(2026, 11, 25, 17, 42, tzinfo=UTC)}, "2.3"),
        ({"created": datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)}, "2.3"),
        ({"created": datetime(2026, 1, 1)}, "2.3"),  # noqa: DTZ001 # that is the case
        ({"created": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "2.3"),
        ({"maximum_age_days": 30}, "2.3"),
        ({"kind": "advisories"}, "2.3"),
        ({"origin": Origin(seq=7, tree=ONE)}, "2.4"),
        ({"health": ()}, "2.4"),
        ({"health": ("review",)}, "2.4"),
        ({"health": ("files", "files")}, "2.4"),
        ({"needs": Needs(bytes=1, inodes=1)}, "2.4"),
        ({"held": (Content(digest=ONE, size=1),)}, "2.5"),
        ({"roles": {}}, "2.5"),
        ({"roles": {"app": Role(paths=("bi",))}}, "2.6"),
        ({"roles": {"app": Role(images=("nginx",))}}, "2.6"),
        ({"roles": {"app": Role(models=("llama",))}}, "2.6"),
        ({"sbom": "bin"}, "2.6"),
        ({"tree": fields()["tree"][:3]}, "2.6"),
        ({"tree": fields()["tree"][::-1]}, "3.9"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(changes: dict[str, Any], clause: str) -> None:
    """2.3, 2.4, 2.5, 2.6, 3.9: each by its clause."""
    assert f"{clause})" in contradiction(**changes)


def test_advisories_have_a_maximum_age() -> None:
    """2.3."""
    made = Manifest(**fields(kind="advisories", maximum_age_days=30))

    assert decode(encode(made)).maximum_age_days == 30


@pytest.mark.parametrize("numbers", [(4, 5, 3), (3, 2, 3), (1, 3, 4)])
def test_a_schema_outside_of_what_it_runs_on_is_refused(numbers: tuple[int, int, int]) -> None:
    """2.4."""
    lowest, highest, schema = numbers

    with pytest.raises(ValueError, match=r"2\.4"):
        Database(lowest=lowest, highest=highest, schema=schema)


@pytest.mark.parametrize("media", [(2,), (1, 3), (2, 1), (1, 2, 1)])
def test_media_count_from_one_and_never_fall(media: tuple[int, ...]) -> None:
    """2.5."""
    assert "(2.5)" in contradiction(parts=tuple(Part(medium=medium, size=5) for medium in media))


def test_a_content_twice_is_refused() -> None:
    """4.5."""
    blobs = fields()["blobs"]

    assert "(4.5)" in contradiction(blobs=(*blobs, blobs[0]))


def test_a_blob_that_no_file_has_is_refused() -> None:
    """2.6."""
    blobs, size = fields()["blobs"], fields()["parts"][0].size
    extra = Blob(digest=ONE, size=5, part=0, offset=size)

    assert "(2.6)" in contradiction(blobs=(*blobs, extra), parts=(Part(medium=1, size=size + 5),))


@pytest.mark.parametrize("path", ["../up", "/etc/passwd", "a\\b", "nul", ".coderev/journal"])
def test_a_path_that_is_not_safe_is_refused(path: str) -> None:
    """3.1, 3.4, 3.6, 3.8: wherever it stands in the tree."""
    files = dict(FILES) | {path: b"new"}

    assert "(3." in contradiction(**fields(files))


def test_needs_count_distinct_contents_by_mode_and_folders() -> None:
    """2.4."""
    tree = (
        File(blob=ONE, path="a/b/one", mode="0755"),
        File(blob=ONE, path="a/b/same", mode="0755"),
        File(blob=ONE, path="a/other-mode"),
        File(blob=TWO, path="two"),
    )

    assert needs_of(tree, {ONE: 10, TWO: 7}) == Needs(bytes=10 + 10 + 7, inodes=3 + 2)


def test_the_tree_digest_is_that_of_its_canonical_json() -> None:
    """2.8."""
    made = Manifest(**fields())
    text = json.dumps(plain()["tree"], separators=(",", ":"), sort_keys=True)

    assert made.tree_digest == sha256(text.encode()).hexdigest()


def test_a_release_and_its_delta_have_one_tree_digest() -> None:
    """2.8, 9.5."""
    whole, delta = Manifest(**fields()), Manifest(**with_delta())

    assert whole.tree_digest == delta.tree_digest
    assert whole.sizes == delta.sizes


def test_a_role_has_its_paths_images_and_models() -> None:
    """2.7."""
    whole = with_image()
    tree = whole["tree"]
    whole |= {"models": (model(tree),), "roles": whole["roles"] | {"gpu": Role(models=("Small/Small-1B",))}}
    made = Manifest(**whole)

    def of(*roles: Any) -> list[str]:
        return [file.path for file in made.files_of(roles)]

    assert of("station") == ["bin/coderev"]
    assert of("app") == [file.path for file in tree if file.path.startswith("images/")]
    assert of("gpu") == ["models/small/config.json", "models/small/model.gguf"]
    assert [file.path for file in Manifest(**fields()).files_of(["gpu"])] == [*of("gpu"), "sbom.cdx.json"]
    assert of("gpu", "station") == ["bin/coderev", *of("gpu")]
    with pytest.raises(KeyError):
        Manifest(**fields()).files_of(["station"])


# images, models, deltas


@pytest.mark.parametrize("path", ["images/index.json", "images/oci-layout", f"images/blobs/sha256/{THREE}"])
def test_an_image_without_one_of_its_files_is_refused(path: str) -> None:
    """11.2."""
    files = dict(FILES) | {f"images/blobs/sha256/{digest}": digest.encode() for digest in (ONE, TWO, THREE)}
    files |= {"images/index.json": b"{ }", "images/oci-layout": b"{  }"}
    del files[path]

    with pytest.raises(ValueError, match=r"11\.2"):
        Manifest(**fields(files, images=(image(ONE, TWO, THREE),)))


def test_images_go_by_name_and_none_twice() -> None:
    """2.5, 11.1."""
    whole = with_image()

    with pytest.raises(ValueError, match=r"2\.5"):
        Manifest(**whole | {"images": whole["images"] * 2})


def test_a_model_is_its_folder() -> None:
    """12.1."""
    tree = fields()["tree"]
    template = ChatTemplate(digest=ONE, path="models/small/config.json")
    made = Manifest(**fields(models=(model(tree, chat_templates=(template,)),)))

    assert decode(encode(made)) == made
    assert "(12.1)" in contradiction(models=(model(tree, digest=ONE),))
    assert "(2.6)" in contradiction(models=(model(tree, folder="models/none"),))
    absent = ChatTemplate(digest=ONE, path="models/small/none.jinja")
    assert "(12.1)" in contradiction(models=(model(tree, chat_templates=(absent,)),))


def test_a_models_digest_does_not_depend_on_where_it_lies() -> None:
    """12.1, 2.8."""
    here = (File(blob=ONE, path="models/a/x"), File(blob=TWO, path="other"))
    there = (File(blob=ONE, path="elsewhere/b/x"),)

    assert tree_digest(here, below="models/a") == tree_digest(there, below="elsewhere/b")
    assert tree_digest(here, below="models/a") == tree_digest((File(blob=ONE, path="x"),))


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"origin": None}, "2.5"),
        ({"origin": None, "held": ()}, "9.1"),
        ({"held": ()}, "2.6"),
        ({"held": (Content(digest=ONE, size=1), *with_delta()["held"])}, "2.6"),
        ({"held": with_delta()["held"] * 2}, "2.5"),
        ({"held": (with_delta()["blobs"][0].unpacked, *with_delta()["held"])}, "2.6"),
    ],
)
def test_a_delta_that_contradicts_itself_is_refused(changes: dict[str, Any], clause: str) -> None:
    """2.5, 2.6, 9.1."""
    held = changes.get("held")
    if held and len(set(held)) == len(held):
        changes["held"] = tuple(sorted(held, key=lambda content: content.digest))

    with pytest.raises(ValueError, match=rf"\({clause}\)"):
        Manifest(**with_delta(**changes))


# blobs


def blob(**changes: Any) -> Blob:
    given_fields: dict[str, Any] = {"digest": ONE, "size": 5, "part": 0, "offset": 0}
    return Blob(**given_fields | changes)


SEVERAL = (ONE, TWO)
BOTH = blob_digest(map(bytes.fromhex, SEVERAL))


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"size": 0}, "4.2"),
        ({"digest": EMPTY}, "4.2"),
        ({"digest": EMPTY, "size": 0, "offset": 1}, "4.4"),
        ({"chunks": (ONE,)}, "4.3"),
        ({"size": CHUNK_BYTES, "chunks": (ONE,)}, "4.3"),
        ({"size": CHUNK_BYTES + 1}, "4.3"),
        ({"size": CHUNK_BYTES + 1, "chunks": (*SEVERAL, ONE), "digest": BOTH}, "4.3"),
        ({"size": CHUNK_BYTES + 1, "chunks": SEVERAL[::-1], "digest": BOTH}, "4.3"),
        ({"content": Content(digest=TWO, size=9)}, "4.4"),
        ({"encoding": "zstd"}, "4.4"),
        ({"encoding": "patch", "content": Content(digest=TWO, size=9)}, "4.4"),
        ({"patch": Patch(base=TWO, size=9, windows=(0,))}, "4.4"),
        ({"encoding": "zstd", "content": Content(digest=TWO, size=5)}, "4.7"),
        ({"encoding": "zstd", "content": Content(digest=TWO, size=4)}, "4.7"),
    ],
)
def test_a_blob_that_contradicts_itself_is_refused(changes: dict[str, Any], clause: str) -> None:
    """4.2, 4.3, 4.4, 4.7."""
    with pytest.raises(ValueError, match=rf"\({clause}\)"):
        blob(**changes)


@pytest.mark.parametrize(("digest", "size"), [(EMPTY, 1), (ONE, 0)])
def test_only_an_empty_content_has_the_digest_of_nothing(digest: str, size: int) -> None:
    """4.2."""
    with pytest.raises(ValueError, match=r"4\.2"):
        Content(digest=digest, size=size)


def test_a_blob_of_several_chunks_lists_them_and_any_other_does_not() -> None:
    """4.3."""
    several = blob(digest=BOTH, size=2 * CHUNK_BYTES, chunks=SEVERAL)

    assert several.unpacked == Content(digest=BOTH, size=2 * CHUNK_BYTES)
    assert blob(size=CHUNK_BYTES).chunks == ()
    assert blob(digest=EMPTY, size=0).unpacked == Content(digest=EMPTY, size=0)


@pytest.mark.parametrize("windows", [(), (0,), (0, 1, 2)])
def test_a_patch_has_a_window_for_each_segment(windows: tuple[int, ...]) -> None:
    """9.2."""
    content = Content(digest=TWO, size=entries.SEGMENT_BYTES + 1)

    with pytest.raises(ValueError, match=r"9\.2"):
        blob(encoding="patch", content=content, patch=Patch(base=ONE, size=50, windows=windows))


def test_a_window_begins_within_the_base() -> None:
    """9.2."""
    with pytest.raises(ValueError, match=r"9\.2"):
        Patch(base=ONE, size=50, windows=(0, 50))


# places


def spread(sizes: list[int], part_size: int) -> tuple[list[Part], list[Blob]]:
    """Lay blobs out as clause 4.9 says, in other words than the writer's."""
    filled: list[int] = []
    blobs = []
    for size in sizes:
        digests = tuple(f"{size:064x}" for _ in chunks.chunk_sizes(size))
        place = None
        for length in chunks.chunk_sizes(size):
            if not filled or filled[-1] + length > part_size:
                filled.append(0)
            place = place or (len(filled) - 1, filled[-1])
            filled[-1] += length
        listed = digests if len(digests) > 1 else ()
        own = blob_digest(map(bytes.fromhex, digests)) if listed else f"{size:064x}" if size else EMPTY
        part, offset = place or (0, 0)
        blobs.append(Blob(digest=own, size=size, part=part, offset=offset, chunks=listed))
    return [Part(medium=1, size=size) for size in filled], blobs


some_sizes = st.lists(st.integers(0, 1000) | st.integers(0, 5 * CHUNK_BYTES), max_size=6)
part_sizes = st.integers(CHUNK_BYTES, 4 * CHUNK_BYTES)


@given(sizes=some_sizes, part_size=part_sizes)
def test_chunks_lie_one_after_the_other_and_within_their_parts(sizes: list[int], part_size: int) -> None:
    """4.8, 4.9."""
    made_parts, blobs = spread(sizes, part_size)

    spans = list(lay_out(made_parts, blobs))

    by_part: dict[int, list[tuple[int, int]]] = {}
    for span in spans:
        by_part.setdefault(span.part, []).append((span.offset, span.offset + span.length))
    for number, part in enumerate(made_parts):
        assert by_part[number][0][0] == 0
        assert by_part[number][-1][1] == part.size
        assert all(before[1] == after[0] for before, after in zip(by_part[number], by_part[number][1:], strict=False))
    assert sum(span.length for span in spans) == sum(sizes)


@given(sizes=some_sizes.filter(any), part_size=part_sizes, data=st.data())
def test_a_part_of_another_size_is_refused(sizes: list[int], part_size: int, data: st.DataObject) -> None:
    """4.8: every byte of a part is a byte of a chunk."""
    made_parts, blobs = spread(sizes, part_size)
    number = data.draw(st.integers(0, len(made_parts) - 1))
    size = data.draw(st.integers(1, 5 * CHUNK_BYTES).filter(lambda size: size != made_parts[number].size))
    made_parts[number] = Part(medium=1, size=size)

    with pytest.raises(ValueError, match=r"4\.8"):
        list(lay_out(made_parts, blobs))


@given(sizes=some_sizes.filter(any), part_size=part_sizes, data=st.data())
def test_a_blob_at_another_place_is_refused(sizes: list[int], part_size: int, data: st.DataObject) -> None:
    """4.8: no gap and no overlap."""
    made_parts, blobs = spread(sizes, part_size)
    number = data.draw(st.sampled_from([number for number, size in enumerate(sizes) if size]))
    moved = blobs[number]
    offset = data.draw(st.integers(0, 4 * CHUNK_BYTES).filter(lambda offset: offset != moved.offset))
    blobs[number] = Blob(digest=moved.digest, size=moved.size, part=moved.part, offset=offset, chunks=moved.chunks)

    with pytest.raises(ValueError, match=r"4\.8"):
        list(lay_out(made_parts, blobs))


def test_a_part_without_blobs_is_refused() -> None:
    """4.8."""
    made = fields()

    assert "(4.8)" in contradiction(parts=(*made["parts"], Part(medium=1, size=5)))
    with pytest.raises(ValueError, match=r"4\.8"):
        list(lay_out([Part(medium=1, size=5)], []))


# limits


def constants() -> dict[str, object]:
    """Every limit that a module of the two rooms has."""
    found: dict[str, object] = {}
    for module in MINE:
        found |= {name: value for name, value in vars(module).items() if name.isupper() and not name.startswith("_")}
    return found


def test_the_limits_of_the_format_are_those_of_the_page() -> None:
    """14.1: the table is the code's."""
    mine, table = constants(), dict(LIMITS)

    named = {name for name in mine if name.startswith("MAX_") or name.endswith("_BYTES")}
    assert named <= set(table)
    assert {name: mine[name] for name in named} == {name: int(table[name]) for name in named}
    assert len(named) == 16


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("assumes", {"commands": ["x"] * 257}),
        ("parts", [{"medium": 1, "size": 1}] * 10_001),
        ("tree", [{"blob": ONE, "path": "a"}] * 100_001),
        ("roles", {"app": {"paths": ["bin"] * 257}}),
    ],
)
def test_more_than_a_list_may_have_is_refused(member: str, value: object) -> None:
    """14.1."""
    assert "length" in refusal(plain(**{member: value}))


def test_an_assumption_is_kept() -> None:
    """2.4."""
    made = Manifest(**fields(assumes=Assumes(commands=("docker", "gpgv"), seq=3)))

    assert decode(encode(made)).assumes == Assumes(commands=("docker", "gpgv"), seq=3)
