"""Where a repository lies, found by looking: no git process ever starts in it."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from coderev.git.errors import BrokenRepository, NotARepository

MAX_SMALL_FILE = 4 * 1024 * 1024  # bytes of a git-dir's own text files, such as HEAD and config


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Their folders: the top of the work tree, the git-dir, and the git-dir that worktrees share."""

    top: Path  # the git-dir itself where the repository is bare
    git_dir: Path
    common: Path
    bare: bool


def find(path: Path) -> Place:
    """The repository that holds `path`, looking upwards as git does. Raises NotARepository, BrokenRepository."""
    start = path.resolve()
    for folder in (start, *start.parents):
        git_dir = _named_by(folder / ".git")
        if git_dir is not None:
            return Place(top=folder, git_dir=git_dir, common=_common(git_dir), bare=False)
        if _is_git_dir(folder):
            return Place(top=folder, git_dir=folder, common=_common(folder), bare=True)
    raise NotARepository(path=path)


def top_of(path: Path) -> Path | None:
    """The top of the work tree that holds `path`; None where there is no repository."""
    try:
        return find(path).top
    except NotARepository:
        return None


def small_file(path: Path, limit: int = MAX_SMALL_FILE) -> bytes | None:
    """A regular file's content, None where there is none: never waits for a pipe, never reads more than the limit.

    Raises BrokenRepository.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(limit + 1) if regular else b""
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BrokenRepository(path=path, reason=error.strerror) from error
    if not regular or len(content) > limit:
        raise BrokenRepository(path=path, reason=f"larger than {limit} bytes" if regular else "not a regular file")
    return content


def _named_by(dot_git: Path) -> Path | None:
    """The git-dir that `.git` is or names; None where there is none, or an empty folder of that name."""
    if dot_git.is_dir():
        return dot_git if _is_git_dir(dot_git) else None
    content = small_file(dot_git)
    if content is None:
        return None
    named = re.fullmatch(rb"gitdir: ([^\0\n]+)\n*", content)
    git_dir = dot_git.parent / os.fsdecode(named[1]) if named else dot_git
    if not _is_git_dir(git_dir):
        raise BrokenRepository(path=dot_git, reason="it names no git repository")
    return git_dir


def _is_git_dir(folder: Path) -> bool:
    return os.path.lexists(folder / "HEAD") and ((folder / "objects").is_dir() or (folder / "commondir").is_file())


def _common(git_dir: Path) -> Path:
    named = small_file(git_dir / "commondir")
    common = git_dir if named is None else git_dir / os.fsdecode(named.rstrip(b"\n").replace(b"\0", b""))
    if not (common / "objects").is_dir():
        raise BrokenRepository(path=git_dir, reason="its objects are not there")
    return common
