"""Health checks and loading images: spec/bundle.md 7.10, 7.13, 7.15."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from stand_ins.bundles import FILES, Hospital, hospital

from coderev.bundle.format.entries import Image, Role
from coderev.bundle.host.health import Checks, HealthFailed, NotWell

HEX = "ab" * 32
IMAGE = Image(
    name="coderev:1",
    manifest=f"sha256:{'01' * 32}",
    config=f"sha256:{'02' * 32}",
    layers=(f"sha256:{'03' * 32}",),
    architecture="amd64",
    os="linux",
)


class Answers(BaseHTTPRequestHandler):
    """Not ready at first, then well."""

    waiting = 2

    def do_GET(self) -> None:
        type(self).waiting -= 1
        self.send_response(503 if type(self).waiting > 0 else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Answers.waiting = 2
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/health"
        server.shutdown()
        thread.join()


def test_an_address_has_time_to_become_well(tmp_path: Path, address: str) -> None:
    """7.13."""
    site = hospital(tmp_path, health_url=address)

    done = site.install(site.depot.make(tmp_path / "bundle", health=("files", "http")))

    assert site.live == done.generation.name
    assert Answers.waiting == 0


def test_an_address_that_stays_unwell_is_told_with_what_it_answers(tmp_path: Path, address: str) -> None:
    """7.10."""
    Answers.waiting = 1000
    settings = hospital(tmp_path, health_url=address).settings

    with pytest.raises(NotWell, match="status 503"):
        Checks(folder=tmp_path, ids=("files", "http"), settings=settings, http_seconds=0.2).after(tmp_path)


def test_an_address_outside_is_never_asked(tmp_path: Path) -> None:
    """7.13: what connects is decided where everything is."""
    site = hospital(tmp_path, health_url="https://example.com/health")

    with pytest.raises(HealthFailed, match="not permitted"):
        site.install(site.depot.make(tmp_path / "bundle", health=("files", "http")))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that knows the images that a `skopeo` copied, and a log of what was called."""
    folder = tmp_path / "programs"
    folder.mkdir()
    log, known = folder / "log", folder / "known"
    copied = f"echo {IMAGE.config} > {known}"
    for name, script in {
        "docker": f'echo "docker $*" >> {log}; cat {known}',
        "podman": f'echo "podman $*" >> {log}; cat {known}',
        "ctr": f'echo "ctr $*" >> {log}; case "$*" in *list*) cat {known};; *) echo {IMAGE.manifest} > {known};; esac',
        "skopeo": f'echo "skopeo $*" >> {log}; case "$*" in *inspect*) cat {known};; *) {copied};; esac',
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def with_image(site: Hospital, folder: Path) -> Path:
    files = FILES | {path: path.encode() for path in (*IMAGE.paths, "images/index.json", "images/oci-layout")}
    role = Role(paths=("bin", "sbom.cdx.json"), images=(IMAGE.name,))
    everything = Role(paths=tuple(sorted({path.partition("/")[0] for path in files})))
    return site.depot.make(folder, files, images=(IMAGE,), roles={"app": role, "gpu": everything})


@pytest.mark.parametrize("where", ["docker", "podman", "containerd"])
def test_an_image_is_loaded_once_and_checked_again(tmp_path: Path, programs: Path, where: str) -> None:
    """7.15: by digest, only where it is not there."""
    site = hospital(tmp_path, images=where)
    bundle = with_image(site, tmp_path / "bundle")

    site.install(bundle)
    first = (programs / "log").read_text()
    site.install(bundle, roles=("app", "gpu"))
    second = (programs / "log").read_text().removeprefix(first)

    assert first.count("skopeo --insecure-policy copy") == 1
    assert f"oci:{tmp_path}/opt/generations/" in first
    assert second.count("\n") == 1
    assert "skopeo" not in second


def test_a_registry_of_the_site_gets_the_images(tmp_path: Path, programs: Path) -> None:
    """7.15."""
    site = hospital(tmp_path, registry="registry.internal/coderev")

    site.install(with_image(site, tmp_path / "bundle"))

    assert "docker://registry.internal/coderev/coderev:1" in (programs / "log").read_text()


def test_a_registry_outside_is_refused(tmp_path: Path, programs: Path) -> None:
    """7.15: nothing leaves."""
    site = hospital(tmp_path, registry="registry.example.com")

    with pytest.raises(HealthFailed, match="not permitted"):
        site.install(with_image(site, tmp_path / "bundle"))

    assert not (programs / "log").exists()


def test_an_image_that_is_another_once_loaded_fails_before_the_exchange(tmp_path: Path, programs: Path) -> None:
    """7.15."""
    site = hospital(tmp_path, images="docker")
    (programs / "skopeo").write_text(f"#!/bin/sh\necho sha256:{HEX} > {programs / 'known'}\n")

    with pytest.raises(HealthFailed, match="another digest; nothing was exchanged"):
        site.install(with_image(site, tmp_path / "bundle"))

    assert site.live is None


def test_a_loader_that_fails_is_told(tmp_path: Path, programs: Path) -> None:
    """7.10."""
    site = hospital(tmp_path, images="docker")
    (programs / "skopeo").write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")

    with pytest.raises(HealthFailed, match="no daemon"):
        site.install(with_image(site, tmp_path / "bundle"))
