"""What is known of the walks of one run, as bytes: each with its events, and every cell that was written.

An event is four numbers: what was done, to which cell, with which digest (-1: none), and one more. They, the digests
and the cells' contents stand in long rows of bytes, so that of what is not asked for nothing is made.
"""

import hashlib
import sys
from array import array
from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from coderev.analysis.taint.finds import Part
from coderev.analysis.taint.outline import FileOutline
from coderev.analysis.taint.shared import Unit
from coderev.analysis.taint.writing import key_of

Cell = tuple[bytes, Hashable]  # whose it is, and its key
DIGEST_BYTES = 16
NUMBERS = "i"  # 32 bits each
_NO_CELL = (b"!", None)  # in the place of one that no walk of another run may read
_NO_DIGEST = bytes(DIGEST_BYTES)  # in the place of one that no walk of another run can read
OF_BLOB = 5  # numbers: of its digest; where its body begins, and how long it is; the same of what it refers to
WASTE = 2  # times as many digests as are needed, before those that are not are forgotten

# What a walk did to a cell:
READ = 0  # this was read
SEEN = 1  # this was read by one who is not walked again for it
ASK = 2  # another walk was asked for, which noted this; the further number is how much deeper the asking code stood
WRITE = 3  # this was written; the further number is how often the cell has been
FIRST = 4  # this was written, unless it was
MARK = 5  # it was noted that something is so
CHANGE = 6  # whoever has read it did not see all
HAS = 7  # it was asked whether its holder has any cell
ALL = 8  # all cells of its holder were read
TOLD = 9  # it is none, but something that no walk changes


class Walk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One walk: its events, what it found, and how deep it went."""

    unit: Any
    events: bytes
    depth: int
    part: Part | None = None

    @property
    def each(self) -> Iterator[tuple[int, int, int, int]]:
        """The events in their order."""
        numbers = iter(_numbers(self.events))
        return zip(numbers, numbers, numbers, numbers, strict=True)


class Ground(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What all walks stand on: `guard` is a digest of what everything depends on, `files` are by path, with a digest.

    `named` are by language the words that are sinks by their names.
    """

    guard: bytes
    files: dict[str, tuple[bytes, FileOutline]]
    named: dict[str, dict[str, int]]


class Records(msgspec.Struct, array_like=True, gc=False):
    """All walks of one run."""

    ground: Ground
    order: str  # of the bytes in a number
    kept: int  # digests, when nothing else was kept
    cells: list[tuple[bytes, str | int | tuple[Any, ...] | None]]
    digests: bytes
    walks: list[Walk]
    bodies: bytes
    refers: bytes
    blobs: bytes


_encoder = msgspec.msgpack.Encoder()
_plain = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Records)


class Past:
    """The walks of another run, and what they wrote."""

    def __init__(self, records: Records) -> None:
        self.records, self.ground = records, records.ground
        self.cells: list[Cell] = list(records.cells)
        for number, (holder, key) in enumerate(self.cells):
            if isinstance(key, tuple) and any(isinstance(each, list) for each in key):
                self.cells[number] = holder, key_of(list(key))
        digests = records.digests
        self.digests = [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]
        self.by_unit: dict[Unit, list[Walk]] = {}
        for walk in records.walks:
            self.by_unit.setdefault(key_of(walk.unit), []).append(walk)

    @cached_property
    def _blobs(self) -> dict[bytes, int]:
        """Where the numbers of each blob stand, by its digest."""
        digests = self.digests
        return {digests[number]: at * OF_BLOB for at, number in enumerate(self._rows[::OF_BLOB])}

    @cached_property
    def _rows(self) -> list[int]:
        return _numbers(self.records.blobs)

    @cached_property
    def _all_refers(self) -> list[int]:
        return _numbers(self.records.refers)

    def body(self, digest: bytes) -> bytes | None:
        """What was written under a digest."""
        at = self._blobs.get(digest)
        if at is None:
            return None
        start, length = self._rows[at + 1 : at + 3]
        return self.records.bodies[start : start + length]

    def refers(self, digest: bytes) -> tuple[bytes, ...]:
        """The digests of the cells that it refers to."""
        at = self._blobs.get(digest)
        if at is None:
            return ()
        start, length = self._rows[at + 3 : at + 5]
        return tuple(self.digests[number] for number in self._all_refers[start : start + length])


def digest_of(*parts: object) -> bytes:
    """A digest of plain values and forms."""
    try:
        told = _plain.encode(parts)
    except (ValueError, OverflowError):  # text that is none, and numbers that are too large
        told = _plain.encode(_bare(parts))
    return hashlib.blake2b(told, digest_size=DIGEST_BYTES).digest()


def _bare(value: object) -> object:
    """What can be written down of anything, still different for different things."""
    match value:
        case str():
            return ["text", value.encode(errors="surrogatepass")]
        case int():
            return ["number", str(value)]
        case tuple() | list():
            return ["row", *map(_bare, value)]
        case frozenset():
            return ["set", *sorted(_plain.encode(_bare(each)) for each in value)]
        case msgspec.Struct():
            return [type(value).__name__, *map(_bare, msgspec.structs.astuple(value))]
        case _:
            return value


def is_writable(value: object) -> bool:
    """Whether something can be written down as it is."""
    if isinstance(value, str) and value.isascii():
        return True
    try:
        _plain.encode(value)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return False
    return True


def told(records: Records) -> bytes:
    """Records as bytes. Raises what `UNWRITABLE` says."""
    return _encoder.encode(records)


def recalled(told: bytes) -> Past | None:
    """What `told` was given; None where it is none, or that of another machine."""
    try:
        found = _decoder.decode(told)
    except msgspec.DecodeError:
        return None
    return Past(found) if found.order == sys.byteorder else None


class Numbers:
    """The numbers of cells and digests. Of `odd` cells the key cannot be written down."""

    def __init__(self, past: Past | None = None) -> None:
        self.odd: set[int] = set()
        self.cells: list[Cell] = past.cells if past is not None else []
        self.digests: list[bytes] = past.digests if past is not None else []

    @cached_property
    def of_cells(self) -> dict[Cell, int]:
        """The numbers of the cells that have one."""
        return {cell: number for number, cell in enumerate(self.cells)}

    @cached_property
    def _of_digests(self) -> dict[bytes, int]:
        return {digest: number for number, digest in enumerate(self.digests)}

    def cell(self, cell: Cell) -> int:
        """The number of a cell."""
        number = self.of_cells.get(cell)
        if number is None:
            number = self.of_cells[cell] = len(self.cells)
            self.cells.append(cell)
            if not is_writable(cell[1]):
                self.odd.add(number)
        return number

    def digest(self, digest: bytes | None) -> int:
        """The number of a digest; -1 of none."""
        if digest is None:
            return -1
        number = self._of_digests.get(digest)
        if number is None:
            number = self._of_digests[digest] = len(self.digests)
            self.digests.append(digest)
        return number


class Blobs:
    """What was written in this run or another, by its digest."""

    def __init__(self, past: Past | None) -> None:
        self._past = past
        self._new: dict[bytes, tuple[bytes, tuple[bytes, ...]]] = {}

    def add(self, digest: bytes, body: bytes, refers: Iterable[bytes]) -> None:
        """What is written now."""
        self._new[digest] = body, tuple(refers)

    def body(self, digest: bytes) -> bytes:
        """What was written under a digest. Raises KeyError."""
        found = self._new.get(digest)
        if found is not None:
            return found[0]
        body = self._past.body(digest) if self._past is not None else None
        if body is None:
            raise KeyError(digest)
        return body

    def refers(self, digest: bytes) -> tuple[bytes, ...]:
        """The digests of the cells that it refers to."""
        found = self._new.get(digest)
        if found is not None:
            return found[1]
        return self._past.refers(digest) if self._past is not None else ()

    @property
    def new(self) -> dict[bytes, None]:
        """The digests of what was written now."""
        return dict.fromkeys(self._new)


def grounded(ground: Ground) -> Ground:
    """The same without the files whose outlines cannot be written down: they are read again."""
    files = {path: each for path, each in ground.files.items() if is_writable(path) and is_writable(each)}
    return ground if len(files) == len(ground.files) else msgspec.structs.replace(ground, files=files)


def gathered(ground: Ground, walks: list[Walk], numbers: Numbers, blobs: Blobs, past: Past | None) -> Records:
    """Records of some walks. What was known stays, needed or not, until that is too much."""
    if past is not None and len(numbers.digests) > WASTE * past.records.kept:
        own = Numbers()
        made = [_renumbered(walk, numbers, own) for walk in walks]
        return _gathered(ground, made, own, blobs, None)
    return _gathered(ground, walks, numbers, blobs, past)


def _gathered(ground: Ground, walks: list[Walk], numbers: Numbers, blobs: Blobs, past: Past | None) -> Records:
    """Records of some walks: with all that is known and what was written now, or (no past) just with what they need."""
    before = past.records if past is not None else None
    refers, rows = array(NUMBERS), array(NUMBERS)
    bodies = [before.bodies if before is not None else b""]
    start, first = len(bodies[0]), len(before.refers) // refers.itemsize if before is not None else 0
    for digest in blobs.new if past is not None else _needed(walks, numbers, blobs):
        body, others = blobs.body(digest), [numbers.digest(each) for each in blobs.refers(digest)]
        rows.extend((numbers.digest(digest), start, len(body), first + len(refers), len(others)))
        refers.extend(others)
        bodies.append(body)
        start += len(body)
    digests = b"".join(each if len(each) == DIGEST_BYTES else _NO_DIGEST for each in numbers.digests)
    return Records(
        ground, sys.byteorder, before.kept if before is not None else len(numbers.digests),
        [_NO_CELL if number in numbers.odd else cell for number, cell in enumerate(numbers.cells)],  # type: ignore[misc]
        digests, walks, b"".join(bodies),
        (before.refers if before is not None else b"") + refers.tobytes(),
        (before.blobs if before is not None else b"") + rows.tobytes(),
    )  # fmt: skip


def _renumbered(walk: Walk, old: Numbers, new: Numbers) -> Walk:
    events = array(NUMBERS)
    for op, cell, digest, more in walk.each:
        number = -1 if digest < 0 else new.digest(old.digests[digest])
        events.extend((op, new.cell(old.cells[cell]), number, more))
    return Walk(walk.unit, events.tobytes(), walk.depth, walk.part)


def _needed(walks: Iterable[Walk], numbers: Numbers, blobs: Blobs) -> dict[bytes, None]:
    """The digests of what walks wrote, and of all that it refers to."""
    wrote = (WRITE, FIRST)
    waiting = [numbers.digests[each[2]] for walk in walks for each in walk.each if each[0] in wrote and each[2] >= 0]
    found: dict[bytes, None] = {}
    while waiting:
        digest = waiting.pop()
        if digest not in found:
            found[digest] = None
            waiting += blobs.refers(digest)
    return found


def _numbers(row: bytes) -> list[int]:
    found = array(NUMBERS)
    found.frombytes(row)
    return found.tolist()
