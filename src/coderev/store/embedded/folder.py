"""Where our own PostgreSQL lives: a folder of mode 0700 on a disk of this host, and the locks in it.

Three locks (`flock`) decide everything; the kernel frees them when whoever holds one dies, however it dies.
`starting`: held, for a moment, by the process that starts or stops the server. `clients`: shared by every process of
ours that uses the server, so that the last one to leave knows that it is. `server`: handed to the server, and so held
while a process of the server lives, whatever `postmaster.pid` says and whatever name space its number belongs to.
"""

import fcntl
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from coderev.errors import InputError
from coderev.files import data_folder
from coderev.settings import DatabaseSettings

MAJOR = "16"  # of PostgreSQL: its files are read by no other
PORT = 5432  # in the name of the socket only
MAX_SOCKET_PATH = 107  # bytes, of Linux (unix(7))
MOUNTS = Path("/proc/self/mountinfo")
NETWORK_FILE_SYSTEMS = re.compile(
    r"nfs4?|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|beegfs|ocfs2|gfs2?|orangefs|pvfs2|fuse\.(?:sshfs|glusterfs|ceph\S*|s3fs)"
)

Lock = Literal["starting", "clients", "server"]


class FolderRefused(InputError):
    """The folder of our own PostgreSQL cannot hold one safely."""

    message = "{folder} cannot hold a PostgreSQL of our own: {reason}"
    hint = "{advice}"


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder, which is there, is ours alone, and lies on this host."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own files."""
        return self.path / "cluster"

    @property
    def socket(self) -> Path:
        """The folder of the socket, which is all that it listens on."""
        return self.path / "socket"

    @property
    def is_long(self) -> bool:
        """Whether the path of the socket is longer than Linux takes."""
        return len(os.fsencode(self.socket / f".s.PGSQL.{PORT}")) > MAX_SOCKET_PATH

    @property
    def log(self) -> Path:
        """What the server complains about."""
        return self.path / "log"

    def lock(self, name: Lock, *, shared: bool = False) -> int | None:
        """Take a lock, if it is free: a file descriptor that holds it until it is closed."""
        handle = os.open(self.path / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle


def make_folder(settings: DatabaseSettings) -> Folder:
    """The folder that the settings name, or the user's own; made where it is not there. Raises FolderRefused."""
    path = Path(settings.folder).absolute() if settings.folder else data_folder() / "postgres"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve(strict=True)
        _judge(path, path.stat())
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "name a folder that this user may write to") from error
    return Folder(path)


def _judge(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != os.geteuid():
        raise _refused(path, "it belongs to another user", "name another folder with `database.folder`")
    if mode & 0o077:
        raise _refused(path, f"its mode {mode:04o} lets others in", f"close it with `chmod 700 {path}`")
    if (kind := file_system(path)) and NETWORK_FILE_SYSTEMS.fullmatch(kind):
        reason = f"it lies on {kind}, which more than one host can write to"
        raise _refused(path, reason, "name a folder on a disk of this host, or use the site's with `database.url`")
    held = path / "cluster" / "PG_VERSION"
    if held.is_file() and (major := held.read_text(encoding="ascii", errors="replace").strip()) != MAJOR:
        reason = f"it holds the files of PostgreSQL {major[:8]}, and this program brings PostgreSQL {MAJOR}"
        raise _refused(path, reason, "restore a backup into another folder, with `coderev store restore`")


def file_system(path: Path, mounts: Path = MOUNTS) -> str | None:
    """The kind of file system that a path lies on (proc_pid_mountinfo(5)); None where that cannot be known."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    best, kind = -1, None
    for line in lines:
        fields = line.split()
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if path.is_relative_to(place) and len(place.parts) >= best:  # of two mounts on one place the later one hides
            best, kind = len(place.parts), fields[fields.index("-") + 1]
    return kind


def _refused(path: Path, reason: str, advice: str) -> FolderRefused:
    return FolderRefused(folder=path, reason=reason, advice=advice)
