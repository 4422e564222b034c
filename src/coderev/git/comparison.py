"""Two trees, one change: the only place where git compares anything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from coderev.diff import (
    BINARY,
    LFS,
    SUBMODULE,
    Change,
    FileChange,
    Hunk,
    Side,
    Unread,
    is_lfs_pointer,
    parse_raw,
    parse_texts,
    path_bytes,
    plain_path,
    unread_kind,
)
from coderev.git.errors import ChangeTooLarge, ObjectsMissing
from coderev.git.repository import Repository
from coderev.git.scratch import MAX_OUTPUT, complaint
from coderev.process import Completed

MAX_POINTER_BYTES = 1024  # of a Git LFS pointer, by its specification
MAX_POINTER_LINES = 16

_MISSING = "its content is not in the repository (a partial clone?)"
_KIND_OF_FILE = 0o170000  # bits of a mode
_TWICE = Unread(status="failed", reason="the tree names this path twice")
_NO_PATH = Unread(status="failed", reason="not a path that a file can have")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two trees or commits to compare, files that could not be read into the second, and notes."""

    base: str
    head: str
    unread: tuple[FileChange, ...] = ()
    notes: tuple[str, ...] = ()


def compare(repository: Repository, sides: Sides, *, with_lines: bool = True) -> Change:
    """The change between two trees, sorted by path; without lines, every file counts as added as a whole.

    Raises ObjectsMissing, ChangeTooLarge.
    """
    done = _diff_tree(repository, sides.base, sides.head, with_lines=with_lines)
    if done.status and not done.truncated:
        done, sides = _without_missing(repository, sides, complaint(done), with_lines=with_lines)
    texts = _texts(done) if with_lines else _counts(done)
    files = {file.path: file for file in _judged(repository, list(texts))}
    for file in sides.unread:
        files[file.path] = replace(files.get(file.path, file), hunks=(), unread=file.unread)
    return Change(
        base=sides.base, head=sides.head, files=tuple(files[path] for path in sorted(files)), notes=sides.notes
    )


def _diff_tree(repository: Repository, base: str, head: str, *, with_lines: bool) -> Completed:
    form = ("-M", "-p", "-U0", "--histogram") if with_lines else ("--no-renames", "--numstat")
    plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "--no-abbrev")
    return repository.scratch.git("diff-tree", "-r", "--raw", *plain, *form, base, head, may_be_cut=True)


@dataclass(frozen=True, slots=True)
class _Text:
    """A file that git lists, with its hunks; or git calls it binary; or its text was cut off."""

    file: FileChange
    binary: bool = False
    cut: bool = False


def _texts(done: Completed) -> Iterator[_Text]:
    raw, _, patch = done.stdout.partition(b"\n\n")
    if done.truncated:
        if not patch:
            raise ChangeTooLarge(command="diff-tree", bytes=MAX_OUTPUT)
        patch = patch[: patch.rfind(b"\ndiff --git ") + 1]
    texts = parse_texts(patch)
    for file in parse_raw(raw.splitlines()):
        halves = list(islice(texts, 1 + _changes_type(file)))
        hunks = tuple(hunk for hunks, _ in halves for hunk in hunks)
        if len(hunks) > 1 and _changes_type(file):
            hunks = (_joined(hunks),)
        yield _Text(replace(file, hunks=hunks), binary=any(binary for _, binary in halves), cut=not halves)


def _changes_type(file: FileChange) -> bool:
    """Whether a file became a link or the like: git writes that as a deletion and an addition."""
    return bool(file.base and file.head and (file.base.mode ^ file.head.mode) & _KIND_OF_FILE)


def _joined(hunks: tuple[Hunk, ...]) -> Hunk:
    gone, come = hunks
    return replace(gone, new_start=come.new_start, new_lines=come.new_lines, lines=gone.lines + come.lines)


def _counts(done: Completed) -> Iterator[_Text]:
    if done.truncated:
        raise ChangeTooLarge(command="diff-tree", bytes=MAX_OUTPUT)
    lines = done.stdout.splitlines()
    raw = [line for line in lines if line[:1] == b":"]
    for file, counted in zip(parse_raw(raw), lines[len(raw) :], strict=True):
        added = counted.partition(b"\t")[0]
        count = int(added) if added.isdigit() else 0
        hunks = (Hunk(old_start=0, old_lines=0, new_start=1, new_lines=count),) if count else ()
        yield _Text(replace(file, hunks=hunks), binary=not added.isdigit())


def _judged(repository: Repository, texts: list[_Text]) -> Iterator[FileChange]:
    """Each file, with the reason if its text is not looked at."""
    limits = repository.limits
    unsure = [text.file for text in texts if not text.file.hunks or _may_be_pointer(text.file)]
    oids = [side.oid for file in unsure for side in _blobs(file)]
    sizes = repository.sizes(oids) if oids else {}
    small = [side.oid for file in unsure if file.hunks for side in _blobs(file)]
    found = repository.read(oid for oid in small if sizes.get(oid, MAX_POINTER_BYTES) < MAX_POINTER_BYTES)
    pointers = {oid for oid, content in found.items() if is_lfs_pointer(content)}
    seen: set[str] = set()
    lines_left = limits.change_lines
    for number, text in enumerate(texts):
        file, lines = text.file, sum(hunk.old_lines + hunk.new_lines for hunk in text.file.hunks)
        unread = _TWICE if file.path in seen else _why_unread(text, sizes, pointers, limits.file_bytes)
        if unread is None and number >= limits.files:
            unread = Unread(status="failed", reason=f"over limits.files ({limits.files})")
        if unread is None and (text.cut or lines > lines_left):
            unread = Unread(status="failed", reason=f"over limits.change_lines ({limits.change_lines})")
        seen.add(file.path)
        lines_left -= 0 if unread else lines
        yield replace(file, hunks=() if unread else file.hunks, unread=unread)


def _why_unread(text: _Text, sizes: dict[str, int], pointers: set[str], file_bytes: int) -> Unread | None:
    file = text.file
    last = file.head or file.base
    if not plain_path(path_bytes(file.path)):
        return _NO_PATH
    if last and (kind := unread_kind(last.mode)):
        return kind
    for side in _blobs(file) if not file.hunks and not text.cut else ():
        if sizes.get(side.oid, file_bytes + 1) > file_bytes:
            return Unread(
                status="failed",
                reason=f"larger than limits.file_bytes ({file_bytes})" if side.oid in sizes else _MISSING,
            )
    if text.binary:
        return BINARY
    return LFS if last and last.oid in pointers else None


def _blobs(file: FileChange) -> list[Side]:
    return [side for side in (file.base, file.head) if side and side.mode != SUBMODULE]


def _may_be_pointer(file: FileChange) -> bool:
    lines = [line for hunk in file.hunks for line in hunk.lines[: 2 * MAX_POINTER_LINES]]
    few = sum(hunk.new_lines or hunk.old_lines for hunk in file.hunks) <= MAX_POINTER_LINES
    return few and (not lines or any(b"oid sha256:" in line or b"//git-lfs" in line for line in lines))


def _without_missing(repository: Repository, sides: Sides, reason: str, *, with_lines: bool) -> tuple[Completed, Sides]:
    """Compare what is there: the files whose content is missing leave both trees, and are named."""
    listed = repository.scratch.git("diff-tree", "-r", "--raw", "--no-abbrev", "--no-renames", sides.base, sides.head)
    files = list(parse_raw(listed.stdout.splitlines()))
    there = repository.sizes(side.oid for file in files for side in _blobs(file))
    lost = [file for file in files if any(side.oid not in there for side in _blobs(file))]
    if listed.status or not lost:
        raise ObjectsMissing(reason=complaint(listed) if listed.status else reason)
    base, head = (_tree_without(repository, tree, lost) for tree in (sides.base, sides.head))
    done = _diff_tree(repository, base, head, with_lines=with_lines)
    if done.status and not done.truncated:
        raise ObjectsMissing(reason=complaint(done))
    missing = Unread(status="failed", reason=_MISSING)
    named = tuple(replace(file, unread=missing) for file in lost)
    note = f"{len(lost)} changed files lack content in this repository; nothing was fetched"
    return done, replace(sides, unread=(*sides.unread, *named), notes=(*sides.notes, note))


def _tree_without(repository: Repository, tree: str, files: Iterable[FileChange]) -> str:
    repository.scratch.load(tree)
    nothing = repository.empty_tree.encode()
    return repository.scratch.tree_of_index(b"0 %b\t%b\0" % (nothing, path_bytes(file.path)) for file in files)
