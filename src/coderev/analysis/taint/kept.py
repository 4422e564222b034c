"""What is kept in the user's cache folder from one run to the next, authenticated, by keys of 32 bytes.

Whoever can write there, such as a restored cache of a build server, must not be able to hide a flow: each value carries
an HMAC-SHA-256 (RFC 2104) of its key and itself, under a secret in the user's data folder. What is damaged, cut off,
moved to another key or made with another secret is not there. A folder that cannot be read or written keeps nothing,
and nobody fails for it. Of too much, what was not used for the longest goes first.
"""

import hmac
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from coderev.files import CannotWrite, cache_folder, data_folder, write_atomic

FOLDER = "taint"  # in the user's cache folder, mode 0700
KEY_FILE = "taint.key"  # in the user's data folder, mode 0600
SECRET_BYTES = 32
MAC_BYTES = 32
MAX_BYTES = 256 * 1024 * 1024  # of the folder
MAX_VALUE_BYTES = 64 * 1024 * 1024  # of one value
_PURPOSE = b"coderev taint 1"


class NoSecret(ValueError):
    """The file of the secret is none of this user's, or holds none."""


class Kept:
    """Values in a folder. `secret` are SECRET_BYTES bytes; no method raises for what it finds, or for lack of room."""

    def __init__(self, folder: Path, secret: bytes, max_bytes: int = MAX_BYTES) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._secret = hmac.digest(secret, _PURPOSE, "sha256")

    def read(self, key: bytes) -> bytes | None:
        """What this user kept under a key; it is used anew by this."""
        path = self._folder / key.hex()
        try:
            content = _content(path, MAC_BYTES + MAX_VALUE_BYTES)
        except OSError:
            return None
        mac, value = content[:MAC_BYTES], memoryview(content)[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(key, value)):
            return None
        with suppress(OSError):
            os.utime(path)
        return bytes(value)

    def write(self, key: bytes, value: bytes) -> None:
        """Keep a value, if it is not too long; the longest unused make room for it."""
        if len(value) > min(MAX_VALUE_BYTES, self._max_bytes):
            return
        path = self._folder / key.hex()
        with suppress(CannotWrite, OSError):
            if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
                path.unlink()  # a pipe would be written to, and nobody reads it
            write_atomic(path, self._mac(key, value) + value, mode=0o600)
            self._shrink()

    def _mac(self, key: bytes, value: bytes | memoryview) -> bytes:
        mac = hmac.new(self._secret, key, "sha256")
        mac.update(value)
        return mac.digest()

    def _shrink(self) -> None:
        with os.scandir(self._folder) as entries:
            found = [(entry.stat(follow_symlinks=False), entry.path) for entry in entries]
        total = sum(status.st_size for status, _ in found)
        for status, path in sorted(found, key=lambda each: (each[0].st_mtime_ns, each[1])):
            if total <= self._max_bytes:
                return
            Path(path).unlink(missing_ok=True)
            total -= status.st_size


def open_kept() -> Kept | None:
    """This user's folder; None where there can be none, or where the secret is no secret."""
    try:
        folder = cache_folder() / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        return Kept(folder, _secret(data_folder() / KEY_FILE))
    except (CannotWrite, OSError, NoSecret):
        return None


def _content(path: Path, most: int) -> bytes:
    """The bytes of a plain file of at most so many. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise OSError(path)
        return file.read(most)


def _secret(path: Path) -> bytes:
    """The user's secret, made when first needed. Raises OSError, NoSecret."""
    if not os.path.lexists(path):
        _make(path)
    status, content = path.lstat(), _content(path, SECRET_BYTES)
    if status.st_uid != os.geteuid() or status.st_mode & 0o077 or len(content) != SECRET_BYTES:
        raise NoSecret(path)
    return content


def _make(path: Path) -> None:
    """Put a new secret at `path`, whole and at once; of several processes that try, one does."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".coderev-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        with suppress(FileExistsError):
            path.hardlink_to(temporary)  # unlike a rename, it never replaces the secret of a process that was first
    finally:
        Path(temporary).unlink(missing_ok=True)
