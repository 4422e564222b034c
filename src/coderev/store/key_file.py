"""Files that hold secret keys: read with suspicion, made whole and at once. Which error it is, the caller names."""

import os
import re
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from coderev.errors import TrustError
from coderev.files import CannotWrite

KEY_BYTES = 32
MAX_LINE_BYTES = 256  # 64 hex digits with room for white space
_HEX_KEY = re.compile(rb"[0-9a-fA-F]{64}")


def read_keys(path: Path, refused: type[TrustError], *, most: int = 1, handed: bool = False) -> tuple[bytes, ...]:
    """The keys of 32 bytes in a file: 32 bytes as they are, or at most `most` times 64 hex digits, on lines.

    The file must be this user's and closed to all others; `handed`: it was handed to us by systemd, which may keep it
    as root's and let us in by an access list, which shows as a right of the group.
    Raises `refused`, whose facts are `path` and `reason`.
    """
    content = _read(path, refused, most * MAX_LINE_BYTES, handed=handed)
    if len(content) == KEY_BYTES:
        return (content,)
    written = content.split()
    whole = len(content) <= most * MAX_LINE_BYTES and all(_HEX_KEY.fullmatch(word) for word in written)
    if not whole or not 1 <= len(written) <= most:
        lines = "" if most == 1 else f" on each of at most {most} lines"
        raise refused(path=path, reason=f"it holds neither 32 bytes nor 64 hex digits{lines}")
    return tuple(bytes.fromhex(word.decode()) for word in written)


def make_key(path: Path) -> None:
    """Put a new key at `path`, whole and at once; of several processes that try, one does. Raises CannotWrite."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".coderev-")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(handle)
            with suppress(FileExistsError):
                path.hardlink_to(temporary)  # unlike a rename, it never replaces the key of a process that was first
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror or error) from error


def _read(path: Path, refused: type[TrustError], most: int, *, handed: bool) -> bytes:
    try:  # O_NONBLOCK: a pipe of that name would never open
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = "it is a link" if path.is_symlink() else error.strerror
        raise refused(path=path, reason=reason) from error
    try:
        if (fault := _fault(os.fstat(handle), handed=handed)) is not None:
            raise refused(path=path, reason=fault)
        return os.read(handle, most + 1)
    finally:
        os.close(handle)


def _fault(status: os.stat_result, *, handed: bool) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "it is no file"
    if status.st_uid != os.geteuid() and not (handed and status.st_uid == 0):
        return "it belongs to another user"
    if status.st_mode & (0o037 if handed else 0o077):
        return f"its mode {stat.S_IMODE(status.st_mode):04o} lets others at it"
    return None
