"""1.4, 3: what goes into a bundle is read from plain files only, and in one order."""

import os
from pathlib import Path

import pytest

from coderev.bundle.inputs import FolderTooLarge, Found, NotAPlainFile, listing, open_plain, read_plain


def test_a_folder_is_listed_in_one_order_and_links_are_named(tmp_path: Path) -> None:
    """4.10: the order of a directory decides nothing."""
    for name in ("b/c", "a", "b/a", "b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "link").symlink_to("b")
    os.mkfifo(tmp_path / "pipe")

    assert list(listing(tmp_path)) == [
        Found(path="a", kind="file", size=5),
        Found(path="b.txt", kind="file", size=5),
        Found(path="b/a", kind="file", size=5),
        Found(path="b/c", kind="file", size=5),
        Found(path="link", kind="link", size=0),
        Found(path="pipe", kind="other", size=0),
    ]


def test_a_folder_without_bottom_is_refused(tmp_path: Path) -> None:
    """3.7, 14.1: depth is limited."""
    (tmp_path / "/".join("d" * 40)).mkdir(parents=True)

    with pytest.raises(FolderTooLarge, match="32 levels of folders"):
        list(listing(tmp_path))


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    """14.1: their number is limited."""
    for name in "abcd":
        (tmp_path / name).touch()

    with pytest.raises(FolderTooLarge, match="more than 3 files"):
        list(listing(tmp_path, most=3))


def test_a_file_is_opened_below_its_root(tmp_path: Path) -> None:
    """1.4: by its relative name, or as the root itself."""
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_bytes(b"content")

    assert read_plain(tmp_path, "a/b/c", 7) == b"content"
    with open_plain(tmp_path / "a/b/c") as file:
        assert file.read() == b"content"


@pytest.mark.parametrize(
    "name", ["../outside", "a/../../outside", "/etc/hostname", "a//b", "a/.", "x\0y", "absent", "a"]
)
def test_a_name_that_leads_elsewhere_or_nowhere_is_refused(tmp_path: Path, name: str) -> None:
    """1.4: also where there is a file."""
    (tmp_path / "root/a").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"")

    with pytest.raises(NotAPlainFile):
        open_plain(tmp_path / "root", name)


def test_no_handle_stays_open_after_a_refusal(tmp_path: Path) -> None:
    """1.4: a hostile folder has many files."""
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not walked

    for name in ("pipe", "absent", "a/b/c"):
        with pytest.raises(NotAPlainFile):
            open_plain(tmp_path, name)

    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_file_over_its_limit_is_refused(tmp_path: Path) -> None:
    """1.4: one byte more is read, not a terabyte."""
    (tmp_path / "a").write_bytes(b"12345678")
    os.truncate(tmp_path / "a", 1 << 40)

    with pytest.raises(NotAPlainFile, match="longer than 8 bytes"):
        read_plain(tmp_path, "a", 8)
