"""11: images from layouts, archives and daemons become one layout with uncompressed layers."""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

import pytest
from stand_ins.container_images import (
    Layout,
    Made,
    digest_of,
    docker_archive,
    entry,
    layer_of,
    tagged,
    tar_of,
)

from coderev.bundle.images.images import (
    BadImageSource,
    CannotCopyImage,
    Image,
    ImageSource,
    blob_path,
    layout,
    measured,
    read_image,
)
from coderev.bundle.images.oci import Platform

SKOPEO = pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")
FIRST, SECOND = layer_of({"etc/os-release": b"ours" * 900}), layer_of({"usr/bin/app": bytes(5000)})
MADE = Made.of(FIRST, SECOND)
NAME = "coderev/crai:1.4"


def read(source: str, folder: Path, **more: Any) -> Image:
    return read_image(ImageSource.parse(source), folder=folder, scratch=folder, **more)


def contents(image: Image) -> list[bytes]:
    found = []
    for layer in image.layers:
        with layer.opened() as file:
            found.append(file.read())
    return found


@pytest.mark.parametrize("packing", ["", "+gzip", "+zstd"])
def test_a_layout_gives_uncompressed_layers_under_their_diff_ids(tmp_path: Path, packing: str) -> None:
    """11.3: whatever the layers were packed with."""
    made = Layout(tmp_path / "in")
    manifest = made.manifest(MADE, packing)
    made.index(manifest)

    image = read("oci:in", tmp_path, name=NAME)

    assert contents(image) == [FIRST, SECOND]
    assert [layer.digest for layer in image.layers] == [digest_of(FIRST), digest_of(SECOND)]
    assert (image.found, image.config_digest) == (manifest["digest"], digest_of(MADE.config))


def test_every_source_gives_the_same_stored_image(tmp_path: Path) -> None:
    """11.3, 4.10: one image, one manifest, byte for byte, wherever it came from."""
    for number, packing in enumerate(("", "+gzip", "+zstd")):
        made = Layout(tmp_path / str(number))
        made.index(made.manifest(MADE, packing))
    docker_archive(tmp_path / "saved.tar", MADE, NAME)
    sources = ("oci:0", "oci:1", "oci:2", "docker-archive:saved.tar")

    images = [read(source, tmp_path, name=NAME) for source in sources]

    assert len({image.manifest(measured(image)) for image in images}) == 1
    assert measured(images[1]) == {
        digest_of(MADE.config): len(MADE.config),
        digest_of(FIRST): len(FIRST),
        digest_of(SECOND): len(SECOND),
    }


def test_only_packed_layers_have_an_unknown_size(tmp_path: Path) -> None:
    """11.3: what lies there uncompressed need not be read to be measured."""
    made = Layout(tmp_path / "in")
    made.index(tagged(made.manifest(MADE), "plain"), tagged(made.manifest(MADE, "+gzip"), "packed"))

    sizes = [[layer.size for layer in read(f"oci:in:{tag}", tmp_path, name=NAME).layers] for tag in ("plain", "packed")]

    assert sizes == [[len(FIRST), len(SECOND)], [None, None]]


def test_a_gzip_layer_of_many_members_is_unpacked_whole(tmp_path: Path) -> None:
    """11.3: builders that can resume write a member for each file."""
    import gzip

    made = Layout(tmp_path / "in")
    packed = made.blob(b"".join(gzip.compress(FIRST[start : start + 1000]) for start in range(0, len(FIRST), 1000)))
    media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    layers = [{"mediaType": media_type, "digest": digest_of(packed), "size": len(packed)}]
    made.index(made.manifest(Made.of(FIRST), layers=layers))

    assert contents(read("oci:in", tmp_path, name=NAME)) == [FIRST]


def test_a_packed_layer_of_megabytes_comes_out_in_pieces(tmp_path: Path) -> None:
    """11.3: also where a piece ends exactly where the memory for it ends."""
    large = bytes(3 << 20)
    for packing in ("+gzip", "+zstd"):
        made = Layout(tmp_path / packing)
        made.index(made.manifest(Made.of(large), packing))

        assert contents(read(f"oci:{packing}", tmp_path, name=NAME)) == [large]


def test_the_platform_chooses_among_the_manifests_of_a_nested_index(tmp_path: Path) -> None:
    """11.1: an attestation, whose platform is `unknown`, is no image."""
    made, arm = Layout(tmp_path / "in"), Made.of(FIRST, architecture="arm64")
    platforms = [{"os": "linux", "architecture": name} for name in ("amd64", "arm64")]
    unknown = {"os": "unknown", "architecture": "unknown"}
    manifests = [made.manifest(MADE) | {"platform": platforms[0]}, made.manifest(arm) | {"platform": platforms[1]}]
    attestation = made.manifest(Made.of(b"{}")) | {"platform": unknown}
    made.index(tagged(made.nested(*manifests, attestation), "1.4"))

    found = [read("oci:in:1.4", tmp_path, name=NAME, platform=Platform("linux", each)) for each in ("amd64", "arm64")]

    assert [each.config for each in found] == [MADE.config, arm.config]


def test_an_archive_of_a_layout_is_read_where_it_lies(tmp_path: Path) -> None:
    """11.5: nothing is unpacked to disk."""
    made = Layout(tmp_path / "in")
    folder = made.index(made.manifest(MADE, "+gzip"))
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    (tmp_path / "in.tar").write_bytes(tar_of([(name, (folder / name).read_bytes()) for name in names]))
    shutil.rmtree(folder)

    image = read("oci-archive:in.tar", tmp_path, name=NAME)

    assert contents(image) == [FIRST, SECOND]
    assert [path.name for path in tmp_path.iterdir()] == ["in.tar"]


def test_a_docker_archive_names_its_image_and_may_link_its_layers(tmp_path: Path) -> None:
    """11.5: older versions of docker name a layer that is there already by a link."""
    config = f"{digest_of(MADE.config)[7:]}.json"
    document = [{"Config": config, "RepoTags": [NAME], "Layers": ["one/layer.tar", "two/layer.tar"]}]
    link = entry("two/layer.tar", b"2", "../real/layer.tar")
    files = [("one/layer.tar", FIRST), ("real/layer.tar", SECOND), (config, MADE.config)]
    archive = tar_of([*files, link, ("manifest.json", json.dumps(document).encode())])
    (tmp_path / "saved.tar").write_bytes(archive)

    image = read("docker-archive:saved.tar", tmp_path)

    assert (image.name, contents(image)) == (NAME, [FIRST, SECOND])


def test_an_image_of_an_archive_is_chosen_by_its_name(tmp_path: Path) -> None:
    """11.1: `docker save` puts several into one archive."""
    docker_archive(tmp_path / "saved.tar", MADE, NAME)

    assert read(f"docker-archive:saved.tar:{NAME}", tmp_path).name == NAME


def test_one_layout_holds_all_images_and_is_the_same_in_any_order(tmp_path: Path) -> None:
    """11.2, 4.10: blobs that images share stand once."""
    made = Layout(tmp_path / "in")
    made.index(tagged(made.manifest(MADE), "a"), tagged(made.manifest(Made.of(FIRST)), "b"))
    images = [read(f"oci:in:{tag}", tmp_path, name=f"coderev/{tag}:1") for tag in "ab"]
    sizes = measured(images[0]) | measured(images[1])

    files = layout(images, sizes)

    assert files == layout(images[::-1], sizes)
    index = json.loads(files["images/index.json"])
    assert [each["annotations"]["io.containerd.image.name"] for each in index["manifests"]] == [
        "docker.io/coderev/a:1",
        "docker.io/coderev/b:1",
    ]
    assert files.keys() == {
        "images/oci-layout",
        "images/index.json",
        *(blob_path(each["digest"]) for each in index["manifests"]),
        *(blob_path(image.config_digest) for image in images),
    }


def stored(folder: Path, image: Image) -> Path:
    """The layout as a bundle stores it."""
    blobs = {blob_path(blob.digest): blob for blob in image.blobs}
    for path, content in layout([image], measured(image)).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for path, blob in blobs.items():
        with blob.opened() as file:
            (folder / path).write_bytes(file.read())
    return folder / "images"


def test_what_is_stored_is_read_back_as_the_same_image(tmp_path: Path) -> None:
    """11.2, 11.3: the stored layout is an OCI layout like any other."""
    made = Layout(tmp_path / "in")
    made.index(made.manifest(MADE, "+zstd"))
    image = read("oci:in", tmp_path, name=NAME)

    again = read(f"oci:{stored(tmp_path / 'out', image)}", tmp_path)

    assert (again.name, again.config, contents(again)) == (NAME, MADE.config, [FIRST, SECOND])
    assert again.found == digest_of(image.manifest(measured(image)))


def test_the_bundle_s_manifest_lists_an_image_by_what_is_stored(tmp_path: Path) -> None:
    """11.1, 11.2: each digest is a file of the layout."""
    docker_archive(tmp_path / "in.tar", MADE, NAME)
    image = read("docker-archive:in.tar", tmp_path)

    listed = image.listed(measured(image))

    folder = stored(tmp_path / "out", image)
    assert (listed.name, listed.architecture, listed.config) == (NAME, "amd64", image.config_digest)
    assert all((folder.parent / path).is_file() for path in listed.paths)


def skopeo(*arguments: str) -> None:
    subprocess.run(["skopeo", "--insecure-policy", *arguments], check=True, stdout=subprocess.DEVNULL, timeout=60)


@SKOPEO
@pytest.mark.parametrize("target", ["oci:{0}/out:1.4", "oci-archive:{0}/out.tar:1.4", "docker-archive:{0}/saved.tar"])
def test_what_skopeo_writes_is_read(tmp_path: Path, target: str) -> None:
    """11.4: the real program, with its own compression."""
    docker_archive(tmp_path / "in.tar", MADE, NAME)
    place = target.format(tmp_path) + (f":{NAME}" if target.startswith("docker") else "")
    skopeo("copy", f"docker-archive:{tmp_path}/in.tar", place)

    image = read(place, tmp_path, name=NAME)

    assert contents(image) == [FIRST, SECOND]


@SKOPEO
def test_skopeo_reads_what_is_stored(tmp_path: Path) -> None:
    """11.2: other programs take our layout for one, by the image's own name."""
    docker_archive(tmp_path / "in.tar", MADE, NAME)
    folder = stored(tmp_path / "out", read("docker-archive:in.tar", tmp_path))

    skopeo("copy", f"oci:{folder}:{NAME}", f"docker-archive:{tmp_path}/back.tar:{NAME}")

    assert contents(read("docker-archive:back.tar", tmp_path)) == [FIRST, SECOND]


class Daemon(BaseHTTPRequestHandler):
    """As much of a container daemon as `skopeo` asks: it is there, and it saves one image."""

    archive = b""

    def do_GET(self) -> None:
        found = self.archive if self.path.partition("?")[0].endswith("/get") else b"OK"
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def do_HEAD(self) -> None:
        self.do_GET()

    def address_string(self) -> str:
        return "skopeo"

    def log_message(self, *_: object) -> None:
        pass


class DaemonSocket(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@SKOPEO
def test_an_image_comes_out_of_a_daemon_through_skopeo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """11.4: the daemon's own socket, or the one that DOCKER_HOST names."""
    Daemon.archive = docker_archive(tmp_path / "in.tar", MADE, NAME).read_bytes()
    with DaemonSocket(str(tmp_path / "socket"), Daemon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/socket")
        image = read(f"docker-daemon:{NAME}", tmp_path)
        server.shutdown()

    assert (image.name, contents(image)) == (NAME, [FIRST, SECOND])


@SKOPEO
def test_a_daemon_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """11.4: the operator must act."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")

    with pytest.raises(CannotCopyImage, match=r"daemon: .*Cannot connect to the Docker daemon") as caught:
        read(f"docker-daemon:{NAME}", tmp_path)

    assert "docker save" in caught.value.next_step


def test_a_daemon_elsewhere_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """11.4: nothing connects to another host here."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")

    with pytest.raises(CannotCopyImage, match="only a daemon on this host"):
        read(f"docker-daemon:{NAME}", tmp_path)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("docker://vllm/vllm-openai:v1", "fetches nothing from a registry"),
        ("redis:7", "transport is not known"),
        ("oci", "transport is not known"),
        ("oci:", "names no place"),
        ("docker-daemon:redis", "is named NAME:TAG"),
        ("docker-daemon:--help:7", "is named NAME:TAG"),
        ("docker-archive:a\0b", "names no place"),
    ],
)
def test_a_source_that_is_none_is_refused(source: str, reason: str) -> None:
    """11.1: with what to write instead."""
    with pytest.raises(BadImageSource, match=reason) as caught:
        ImageSource.parse(source)

    assert "oci:FOLDER[:TAG]" in caught.value.next_step
