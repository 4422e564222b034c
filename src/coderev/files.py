"""Files of our own: whole writes or none, the user's folders, scratch space, the clock."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from coderev.errors import InputError
from coderev.settings import environment, users_home


class CannotWrite(InputError):
    """An output file cannot be written; what stood there before still stands."""

    message = "cannot write {path}: {reason}"
    hint = "name a file in a folder that exists, that you may write to and that has room"


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put `content` at `path` wholly or not at all; a device or a pipe is written to. Raises CannotWrite."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path, content, mode)
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror or error) from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".coderev-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def cache_folder() -> Path:
    """The user's cache folder for coderev (XDG base directories), made with mode 0700."""
    return _own_folder("XDG_CACHE_HOME", ".cache")


def data_folder() -> Path:
    """The user's data folder for coderev (XDG base directories), made with mode 0700."""
    return _own_folder("XDG_DATA_HOME", ".local/share")


def _own_folder(variable: str, default: str) -> Path:
    named, home = Path(environment(variable) or ""), users_home()
    if not named.is_absolute() and home is None:
        raise CannotWrite(path=f"~/{default}", reason="this user has no home folder")
    folder = (named if home is None or named.is_absolute() else home / default) / "coderev"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(path=folder, reason=error.strerror or error) from error
    return folder


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of mode 0700 that is gone afterwards, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="coderev-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds of a clock that never goes back."""
    return time.monotonic()


def thread_seconds() -> float:
    """Seconds of CPU that this thread has used: a limit by it does not tighten on a busy machine."""
    return time.thread_time()
