"""The store of a site: each content once, by digest and mode, put there when it was proved, and shared by generations.

Clauses 7.2, 7.3 and 7.11 of spec/bundle.md. `survey` says what is there and right; `fill` brings what is missing from
the parts: read, hash, compare, then write from the same memory, under a name in `tmp/` until the content is whole.
"""

import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from coderev.bundle.format.chunks import CHUNK_BYTES, EMPTY, digest
from coderev.bundle.format.entries import Blob, File
from coderev.bundle.format.layout import lay_out
from coderev.bundle.format.manifest import Manifest
from coderev.bundle.format.parts import WRITE_AT_ONCE
from coderev.bundle.format.reading import Chunk, Fault, PartReader, missing
from coderev.bundle.format.unpacking import unpacking
from coderev.bundle.host.disk import make_folders, make_folders_once, writing
from coderev.bundle.media import Media
from coderev.errors import InputError

Watch = Callable[[int], None]  # how many more bytes were read


class OriginDamaged(InputError):
    """A content that a delta leaves to its base is not whole here."""

    message = "{path} is not in the bundle, which is a delta, and its content here is missing or damaged"
    hint = "bring the whole bundle of this seq; it replaces what is damaged"


class Shelf(NamedTuple):
    """The contents on one file system. Its paths are text: there are tens of thousands of them."""

    root: str

    def path(self, content: str, mode: str) -> str:
        """Where a content of a mode lies (7.3)."""
        return f"{self.root}/store/{mode}/{content[:2]}/{content}"

    def temporary(self, content: str, mode: str) -> str:
        """Where it is while it is not whole."""
        return f"{self.root}/store/tmp/{content}.{mode}"

    def clear(self) -> None:
        """Make `tmp/`, and forget what an earlier installation left there. Raises OSError."""
        folder = Path(self.root) / "store" / "tmp"
        make_folders(folder, folder.parent.parent.parent)
        for left in folder.iterdir():
            left.unlink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One content that is wanted: where it goes, on one shelf or several, in one mode or both."""

    digest: str
    size: int
    places: tuple[tuple[Shelf, str], ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Where it will be."""
        return tuple(shelf.path(self.digest, mode) for shelf, mode in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a survey found: the identities (device, inode) of contents that are right, and what is missing."""

    right: frozenset[tuple[int, int]]
    missing: Mapping[str, Want]  # by digest of the content

    @property
    def bytes(self) -> int:
        """How many bytes will be written."""
        return sum(want.size * len(want.places) for want in self.missing.values())


def wants(files: Iterable[File], sizes: Mapping[str, int], shelf_of: Callable[[File], Shelf]) -> tuple[Want, ...]:
    """The distinct contents of files, with their places."""
    places: dict[str, dict[tuple[Shelf, str], None]] = {}
    for file in files:
        places.setdefault(file.blob, {})[shelf_of(file), file.mode] = None
    return tuple(Want(digest=name, size=sizes[name], places=tuple(where)) for name, where in places.items())


def survey(wanted: Sequence[Want], watch: Watch) -> Stock:
    """Read what the store has of these contents; what is damaged counts as missing, and will be replaced.

    Raises DiskFails.
    """
    buffer, names = bytearray(CHUNK_BYTES), dict[str, frozenset[str]]()
    right: set[tuple[int, int]] = set()
    absent: dict[str, Want] = {}
    for want in wanted:
        lacking = []
        for shelf, mode in want.places:
            path = shelf.path(want.digest, mode)
            found = identity_if_right(path, want, mode, buffer) if _is_listed(path, names) else None
            if found is None:
                lacking.append((shelf, mode))
            else:
                right.add(found)
                watch(want.size)
        if lacking:
            absent[want.digest] = Want(digest=want.digest, size=want.size, places=tuple(lacking))
    return Stock(right=frozenset(right), missing=absent)


def _is_listed(path: str, names: dict[str, frozenset[str]]) -> bool:
    """Whether a name is in its folder; each folder is read once, for most of what is asked for is not there."""
    folder, _, name = path.rpartition("/")
    if folder not in names:
        with writing(folder):
            try:
                names[folder] = frozenset(os.listdir(folder))  # noqa: PTH208 - see Shelf
            except FileNotFoundError:
                names[folder] = frozenset()
    return name in names[folder]


def identity_if_right(path: str, want: Want, mode: str, buffer: bytearray) -> tuple[int, int] | None:
    """Device and inode of a content whose every byte and whose mode are right. Raises DiskFails."""
    with writing(path):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ELOOP, errno.ENXIO}:
                return None
            raise
        with FileIO(handle) as file:
            state = os.fstat(handle)
            if state.st_size != want.size or state.st_mode != 0o100000 | int(mode, 8):
                return None
            try:
                return (state.st_dev, state.st_ino) if digest(file, buffer).digest == want.digest else None
            except OSError:  # the disk cannot read it: it is damaged, and is written anew
                return None


class Incoming:
    """One blob on its way into the store: its content goes to every place, and gets its names when it is right."""

    def __init__(self, blob: Blob, want: Want, base: Path | None) -> None:
        self._want, self._handles = want, list[int]()
        self._content = unpacking(blob, self._write, base)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            for shelf, mode in want.places:
                self._handles.append(os.open(shelf.temporary(want.digest, mode), flags, 0o600))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Leave what was written in `tmp/`, where the next installation forgets it."""
        while self._handles:
            os.close(self._handles.pop())

    def take(self, view: memoryview) -> None:
        """The next stored bytes, which were compared. Raises ContentWrong, OSError."""
        self._content.take(view)

    def finish(self, right: set[tuple[int, int]], made: set[str]) -> None:
        """Give the content its names in the store, and note its identities. Raises ContentWrong, OSError.

        `made`: folders of the store that are there, as `make_folders_once` keeps them.
        """
        self._content.finish()
        for handle, (shelf, mode) in zip(self._handles, self._want.places, strict=True):
            os.fchmod(handle, int(mode, 8))
            state = os.fstat(handle)
            right.add((state.st_dev, state.st_ino))
            path = shelf.path(self._want.digest, mode)
            make_folders_once(path, shelf.root, made)
            os.rename(shelf.temporary(self._want.digest, mode), path)  # noqa: PTH104 - see Shelf
        self.close()

    def _write(self, view: memoryview) -> None:
        for handle in self._handles:
            left = view
            while left:
                left = left[os.write(handle, left[:WRITE_AT_ONCE]) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """Brings missing contents from media into the store."""

    manifest: Manifest
    media: Media
    base_of: Callable[[str], Path | None]  # the file with a content that a patch starts from

    def needed(self, wanted: Collection[str]) -> tuple[set[int], set[int]]:
        """The numbers of the blobs with these contents, and of the parts that hold them."""
        blobs = {number for number, blob in enumerate(self.manifest.blobs) if blob.unpacked.digest in wanted}
        spans = lay_out(self.manifest.parts, self.manifest.blobs)
        return blobs, {span.part for span in spans if span.blob in blobs}

    def fill(self, stock: Stock, watch: Watch) -> frozenset[tuple[int, int]]:
        """Write all that is missing; the identities of what is right now.

        Raises PartWrong, PartUnreadable, ContentWrong, DiskFull, DiskFails, MediumRefused, MediumUnreadable.
        """
        right = set(stock.right)
        blobs, parts = self.needed(stock.missing)
        others = set(range(len(self.manifest.blobs))) - blobs
        reader = PartReader(self.manifest.parts, self.manifest.blobs)
        incoming: dict[int, Incoming] = {}
        made: set[str] = set()
        if (empty := stock.missing.get(EMPTY)) is not None:
            _put_empty(empty, right, made)
        try:
            for number in sorted(parts):
                for chunk in self._chunks(reader, number, others):
                    with writing(stock.missing[chunk.blob.unpacked.digest].paths[0]):
                        if self._take(chunk, stock, incoming):
                            incoming[chunk.number].finish(right, made)
                            del incoming[chunk.number]
                    watch(chunk.span.length)
        finally:
            for each in incoming.values():
                each.close()
        return frozenset(right)

    def _chunks(self, reader: PartReader, number: int, without: set[int]) -> Iterator[Chunk]:
        with self.media.part(number) as handle:
            if handle is None:
                raise missing(number, self.manifest.parts[number]).error()
            for chunk in reader.read(number, handle, without=without):
                if isinstance(chunk, Fault):
                    raise chunk.error()
                yield chunk

    def _take(self, chunk: Chunk, stock: Stock, incoming: dict[int, Incoming]) -> bool:
        """Write one chunk; whether it was the last of its blob."""
        if chunk.number not in incoming:
            base = self.base_of(chunk.blob.patch.base) if chunk.blob.patch else None
            incoming[chunk.number] = Incoming(chunk.blob, stock.missing[chunk.blob.unpacked.digest], base)
        incoming[chunk.number].take(chunk.view)
        return chunk.start + chunk.span.length == chunk.blob.size


def _put_empty(want: Want, right: set[tuple[int, int]], made: set[str]) -> None:
    """The empty content lies in no part, so no chunk of it ever comes (4.4)."""
    with writing(want.paths[0]):
        empty = Incoming(Blob(digest=EMPTY, size=0, part=0, offset=0), want, None)
        try:
            empty.finish(right, made)
        finally:
            empty.close()
