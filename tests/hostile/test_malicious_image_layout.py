"""Whoever sends an image: it lies about bytes, leads elsewhere, or unpacks without end (11.4, 11.5)."""

import gzip
import os
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.container_images import (
    Layout,
    Made,
    descriptor,
    digest_of,
    docker_archive,
    dumped,
    entry,
    layer_of,
    tagged,
    tar_of,
)

from coderev.bundle.images.holders import BadImage
from coderev.bundle.images.images import Image, ImageSource, layout, measured, read_image
from coderev.bundle.images.streams import ImageRefused, Proof, file_of, most_unpacked, unpacked
from coderev.bundle.images.tar import BadArchive
from coderev.bundle.inputs import NotAPlainFile
from coderev.errors import CoderevError

LAYER = layer_of({"etc/accounts": b"root:x:0:0::/:/bin/sh\n" * 400})
MADE = Made.of(LAYER)
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
NAME = "coderev/crai:1.4"


def read(source: str) -> Image:
    return read_image(ImageSource.parse(source), folder=Path("/"), scratch=Path("/"), name=NAME)


def read_whole(source: str) -> bytes:
    with read(source).layers[0].opened() as file:
        return file.read()


def made_of(*pieces: bytes) -> Generator[bytes]:
    yield from pieces


@pytest.fixture
def made(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "in")


def test_a_layer_with_other_bytes_is_refused(made: Layout) -> None:
    """11.4: as long as stated, and not the same."""
    folder = made.index(made.manifest(MADE))
    made.path(digest_of(LAYER)).write_bytes(LAYER[:-1] + b"!")

    with pytest.raises(ImageRefused, match="its digest is sha256"):
        read_whole(f"oci:{folder}")


def test_the_last_bytes_come_only_when_all_are_proved(made: Layout) -> None:
    """11.4: who stops at the stated size has not missed the verdict."""
    folder = made.index(made.manifest(MADE))
    made.path(digest_of(LAYER)).write_bytes(LAYER[:-1] + b"!")

    with read(f"oci:{folder}").layers[0].opened() as file, pytest.raises(ImageRefused):
        file.read(len(LAYER))


def test_a_layer_without_end_is_refused_at_its_stated_size(made: Layout) -> None:
    """11.4, 1.4: a sparse terabyte is not read to its end."""
    folder = made.index(made.manifest(MADE))
    os.truncate(made.path(digest_of(LAYER)), 1 << 40)

    with pytest.raises(ImageRefused, match=f"longer than {len(LAYER)} bytes"):
        read_whole(f"oci:{folder}")


def test_a_short_layer_is_refused(made: Layout) -> None:
    """11.4: fewer bytes than stated."""
    folder = made.index(made.manifest(MADE))
    made.path(digest_of(LAYER)).write_bytes(LAYER[:1000])

    with pytest.raises(ImageRefused, match=f"1000 bytes where {len(LAYER)} were stated"):
        read_whole(f"oci:{folder}")


@pytest.mark.parametrize("what", ["config", "manifest"])
def test_a_small_blob_with_other_bytes_is_refused(made: Layout, what: str) -> None:
    """11.4: the manifest, and the configuration that it names."""
    manifest = made.manifest(MADE)
    folder = made.index(manifest)
    place = made.path(digest_of(MADE.config) if what == "config" else manifest["digest"])
    place.write_bytes(place.read_bytes().replace(b"l", b"1", 1))

    with pytest.raises(ImageRefused, match="its digest is"):
        read(f"oci:{folder}")


def test_a_packed_layer_that_holds_another_one_is_refused(made: Layout) -> None:
    """11.3, 11.4: the descriptor is right, and the diff_id is not."""
    other = made.blob(gzip.compress(layer_of({"etc/passwd": b"evil"})))
    folder = made.index(made.manifest(MADE, layers=[descriptor(GZIP, other)]))

    with pytest.raises(ImageRefused, match="its digest is"):
        read_whole(f"oci:{folder}")


def test_a_plain_layer_that_is_not_the_diff_id_is_refused_unread(made: Layout) -> None:
    """11.3: the configuration says which layer lies there."""
    other = made.blob(layer_of({"etc/passwd": b"evil"}))
    layers = [descriptor("application/vnd.oci.image.layer.v1.tar", other)]

    with pytest.raises(BadImage, match="its configuration names"):
        read(f"oci:{made.index(made.manifest(MADE, layers=layers))}")


def test_a_gzip_bomb_stops_at_its_limit() -> None:
    """11.4: 200 times its size, where it is more than a gibibyte; nothing is held in memory."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(40)) + packer.flush()
    proof = Proof(image="x", part="layer", digest=None, size=None, most=16 << 20)

    with file_of(proof.check(unpacked(made_of(bomb), "gzip", proof))) as file:
        start = sum(len(file.read(1 << 20)) for _ in range(15))
        with pytest.raises(ImageRefused, match="longer than 16777216 bytes"):
            file.read(1)

    assert start == 15 << 20
    assert [most_unpacked(size) for size in (100, 10 << 20, 1 << 40)] == [1 << 30, 2000 << 20, 64 << 30]


def test_a_layer_of_countless_members_ends() -> None:
    """11.4: a member costs more than its bytes, so they are counted."""
    empty = gzip.compress(b"")
    proof = Proof(image="x", part="layer", digest=None, size=None)

    with (
        file_of(unpacked(made_of(*[empty * 3000] * 168), "gzip", proof)) as file,
        pytest.raises(ImageRefused, match="more than 500000 members"),
    ):
        file.read(1)


@pytest.mark.parametrize("tail", [b"garbage", b"\0" * 64])
def test_bytes_after_a_packed_layer_are_refused(made: Layout, tail: bytes) -> None:
    """11.4: what is behind the last member belongs to nothing."""
    packed = made.blob(gzip.compress(LAYER) + tail)
    folder = made.index(made.manifest(MADE, layers=[descriptor(GZIP, packed)]))

    with pytest.raises(ImageRefused, match="cannot be unpacked"):
        read_whole(f"oci:{folder}")


def test_a_packed_layer_that_ends_early_is_refused(made: Layout) -> None:
    """11.4: a member without its end."""
    packed = made.blob(gzip.compress(LAYER)[:-20])
    folder = made.index(made.manifest(MADE, layers=[descriptor(GZIP, packed)]))

    with pytest.raises(ImageRefused, match="it ends in the middle"):
        read_whole(f"oci:{folder}")


def test_a_zstd_frame_with_a_window_of_gigabytes_is_refused(made: Layout) -> None:
    """11.4, 14.1: memory is bounded whatever a frame asks for."""
    from backports import zstd

    options: dict[int, int] = {zstd.CompressionParameter.window_log: 30, zstd.CompressionParameter.compression_level: 1}
    compressor = zstd.ZstdCompressor(options=options)
    packed = made.blob(compressor.compress(LAYER) + compressor.flush())
    layers = [descriptor("application/vnd.oci.image.layer.v1.tar+zstd", packed)]
    folder = made.index(made.manifest(MADE, layers=layers))

    with pytest.raises(ImageRefused, match="cannot be unpacked"):
        read_whole(f"oci:{folder}")


def test_a_blob_that_is_a_link_out_of_the_layout_is_refused(made: Layout, tmp_path: Path) -> None:
    """1.4: also where what it leads to has the right bytes."""
    folder = made.index(made.manifest(MADE))
    made.path(digest_of(LAYER)).rename(tmp_path / "elsewhere")
    made.path(digest_of(LAYER)).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotAPlainFile, match="it is a link"):
        read_whole(f"oci:{folder}")


def test_a_folder_of_blobs_that_is_a_link_is_refused(made: Layout, tmp_path: Path) -> None:
    """1.4: no component may be one."""
    folder = made.index(made.manifest(MADE))
    (folder / "blobs").rename(tmp_path / "elsewhere")
    (folder / "blobs").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotAPlainFile):
        read(f"oci:{folder}")


@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
def test_a_pipe_is_refused_and_not_waited_for(made: Layout, name: str) -> None:
    """1.4: nobody ever writes into it."""
    folder = made.index(made.manifest(MADE))
    (folder / name).unlink()
    os.mkfifo(folder / name)

    with pytest.raises(NotAPlainFile, match="not a regular file"):
        read(f"oci:{folder}")


def test_an_endless_index_is_refused(made: Layout) -> None:
    """11.4: documents have a limit."""
    folder = made.index(made.manifest(MADE))
    os.truncate(folder / "index.json", 1 << 40)

    with pytest.raises(NotAPlainFile, match="longer than 4194304 bytes"):
        read(f"oci:{folder}")


def test_a_manifest_over_the_limit_is_refused_by_its_descriptor(made: Layout) -> None:
    """11.4: before it is read."""
    manifest = made.manifest(MADE)

    with pytest.raises(ImageRefused, match="longer than 4194304 bytes"):
        read(f"oci:{made.index(manifest | {'size': 1 << 39})}")


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"", b"1e9999", b"9" * 5000])
def test_an_index_that_no_reader_should_read_is_refused(made: Layout, text: bytes) -> None:
    """11.4: nested without end, not UTF-8, or no document."""
    folder = made.index(made.manifest(MADE))
    (folder / "index.json").write_bytes(text)

    with pytest.raises(BadImage, match=r"index\.json"):
        read(f"oci:{folder}")


def test_a_configuration_in_which_a_key_stands_twice_is_refused(made: Layout) -> None:
    """11.4: one reader takes the first `rootfs`, another the last."""
    twice = MADE.config[:-1] + b', "rootfs": {"type": "layers", "diff_ids": []}}'
    folder = made.index(made.manifest(Made(MADE.layers, twice)))

    with pytest.raises(BadImage, match="a key stands twice"):
        read(f"oci:{folder}")


def test_indexes_within_indexes_end(made: Layout) -> None:
    """11.4: each level names the next."""
    found = made.manifest(MADE)
    for _ in range(40):
        found = made.nested(found)

    with pytest.raises(BadImage, match="more than 16 indexes"):
        read(f"oci:{made.index(found)}")


def test_an_index_that_branches_without_end_is_read_once(made: Layout) -> None:
    """11.4: each level names the next a thousand times, and each is read once."""
    found = made.manifest(MADE)
    for _ in range(5):
        found = made.nested(*[found] * 1000)

    assert read(f"oci:{made.index(found)}").config == MADE.config


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"digest": "sha256:../../../../etc/passwd"}, "OciDigest|regex"),
        ({"digest": "sha512:" + "0" * 128}, "regex"),
        ({"size": -1}, ">= 0"),
        ({"size": 1 << 62}, "<="),
        ({"mediaType": "application/x-sh"}, "which is no image"),
        ({"urls": ["http://198.51.100.7/x"]}, "fetched from elsewhere"),
        ({"platform": {"os": "linux", "architecture": "s390x"}}, "there is none for linux/amd64"),
    ],
)
def test_a_hostile_descriptor_is_refused(made: Layout, more: dict[str, Any], reason: str) -> None:
    """11.4: media types, sizes and digests are judged before a blob is opened."""
    folder = made.index(made.manifest(MADE) | more)

    with pytest.raises(BadImage, match=reason):
        read(f"oci:{folder}")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.v1.tar+encrypted",
    ],
)
def test_a_layer_of_an_unknown_kind_is_refused(made: Layout, media_type: str) -> None:
    """11.4: among them those whose bytes come from elsewhere."""
    folder = made.index(made.manifest(MADE, layers=[descriptor(media_type, LAYER)]))

    with pytest.raises(BadImage, match="a layer of the kind"):
        read(f"oci:{folder}")


def test_a_layer_to_be_fetched_from_elsewhere_is_refused(made: Layout) -> None:
    """11.4: nothing is fetched."""
    layers = [descriptor(GZIP, gzip.compress(LAYER), urls=["http://198.51.100.7/layer"])]

    with pytest.raises(BadImage, match="fetched from elsewhere"):
        read(f"oci:{made.index(made.manifest(MADE, layers=layers))}")


def test_what_is_no_container_image_is_refused(made: Layout) -> None:
    """11.4: a signature or a chart in the same layout."""
    config = descriptor("application/vnd.cncf.helm.config.v1+json", made.blob(b"{}"))

    with pytest.raises(BadImage, match="it is no container image"):
        read(f"oci:{made.index(made.manifest(MADE, config=config))}")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (Made.of(LAYER, diff_ids=[]), "1 layers where the configuration names 0"),
        (Made.of(LAYER, diff_ids=[digest_of(LAYER)] * 2), "1 layers where the configuration names 2"),
        (Made.of(LAYER, type="squashfs"), "squashfs"),
        (Made.of(LAYER, architecture="arm64"), "it is for linux/arm64"),
        (Made((LAYER,), b'{"os": "linux", "architecture": "amd64"}'), "rootfs"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(made: Layout, image: Made, reason: str) -> None:
    """11.1, 11.3: platform and layers are the configuration's word too."""
    with pytest.raises(BadImage, match=reason):
        read(f"oci:{made.index(made.manifest(image))}")


def test_two_images_without_a_tag_are_not_chosen_from(made: Layout) -> None:
    """11.1: nothing guesses."""
    folder = made.index(made.manifest(MADE), made.manifest(Made.of(b"")))

    with pytest.raises(BadImage, match="there are 2 for linux/amd64; name one by its tag"):
        read(f"oci:{folder}")


def test_two_images_of_one_name_are_refused(made: Layout) -> None:
    """2.5: by name, none twice."""
    made.index(tagged(made.manifest(MADE), "a"), tagged(made.manifest(Made.of(b"")), "b"))
    images = [read(f"oci:{made.folder}:{tag}") for tag in "ab"]

    with pytest.raises(BadImage, match="two different images bear this name"):
        layout(images, measured(images[0]) | measured(images[1]))


def test_an_image_that_an_archive_has_not_is_named_with_those_that_it_has(tmp_path: Path) -> None:
    """11.1: nothing guesses."""
    path = docker_archive(tmp_path / "x.tar", MADE, NAME)

    with pytest.raises(BadImage, match="0 images fit where one must; the archive has coderev/crai"):
        read(f"docker-archive:{path}:coderev/vcai:1.4")


def test_a_long_document_in_an_archive_is_refused(tmp_path: Path) -> None:
    """11.4: by its size, before it is read."""
    (tmp_path / "x.tar").write_bytes(tar_of([("manifest.json", bytes((4 << 20) + 1))]))

    with pytest.raises(NotAPlainFile, match="longer than 4194304 bytes"):
        read(f"docker-archive:{tmp_path}/x.tar")


def test_a_name_that_is_no_reference_is_refused(made: Layout) -> None:
    """11.1: it is given to docker and to a shell's user."""
    folder = made.index(made.manifest(MADE))

    with pytest.raises(BadImage, match="no NAME:TAG"):
        read_image(ImageSource.parse(f"oci:{folder}"), folder=folder, scratch=folder, name="--privileged:1")


def test_a_docker_archive_whose_configuration_is_not_its_name_is_refused(tmp_path: Path) -> None:
    """11.4: the name of the configuration is its digest."""
    other = Made.of(LAYER, architecture="amd64", evil=True).config
    name = f"{digest_of(MADE.config)[7:]}.json"
    document = dumped([{"Config": name, "RepoTags": [NAME], "Layers": ["a.tar"]}])
    (tmp_path / "x.tar").write_bytes(tar_of([("a.tar", LAYER), (name, other), ("manifest.json", document)]))

    with pytest.raises(ImageRefused, match="its digest is"):
        read(f"docker-archive:{tmp_path}/x.tar")


def test_a_docker_archive_with_another_layer_is_refused(tmp_path: Path) -> None:
    """11.4: the diff_id proves the layer."""
    evil = Made((LAYER[:-1] + b"!",), MADE.config)
    path = docker_archive(tmp_path / "x.tar", evil, NAME)

    with pytest.raises(ImageRefused, match="its digest is"):
        read_whole(f"docker-archive:{path}")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "absent.tar"])
def test_a_docker_archive_that_names_a_layer_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """11.5: names are looked up in the archive only."""
    path = docker_archive(tmp_path / "x.tar", MADE, NAME, Layers=[name])

    with pytest.raises(NotAPlainFile, match="the archive has no such file"):
        read(f"docker-archive:{path}")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "layer.tar", "loop.tar"])
def test_a_link_in_an_archive_leads_only_to_a_file_in_it(tmp_path: Path, target: str) -> None:
    """11.5: and not to another link."""
    document = dumped([{"Config": "c.json", "RepoTags": [NAME], "Layers": ["layer.tar"]}])
    links = [entry("layer.tar", b"2", target), entry("loop.tar", b"2", "layer.tar")]
    archive = tar_of([*links, ("c.json", MADE.config), ("manifest.json", document)])
    (tmp_path / "x.tar").write_bytes(archive)

    with pytest.raises(NotAPlainFile, match="the archive has no such file"):
        read(f"docker-archive:{tmp_path}/x.tar")


def test_a_packed_archive_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """11.5: it would have to be unpacked to disk."""
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(docker_archive(tmp_path / "x", MADE, NAME).read_bytes()))

    with pytest.raises(BadArchive, match="packed with gzip; unpack the archive first"):
        read(f"docker-archive:{tmp_path}/x.tar.gz")


def test_a_file_swapped_after_the_look_is_refused(tmp_path: Path) -> None:
    """11.4: what is read is what is proved, whenever it is read."""
    path = docker_archive(tmp_path / "x.tar", MADE, NAME)
    image = read(f"docker-archive:{path}")
    path.write_bytes(path.read_bytes().replace(b"root:x:0", b"evil:x:0"))

    with image.layers[0].opened() as file, pytest.raises(ImageRefused):
        file.read()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    small = Layout(tmp_path_factory.mktemp("small") / "in")
    small.index(small.manifest(Made.of(b"tiny"), "+gzip"))
    return small


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.data())
def test_any_flipped_bit_is_refused_or_changes_nothing(small: Layout, data: st.DataObject) -> None:
    """11.4: in any file of a layout, the index included, as far as it says what is read."""
    paths = sorted(path for path in small.folder.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(paths))
    whole = path.read_bytes()
    offset, flip = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
    path.write_bytes(whole[:offset] + bytes([whole[offset] ^ flip]) + whole[offset + 1 :])

    try:
        found = read_whole(f"oci:{small.folder}")
    except CoderevError:
        found = b"tiny"
    finally:
        path.write_bytes(whole)

    assert found == b"tiny"
