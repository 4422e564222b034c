"""Files: paths are recorded as `path`, nothing is opened; what is asked of a path is answered as if all were there."""

import builtins
import io
import os
import pathlib
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

from benchmarks.taint.worlds_python.world import world

_open = open


def touched(sink: str, path: Any) -> None:
    """Record a path; a file's number is none."""
    if not isinstance(path, int):
        world.record("path", sink, os.fsdecode(path))


class Written(io.StringIO):
    """A file that is open for text; what is written to it is recorded as `written`."""

    name = "file"

    def write(self, text: Any) -> int:
        """Record."""
        world.record("written", "file.write", text)
        return len(text)


class WrittenBytes(io.BytesIO):
    """A file that is open for bytes."""

    name = "file"

    def write(self, data: Any) -> int:
        """Record."""
        world.record("written", "file.write", bytes(data))
        return len(data)


def _opened(sink: str) -> Callable[..., Any]:
    def opened(path: Any, mode: str = "r", *_args: Any, **_named: Any) -> Any:
        touched(sink, path)
        return WrittenBytes(b"content") if "b" in mode else Written("content\n")

    return opened


def _told(sink: str, answer: Any, count: int = 1) -> Callable[..., Any]:
    """A function of paths that records the first few."""

    def told(*args: Any, **_named: Any) -> Any:
        for path in args[:count]:
            touched(sink, path)
        return answer() if callable(answer) else answer

    return told


class _Found:
    """What a folder holds."""

    name = "entry"
    path = "/srv/entry"

    def is_file(self, **_named: Any) -> bool:
        return True

    def is_dir(self, **_named: Any) -> bool:
        return False


def _status() -> os.stat_result:
    return os.stat_result((0o100644, 7, 7, 1, 0, 0, 7, 0, 0, 0))


_SYSTEM: dict[str, Any] = {
    "remove": None,
    "unlink": None,
    "rmdir": None,
    "mkdir": None,
    "makedirs": None,
    "listdir": list,
    "scandir": lambda: [_Found()],
    "chmod": None,
    "truncate": None,
}
_COPIES = ("copy", "copy2", "copyfile", "copytree", "move")
_METHODS: dict[str, Any] = {
    "read_text": "content",
    "read_bytes": b"content",
    "write_text": 7,
    "write_bytes": 7,
    "unlink": None,
    "rmdir": None,
    "mkdir": None,
    "touch": None,
    "iterdir": lambda: iter(()),
    "rename": None,
    "replace": None,
}


def _yes(*_args: Any, **_named: Any) -> bool:
    return True


def _no(*_args: Any, **_named: Any) -> bool:
    return False


def _seven(*_args: Any, **_named: Any) -> int:
    return 7


_real_stat = os.stat


def _stat(path: Any, *args: Any, **named: Any) -> os.stat_result:
    """The loader asks of Python's own files."""
    return (
        _real_stat(path, *args, **named) if isinstance(path, int) or str(path).endswith((".py", ".so")) else _status()
    )


def _extract(self: Any, member: Any, path: Any = None, *_args: Any, **_named: Any) -> str:
    """Archives: `zipfile` cleans the names of members, `tarfile` without a filter does not."""
    name = getattr(member, "filename", None) or getattr(member, "name", None) or str(member)
    if isinstance(self, zipfile.ZipFile):
        name = "/".join(part for part in name.split("/") if part not in ("", ".", ".."))
    touched(f"{type(self).__name__}.extract", os.path.join(os.fsdecode(path or "."), name))  # noqa: PTH118
    return name


def _extract_all(self: Any, path: Any = ".", members: Any = None, *_args: Any, **named: Any) -> None:
    inside = members or (self.namelist() if isinstance(self, zipfile.ZipFile) else self.getmembers())
    for member in inside:
        if named.get("filter") not in ("data", "tar"):
            _extract(self, member, path)


_ASKED: tuple[tuple[Any, str, Any], ...] = (  # what is only asked of a path opens nothing
    (os.path, "exists", _yes),
    (os.path, "isfile", _yes),
    (os.path, "isdir", _yes),
    (os.path, "lexists", _yes),
    (os.path, "islink", _no),
    (os.path, "getsize", _seven),
    (os, "stat", _stat),
    (pathlib.Path, "exists", _yes),
    (pathlib.Path, "is_file", _yes),
    (pathlib.Path, "is_dir", _yes),
    (pathlib.Path, "is_symlink", _no),
    (pathlib.Path, "stat", lambda _self, **_named: _status()),
    (shutil, "disk_usage", lambda _path: (7, 7, 7)),
)
_OPENED: tuple[tuple[Any, str, Any], ...] = (
    (builtins, "open", _opened("open")),
    (io, "open", _opened("open")),
    (os, "open", _told("os.open", 7)),
    (os, "rename", _told("os.rename", None, 2)),
    (os, "replace", _told("os.rename", None, 2)),
    (os, "walk", _told("os.walk", list)),
    (shutil, "rmtree", _told("shutil.rmtree", None)),
    (shutil, "unpack_archive", _told("shutil.unpack_archive", None)),
    (pathlib.Path, "open", _opened("pathlib.Path.open")),
    *((archive, "extract", _extract) for archive in (zipfile.ZipFile, tarfile.TarFile)),
    *((archive, "extractall", _extract_all) for archive in (zipfile.ZipFile, tarfile.TarFile)),
    *((os, name, _told(f"os.{name}", answer)) for name, answer in _SYSTEM.items()),
    *((shutil, name, _told(f"shutil.{name}", "", 2)) for name in _COPIES),
    *((pathlib.Path, name, _told(f"pathlib.Path.{name}", answer)) for name, answer in _METHODS.items()),
)


def install() -> None:
    """Replace what opens, lists, moves, removes and asks."""
    for owner, name, replaced in (*_OPENED, *_ASKED):
        setattr(owner, name, replaced)
