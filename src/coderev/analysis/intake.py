"""What is analysed, in chunks that bound memory: both sides of changed files, read a few at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from coderev.diff import Change, FileChange

FILES_AT_ONCE = 100  # changed files of one chunk
BYTES_AT_ONCE = 8 * 1024 * 1024  # of source in one chunk; one pair of files may be more

Each = TypeVar("Each")
Read = Callable[[Iterable[str]], dict[str, bytes]]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a file, which is `compared` unless the whole change has no base.

    `numbers`, where given, are the real numbers of its lines, of which some are missing.
    """

    path: str
    source: bytes
    numbers: tuple[int, ...] = ()
    compared: bool = True


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of the changed file at `number` in the change. `missing` sides exist and could not be read."""

    number: int
    base: Text | None = None
    head: Text | None = None
    missing: frozenset[str] = frozenset()  # "base", "head"

    def key(self, side: str) -> str:
        """The name of one side, "base" or "head", among all files that analysers see at once."""
        return f"{side}:{self.number}"

    @property
    def sides(self) -> tuple[tuple[str, Text], ...]:
        """The sides that there are, by their keys, base first."""
        return tuple((self.key(name), text) for name, text in (("base", self.base), ("head", self.head)) if text)

    @property
    def size(self) -> int:
        """Bytes of source."""
        return sum(len(text.source) for _, text in self.sides)


def is_loose(file: FileChange) -> bool:
    """Whether a file is known by the lines of a patch only: neither side names an object."""
    return not any(side and side.oid for side in (file.base, file.head))


def pairs(change: Change, read: Read) -> Iterator[tuple[Pair, ...]]:
    """The readable changed files in chunks, in the order of the change."""
    wanted = [(number, file) for number, file in enumerate(change.files) if file.unread is None]
    compared = any(file.base for file in change.files)
    for some in files_in_turn(wanted):
        yield from _split([*_read_pairs(some, read, compared=compared)])


def files_in_turn(files: Sequence[Each]) -> Iterator[Sequence[Each]]:
    """As many at once as may be read at once."""
    return (files[first : first + FILES_AT_ONCE] for first in range(0, len(files), FILES_AT_ONCE))


def _read_pairs(wanted: Sequence[tuple[int, FileChange]], read: Read, *, compared: bool) -> Iterator[Pair]:
    oids = {side.oid for _, file in wanted for side in (file.base, file.head) if side}
    blobs = read(sorted(oids)) if oids else {}
    for number, file in wanted:
        yield _loose_pair(number, file) if is_loose(file) else _pair(number, file, blobs, compared=compared)


def _pair(number: int, file: FileChange, blobs: dict[str, bytes], *, compared: bool) -> Pair:
    texts: dict[str, Text] = {}
    missing: set[str] = set()
    for name, side, path in (("base", file.base, file.old_path or file.path), ("head", file.head, file.path)):
        if side and side.oid in blobs:
            texts[name] = Text(path=path, source=blobs[side.oid], compared=compared)
        elif side:
            missing.add(name)
    return Pair(number=number, base=texts.get("base"), head=texts.get("head"), missing=frozenset(missing))


def _loose_pair(number: int, file: FileChange) -> Pair:
    """Removed lines are base, added lines are head: a line that a patch moves is not new."""
    base = _loose_text(file.old_path or file.path, _numbered(file, b"-"))
    return Pair(number=number, base=base, head=_loose_text(file.path, _numbered(file, b"+")))


def _loose_text(path: str, lines: Iterable[tuple[int, bytes]]) -> Text | None:
    numbered = tuple(lines)
    numbers = tuple(number for number, _ in numbered)
    return Text(path=path, source=b"\n".join(line for _, line in numbered), numbers=numbers) if numbered else None


def _numbered(file: FileChange, mark: bytes) -> Iterator[tuple[int, bytes]]:
    other = b"+" if mark == b"-" else b"-"
    for hunk in file.hunks:
        number = hunk.old_start if mark == b"-" else hunk.new_start
        for line in hunk.lines:
            if line.startswith(mark):
                yield number, line[1:]
            number += not line.startswith((other, b"\\"))


def _split(read: Sequence[Pair]) -> Iterator[tuple[Pair, ...]]:
    chunk: list[Pair] = []
    for pair in read:
        if chunk and sum(each.size for each in chunk) + pair.size > BYTES_AT_ONCE:
            yield tuple(chunk)
            chunk = []
        chunk.append(pair)
    if chunk:
        yield tuple(chunk)
