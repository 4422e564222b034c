"""`coderev keys`: officers on machines of their own make, sign and rotate a root; a site stops believing a key."""

import contextlib
import json
import os
import pty
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins.command import Ran, environment_of, run_coderev
from trust.depot import KEYRING, MANIFEST, MONTH, NOW, believe, signed

from coderev.bundle.custody import open_custody
from coderev.bundle.key_files import open_private, open_public
from coderev.bundle.revocations import read
from coderev.trust.keys import algorithm_of
from coderev.trust.making import make_snapshot, make_targets, make_timestamp, target
from coderev.trust.metadata import Accepted, Offered

PASSPHRASE = "correct horse battery staple"
FINGERPRINT = "164D569DDB0304D76D8E3F41F354C72E2E126369"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a file that holds a passphrase."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    (folder / "passphrase").chmod(0o600)
    return folder


def keys(desk: Path, *words: str) -> Ran:
    return run_coderev("keys", *words, cwd=desk)


def make(desk: Path, *names: str) -> None:
    for name in names:
        assert keys(desk, "add", name, "--folder", "keys", "--passphrase-file", "passphrase").status == 0


def first_root(desk: Path) -> Ran:
    """Alice, Bob and Carol hold root and targets together; one key signs what is made daily."""
    make(desk, "alice", "bob", "carol", "daily")
    held = [word for name in ("alice", "bob", "carol") for role in ("root", "targets") for word in named(role, name)]
    return keys(desk, "init", *held, *named("snapshot", "daily"), *named("timestamp", "daily"))


def named(role: str, name: str) -> tuple[str, str]:
    return f"--{role}", f"keys/{name}.pub"


def sign(desk: Path, root: str, *names: str) -> list[Ran]:
    return [
        keys(desk, "sign", f"tuf/{root}", "--key", f"keys/{name}.pem", "--passphrase-file", "passphrase")
        for name in names
    ]


def key_id(desk: Path, name: str) -> str:
    shown = keys(desk, "show", "tuf/1.root.json", "--names", "keys").stdout
    found = re.search(rf"([0-9a-f]{{64}})  ed25519  {name}", shown)
    assert found is not None
    return found[1]


def test_a_key_is_for_its_holder_and_its_public_half_for_everybody(desk: Path) -> None:
    made = keys(desk, "add", "alice", "--folder", "keys", "--passphrase-file", "passphrase")

    assert made.status == 0
    assert made.stdout.splitlines()[1:] == ["private: keys/alice.pem", "public: keys/alice.pub"]
    assert stat.S_IMODE((desk / "keys/alice.pem").stat().st_mode) == 0o600
    assert (desk / "keys/alice.pem").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert PASSPHRASE not in made.stdout + made.stderr


def test_a_key_is_never_overwritten(desk: Path) -> None:
    make(desk, "alice")
    before = (desk / "keys/alice.pem").read_bytes()

    again = keys(desk, "add", "alice", "--folder", "keys", "--passphrase-file", "passphrase")

    assert (again.status, (desk / "keys/alice.pem").read_bytes()) == (2, before)
    assert "error: keys/alice.pem is there already" in again.stderr


@pytest.mark.parametrize("name", ["../alice", ".alice", "", "a/b", "a" * 65])
def test_a_name_that_leads_elsewhere_is_refused(desk: Path, name: str) -> None:
    refused = keys(desk, "add", "--folder", "keys", "--passphrase-file", "passphrase", "--", name)

    assert refused.status == 2
    assert "is no name for a key" in refused.stderr


def test_a_passphrase_that_others_can_read_is_not_used(desk: Path) -> None:
    (desk / "passphrase").chmod(0o644)

    refused = keys(desk, "add", "alice", "--folder", "keys", "--passphrase-file", "passphrase")

    assert refused.status == 2
    assert "error: the passphrase in passphrase is not used: others may read it" in refused.stderr
    assert not (desk / "keys").exists()


def test_a_root_is_whole_when_two_of_three_signed_it(desk: Path) -> None:
    """5.2: root and targets have thresholds, 2 of 3."""
    made = first_root(desk)

    one, two = sign(desk, "1.root.json", "alice", "carol")

    assert "signed by its own keys: 0 of 2" in made.stdout
    assert "signed by its own keys: 1 of 2" in one.stdout
    assert "signed by its own keys: 2 of 2" in two.stdout
    shown = keys(desk, "show", "tuf/1.root.json", "--names", "keys").stdout
    assert re.findall(r"(\w+)  signed$", shown, re.MULTILINE) == ["alice", "carol"]
    assert "targets: 2 of 3" in shown
    assert "timestamp: 1 of 1" in shown


def test_two_machines_sign_one_after_the_other_and_change_nothing_else(desk: Path) -> None:
    """5.11: signing adds to files and changes nothing that was signed."""
    first_root(desk)
    before = json.loads((desk / "tuf/1.root.json").read_bytes())["signed"]

    sign(desk, "1.root.json", "alice", "bob")

    after = json.loads((desk / "tuf/1.root.json").read_bytes())
    assert after["signed"] == before
    assert len(after["signatures"]) == 2


def test_a_wrong_passphrase_signs_nothing(desk: Path) -> None:
    first_root(desk)
    before = (desk / "tuf/1.root.json").read_bytes()
    (desk / "passphrase").write_text("another passphrase\n")

    (refused,) = sign(desk, "1.root.json", "alice")

    assert (refused.status, (desk / "tuf/1.root.json").read_bytes()) == (2, before)
    assert "the passphrase is wrong" in refused.stderr


def test_a_second_first_root_is_refused(desk: Path) -> None:
    first_root(desk)
    before = (desk / "tuf/1.root.json").read_bytes()
    held = [word for role in ("root", "targets", "snapshot", "timestamp") for word in named(role, "alice")]

    again = keys(desk, "init", *held, "--root-threshold", "1", "--targets-threshold", "1")

    assert again.status == 2
    assert (desk / "tuf/1.root.json").read_bytes() == before
    assert not (desk / "tuf/2.root.json").exists()


def test_a_key_that_signs_no_root_is_refused_and_nothing_is_written(desk: Path) -> None:
    """5.3: its signature would count for nothing, and an officer would believe that it does."""
    first_root(desk)
    before = (desk / "tuf/1.root.json").read_bytes()

    (ran,) = sign(desk, "1.root.json", "daily")

    assert (ran.status, (desk / "tuf/1.root.json").read_bytes()) == (2, before)
    assert "hint: `coderev keys show tuf/1.root.json` lists the keys whose signatures count" in ran.stderr


def test_a_dropped_key_signs_the_root_that_drops_it(desk: Path) -> None:
    """5.4: the keys of the root before it sign too."""
    first_root(desk)
    keys(desk, "rotate", "--drop", key_id(desk, "carol"))

    (ran,) = sign(desk, "2.root.json", "carol")

    assert ran.status == 0
    assert "signed by the keys of the root before it: 1 of 2" in ran.stdout


def test_a_passphrase_that_nobody_can_type_is_one_error(desk: Path) -> None:
    argv = [sys.executable, "-m", "coderev", "keys", "add", "alice", "--folder", "keys"]

    done = subprocess.run(
        argv,
        cwd=desk,
        env=environment_of(desk / "home"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("error: the passphrase of alice cannot be asked for: there is no terminal\nhint: ")
    assert not (desk / "keys").exists()


def test_fewer_keys_than_the_threshold_make_no_root(desk: Path) -> None:
    make(desk, "alice")
    held = [word for role in ("root", "targets", "snapshot", "timestamp") for word in named(role, "alice")]

    refused = keys(desk, "init", *held)

    assert refused.status == 2
    assert "root asks for 2 of 1 keys" in refused.stderr
    assert not (desk / "tuf").exists()


def test_a_rotated_root_needs_the_old_keys_and_the_new(desk: Path) -> None:
    """5.4."""
    first_root(desk)
    sign(desk, "1.root.json", "alice", "bob")
    make(desk, "dora")

    words = ("--drop", key_id(desk, "carol"), *named("root", "dora"), *named("targets", "dora"))
    made = keys(desk, "rotate", *words)
    signed = sign(desk, "2.root.json", "alice", "dora", "bob")

    assert made.status == 0
    told = [ran.stdout.splitlines()[-2:] for ran in signed]
    own, old = "signed by its own keys", "signed by the keys of the root before it"
    assert told[0] == [f"{own}: 1 of 2", f"{old}: 1 of 2"]
    assert told[1] == [f"{own}: 2 of 2", f"{old}: 1 of 2"]
    assert told[2] == [f"{own}: 3 of 2", f"{old}: 2 of 2"]


def test_a_root_is_renewed_with_the_same_keys(desk: Path) -> None:
    first_root(desk)

    renewed = keys(desk, "rotate", "--days", "700")

    assert renewed.status == 0
    first, second = (json.loads((desk / f"tuf/{version}.root.json").read_bytes())["signed"] for version in (1, 2))
    assert second["version"] == 2
    assert second["expires"] > first["expires"]
    assert second["roles"] == first["roles"]


@pytest.fixture
def site(desk: Path) -> Path:
    """A folder of configuration whose state lies beside it."""
    (desk / "coderev.yaml").write_text(f"bundle:\n  state: {desk}/state\n")
    return desk


def test_revoking_needs_the_paper_only_and_works_at_once(site: Path) -> None:
    """5.10."""
    typed = "164D 569D DB03 04D7 6D8E  3F41 F354 C72E 2E12 6369"

    first, again = (keys(site, "revoke", typed, "--config", ".") for _ in range(2))

    assert (first.stdout, again.stdout) == (f"revoked: {FINGERPRINT}\n", f"revoked before: {FINGERPRINT}\n")
    assert read(site / "state").openpgp == {FINGERPRINT}


def test_a_short_key_id_revokes_nothing(site: Path) -> None:
    refused = keys(site, "revoke", "2E126369", "--config", ".")

    assert refused.status == 2
    assert not (site / "state").exists()


def test_a_site_shows_what_it_believes(site: Path) -> None:
    made = keys(site, "rotate", "--custody", "--config", ".")
    keys(site, "revoke", FINGERPRINT, "--config", ".")

    shown = keys(site, "show", "--config", ".")

    (own,) = open_custody(site / "state").key_ids
    assert made.stdout == f"custody key id: {own}\n"
    assert shown.stdout.splitlines() == [
        f"state: {site}/state",
        f"custody: {own}",
        "revoked: 1",
        f"  {FINGERPRINT}",
    ]
    assert shown.stdout.count(own) == 1


def test_a_root_of_the_ceremony_is_one_that_sites_believe(desk: Path) -> None:
    """5.4, with what the commands wrote and nothing else."""
    first_root(desk)
    sign(desk, "1.root.json", "alice", "bob")
    make(desk, "dora")
    keys(desk, "rotate", *named("root", "dora"))
    sign(desk, "2.root.json", "alice", "bob")

    roots = tuple((desk / f"tuf/{version}.root.json").read_bytes() for version in (1, 2))

    assert believed_version(desk, roots) == 2


def believed_version(desk: Path, roots: tuple[bytes, ...]) -> int:
    """What a site with the first root comes to believe, by a bundle that the ceremony's keys sign."""
    held = {name: open_private(desk / f"keys/{name}.pem", PASSPHRASE.encode()) for name in ("alice", "bob", "daily")}
    targets = signed(
        make_targets(target(MANIFEST), target(KEYRING), {FINGERPRINT}, seq=1, expires=MONTH),
        [held["alice"], held["bob"]],
    )
    snapshot = signed(make_snapshot(targets, MONTH), [held["daily"]])
    timestamp = signed(make_timestamp(snapshot, MONTH), [held["daily"]])
    offered = Offered(roots=roots, timestamp=timestamp, snapshot=snapshot, targets=targets)
    return believe(offered, Accepted(root=roots[0]), at=NOW).root_version


def on_terminal(desk: Path, answers: list[tuple[str, str]], *words: str) -> tuple[int, str]:
    """Run `coderev keys` on a terminal, and type each answer when its question stands there; status and screen."""
    near, far = pty.openpty()
    argv, env = [sys.executable, "-m", "coderev", "keys", *words], environment_of(desk.parent / "home")
    with subprocess.Popen(
        argv, stdin=far, stdout=far, stderr=far, cwd=desk, env=env, start_new_session=True
    ) as process:
        os.close(far)
        screen = b""
        for question, answer in answers:
            while question.encode() not in screen:
                screen += os.read(near, 1024)
            time.sleep(0.2)  # the question stands before echoing is off
            os.write(near, f"{answer}\n".encode())
        with contextlib.suppress(OSError):  # how Linux says that nobody holds the other side
            while piece := os.read(near, 1024):
                screen += piece
    os.close(near)
    return process.returncode, screen.decode()


def test_a_passphrase_is_asked_twice_and_never_shown(desk: Path) -> None:
    typed = [("passphrase of alice", PASSPHRASE), ("Repeat", PASSPHRASE)]

    status, screen = on_terminal(desk, typed, "add", "alice", "--folder", "keys")

    assert status == 0, screen
    assert PASSPHRASE not in screen
    assert open_private(desk / "keys/alice.pem", PASSPHRASE.encode()).public_key.keyid in screen


def test_a_short_passphrase_makes_no_key(desk: Path) -> None:
    typed = [("passphrase of alice", "short"), ("Repeat", "short")]

    status, screen = on_terminal(desk, typed, "add", "alice", "--folder", "keys")

    assert status == 2
    assert "a private key needs a passphrase of at least 12 bytes, and this one has 5" in screen
    assert not (desk / "keys").exists()


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_passphrase_file_that_is_none_is_said_to_be(desk: Path, kind: str) -> None:
    (desk / "passphrase").unlink()
    if kind == "folder":
        (desk / "passphrase").mkdir(mode=0o700)

    refused = keys(desk, "add", "alice", "--folder", "keys", "--passphrase-file", "passphrase")

    assert refused.status == 2
    assert "error: the passphrase in passphrase is not used: " in refused.stderr


def test_an_ecdsa_key_is_made_where_it_is_asked_for(desk: Path) -> None:
    """5.2."""
    keys(desk, "add", "eve", "--folder", "keys", "--algorithm", "ecdsa-p256", "--passphrase-file", "passphrase")

    assert algorithm_of(open_public(desk / "keys/eve.pub")) == "ecdsa-p256"


def test_there_is_nothing_to_rotate_before_the_first_root(desk: Path) -> None:
    (desk / "tuf").mkdir()

    refused = keys(desk, "rotate")

    assert refused.status == 2
    assert refused.stderr == "error: tuf holds no root\nhint: make the first one with `coderev keys init`\n"
