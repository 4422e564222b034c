"""What is fetched of a repository elsewhere: nothing of theirs runs, and git connects only where it is told to.

A mirror is a bare repository of ours that keeps what was fetched of one of theirs, so that a second fetch is small.
Whoever reviews gets a view of it: a git-dir with its own references and its own end of history, whose objects are the
mirror's, so that no later fetch changes what a review sees.

`fetch_command` is pure; the caller runs it, watches its time and its size, and ends it.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coderev.files import write_atomic
from coderev.git.scratch import ENVIRONMENT, quoted
from coderev.process import Completed, run

DEPTHS = (32, 256, 2_048, 16_384)  # commits from each tip, until their merge base is there
MAX_PACKS = 64  # of a mirror, before it is begun anew: every fetch adds one
_SECONDS = 60.0  # of a look into the mirror
_LONG = 64  # digits of a SHA-256
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(
    r"refs/(?!.*(?:/\.|\.\.|//|@\{|\.lock(?:/|$)|[/.]$))[^\0-\x20\x7f~^:?*\[\\./][^\0-\x20\x7f~^:?*\[\\]*"
)
# Faults in objects that many old histories have and that harm nobody who only reads; all others refuse the pack.
_HARMLESS = (
    "badTimezone",
    "missingSpaceBeforeDate",
    "zeroPaddedFilemode",
    "missingTaggerEntry",
    "missingNameBeforeEmail",
)
_CONFIGURATION = """[core]
	repositoryformatversion = 1
	bare = true
	bigFileThreshold = 16m
	hooksPath = /dev/null
	attributesFile = /dev/null
	fsmonitor = false
	protectNTFS = false
	protectHFS = false
[extensions]
	objectFormat = {hash_name}
[fetch]
	fsckObjects = true
	unpackLimit = 1
	recurseSubmodules = false
	writeCommitGraph = false
	showForcedUpdates = false
[gc]
	auto = 0
[maintenance]
	auto = false
[credential]
	helper =
	useHttpPath = false
[http]
	followRedirects = false
	lowSpeedLimit = 1000
	lowSpeedTime = 60
	saveCookies = false
	delegation = none
	proxy =
[transfer]
	bundleURI = false
[fetch "fsck"]
{harmless}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two commits of a change, and the references that hold them, for servers that hand out nothing else."""

    base: str
    head: str
    base_ref: str
    head_ref: str

    @property
    def hash_name(self) -> str:
        """The kind of these ids, as git names it."""
        return "sha256" if len(self.head) == _LONG else "sha1"

    def problem(self) -> str | None:
        """Why these are not asked for: what a forge says is put into an argument of git."""
        if not all(_OID.fullmatch(oid) for oid in (self.base, self.head)) or len(self.base) != len(self.head):
            return "its commits are no object ids"
        refs = (self.base_ref, self.head_ref)
        if not all(map(_REF.fullmatch, refs)):
            return "its references have names that git does not give"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where a repository is fetched from, judged by egress: `protocol` is the only one that git may speak.

    `settings` and `environment` say whom to connect to and how to prove who we are; no secret stands in them.
    """

    url: str
    protocol: str
    settings: Mapping[str, str]
    environment: Mapping[str, str]


class Mirror:
    """A bare repository of ours. One process at a time may change it."""

    def __init__(self, folder: Path, hash_name: str = "sha1") -> None:
        self.folder, self._hash_name = folder, hash_name

    def prepare(self) -> None:
        """Make it where it is missing, and take away what an ended process left half done."""
        for name in ("objects/info", "objects/pack", "refs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        harmless = "".join(f"\t{fault} = ignore\n" for fault in _HARMLESS)
        configuration = _CONFIGURATION.format(hash_name=self._hash_name, harmless=harmless)
        write_atomic(self.folder / "config", configuration.encode(), mode=0o600)
        write_atomic(self.folder / "HEAD", b"ref: refs/heads/none\n", mode=0o600)
        left = [
            *self.folder.glob("*.lock"),
            *self.folder.glob("refs/**/*.lock"),
            *self.folder.glob("objects/pack/tmp_*"),
        ]
        for path in (*left, *self.folder.glob("objects/pack/.tmp-*"), *self.folder.glob("objects/tmp_*")):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def size(self) -> int:
        """Bytes of what is there now, a pack that comes in too."""
        return sum(_size(path) for path in (self.folder / "objects").rglob("*"))

    @property
    def packs(self) -> int:
        """How many packs it has."""
        return sum(1 for _ in (self.folder / "objects" / "pack").glob("*.pack"))

    @property
    def shallow(self) -> bool:
        """Whether its history is cut."""
        return _size(self.folder / "shallow") > 0

    def has(self, sides: Sides) -> bool:
        """Whether both commits are there."""
        asked = f"{sides.base}^{{tree}}\n{sides.head}^{{tree}}\n".encode()
        there = self._git("cat-file", "--batch-check", stdin=asked)
        return there.status == 0 and there.stdout.count(b" tree ") == len(("base", "head"))

    def complete(self, sides: Sides) -> bool:
        """Whether both commits are there, and as much of their history as their merge base needs, or all of it."""
        whole = not self.shallow
        return self.has(sides) and (whole or self._git("merge-base", sides.base, sides.head).status == 0)

    def view(self, sides: Sides, folder: Path) -> Path:
        """A bare git-dir in `folder` that has these two commits and their history as it is now."""
        for name in ("objects/info", "refs"):
            (folder / name).mkdir(parents=True)
        objects = str((self.folder / "objects").resolve())
        files = {
            "HEAD": f"{sides.head}\n",
            "packed-refs": f"{sides.base} refs/heads/base\n{sides.head} refs/heads/head\n",
            "config": (
                f"[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
                f"[extensions]\n\tobjectFormat = {self._hash_name}\n"
            ),
            "objects/info/alternates": f"{quoted(objects)}\n",
        }
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        if self.shallow:
            shutil.copyfile(self.folder / "shallow", folder / "shallow")
        return folder

    def _git(self, *arguments: str, stdin: bytes = b"") -> Completed:
        told = {**ENVIRONMENT, "HOME": str(self.folder), "GIT_DIR": str(self.folder)}
        return run(["git", *arguments], stdin=stdin, folder=self.folder, env=told, seconds=_SECONDS)


def fetch_command(
    mirror: Mirror, remote: Remote, sides: Sides, *, depth: int, by_name: bool, name: str
) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment of the git that fetches both sides into `refs/coderev/NAME/` of the mirror.

    `by_name`: the references are asked for, since the server does not hand out commits by their ids.
    """
    wanted = (sides.base_ref, sides.head_ref) if by_name else (sides.base, sides.head)
    refspecs = [f"+{each}:refs/coderev/{name}/{side}" for each, side in zip(wanted, ("base", "head"), strict=True)]
    settings = [word for key, value in remote.settings.items() for word in ("-c", f"{key}={value}")]
    options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance"]
    environment = {
        **ENVIRONMENT,
        **remote.environment,
        "GIT_ALLOW_PROTOCOL": remote.protocol,
        "GIT_DIR": str(mirror.folder),
    }
    return ["git", *settings, "fetch", *options, f"--depth={depth}", remote.url, *refspecs], environment


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # it went a moment ago
        return 0
