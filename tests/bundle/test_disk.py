"""What brings bytes to disk: spec/bundle.md 7.4 to 7.6."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from coderev.bundle.host.disk import DiskFails, DiskFull, link_or_copy, point, remove_tree, take_place, writing


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, DiskFails)]
)
def test_what_the_system_refuses_has_an_error_of_ours(number: int, kind: type[Exception]) -> None:
    """7.6."""
    with pytest.raises(kind, match="/srv"), writing(Path("/srv")):
        raise OSError(number, os.strerror(number))


def test_a_link_leads_elsewhere_by_one_rename_whatever_was_left(tmp_path: Path) -> None:
    """7.6: also after something stopped in between."""
    link = tmp_path / "current"
    link.symlink_to("old")
    (tmp_path / ".current.new").symlink_to("half")

    point(link, "new")

    assert str(link.readlink()) == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path: Path, there: bool) -> None:
    """7.9: by an exchange of names, where there is something to exchange with."""
    new, old = tmp_path / "new", tmp_path / "old"
    for folder in (new, old) if there else (new,):
        folder.mkdir()
        (folder / "what").write_text(folder.name)

    take_place(new, old)

    assert (old / "what").read_text() == "new"
    assert not new.exists()


def test_a_file_is_copied_where_it_cannot_be_linked(tmp_path: Path) -> None:
    """7.4."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    source = tmp_path / "source"
    source.write_bytes(b"content")
    source.chmod(0o755)

    with tempfile.TemporaryDirectory(dir=shared) as folder:
        target = Path(folder) / "target"
        link_or_copy(str(source), str(target))

        assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"content", 0o755)


def test_a_file_is_never_put_over_another(tmp_path: Path) -> None:
    """7.4."""
    for name in ("source", "target"):
        (tmp_path / name).write_text(name)

    with pytest.raises(FileExistsError):
        link_or_copy(str(tmp_path / "source"), str(tmp_path / "target"))


def test_removing_a_folder_removes_links_and_not_what_they_lead_to(tmp_path: Path) -> None:
    """7.11: models that lie elsewhere."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").touch()
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone/link").symlink_to(tmp_path / "kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")

    for name in ("gone", "link", "nothing"):
        remove_tree(tmp_path / name)

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "kept"]
