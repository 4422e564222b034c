"""The site itself is damaged: by hand, by a second installer, by a full disk, a read-only file system (7.6 to 8.4)."""

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stand_ins.bundles import NOW, Hospital, hospital, seq_files

from coderev.bundle.format.reading import PartUnreadable
from coderev.bundle.host.disk import DiskFails, DiskFull, FolderNotOurs
from coderev.bundle.host.generations import GenerationDamaged
from coderev.bundle.install import Told
from coderev.bundle.journal import Journal
from coderev.bundle.rollback import Wish, rollback
from coderev.bundle.site import SiteBusy, StateBroken
from coderev.trust.chain import ChainBroken


@pytest.fixture
def site(tmp_path: Path) -> Hospital:
    """Seven is kept, eight is live."""
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    site.install(site.depot.make(tmp_path / "eight", seq=8))
    return site


def old_folder(site: Hospital) -> Path:
    return next((site.home / "opt/generations").glob("7-*"))


def go_back(site: Hospital) -> None:
    rollback(Wish(), site.order(), NOW, lambda _: None)


def replaced(path: Path, made: Callable[[Path], object]) -> None:
    path.rename(path.parent.parent / f"away-{path.name}")
    made(path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda top: (top / "VERSION").write_bytes(b"9\n"),
    "shorter": lambda top: (top / "VERSION").write_bytes(b""),
    "removed": lambda top: (top / "VERSION").unlink(),
    "added": lambda top: (top / "bin/evil").write_bytes(b""),
    "added folder": lambda top: (top / "bin/evil").mkdir(),
    "mode": lambda top: (top / "bin/coderev").chmod(0o4755),
    "link": lambda top: replaced(top / "VERSION", lambda path: path.symlink_to("/etc/hostname")),
    "pipe": lambda top: replaced(top / "VERSION", os.mkfifo),
    "folder as link": lambda top: replaced(top / "bin", lambda path: path.symlink_to(path.parent.parent / "away-bin")),
    "manifest": lambda top: (top / ".coderev/MANIFEST.json").write_bytes(b"{}"),
    "roles": lambda top: (top / ".coderev/roles.json").write_bytes(b'["gpu"]'),
    "all": shutil.rmtree,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_generation_is_no_place_to_go_back_to(site: Hospital, damage: Callable[[Path], object]) -> None:
    """7.13, 8.4: anything more or less."""
    damage(old_folder(site))

    with pytest.raises(GenerationDamaged):
        go_back(site)

    assert site.tree() == seq_files(8)


def test_only_one_installs_at_a_time(site: Hospital, tmp_path: Path) -> None:
    """7.8."""
    nine = site.depot.make(tmp_path / "nine", seq=9)
    with (site.site.state / "lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SiteBusy):
            site.install(nine)
        with pytest.raises(SiteBusy):
            go_back(site)

    site.install(nine)
    assert site.tree() == seq_files(9)


def test_a_journal_that_was_changed_is_found_and_told_by_its_line(site: Hospital) -> None:
    """10.1, 10.5."""
    path = site.site.state / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"operator":"erika"', b'"operator":"fritz"', 1))

    with pytest.raises(ChainBroken, match="line 2"):
        Journal(site.site.state).history()


def test_a_line_that_a_power_cut_left_half_is_no_line(site: Hospital, tmp_path: Path) -> None:
    """10.1, 7.6: the journal goes on after the last whole one."""
    with (site.site.state / "journal.jsonl").open("ab") as file:
        file.write(b'{"record":{"li')

    assert len(Journal(site.site.state).history()) == 2
    site.install(site.depot.make(tmp_path / "nine", seq=9))

    assert len(Journal(site.site.state).history()) == 3


def test_a_state_that_was_changed_by_hand_is_not_believed(site: Hospital, tmp_path: Path) -> None:
    """7.7: a floor that cannot be read is no floor of 0."""
    (site.site.state / "site.json").write_bytes(b"{}")

    with pytest.raises(StateBroken):
        site.install(site.depot.make(tmp_path / "nine", seq=9))

    assert site.tree() == seq_files(8)


@pytest.mark.parametrize("target", ["generations/1-000000000000", "/etc"])
def test_a_link_that_leads_to_something_that_was_never_installed_is_told(
    site: Hospital, tmp_path: Path, target: str
) -> None:
    """7.6."""
    link = site.site.current("release")
    link.unlink()
    link.symlink_to(target)

    with pytest.raises(StateBroken, match="not by coderev"):
        site.install(site.depot.make(tmp_path / "nine", seq=9))


needs_mount = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0,
    reason="mounting a small file system needs root",
)
SCRIPT = """
import sys
from pathlib import Path
from stand_ins.bundles import *
site = hospital(Path(sys.argv[1]), BundleDepot(), folder=sys.argv[2])
try:
    site.install(Path(sys.argv[3]), paper={"root": sys.argv[4]})
except Exception as error:
    print(type(error).__name__, error.next_step)
else:
    print("installed")
"""


def in_a_small_file_system(site: Hospital, options: str, bundle: Path) -> list[str]:
    """Install into a tmpfs of the options, then again after it was made larger."""
    target = site.home / "small"
    target.mkdir()
    run = f'"$0" -c "$1" {site.home / "other"} {target} {bundle} {site.depot.root_on_paper}'
    larger = f"mount -o remount,size=80m,nr_inodes=1000 {target}"
    script = f"mount -t tmpfs -o {options} none {target} && {run} && {larger} && {run}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable, SCRIPT],
        check=True,
        capture_output=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )
    return done.stdout.decode().splitlines()


@needs_mount
@pytest.mark.parametrize("options", ["size=1m,nr_inodes=1000", "size=80m,nr_inodes=20"], ids=["bytes", "inodes"])
def test_a_disk_without_room_is_told_and_with_room_a_rerun_completes(site: Hospital, options: str) -> None:
    """6.8, 7.6: a full disk, and a full table of inodes."""
    files = {**seq_files(9), **{f"more/{number}": b"%d" % number for number in range(20)}}
    bundle = site.depot.make(site.home / "nine", files, seq=9)

    first, second = in_a_small_file_system(site, options, bundle)

    assert first.startswith("NoRoom make room there")
    assert second == "installed"


def test_a_disk_that_fills_meanwhile_leaves_the_old_version_and_a_rerun_completes(
    site: Hospital, tmp_path: Path
) -> None:
    """7.6: the room that was free when it was planned is gone."""
    files = {**seq_files(9), "large": os.urandom(6 << 20)}
    nine = site.depot.make(tmp_path / "nine", files, seq=9)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, before[1]))
    try:
        with pytest.raises((DiskFull, DiskFails)):
            site.install(nine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

    assert site.tree() == seq_files(8)
    site.install(nine)
    assert site.tree() == files


@needs_mount
def test_a_read_only_target_is_told(site: Hospital, tmp_path: Path) -> None:
    """7.6."""
    bundle = site.depot.make(tmp_path / "nine", seq=9)
    other = tmp_path / "other"
    other.mkdir()
    run = f'"$0" -c "$1" {other} {other / "opt"} {bundle} {site.depot.root_on_paper}'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"mount -t tmpfs -o ro none {other} && {run}", sys.executable, SCRIPT],
        check=True,
        capture_output=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
    )

    assert done.stdout.decode().startswith(FolderNotOurs.__name__)


def test_a_stick_that_is_pulled_midway_leaves_the_old_version_and_a_rerun_completes(
    site: Hospital, tmp_path: Path
) -> None:
    """7.6: and what was written already is not read again."""
    files = {**seq_files(9), "a": os.urandom(17 << 20), "b": os.urandom(17 << 20)}
    nine = site.depot.make(tmp_path / "nine", files, seq=9)
    seen = list[int]()

    def pull(count: int) -> None:
        seen.append(count)
        if sum(seen) > 18 << 20:
            (nine / "parts").rename(nine / "gone")

    with pytest.raises(PartUnreadable):
        site.install(nine, told=Told(watch=pull))
    assert site.tree() == seq_files(8)
    (nine / "gone").rename(nine / "parts")
    again = list[int]()
    site.install(nine, told=Told(watch=again.append))

    assert site.tree() == files


def test_a_folder_where_the_link_should_be_is_told(site: Hospital, tmp_path: Path) -> None:
    """7.6."""
    link = site.site.current("release")
    link.unlink()
    link.mkdir()

    with pytest.raises(StateBroken, match="no link"):
        site.install(site.depot.make(tmp_path / "nine", seq=9))


@pytest.mark.parametrize("left", ["before", "after"])
def test_an_installation_that_was_stopped_at_the_exchange_is_completed_and_checked(tmp_path: Path, left: str) -> None:
    """7.6, 7.10: the floor was written; the link was exchanged, or was not, and the gate has not passed."""
    log = tmp_path / "log"
    site = hospital(tmp_path, last_step=("sh", "-c", f'cat "$0/VERSION" >> {log}', "{current}"))
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    eight = site.depot.make(tmp_path / "eight", seq=8)
    done = site.install(eight)
    state = site.site.state / "site.json"
    plain = state.read_bytes()
    state.write_bytes(plain.replace(b'"newest":8', b'"newest":8,"proving":true'))
    if left == "before":
        link = site.site.current("release")
        link.unlink()
        link.symlink_to(f"generations/{old_folder(site).name}")

    site.install(eight)

    assert site.live == done.generation.name
    assert log.read_text() == "7\n8\n8\n"
    assert not site.site.standing("release").proving
