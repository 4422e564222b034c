"""The work tree as it stands, read by us: no filter runs, no link is followed, no nested repository is entered."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from coderev.diff import LINK, SUBMODULE, FileChange, Kind, Side, Unread, plain_path, shown_path
from coderev.git.errors import UnreadableIndex
from coderev.git.scratch import Scratch, complaint
from coderev.process import Completed

MAX_NOTES = 20  # of what git could not list, such as a folder without permission

_INTENT_TO_ADD = 1 << 29  # git's CE_INTENT_TO_ADD
_NESTED = Unread(status="excluded", reason="a git repository inside this one")
_LISTED = re.compile(
    rb"\? (?P<untracked>[^\0]+)\0"
    rb"|(?P<tag>[A-Z]) (?P<mode>\d{6}) (?P<oid>[0-9a-f]+) (?P<stage>[0-3])\t(?P<path>[^\0]+)\0"
    rb"  ctime: (?P<ctime>\d+:\d+)\n  mtime: (?P<mtime>\d+:\d+)\n  dev: \d+\tino: (?P<ino>\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (?P<size>\d+)\tflags: (?P<flags>[0-9a-f]+)\n"
)


@dataclass(slots=True)
class Seen:
    """What the work tree holds beyond the index: edits for `update-index`, files that we do not read, and notes."""

    edits: list[bytes] = field(default_factory=list)
    unread: list[FileChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look(scratch: Scratch) -> Seen:
    """Compare the work tree with the copied index. Raises UnreadableIndex, ChangeTooLarge.

    A file is taken as unchanged only if time of change, time of writing, inode and size are those of the index,
    and it was written before the index was; else its bytes decide.
    """
    looking = _Looking(scratch, scratch.copy_index())
    options = ("-t", "--stage", "--others", "--exclude-standard", "--debug", "-z")
    done = scratch.git("ls-files", *options, work_tree=True)
    for listed in _listing(scratch, done):
        if listed["untracked"] is not None:
            looking.untracked(listed["untracked"])
        else:
            looking.tracked(_Entry.of(listed))
    looking.seen.notes += done.stderr.decode(errors="backslashreplace").splitlines()[:MAX_NOTES]
    return looking.seen


def _listing(scratch: Scratch, done: Completed) -> Iterator[re.Match[bytes]]:
    end = 0
    for listed in _LISTED.finditer(done.stdout):
        if listed.start() != end:
            break
        end = listed.end()
        yield listed
    if done.status or end != len(done.stdout):
        raise UnreadableIndex(path=scratch.place.top, reason=complaint(done))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A line of the index."""

    path: bytes
    mode: int
    oid: str
    unmerged: bool
    left_out: bool  # of a sparse work tree
    intended: bool  # `git add --intent-to-add`: not in the index's tree yet
    stamp: tuple[bytes, ...]

    @property
    def settled(self) -> bool:
        """Whether the index's tree holds just this."""
        return not (self.unmerged or self.intended)

    @classmethod
    def of(cls, listed: re.Match[bytes]) -> "_Entry":
        return cls(
            path=listed["path"],
            mode=int(listed["mode"], 8),
            oid=listed["oid"].decode(),
            unmerged=listed["stage"] != b"0",
            left_out=listed["tag"] == b"S",
            intended=bool(int(listed["flags"], 16) & _INTENT_TO_ADD),
            stamp=listed.group("ctime", "mtime", "ino", "size"),
        )


class _Looking:
    """One walk over what is listed."""

    def __init__(self, scratch: Scratch, index_time: int) -> None:
        self.seen = Seen()
        self._scratch = scratch
        self._limits = scratch.limits
        self._index_time = index_time
        self._top = os.fsencode(scratch.place.top)
        self._folders = {b"": True}  # whether a path is a true folder
        self._conflict = b""

    def tracked(self, entry: _Entry) -> None:
        if not plain_path(entry.path):
            raise UnreadableIndex(path=self._scratch.place.top, reason="it names a path outside the work tree")
        if entry.unmerged:
            if entry.path == self._conflict:
                return  # its other stages
            self._conflict = entry.path
            self._remove(entry.path)
        if entry.mode == SUBMODULE:
            self.seen.notes.append(f"{shown_path(entry.path)} is a submodule: its own work tree was not looked at")
            return
        status = self._status(entry.path)
        if isinstance(status, Unread):
            self._name(entry.path, entry, status)
        elif status is not None and not (entry.settled and self._as_in_index(entry, status)):
            self._put(entry.path, status, entry)
        elif status is None and not (entry.unmerged or entry.left_out):
            self._remove(entry.path)

    def untracked(self, path: bytes) -> None:
        status = _NESTED if path.endswith(b"/") else self._status(path)
        if isinstance(status, Unread):
            self._name(path.rstrip(b"/"), None, status)
        elif status is not None:
            self._put(path, status, None)

    def _status(self, path: bytes) -> os.stat_result | Unread | None:
        """What lies there; None for nothing, a folder, and whatever lies behind a link."""
        try:
            status = os.lstat(self._at(path)) if self._is_folder(path.rpartition(b"/")[0]) else None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return _unreadable(error)
        return None if status is None or stat.S_ISDIR(status.st_mode) else status

    def _is_folder(self, path: bytes) -> bool:
        known = self._folders.get(path)
        if known is None:
            above = self._is_folder(path.rpartition(b"/")[0])
            known = self._folders[path] = above and stat.S_ISDIR(os.lstat(self._at(path)).st_mode)
        return known

    def _as_in_index(self, entry: _Entry, status: os.stat_result) -> bool:
        stamp = (
            _time(status.st_ctime_ns),
            _time(status.st_mtime_ns),
            b"%d" % (status.st_ino & 0xFFFFFFFF),
            b"%d" % (status.st_size & 0xFFFFFFFF),
        )
        written_before = max(status.st_mtime_ns, status.st_ctime_ns) < self._index_time
        return written_before and stamp == entry.stamp and self._mode(status, entry) == entry.mode

    def _mode(self, status: os.stat_result, entry: _Entry | None) -> int:
        if stat.S_ISLNK(status.st_mode):
            return LINK
        if entry is not None and not self._scratch.modes_count and entry.mode != LINK:
            return entry.mode
        return 0o100755 if status.st_mode & stat.S_IXUSR and self._scratch.modes_count else 0o100644

    def _put(self, path: bytes, status: os.stat_result, entry: _Entry | None) -> None:
        content = self._content(path, status)
        mode = self._mode(status, entry)
        if entry and entry.settled and mode == entry.mode and self._unchanged(entry, status, content):
            return
        if len(self.seen.edits) >= self._limits.files:
            content = Unread(status="failed", reason=f"over limits.files ({self._limits.files})")
        if isinstance(content, Unread):
            self._name(path, entry, content)
        else:
            self.seen.edits.append(b"%06o %b\t%b\0" % (mode, self._scratch.store(content).encode(), path))

    def _name(self, path: bytes, entry: _Entry | None, unread: Unread) -> None:
        base = Side(oid=entry.oid, mode=entry.mode) if entry else None
        kind: Kind = "modified" if entry else "added"
        self.seen.unread.append(FileChange(path=shown_path(path), kind=kind, base=base, unread=unread))

    def _unchanged(self, entry: _Entry, status: os.stat_result, content: bytes | Unread) -> bool:
        """Whether these are the index's bytes, or would be if lines were not checked out with carriage returns."""
        if isinstance(content, bytes):
            plain = content.replace(b"\r\n", b"\n")
            return entry.oid in (self._scratch.oid(content), self._scratch.oid(plain) if plain != content else "")
        return stat.S_ISREG(status.st_mode) and self._digest(entry.path, status.st_size) == entry.oid

    def _digest(self, path: bytes, size: int) -> str | None:
        """The id of a file that is too large to be held."""
        digest = self._scratch.digest(b"blob", size)
        try:
            with self._opened(path) as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        except OSError:
            return None
        return digest.hexdigest()

    def _content(self, path: bytes, status: os.stat_result) -> bytes | Unread:
        limit = self._limits.file_bytes
        if stat.S_ISLNK(status.st_mode):
            return os.readlink(self._at(path))  # noqa: PTH115 - a Path would tidy the target up
        if not stat.S_ISREG(status.st_mode):
            return Unread(status="failed", reason="not a regular file")
        if status.st_size > limit:
            return Unread(status="failed", reason=f"larger than limits.file_bytes ({limit})")
        try:
            with self._opened(path) as file:
                return file.read(limit)
        except OSError as error:
            return _unreadable(error)

    def _opened(self, path: bytes) -> BinaryIO:
        return os.fdopen(os.open(self._at(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")

    def _remove(self, path: bytes) -> None:
        self.seen.edits.append(b"0 %b\t%b\0" % (self._scratch.oid(b"").encode(), path))

    def _at(self, path: bytes) -> bytes:
        return self._top + b"/" + path


def _unreadable(error: OSError) -> Unread:
    return Unread(status="failed", reason=f"cannot be read: {error.strerror}")


def _time(nanoseconds: int) -> bytes:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return b"%d:%d" % (seconds & 0xFFFFFFFF, rest)
