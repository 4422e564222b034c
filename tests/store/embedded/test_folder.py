"""Where our own PostgreSQL may live, and what runs it."""

import os
import pwd
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.settings import DatabaseSettings
from coderev.store.embedded import FolderRefused, NoAccount, NoDatabase
from coderev.store.embedded.folder import MAX_SOCKET_PATH, NETWORK_FILE_SYSTEMS, Folder, file_system, make_folder
from coderev.store.embedded.programs import account, copied, programs, reached


def test_the_folder_is_made_for_its_user_alone(tmp_path: Path) -> None:
    folder = make_folder(DatabaseSettings(folder=str(tmp_path / "a" / "b")))

    assert folder.path == tmp_path / "a" / "b"
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_without_a_name_it_is_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert make_folder(DatabaseSettings()).path == tmp_path / "coderev" / "postgres"


def test_a_folder_that_lets_others_in_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)

    with pytest.raises(FolderRefused, match="mode 0755 lets others in") as refused:
        make_folder(DatabaseSettings(folder=str(tmp_path / "open")))

    assert refused.value.next_step == f"close it with `chmod 700 {tmp_path}/open`"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12_345, 12_345)

    with pytest.raises(FolderRefused, match="belongs to another user"):
        make_folder(DatabaseSettings(folder=str(tmp_path / "theirs")))


def test_a_path_too_long_for_a_socket_is_known_to_the_byte(tmp_path: Path) -> None:
    room = MAX_SOCKET_PATH - len(os.fsencode(tmp_path / "socket" / ".s.PGSQL.5432"))
    fits, too_long = tmp_path / ("x" * (room - 1)), tmp_path / ("x" * room)

    assert [Folder(path).is_long for path in (fits, too_long)] == [False, True]


def test_files_of_another_postgresql_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own" / "cluster").mkdir(parents=True)
    (tmp_path / "own").chmod(0o700)
    (tmp_path / "own" / "cluster" / "PG_VERSION").write_text("15\n")

    with pytest.raises(FolderRefused, match="holds the files of PostgreSQL 15"):
        make_folder(DatabaseSettings(folder=str(tmp_path / "own")))


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FolderRefused, match="exists"):
        make_folder(DatabaseSettings(folder=str(tmp_path / "file")))


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw,relatime - nfs4 files.internal:/srv rw
31 30 0:41 / /srv/local rw - xfs /dev/sdb1 rw
32 22 0:42 / /srv/with\\040space rw - fuse.sshfs host:/ rw
33 22 0:43 / /over rw - nfs host:/ rw
34 33 0:44 / /over rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/alice", "ext4"),
        ("/srv/data", "nfs4"),
        ("/srv/local/data", "xfs"),
        ("/srv/with space/data", "fuse.sshfs"),
        ("/over/there", "ext4"),
    ],
)
def test_the_kind_of_file_system_is_that_of_the_nearest_mount(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)

    assert file_system(Path(path), tmp_path / "mounts") == kind


@pytest.mark.parametrize(("kind", "shared"), [("nfs", True), ("nfs4", True), ("cifs", True), ("9p", True)])
def test_what_more_than_one_host_writes_to_is_known(kind: str, shared: bool) -> None:
    assert bool(NETWORK_FILE_SYSTEMS.fullmatch(kind)) == shared


@given(st.sampled_from(["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "f2fs"]))
def test_a_disk_of_this_host_is_none_of_them(kind: str) -> None:
    assert not NETWORK_FILE_SYSTEMS.fullmatch(kind)


def test_a_lock_is_free_again_when_its_holder_lets_go(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    first = folder.lock("starting")
    assert first is not None

    second = folder.lock("starting")
    os.close(first)
    third = folder.lock("starting")

    assert second is None
    assert third is not None
    os.close(third)


def test_clients_share_their_lock_and_nobody_has_it_alone_meanwhile(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    shares = [folder.lock("clients", shared=True) for _ in range(3)]

    alone = folder.lock("clients")

    assert None not in shares
    assert alone is None
    for share in shares:
        os.close(share or 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_without_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", unknown)

    with pytest.raises(NoAccount, match="there is no user coderev, postgres or nobody") as refused:
        account(tmp_path / "cluster")

    assert "useradd" in refused.value.next_step


def test_a_user_without_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 987_654)

    with pytest.raises(NoAccount, match="our user number 987654 has no name"):
        account(tmp_path / "cluster")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_that_are_there_stay_their_owners(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    os.chown(tmp_path / "cluster", 12_345, 12_346)

    found = account(tmp_path / "cluster")

    assert found is not None
    assert (found.user, found.group) == (12_345, 12_346)


def test_the_programs_are_postgresql_16s() -> None:
    folder = programs(None).folder

    assert {"initdb", "postgres", "pg_dump", "pg_restore"} <= {path.name for path in folder.iterdir()}


def test_what_lies_below_a_closed_folder_is_out_of_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "closed").mkdir(mode=0o700)
    program = tmp_path / "closed" / "program"
    program.touch(mode=0o755)

    assert not reached(program)


def test_programs_out_of_reach_are_copied_with_their_libraries_once(tmp_path: Path) -> None:
    site, copy = tmp_path / "site", tmp_path / "copies" / "programs-1"
    for name in ("package/bin/postgres", "package.libs/libpq.so"):
        (site / name).parent.mkdir(parents=True)
        (site / name).write_text(name)

    first = copied(site, "package", copy)
    (site / "package/bin/postgres").write_text("changed")
    second = copied(site, "package", copy)

    assert first == second == copy
    assert (copy / "package/bin/postgres").read_text() == "package/bin/postgres"
    assert (copy / "package.libs/libpq.so").is_file()
    assert [path.name for path in copy.parent.iterdir()] == ["programs-1"]
    assert copy.stat().st_mode & 0o777 == 0o755


def test_programs_that_cannot_be_copied_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "site" / "package").mkdir(parents=True)

    with pytest.raises(NoDatabase, match="cannot be copied"):
        copied(tmp_path / "site", "package", tmp_path / "copies" / "programs-1")

    assert list((tmp_path / "copies").iterdir()) == []
