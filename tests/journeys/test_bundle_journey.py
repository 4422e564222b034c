"""A release goes to a host that no network reaches: `docs/tutorial/first-air-gapped-install.md`, every screen of it."""

import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from stand_ins.bundles import hospital
from stand_ins.command import environment_of, run_coderev
from stand_ins.model_folders import model_folder, with_header
from stand_ins.screens import command_folder, run_page
from stand_ins.wheels import NEEDED, our_wheel, wheels_of
from trust.pgp import Pgp, opened

from coderev.bundle.custody import open_custody

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/tutorial/first-air-gapped-install.md"
PASSPHRASE = "correct horse battery staple\n"
RECIPE = """\
product: coderev
channel: stable
seq: 7
version: "1.7"
expires: 2036-01-01T00:00:00Z
architecture: amd64
media_size: 17MiB
licences: [Apache-2.0]
tree:
  - from: app
    to: app
models:
  - from: models/small
    to: models/small
    name: small
    licence: Apache-2.0
    use_policy: code review inside the hospital
    quantisation: bf16
"""
SITE = """\
bundle:
  folder: {ward}/opt
  state: {ward}/state
  last_step: [sh, "{{current}}/app/ready.sh"]
"""
WEIGHT_BYTES = 34 * 1024 * 1024  # more than two media hold

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("gpg", "gpgv"))), reason="gpg or gpgv is not installed")


@pytest.fixture
def gpg(tmp_path: Path) -> Iterator[Pgp]:
    """Alice's gpg, with one key."""
    (tmp_path / "g").mkdir()
    with opened(tmp_path / "g") as gpg:
        gpg.make("alice")
        yield gpg


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """The machines before the page begins: the release on one, keys in their holders' hands."""
    room = tmp_path / "room"
    build = room / "build"
    (build / "app").mkdir(parents=True)
    (build / "app/VERSION").write_text("1.7\n")
    (build / "app/ready.sh").write_text("#!/bin/sh\nexit 0\n")
    (build / "bundle.yaml").write_text(RECIPE)
    header = b'{"w":{"dtype":"BF16","shape":[%d],"data_offsets":[0,%d]}}' % (WEIGHT_BYTES // 2, WEIGHT_BYTES)
    weights = with_header(header, random.Random(7).randbytes(WEIGHT_BYTES))
    model_folder(build / "models/small", **{"model.safetensors": weights})
    for machine in ("build", "alice", "bob", "carol"):
        (room / machine).mkdir(exist_ok=True)
        (room / machine / "passphrase").write_text(PASSPHRASE)
        (room / machine / "passphrase").chmod(0o600)
    wheels_of([*NEEDED, "pip"], build / "wheels")
    our_wheel(build / "wheels")
    (room / "sticks").mkdir()
    (room / "ward/etc").mkdir(parents=True)
    (room / "ward/etc/coderev.yaml").write_text(SITE.format(ward=room / "ward"))
    ceremony(room)
    return room


def ceremony(room: Path) -> None:
    """What `docs/howto/keys.md` says, which has a test of its own."""
    for name, machine in (("alice", "alice"), ("bob", "bob"), ("carol", "carol"), ("daily", "build")):
        keys(room / machine, "add", name, "--folder", ".", "--passphrase-file", "passphrase")
    officers = [f"../{name}/{name}.pub" for name in ("alice", "bob", "carol")]
    held = [word for role in ("--root", "--targets") for path in officers for word in (role, path)]
    keys(room / "build", "init", *held, "--snapshot", "daily.pub", "--timestamp", "daily.pub")
    for name in ("alice", "bob"):
        keys(room / name, "sign", "../build/tuf/1.root.json", "--key", f"{name}.pem", "--passphrase-file", "passphrase")


def keys(machine: Path, *words: str) -> None:
    ran = run_coderev("keys", *words, cwd=machine)
    assert ran.status == 0, ran.stderr


@pytest.fixture
def env(tmp_path: Path, gpg: Pgp) -> Mapping[str, str]:
    own = environment_of(tmp_path / "home")
    configuration = tmp_path / "home/config/coderev"
    configuration.mkdir(parents=True)
    (configuration / "coderev.yaml").write_text(f"bundle:\n  state: {tmp_path}/room/build/state\n")
    return own | {"PATH": f"{command_folder(tmp_path / 'bin')}:{own['PATH']}", "GNUPGHOME": str(gpg.home)}


def test_the_tutorial_is_as_it_says(room: Path, env: Mapping[str, str]) -> None:
    """7.6, 7.7, 7.10, 8.1, 8.2, 9.5, 10.3 to 10.5, 13.2 to 13.6, through the real commands with a real gpg."""
    ran = run_page(PAGE, room, env)

    site = hospital(room / "ward", folder=f"{room}/ward/opt", state=f"{room}/ward/state").site
    standing = site.standing("release").generations
    assert len(ran) > 60
    assert standing.live is not None
    assert (standing.live.seq, standing.newest) == (7, 9)  # 7.7: seq 9 was live, though not for long
    assert [told.record.step for told in open_custody(room / "build/state").read()][:3] == ["copied"] * 3
    assert open_custody(room / "ward/state").read()
