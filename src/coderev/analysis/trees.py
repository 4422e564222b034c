"""The whole of both sides of a change, in some languages: what a value may run through on its way to a changed file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from coderev.analysis.intake import Read
from coderev.diff import Change, FileChange, Side
from coderev.syntax import language_of

MOST_BYTES = 32 * 1024 * 1024  # of source on one side; some 800,000 lines
_KIND_OF_FILE, _PLAIN = 0o170000, 0o100000  # bits of a mode

_GONE = "cannot be read"
_OVER = "there is no room for it beside what is nearer to the change"

Listing = Callable[[str], Iterable[tuple[str, str, int]]]  # the files of a tree: path, id, size in bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSides:
    """The files of both sides by their paths, and those of head that could not be read, with the reason."""

    base: dict[str, bytes]
    head: dict[str, bytes]
    unread: dict[str, str]
    is_compared: bool  # else everything counts as added


def changed_files(change: Change, languages: frozenset[str], read: Read) -> tuple[FileChange, ...]:
    """The readable changed files in some languages, by their names, or by their first line where that is needed."""
    files = [file for file in change.files if file.unread is None]
    nameless = [file for file in files if all("." not in path.rpartition("/")[2] for path in _paths(file))]
    oids = sorted({side.oid for file in nameless for side in (file.base, file.head) if side})
    texts = read(oids) if oids else {}
    spoken = {oid for oid, text in texts.items() if language_of("", text) in languages}
    return tuple(
        file
        for file in files
        if any(language_of(path) in languages for path in _paths(file))
        or any(side.oid in spoken for side in (file.base, file.head) if side)
    )


def both_sides(
    change: Change,
    changed: Sequence[FileChange],
    read: Read,
    listing: Listing,
    *,
    languages: frozenset[str],
    most: int,
) -> BothSides:
    """Read both sides, of at most `most` files; where there is no room for all, the nearest to the change go first."""
    near = {path for file in changed for path in _paths(file)}
    tree = {path: (oid, size) for path, oid, size in listing(change.head)}
    for file in change.files:
        if file.head and _is_plain(file.head):
            tree.setdefault(file.path, (file.head.oid, 0))
    wanted = {path: each for path, each in tree.items() if path in near or language_of(path) in languages}
    head = _within(wanted, near, most)
    base = dict(head)
    for file in change.files:
        base.pop(file.path, None)
        old = file.old_path or file.path
        if file.base and _is_plain(file.base) and (old in near or language_of(old) in languages):
            base[old] = file.base.oid
    blobs = read(sorted({*head.values(), *base.values()}))
    return BothSides(
        base={path: blobs[oid] for path, oid in base.items() if oid in blobs},
        head={path: blobs[oid] for path, oid in head.items() if oid in blobs},
        unread={path: _GONE for path, oid in head.items() if oid not in blobs}
        | dict.fromkeys(wanted.keys() - head.keys(), _OVER),
        is_compared=bool(base) or any(file.base for file in change.files),
    )


def _paths(file: FileChange) -> tuple[str, ...]:
    return (file.path, file.old_path) if file.old_path else (file.path,)


def _is_plain(side: Side) -> bool:
    return side.mode & _KIND_OF_FILE == _PLAIN


def _within(wanted: dict[str, tuple[str, int]], near: set[str], most: int) -> dict[str, str]:
    """The ids of the files that have room, by their paths."""
    paths = sorted(wanted)
    if len(paths) > most or sum(size for _, size in wanted.values()) > MOST_BYTES:
        above = {folder for path in near for folder in _folders(path)}
        paths.sort(key=lambda path: (path not in near, -sum(folder in above for folder in _folders(path)), path))
    total, chosen = 0, {}
    for path in paths[:most]:
        oid, size = wanted[path]
        total += size
        if total > MOST_BYTES:
            break
        chosen[path] = oid
    return chosen


def _folders(path: str) -> list[str]:
    """The folders that a file lies in."""
    return [path[:at] for at, character in enumerate(path) if character == "/"]
