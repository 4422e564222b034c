"""Reading parts: once from beginning to end, handing out chunks that were compared, from the memory that was hashed.

Clauses 4.11, 4.12 and 7.2 of spec/bundle.md. While a buffer of 16 MiB is hashed, a thread fills the other one; small
blobs are read many at a time. Memory does not depend on sizes.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, NamedTuple

from coderev.bundle.format.chunks import CHUNK_BYTES, blob_digest
from coderev.bundle.format.entries import Blob, Part
from coderev.bundle.format.layout import Span, lay_out
from coderev.bundle.format.parts import part_name
from coderev.errors import TrustError, Unavailable

MIB = 1024 * 1024
Kind = Literal["changed", "failing", "unreadable", "short", "long", "missing"]

_SAID: dict[Kind, tuple[str, str]] = {  # what was found, and the advice
    "changed": (
        "these are not the bytes that were signed, and a second read gave the same",
        "the bytes were changed after signing: keep the medium for the security officer, and get {name} again",
    ),
    "failing": (
        "these are not the bytes that were signed, and a second read differed",
        "the medium is failing: copy {name} again, to another medium",
    ),
    "unreadable": ("these bytes cannot be read", "the medium is failing: copy {name} again, to another medium"),
    "short": ("these bytes are missing at the end", "{name} was not copied wholly: copy it again"),
    "long": ("there are bytes after the listed end", "{name} is not the file that was signed: get it again"),
    "missing": ("the part is not there", "bring the medium that holds {name}"),
}


class PartWrong(TrustError):
    """A part has other bytes than those that were signed."""

    message = "{fault}"
    hint = "{advice}"


class PartUnreadable(Unavailable):
    """A part is missing or incomplete, or its medium fails."""

    message = "{fault}"
    hint = "{advice}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with some bytes of a part: from where, how many, and in which blob, if in one (4.11)."""

    kind: Kind
    part: int
    offset: int
    length: int
    blob: str | None = None  # its digest

    def __str__(self) -> str:
        of_blob = f", of blob {self.blob}" if self.blob else ""
        return f"part {self.part}, {_range(self.offset, self.length)}{of_blob}: {_SAID[self.kind][0]}"

    @property
    def advice(self) -> str:
        """What the operator can do (4.12)."""
        return _SAID[self.kind][1].format(name=part_name(self.part))

    def error(self) -> PartWrong | PartUnreadable:
        """The error to raise where one fault ends it: changed bytes are a matter of trust, the others are not."""
        leaf = PartWrong if self.kind in {"changed", "long"} else PartUnreadable
        return leaf(fault=str(self), advice=self.advice)


def _range(offset: int, length: int) -> str:
    end = offset + length
    if offset % MIB == 0 == end % MIB:
        return f"bytes {offset // MIB} to {end // MIB} MiB"
    return f"bytes {offset} to {end}"


def missing(number: int, part: Part) -> Fault:
    """The fault of a part that is nowhere."""
    return Fault(kind="missing", part=number, offset=0, length=part.size)


class Chunk(NamedTuple):
    """Bytes that were compared. `view` is theirs until the next chunk is asked for; `start` counts within the blob."""

    number: int  # of the blob in the manifest
    blob: Blob
    start: int
    span: Span
    view: memoryview


class PartReader:
    """Reads the parts of one manifest, in any order of parts, each from its beginning to its end (4.11)."""

    def __init__(self, parts: Sequence[Part], blobs: Sequence[Blob]) -> None:
        """Lay out the chunks; the parts and blobs are a manifest's, so they fit (4.8)."""
        self._parts, self._blobs = parts, blobs
        self._spans: list[list[Span]] = [[] for _ in parts]
        for span in lay_out(parts, blobs):
            self._spans[span.part].append(span)
        self._buffers = tuple(memoryview(bytearray(CHUNK_BYTES)) for _ in range(2))

    def blobs_of(self, number: int) -> set[int]:
        """The numbers of the blobs that have bytes in a part."""
        return {span.blob for span in self._spans[number]}

    def read(self, number: int, descriptor: int, *, without: Collection[int] = ()) -> Iterator[Chunk | Fault]:
        """The chunks of a part that is open for reading, each compared, and every fault; not of blobs `without`."""
        size, listed = os.fstat(descriptor).st_size, self._parts[number].size
        if size != listed:
            kind: Kind = "short" if size < listed else "long"
            yield Fault(kind=kind, part=number, offset=min(size, listed), length=abs(size - listed))
        spans = [span for span in self._spans[number] if span.offset + span.length <= size and span.blob not in without]
        for batch, hashed in self._ahead(descriptor, _batches(spans)):
            for span, each in zip(batch, hashed, strict=True):
                yield self._judge(descriptor, span, each)

    def _ahead(
        self, descriptor: int, batches: Sequence[Sequence[Span]]
    ) -> Iterator[tuple[Sequence[Span], Sequence["_Hashed | None"]]]:
        """Each batch with what was read of it; the next one is being read and hashed while this one is used."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            coming = [pool.submit(_hash, descriptor, batch, self._buffers[0]) for batch in batches[:1]]
            for number, batch in enumerate(batches):
                hashed = coming.pop().result()
                following = batches[number + 1 : number + 2]
                coming = [pool.submit(_hash, descriptor, each, self._buffers[(number + 1) % 2]) for each in following]
                yield batch, hashed
                _forget(descriptor, batch)

    def _judge(self, descriptor: int, span: Span, hashed: "_Hashed | None") -> Chunk | Fault:
        blob = self._blobs[span.blob]
        if hashed is None:  # something in its batch cannot be read: find out what
            hashed = _hash(descriptor, [span], memoryview(bytearray(span.length)))[0]
        if hashed is None:
            return _fault("unreadable", span, blob)
        if _is_right(blob, span.chunk, hashed.digest):
            return Chunk(span.blob, blob, span.chunk * CHUNK_BYTES, span, hashed.view)
        again = _read_again(descriptor, span)
        return _fault("changed" if again == hashed.digest else "failing", span, blob)


class _Hashed(NamedTuple):
    """The bytes of a span, and the digest of just these."""

    view: memoryview
    digest: bytes


def _hash(descriptor: int, batch: Sequence[Span], buffer: memoryview) -> Sequence[_Hashed | None]:
    """Each of some neighbouring spans, or None for each where they cannot all be read."""
    whole = _read(descriptor, batch, buffer)
    if whole is None:
        return [None] * len(batch)
    views = [whole[span.offset - batch[0].offset :][: span.length] for span in batch]
    return [_Hashed(view, sha256(view).digest()) for view in views]


def _forget(descriptor: int, batch: Sequence[Span]) -> None:
    """Leave nothing in the system's memory of what is not read again: new pages for it cost a quarter more CPU."""
    os.posix_fadvise(descriptor, batch[0].offset, _length(batch), os.POSIX_FADV_DONTNEED)


def _length(batch: Sequence[Span]) -> int:
    return batch[-1].offset + batch[-1].length - batch[0].offset


def _fault(kind: Kind, span: Span, blob: Blob) -> Fault:
    return Fault(kind=kind, part=span.part, offset=span.offset, length=span.length, blob=blob.digest)


def _is_right(blob: Blob, chunk: int, found: bytes) -> bool:
    """Compare a chunk's digest with the listed one; of a single chunk the blob's digest says the same (4.3)."""
    return found.hex() == blob.chunks[chunk] if blob.chunks else blob_digest((found,)) == blob.digest


def _batches(spans: Sequence[Span]) -> list[list[Span]]:
    """Runs of neighbours that fit into one buffer."""
    batches: list[list[Span]] = []
    room = end = 0
    for span in spans:
        if not batches or span.offset != end or span.length > room:
            batches.append([])
            room = CHUNK_BYTES
        batches[-1].append(span)
        room, end = room - span.length, span.offset + span.length
    return batches


def _read(descriptor: int, batch: Sequence[Span], buffer: memoryview) -> memoryview | None:
    """The bytes of neighbouring spans; None where they cannot all be read."""
    start, wanted = batch[0].offset, _length(batch)
    view, filled = buffer[:wanted], 0
    try:
        while filled < wanted and (count := os.preadv(descriptor, [view[filled:]], start + filled)):
            filled += count
    except OSError:
        return None
    return view if filled == wanted else None


def _read_again(descriptor: int, span: Span) -> bytes | None:
    """The digest of a second reading, from the medium and not from the system's memory of the first (4.12)."""
    os.posix_fadvise(descriptor, span.offset, span.length, os.POSIX_FADV_DONTNEED)
    view = _read(descriptor, [span], memoryview(bytearray(span.length)))
    return None if view is None else sha256(view).digest()
