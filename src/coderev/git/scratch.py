"""A git-dir of our own beside theirs: the only one that a git process is ever told of."""

import hashlib
import os
import zlib
from collections.abc import Iterable
from pathlib import Path

from coderev.git.errors import BrokenRepository, ChangeTooLarge, ObjectsMissing, UnreadableIndex
from coderev.git.place import MAX_SMALL_FILE, Place, small_file
from coderev.git.references import OTHER_HEADS, Settings, read_references, upstreams
from coderev.process import Completed, run
from coderev.settings import Limits

MAX_OUTPUT = 256 * 1024 * 1024  # bytes that one git process may write
MAX_INDEX = 1024 * 1024 * 1024  # bytes

ENVIRONMENT = {  # of every git process: nothing of this machine, no transport, nobody is asked
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
# a commit-graph and a multi-pack-index are their word about objects, so neither is read;
# the names that NTFS and HFS+ cannot hold are no danger, because nothing is checked out
_CONFIGURATION = """[core]
	repositoryformatversion = 1
	bare = true
	bigFileThreshold = {file_bytes}
	commitGraph = false
	multiPackIndex = false
	attributesFile = /dev/null
	excludesFile = /dev/null
	hooksPath = /dev/null
	fsmonitor = false
	protectNTFS = false
	protectHFS = false
[extensions]
	objectFormat = {hash_name}
"""
_NO_ATTRIBUTES = "* !diff !text !eol !crlf !filter !ident !encoding !working-tree-encoding !merge !whitespace\n"


class Scratch:
    """Our git-dir. `references` holds the objects of theirs, `head` names HEAD's branch, `upstreams` who follows whom.

    Raises BrokenRepository, and what `coderev.process.run` raises.
    """

    def __init__(self, place: Place, folder: Path, limits: Limits) -> None:
        self.place, self.folder, self.limits = place, folder, limits
        for name in ("objects/info", "refs", "info"):
            (folder / name).mkdir(parents=True)
        self._write("HEAD", "ref: refs/heads/none\n")
        self._write("objects/info/alternates", quoted(str((place.common / "objects").resolve())) + "\n")
        self._write("info/attributes", _NO_ATTRIBUTES)
        self._copy(place.common, "info/exclude")
        self.shallow = self._copy(place.common, "shallow")
        settings = self._their_settings()
        self.hash_name = _last(settings, "extensions.objectformat", "sha1")
        if self.hash_name not in ("sha1", "sha256") or _last(settings, "extensions.refstorage", "files") != "files":
            raise BrokenRepository(path=place.top, reason="its objects or references are in a format unknown here")
        self.modes_count = _last(settings, "core.filemode", "true") not in ("false", "no", "off", "0")
        self.upstreams = upstreams(settings)
        self.references, self.head = read_references(place)
        self._write_references()

    def git(self, *arguments: str, stdin: bytes = b"", work_tree: bool = False, may_be_cut: bool = False) -> Completed:
        """Run git on our git-dir, with their work tree only where it is listed. Raises ChangeTooLarge."""
        told = {**ENVIRONMENT, "HOME": str(self.folder), "GIT_DIR": str(self.folder)}
        if work_tree:
            told["GIT_WORK_TREE"] = str(self.place.top)
        done = run(
            ["git", *arguments],
            stdin=stdin,
            folder=self.place.top if work_tree else self.folder,
            env=told,
            seconds=self.limits.process_seconds,
            max_output=MAX_OUTPUT,
        )
        if done.truncated and not may_be_cut:
            raise ChangeTooLarge(command=arguments[0], bytes=MAX_OUTPUT)
        return done

    def oid(self, data: bytes, kind: bytes = b"blob") -> str:
        """The id that git gives these bytes."""
        digest = self.digest(kind, len(data))
        digest.update(data)
        return digest.hexdigest()

    def digest(self, kind: bytes, size: int) -> "hashlib._Hash":
        """The beginning of an object's id, to be fed with the object's bytes."""
        return hashlib.new(self.hash_name, b"%b %d\0" % (kind, size), usedforsecurity=False)

    def store(self, data: bytes) -> str:
        """Put a blob into our objects as it stands, and return its id."""
        oid = self.oid(data)
        place = self.folder / "objects" / oid[:2] / oid[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zlib.compress(b"blob %d\0" % len(data) + data, 1))
        return oid

    def copy_index(self) -> int:
        """Copy their index anew, and return when theirs was written (ns since 1970). Raises UnreadableIndex."""
        names = ["index", *(path.name for path in self.place.git_dir.glob("sharedindex.*"))]
        (self.folder / "index").unlink(missing_ok=True)
        try:
            for name in names:
                self._copy(self.place.git_dir, name, MAX_INDEX)
            return (self.place.git_dir / "index").stat().st_mtime_ns
        except FileNotFoundError:
            return 0
        except BrokenRepository as error:
            raise UnreadableIndex(path=self.place.top, reason=error.facts["reason"]) from error

    def tree_of_index(self, edits: Iterable[bytes] = ()) -> str:
        """The tree of our copied index after edits (`git update-index --index-info -z`). Raises UnreadableIndex."""
        if text := b"".join(edits):
            self._on_index("update-index", "-z", "--index-info", stdin=text)
        return self._on_index("write-tree", "--missing-ok").stdout.decode().strip()

    def load(self, tree: str) -> None:
        """Make a tree our index. Raises ObjectsMissing."""
        (self.folder / "index").unlink(missing_ok=True)
        done = self.git("read-tree", tree)
        if done.status:
            raise ObjectsMissing(reason=complaint(done))

    def _on_index(self, *arguments: str, stdin: bytes = b"") -> Completed:
        done = self.git(*arguments, stdin=stdin)
        if done.status:
            raise UnreadableIndex(path=self.place.top, reason=complaint(done))
        return done

    def _their_settings(self) -> Settings:
        self._write("config", _CONFIGURATION.format(file_bytes=self.limits.file_bytes, hash_name="sha1"))
        path = self.place.common / "config"
        listing = ("config", "--file", "-", "--no-includes", "--null", "--list")  # without it, `-` follows includes
        done = self.git(*listing, stdin=small_file(path) or b"")
        if done.status:
            raise BrokenRepository(path=path, reason=complaint(done))
        settings: dict[str, list[str]] = {}
        for item in done.stdout.split(b"\0")[:-1]:
            key, _, value = os.fsdecode(item).partition("\n")
            settings.setdefault(key, []).append(value)
        return settings

    def _write_references(self) -> None:
        configuration = _CONFIGURATION.format(file_bytes=self.limits.file_bytes, hash_name=self.hash_name)
        for branch, followed in self.upstreams.items():
            name = quoted(branch.removeprefix("refs/heads/"))
            configuration += f"[branch {name}]\n\tremote = .\n\tmerge = {quoted(followed)}\n"
        self._write("config", configuration)
        lines = [f"{oid} {name}\n" for name, oid in sorted(self.references.items()) if name.startswith("refs/")]
        self._write("packed-refs", "".join(lines))
        self._write("HEAD", f"ref: {self.head}\n" if self.head else self.references["HEAD"] + "\n")
        for name in OTHER_HEADS:
            if oid := self.references.get(name):
                self._write(name, oid + "\n")

    def _copy(self, folder: Path, name: str, limit: int = MAX_SMALL_FILE) -> bool:
        """Copy a file of theirs if it is there; and whether it held anything."""
        content = small_file(folder / name, limit)
        if content is not None:
            (self.folder / name).write_bytes(content)
        return bool(content)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_bytes(os.fsencode(text))


def complaint(done: Completed) -> str:
    """The first line of what git complained about."""
    said = done.stderr.decode(errors="backslashreplace").strip().split("\n")[0]
    return said.removeprefix("fatal: ").removeprefix("error: ") or f"git ended with status {done.status}"


def _last(settings: Settings, key: str, default: str) -> str:
    return settings.get(key, [default])[-1].lower()


def quoted(text: str) -> str:
    """A text as git's own files quote it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
