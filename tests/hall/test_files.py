import os
import stat
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderev.errors import Bug, CoderevError, InputError, TrustError, Unavailable
from coderev.files import (
    CannotWrite,
    cache_folder,
    data_folder,
    monotonic,
    now,
    scratch_folder,
    thread_seconds,
    write_atomic,
)


def test_a_file_is_written_whole_with_its_mode(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", b"new", mode=0o600)

    assert (tmp_path / "file").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_what_stood_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old and longer")

    write_atomic(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("x" * 255), b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]


@pytest.mark.parametrize("place", ["missing/file", "folder", "file/below", "x" * 256])
def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"old")

    with pytest.raises(CannotWrite, match="cannot write") as caught:
        write_atomic(tmp_path / place, b"new")

    assert "name a file" in caught.value.next_step
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_atomic(Path(os.devnull), b"gone")

    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize(
    ("folder", "variable", "default"),
    [(cache_folder, "XDG_CACHE_HOME", ".cache"), (data_folder, "XDG_DATA_HOME", ".local/share")],
)
@pytest.mark.parametrize("given", [None, "", "relative"])
def test_our_folders_are_the_users_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: Callable[[], Path],
    variable: str,
    default: str,
    given: str | None,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(variable, raising=False)
    if given is not None:
        monkeypatch.setenv(variable, given)

    made = folder()

    assert made == tmp_path / default / "coderev"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_our_folders_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))

    assert cache_folder() == tmp_path / "elsewhere" / "coderev"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))

    with pytest.raises(CannotWrite):
        data_folder()


def test_a_scratch_folder_is_private_and_gone_whatever_happens() -> None:
    places = []

    def fail_inside() -> None:
        with scratch_folder() as folder:
            places.append((folder, stat.S_IMODE(folder.stat().st_mode)))
            (folder / "deep").mkdir()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_inside()

    assert places[0][1] == 0o700
    assert not places[0][0].exists()


def test_the_clocks_go_on() -> None:
    assert now().tzinfo is UTC
    assert monotonic() <= monotonic()
    assert thread_seconds() <= thread_seconds()


@pytest.mark.parametrize(
    ("family", "exit_status", "http_status"),
    [(InputError, 2, 400), (TrustError, 3, 403), (Unavailable, 4, 503), (Bug, 70, 500)],
)
def test_each_family_of_errors_has_its_status(family: type[CoderevError], exit_status: int, http_status: int) -> None:
    assert (family.exit_status, family.http_status) == (exit_status, http_status)


@given(st.text(), st.text())
def test_facts_of_an_attacker_are_never_a_format(path: str, reason: str) -> None:
    error = CannotWrite(path=path, reason=reason)

    assert str(error) == f"cannot write {path}: {reason}"
    assert error.next_step == CannotWrite.hint


def test_a_bug_says_what_broke() -> None:
    assert str(Bug(what="x")) == "coderev broke one of its own rules: x"
