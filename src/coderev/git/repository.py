"""A repository under review: blobs, files and words out of its objects."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from coderev.diff import path_bytes, shown_path
from coderev.files import scratch_folder
from coderev.git.errors import ObjectsMissing
from coderev.git.place import find
from coderev.git.scratch import MAX_OUTPUT, Scratch, complaint
from coderev.settings import Limits

MAX_GREP_WORDS = 200
MAX_GREP_FILES = 500
MAX_PATCH = 32 * 1024 * 1024  # bytes of a diff that people read

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@contextmanager
def open_repository(path: Path, limits: Limits) -> Iterator["Repository"]:
    """Open the repository that holds `path`; whatever we write for it is gone afterwards.

    Raises NotARepository, BrokenRepository, and what `coderev.process.run` raises.
    """
    place = find(path)
    with scratch_folder() as folder:
        yield Repository(Scratch(place, folder, limits))


class Repository:
    """A repository seen through our own git-dir. `top` is the top of its work tree, or the git-dir where it is bare."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.limits = scratch.limits
        self.top = scratch.place.top
        self.empty_tree = scratch.oid(b"", kind=b"tree")
        self._oversize: set[str] = set()

    def read(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The blobs of these ids, by one process. Left out: missing, over `limits.file_bytes`, not what its id says."""
        wanted = [oid for oid in dict.fromkeys(oids) if _OID.fullmatch(oid) and oid not in self._oversize]
        if not wanted:
            return {}
        done = self.scratch.git("cat-file", "--batch", stdin=_lines(wanted), may_be_cut=True)
        found, answered = {}, 0
        for kind, data in _answers(done.stdout):
            oid = wanted[answered]
            answered += 1
            if kind == b"blob" and len(data) <= self.limits.file_bytes and self.scratch.oid(data) == oid:
                found[oid] = data
        return found | self._read_rest(wanted[answered:]) if done.truncated else found

    def sizes(self, oids: Iterable[str]) -> dict[str, int]:
        """The sizes in bytes of the objects that are there; those over `limits.file_bytes` are not read later."""
        done = self.scratch.git("cat-file", "--batch-check", stdin=_lines(dict.fromkeys(oids)))
        answers = (line.split(b" ") for line in done.stdout.splitlines())
        sizes = {answer[0].decode(): int(answer[2]) for answer in answers if answer[-1].isdigit()}
        self._oversize |= {oid for oid, size in sizes.items() if size > self.limits.file_bytes}
        return sizes

    def file_at(self, tree: str, path: str) -> bytes | None:
        """The content of a plain file in a tree or commit; None where there is none, or a link, or it is oversize."""
        found = dict(self._listed(tree, [path]))
        return self.read(found.values()).get(found.get(path, ""))

    def is_merged(self, commit: str, into: str) -> bool:
        """Whether a commit is `into`, or part of its history; no for what is not there, or no commit."""
        if not (_OID.fullmatch(commit) and _OID.fullmatch(into)):
            return False
        return self.scratch.git("merge-base", "--is-ancestor", commit, into).status == 0

    def grep(self, words: Collection[str], tree: str) -> tuple[tuple[str, str], ...]:
        """Path and id of the plain text files of a tree that hold one of the words as a whole word.

        At most MAX_GREP_FILES, the first by path, for at most MAX_GREP_WORDS words.
        """
        patterns = sorted(word for word in words if word and not set(word) & set("\n\0"))[:MAX_GREP_WORDS]
        if not patterns or not _OID.fullmatch(tree):
            return ()
        options = ("--threads=1", "-l", "-z", "-w", "-I", "-F", "-f", "-")
        done = self.scratch.git("grep", *options, tree, stdin=_lines(patterns), may_be_cut=True)
        names = [name.partition(b":")[2] for name in done.stdout.split(b"\0")[:-1]]
        return self._listed(tree, [shown_path(name) for name in names[:MAX_GREP_FILES]])

    def listing(self, tree: str) -> tuple[tuple[str, str, int], ...]:
        """Path, id and size in bytes of each plain file of a tree or commit, by path.

        A file whose content is missing has the size -1. Raises ObjectsMissing, ChangeTooLarge.
        """
        if not _OID.fullmatch(tree):
            return ()
        done = self.scratch.git("ls-tree", "-r", "-l", "-z", "--full-tree", tree)
        if done.status:
            raise ObjectsMissing(reason=complaint(done))
        entries = (entry.split(b"\t", 1) for entry in done.stdout.split(b"\0")[:-1])
        plain = ((facts.split(), shown_path(name)) for facts, name in entries if facts[:3] == b"100")
        return tuple((path, oid.decode(), int(size) if size.isdigit() else -1) for (_, _, oid, size), path in plain)

    def patch(self, base: str, head: str, *, most: int = MAX_PATCH) -> bytes:
        """The change between two trees or commits as people read it: a unified diff with three lines of context.

        Of more than `most` bytes, the files that fit. Raises ObjectsMissing.
        """
        if not (_OID.fullmatch(base) and _OID.fullmatch(head)):
            return b""
        form = ("-M", "-p", "-U3", "--histogram", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index")
        done = self.scratch.git("diff-tree", "-r", *form, base, head, may_be_cut=True)
        if done.status and not done.truncated:
            raise ObjectsMissing(reason=complaint(done))
        patch = done.stdout
        return patch if len(patch) <= most else patch[: patch.rfind(b"\ndiff --git ", 0, most) + 1]

    def _listed(self, tree: str, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
        names = [os.fsdecode(path_bytes(path)) for path in paths]
        if not names or not _OID.fullmatch(tree):
            return ()
        done = self.scratch.git("ls-tree", "-r", "-z", "--full-tree", tree, "--", *names)
        entries = (entry.split(b"\t", 1) for entry in done.stdout.split(b"\0")[:-1])
        return tuple(
            (shown_path(name), facts.split(b" ")[2].decode()) for facts, name in entries if facts[:3] == b"100"
        )

    def _read_rest(self, oids: list[str]) -> dict[str, bytes]:
        """What one output did not hold, in parts that fit: sizes first, so that no oversize blob is written again."""
        sizes = self.sizes(oids)
        parts: list[list[str]] = [[]]
        room = MAX_OUTPUT // 2
        limit = min(self.limits.file_bytes, room)
        for oid in (oid for oid in oids if sizes.get(oid, limit + 1) <= limit):
            room -= sizes[oid]
            if room < 0:
                parts.append([])
                room = MAX_OUTPUT // 2 - sizes[oid]
            parts[-1].append(oid)
        return {oid: data for part in parts for oid, data in self.read(part).items()}


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode(errors="surrogateescape")


def _answers(output: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each object that `git cat-file --batch` wrote whole; a missing one has neither."""
    at = 0
    while (end := output.find(b"\n", at)) >= 0:
        facts = output[at:end].split(b" ")
        if not facts[-1].isdigit():
            yield b"", b""
            at = end + 1
            continue
        after = end + 1 + int(facts[-1])
        if after >= len(output):
            return
        yield facts[1], output[end + 1 : after]
        at = after + 1
