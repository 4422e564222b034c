"""What brings bytes to disk so that a power cut leaves the old or the new: `syncfs`, links and one-rename swaps.

Clauses 7.3, 7.5 and 7.6 of spec/bundle.md.
"""

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from coderev.bundle.format.parts import WRITE_AT_ONCE
from coderev.errors import InputError, Unavailable

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP})  # another file system, or none here
_NO_EXCHANGE = frozenset({errno.EINVAL, errno.ENOSYS})
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h
_libc = ctypes.CDLL(None, use_errno=True)


class DiskFull(Unavailable):
    """The file system has no room left, for bytes or for files."""

    message = "{path} cannot be written: no room is left there"
    hint = "free bytes and inodes on that file system and run the same command again; what is live was not touched"


class DiskFails(Unavailable):
    """The file system refuses, for another reason than room."""

    message = "{path} cannot be written: {reason}"
    hint = "look at the file system and its permissions, then run the same command again; what is live was not touched"


class FolderNotOurs(InputError):
    """The folder of the site cannot be used."""

    message = "the site's folder {path} cannot be used: {reason}"
    hint = "run the command as the user who owns the site's folder, or name another `bundle.folder` in coderev.yaml"


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """What the system refuses in this block becomes DiskFull or DiskFails about `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(path=path) from error
        raise DiskFails(path=path, reason=error.strerror or error) from error


def make_folders(folder: Path, above: Path) -> None:
    """Make a folder and those between, with mode 0755 whatever the umask (2.9). Raises OSError."""
    if folder == above or folder.is_dir():
        return
    make_folders(folder.parent, above)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def make_folders_once(path: str, above: str, made: set[str]) -> None:
    """Make the folders of a path, but for those in `made`, which grows. Raises OSError."""
    folder = path.rpartition("/")[0]
    if folder not in made:
        make_folders(Path(folder), Path(above))
        made.add(folder)


def write_all(file: FileIO, view: memoryview) -> None:
    """Write all of a view, in pieces that the file system takes cheaply. Raises OSError."""
    while view:
        view = view[file.write(view[:WRITE_AT_ONCE]) :]


def sync_file_system(folder: Path) -> None:
    """Bring everything of one file system to disk, and hear of what failed. Raises OSError.

    `os.sync` would wait for every other disk of the host too, and says nothing about errors; an `fsync` for each of
    10,000 files costs as many journal commits. So this is `syncfs`, which tells errors since Linux 5.8.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes) -> None:
    """Put a small file of records in place, on disk before and after it has its name. Raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with FileIO(handle, "w") as file:
        write_all(file, memoryview(content))
        os.fsync(handle)
    temporary.replace(path)
    sync_folder(path.parent)


def point(link: Path, target: str) -> None:
    """Make `link` lead to `target` by one rename, whatever it led to before (7.6). Raises OSError."""
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
    sync_folder(link.parent)


def take_place(new: Path, old: Path) -> None:
    """Give a folder the name of another, which is removed; at no moment does the name lead to nothing. Raises OSError.

    Where the file system cannot exchange two names, what stood there is removed first.
    """
    if not old.is_symlink() and not old.exists():
        new.rename(old)
    elif _libc.renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE) == 0:
        sync_folder(old.parent)
        remove_tree(new)
    elif ctypes.get_errno() in _NO_EXCHANGE:
        remove_tree(old)
        new.rename(old)
    else:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(old))
    sync_folder(old.parent)


def link_or_copy(source: str, target: str) -> None:
    """Give a file a second name, or a copy where the file system cannot. Raises OSError."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        shutil.copyfile(source, target, follow_symlinks=False)
        shutil.copymode(source, target, follow_symlinks=False)


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours with all that is in it, links as links; one that is not there is removed already.

    Raises OSError.
    """
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
