"""Deltas: what a base has, which of its files a changed file is likely to come from, and patches between the two.

Clause 9 of spec/bundle.md. A base is an inventory; with the earlier bundle at hand changed files become patches,
without it a delta leaves out what the base has and no more.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from coderev.bundle.format.chunks import ContentHash, Digested, fill
from coderev.bundle.format.encodings import patch
from coderev.bundle.format.entries import SEGMENT_BYTES, Content, Image, Patch
from coderev.bundle.format.manifest import Manifest
from coderev.bundle.inventory import Inventory, inventory_of
from coderev.bundle.making.contents import Earlier, EarlierMissing
from coderev.bundle.making.media_folders import OwnBundle, bundles_below
from coderev.errors import InputError

MOST_OF_WHOLE = 60  # percent of what a blob would have been: a patch that is as large or larger is not kept (9.4)
ANCHOR_BYTES = 64
MIN_VARIED = 24  # different bytes in an anchor: runs and tables of numbers lie everywhere
PATCH_AT_LEAST = 4096  # bytes of a content: below, a patch saves nothing that matters


class WrongInventory(InputError):
    """A delta cannot be made against this base."""

    message = "no delta from seq {since} to seq {seq} can be made: {reason}"
    hint = "name the base that the site has live, from an earlier seq of the same product, channel and kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a delta starts from: what the site has, and the earlier bundle that it came from, where that is at hand."""

    inventory: Inventory
    bundle: OwnBundle | None
    earlier: Earlier  # the bundles before it

    @property
    def held(self) -> Mapping[str, Content]:
        """The contents that the base has, by digest."""
        return {content.digest: content for content in self.inventory.contents}


def find_earlier(folder: Path) -> Earlier:
    """How earlier bundles are found: by seq, and by tree digest where it is not empty, in a folder of bundles."""

    def earlier(seq: int, tree: str) -> OwnBundle:
        for bundle in bundles_below(folder):
            if bundle.manifest.seq == seq and (not tree or bundle.manifest.tree_digest == tree):
                return bundle
        raise EarlierMissing(seq=seq, tree=tree or "of any kind", folder=folder)

    return earlier


def start_from_seq(seq: int, folder: Path) -> Start:
    """The base is an earlier bundle below `folder`. Raises EarlierMissing."""
    earlier = find_earlier(folder)
    bundle = earlier(seq, "")
    return Start(inventory=inventory_of(bundle.manifest), bundle=bundle, earlier=earlier)


def start_from_inventory(inventory: Inventory, folder: Path) -> Start:
    """The base is what a site has; the bundle that it came from makes patches possible, where it is below `folder`."""
    earlier = find_earlier(folder)
    try:
        bundle = earlier(inventory.seq, inventory.tree)
    except EarlierMissing:
        return Start(inventory=inventory, bundle=None, earlier=earlier)
    return Start(inventory=inventory, bundle=bundle, earlier=earlier)


def pair_layers(images: Sequence[tuple[str, Sequence[str]]], before: Sequence[Image]) -> dict[str, str]:
    """Which old layer each new one is likely to come from: OCI digests, by an image's name without its tag and place.

    `images` are names and the digests of their layers, lowest first.
    """
    old = {image.name.rpartition(":")[0]: image.layers for image in before}
    pairs: dict[str, str] = {}
    for name, layers in images:
        for new, was in zip(layers, old.get(name.rpartition(":")[0], ()), strict=False):
            pairs.setdefault(new, was)
    return pairs


def pair_paths(paths: Sequence[str], before: Manifest) -> dict[str, Content]:
    """For each path the content that it is likely to come from: at the same path, else the one file of that name."""
    sizes = before.sizes
    old = {file.path: Content(digest=file.blob, size=sizes[file.blob]) for file in before.tree}
    gone: dict[str, list[Content]] = {}
    for path in old.keys() - set(paths):
        gone.setdefault(path.rpartition("/")[2], []).append(old[path])
    pairs = {path: old[path] for path in paths if path in old}
    for path in paths:
        named = gone.get(path.rpartition("/")[2], [])
        if path not in pairs and len(named) == 1:
            pairs[path] = named[0]
    return pairs


class Patching:
    """One changed content as a patch against a content of the base: iterate for the stored bytes, then `result`."""

    def __init__(
        self, pieces: Iterator[bytes], base: Content, opened: BinaryIO, limit: int, segment: int = SEGMENT_BYTES
    ) -> None:
        """`pieces` are the new content's, `opened` is the base. No more than `limit` stored bytes are made."""
        self._pieces, self._base, self._opened, self._limit = pieces, base, opened, limit
        self._segment_bytes = segment
        self._hashing, self._starts = ContentHash(), list[int]()
        self._stored = 0

    def __iter__(self) -> Generator[bytes, None, None]:
        shift = _Shift(self._segment_bytes)
        while self._stored <= self._limit and (first := next(self._pieces, None)) is not None:
            self._starts.append(min(max(0, shift.window_start), self._base.size - 1))
            prefix = self._window(self._starts[-1])
            shift.enter(self._starts[-1], prefix)
            frame = patch(self._segment(first, shift), prefix)
            prefix.release()  # the frame has its copy
            for piece in frame:
                self._stored += len(piece)
                yield piece

    def _window(self, start: int) -> memoryview:
        view = memoryview(bytearray(min(self._segment_bytes, self._base.size - start)))
        self._opened.seek(start)
        return view[: fill(self._opened, view)]  # type: ignore[arg-type] # every BinaryIO that we open has `readinto`

    def _segment(self, first: bytes, shift: "_Shift") -> Iterator[bytes]:
        left = self._segment_bytes
        for piece in chain((first,), self._pieces):
            taken, rest = piece[:left], piece[left:]
            self._hashing.update(taken)
            shift.look(taken)
            left -= len(taken)
            yield taken
            if not left:
                if rest:
                    self._pieces = chain((rest,), self._pieces)
                return

    @property
    def is_worth_it(self) -> bool:
        """Whether the patch is whole and small enough (9.4)."""
        return self._stored <= self._limit

    def result(self) -> tuple[Digested, Patch]:
        """The content that was read, and what the manifest says of the patch."""
        said = Patch(base=self._base.digest, size=self._base.size, windows=tuple(self._starts))
        return self._hashing.digested(), said


class _Shift:
    """How many bytes later in the new content comes what the base has: negative where it comes earlier.

    What is inserted or removed moves all that follows. Anchors, a few bytes each, of the window that is the prefix are
    looked for as the new segment goes by; the one nearest to the window's end tells. Where none is found, the segment
    was replaced, and the shift stays, or inserted: then anchors of that window are looked for in what follows, too.
    """

    def __init__(self, segment: int) -> None:
        self._ends = [segment >> halvings for halvings in (10, 6, 4, 2, 1)] + [segment - (segment >> 3)]
        self._starts = [segment >> halvings for halvings in (10, 3, 2, 1)]
        self._near: dict[int, bytes] = {}  # by place in the base, the last one first
        self._early: dict[int, bytes] = {}
        self._lost: dict[int, bytes] = {}
        self._found = -1  # the place in the base of the anchor that told last
        self._at, self._tail, self._shift = 0, b"", 0

    @property
    def window_start(self) -> int:
        """Where in the base the counterpart of what comes next begins."""
        return self._at - self._shift

    def enter(self, start: int, window: memoryview) -> None:
        """A new segment begins, with this window from `start` on as its prefix."""
        is_lost = self._found < 0 and bool(self._near)
        self._lost = (self._lost or self._early) if is_lost else {}
        self._near = _anchors(start, window, [len(window) - distance for distance in self._ends])
        self._early = _anchors(start, window, self._starts)
        self._found = -1

    def look(self, piece: bytes) -> None:
        """See the next bytes of the new content."""
        joined = self._tail + piece[:ANCHOR_BYTES]
        for place, anchor in chain(self._near.items(), self._lost.items()):
            if self._found >= 0 and place < self._found:
                break
            if (at := piece.find(anchor)) >= 0:
                self._take(place, self._at + at - place)
            elif (at := joined.find(anchor)) >= 0:
                self._take(place, self._at - len(self._tail) + at - place)
        self._at += len(piece)
        self._tail = (self._tail + piece[-ANCHOR_BYTES:])[1 - ANCHOR_BYTES :]

    def _take(self, place: int, shift: int) -> None:
        if place > self._found or abs(shift) < abs(self._shift):  # of what is there twice, the nearer one
            self._found, self._shift = place, shift


def _anchors(start: int, window: memoryview, places: Sequence[int]) -> dict[int, bytes]:
    """What stands at some places of a window, where it is not likely to stand anywhere else."""
    found = {start + place: bytes(window[place : place + ANCHOR_BYTES]) for place in places if place >= 0}
    return {place: anchor for place, anchor in found.items() if len(set(anchor)) >= MIN_VARIED}


def whole_limit(size: int) -> int:
    """The most bytes that a patch may have, of a blob that would else have `size` (9.4)."""
    return (size * MOST_OF_WHOLE - 1) // 100
