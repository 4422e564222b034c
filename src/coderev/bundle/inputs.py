"""Reads files that somebody else wrote: never through a link, never a pipe or a device, never more than a cap."""

import errno
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal, NoReturn

from coderev.errors import InputError

MAX_FILES = 200_000  # below one folder
MAX_DEPTH = 32  # folders below one another
MAX_DIGITS = 20  # of a number in JSON; 2**64 has as many


class NotAPlainFile(InputError):
    """A file that should go into a bundle is missing, or is a link, a pipe or a device, or cannot be opened."""

    message = "cannot read {path}: {reason}"
    hint = "name what is there and what you may read; put copies where there are links"


class FolderTooLarge(InputError):
    """A folder that should go into a bundle holds more than is read."""

    message = "the folder {path} holds more than {limit}"
    hint = "name a smaller folder, or leave parts of it out with `exclude`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing below a folder: its path there, with slashes, and its size in bytes where it is a file."""

    path: str
    kind: Literal["file", "link", "other"]
    size: int


def open_plain(root: Path, name: str = "") -> BufferedReader:
    """Open the regular file `name`, relative and with slashes, below `root`, or `root` itself where it is empty.

    No component of `name` may be a link, so nothing outside of `root` is reached. Raises NotAPlainFile.
    """
    try:
        return _regular(_reach(root, name), root / name)
    except OSError as error:
        reason = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise NotAPlainFile(path=root / name, reason=reason) from error
    except ValueError as error:  # a null byte, or a name that leads elsewhere
        raise NotAPlainFile(path=root / name, reason=error) from error


def _reach(root: Path, name: str) -> int:
    if not name:
        return _open(str(root), os.O_NONBLOCK, None)  # a pipe is opened without waiting for who writes
    *folders, last = name.split("/")
    if not {"", ".", ".."}.isdisjoint((*folders, last)):
        message = "not a plain relative name"
        raise ValueError(message)
    handle = _open(str(root), os.O_DIRECTORY, None)
    try:
        for folder in folders:
            below = _open(folder, os.O_DIRECTORY | os.O_NOFOLLOW, handle)
            os.close(handle)
            handle = below
        return _open(last, os.O_NONBLOCK | os.O_NOFOLLOW, handle)
    finally:
        os.close(handle)


def _open(name: str, flags: int, folder: int | None) -> int:
    return os.open(name, os.O_RDONLY | os.O_CLOEXEC | flags, dir_fd=folder)


def _regular(handle: int, path: Path) -> BufferedReader:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotAPlainFile(path=path, reason="it is not a regular file")
    return os.fdopen(handle, "rb")


def read_plain(root: Path, name: str, cap: int) -> bytes:
    """The bytes of a small regular file below `root`. Raises NotAPlainFile, also for a file over `cap` bytes."""
    with open_plain(root, name) as file:
        content = file.read(cap + 1)
    if len(content) > cap:
        raise NotAPlainFile(path=root / name, reason=f"longer than {cap} bytes")
    return content


def listing(root: Path, *, most: int = MAX_FILES) -> Iterator[Found]:
    """At most `most` things below `root`, folders aside, in the order of their paths; links are named, never followed.

    Raises NotAPlainFile, FolderTooLarge.
    """
    found: list[Found] = []
    waiting = [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise FolderTooLarge(path=root, limit=f"{MAX_DEPTH} levels of folders")
        for entry in _entries(root / folder, most):
            path = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append((path + "/", depth + 1))
            else:
                found.append(_found(entry, path))
        if len(found) + len(waiting) > most:
            raise FolderTooLarge(path=root, limit=f"{most} files")
    yield from sorted(found, key=lambda each: each.path)


def _entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for _, entry in zip(range(most + 1), entries, strict=False)]
    except OSError as error:
        raise NotAPlainFile(path=folder, reason=error.strerror) from error


def _found(entry: os.DirEntry[str], path: str) -> Found:
    if entry.is_symlink():
        return Found(path=path, kind="link", size=0)
    if entry.is_file(follow_symlinks=False):
        return Found(path=path, kind="file", size=entry.stat(follow_symlinks=False).st_size)
    return Found(path=path, kind="other", size=0)


def strict_json(text: bytes) -> Any:
    """A JSON document of UTF-8 in which no key stands twice and no number is endless. Raises ValueError.

    The caller bounds its length. What two readers could read differently is refused here.
    """
    try:
        return json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_short)
    except RecursionError:
        message = "nested too deep"
        raise ValueError(message) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        message = "a number has too many digits"
        raise ValueError(message)
    return int(digits)
