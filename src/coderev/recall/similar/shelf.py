"""The files of one scope: vectors, what belongs to them, and a head that says how much of them counts.

    head            which generation of files is in force, and how many of its rows and bytes: replaced in one rename
    vectors-G       float32, row by row
    entries-G       one record for each row: id, time, where its payload is, which earlier row it replaces
    payloads-G      one after the other
    basis-G-N       the directions of the leads (`scan.py`), made when there were N rows
    leads-G-N       leads of the first rows

Files only grow. What stands behind the counts of the head, such as the tail of a write that was cut off, does not
count, and the next writer cuts it. Forgetting writes a new generation. One writer at a time; readers need no lock.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.files import write_atomic
from coderev.recall.similar.index import ID_BYTES, MAX_PAYLOAD, Item
from coderev.recall.similar.scan import LEAD, Leads, Matrix, basis_of, table_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Entries = NDArray[Any]

FORM = 1  # of these files
LEADS_FROM = 4_096  # rows; fewer are read whole
LEADS_AGAIN = 8  # times as many rows: the directions are taken anew
MAX_ROWS = 250_000  # of one scope; when there are more, the oldest fifth goes
KEPT = 200_000
WORTH = 1_024  # rows that are gone before it is worth writing the rest anew; half of all must be gone, too
CHUNK = 16_384  # rows that are handled at once
MOST = 1 << 40  # rows or bytes that a head may promise: in bytes of vectors it still is a number of 64 bits
PRIVATE = 0o600
HEAD = "head"


class Damaged(Exception):
    """The files do not fit each other: `what` is wrong."""

    def __init__(self, *, what: str) -> None:
        super().__init__(what)


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the files counts."""

    form: int = FORM
    dimensions: int
    generation: int = 1
    rows: int = 0
    gone: int = 0  # of the rows
    payload_bytes: int = 0
    leads_at: int = 0  # rows when the directions were taken; 0: there are no leads
    led: int = 0  # rows that have a lead
    mark: str = ""  # by chance, so that no two heads are alike

    @property
    def alive(self) -> int:
        """Rows that can be found."""
        return self.rows - self.gone


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a head shows: all of it stays readable while this is held, whatever a writer does."""

    head: Head
    entries: "Entries"
    matrix: Matrix
    payloads: bytes | Any  # a buffer

    def payload(self, row: int) -> bytes:
        """What belongs to a row. Raises Damaged."""
        start, length = int(self.entries["start"][row]), int(self.entries["length"][row])
        if start + length > len(self.payloads) or length > MAX_PAYLOAD:
            raise Damaged(what="a payload lies outside of its file")
        return bytes(self.payloads[start : start + length])

    def id(self, row: int) -> bytes:
        """A row's id."""
        return bytes(self.entries["id"][row].tobytes())


class Shelf:
    """The files of one scope, in a folder of their own. Everything raises Damaged and OSError."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        self._folder, self._dimensions = folder, dimensions
        self._seen: tuple[bytes | None, View] | None = None

    def head(self) -> Head:
        """What counts."""
        return self._head(self._said())

    def view(self) -> View:
        """All that counts now, mapped into memory; the same as before where nothing was written since."""
        for _ in range(3):
            said = self._said()
            if self._seen is None or self._seen[0] != said:
                try:
                    self._seen = (said, self._mapped(self._head(said)))
                except FileNotFoundError:  # a writer has just begun another generation
                    continue
            return self._seen[1]
        raise Damaged(what="a file that the head names is not there")

    def add(self, items: Sequence[Item], added: float) -> None:
        """Write items behind the last row and count them. Only the writer may call this."""
        view = self.view()
        if view.head.alive + len(items) > MAX_ROWS:
            view = self.keep(_newest(view, KEPT - len(items)))
        if view.head.gone > max(WORTH, view.head.rows // 2):
            view = self.keep(_alive(view))
        head = view.head
        self._cut(head)
        entries = _entries(items, added, head.payload_bytes)
        entries["replaces"] = _replaced(view, entries["id"])
        payload = b"".join(item.payload for item in items)
        self._append(f"vectors-{head.generation}", _vectors(items))
        self._append(f"payloads-{head.generation}", payload)
        self._append(f"entries-{head.generation}", entries)
        self._commit(
            msgspec.structs.replace(
                head,
                rows=head.rows + len(items),
                gone=head.gone + int((entries["replaces"] >= 0).sum()),
                payload_bytes=head.payload_bytes + len(payload),
            )
        )

    def keep(self, rows: "NDArray[np.int64]") -> View:
        """Write a new generation with these rows only. Only the writer may call this."""
        import numpy as np

        view = self.view()
        generation = view.head.generation + 1
        self._sweep(view.head)
        entries = view.entries[rows]
        entries["replaces"] = -1
        length = 0
        for chunk in np.array_split(np.arange(len(rows)), max(-(-len(rows) // CHUNK), 1)):
            payload = b"".join(view.payload(int(row)) for row in rows[chunk])
            entries["start"][chunk] = length + np.cumsum(entries["length"][chunk]) - entries["length"][chunk]
            length += len(payload)
            self._append(f"vectors-{generation}", view.matrix.rows[rows[chunk]])
            self._append(f"payloads-{generation}", payload)
        self._append(f"entries-{generation}", entries)
        self._commit(Head(dimensions=self._dimensions, generation=generation, rows=len(rows), payload_bytes=length))
        self._sweep(self.head())
        return self.view()

    def _said(self) -> bytes | None:
        try:
            return (self._folder / HEAD).read_bytes()
        except FileNotFoundError:
            return None

    def _head(self, said: bytes | None) -> Head:
        if said is None:  # nothing was written yet
            return Head(dimensions=self._dimensions)
        try:
            head = msgspec.json.decode(said, type=Head)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Damaged(what=f"its head: {error}") from None
        counts = (head.rows, head.gone, head.payload_bytes, head.leads_at, head.led)
        sane = min(counts) >= 0 and max(counts) <= MOST and head.led <= head.rows
        if head.form != FORM or head.dimensions != self._dimensions or not sane:
            raise Damaged(what="its head is of another form, or tells the impossible")
        return head

    def _mapped(self, head: Head) -> View:
        import numpy as np

        rows = self._map(f"vectors-{head.generation}", np.dtype("<f4"), (head.rows, self._dimensions))
        entries = self._map(f"entries-{head.generation}", _entry(), (head.rows,))
        payloads = self._map(f"payloads-{head.generation}", np.dtype("u1"), (head.payload_bytes,))
        gone = np.unique(entries["replaces"][entries["replaces"] >= 0])
        if len(gone) != head.gone or (len(gone) and gone[-1] >= head.rows):
            raise Damaged(what="its rows replace others than the head counts")
        leads = None
        if head.leads_at:
            end = f"{head.generation}-{head.leads_at}"
            leads = Leads(
                self._map(f"basis-{end}", np.dtype("<f4"), (LEAD, self._dimensions)),
                self._map(f"leads-{end}", np.dtype("<f4"), (head.led, LEAD + 1)),
            )
        matrix = Matrix(rows, gone.astype(np.int64), leads)
        return View(head=head, entries=entries, matrix=matrix, payloads=payloads.data)

    def _map(self, name: str, kind: "np.dtype[Any]", shape: tuple[int, ...]) -> "NDArray[Any]":
        """A file's beginning as an array. Raises Damaged for a file that is shorter."""
        import numpy as np

        size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
        if size == 0:
            return np.zeros(shape, kind)
        if (self._folder / name).stat().st_size < size:
            raise Damaged(what=f"{name} is shorter than its head says")
        return np.memmap(self._folder / name, kind, mode="r", shape=shape).view(np.ndarray)

    def _append(self, name: str, content: "bytes | NDArray[Any]") -> None:
        """Write behind what is there, down to the disk."""
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(content if isinstance(content, bytes) else content.tobytes())
            file.flush()
            os.fsync(file.fileno())

    def _cut(self, head: Head) -> None:
        """Take away what no head counts."""
        sizes = {
            f"vectors-{head.generation}": head.rows * self._dimensions * 4,
            f"entries-{head.generation}": head.rows * _entry().itemsize,
            f"payloads-{head.generation}": head.payload_bytes,
            f"leads-{head.generation}-{head.leads_at}": head.led * (LEAD + 1) * 4,
        }
        for path in ((self._folder / name) for name in sizes):
            if path.exists() and path.stat().st_size > sizes[path.name]:
                os.truncate(path, sizes[path.name])

    def _commit(self, head: Head) -> None:
        """Count what was written, with leads of it."""
        led = msgspec.structs.replace(self._with_leads(head), mark=secrets.token_hex(8))
        write_atomic(self._folder / HEAD, msgspec.json.encode(led), mode=PRIVATE)
        if led.leads_at != head.leads_at:
            self._sweep(led)

    def _with_leads(self, head: Head) -> Head:
        if head.rows < LEADS_FROM or self._dimensions <= LEAD:
            return head
        rows = self._map(f"vectors-{head.generation}", _float(), (head.rows, self._dimensions))
        if head.leads_at == 0 or head.rows >= LEADS_AGAIN * head.leads_at:
            head = msgspec.structs.replace(head, leads_at=head.rows, led=0)
            self._forget(f"*-{head.generation}-{head.rows}")
            self._append(f"basis-{head.generation}-{head.rows}", basis_of(rows))
        end = f"{head.generation}-{head.leads_at}"
        basis = self._map(f"basis-{end}", _float(), (LEAD, self._dimensions))
        for start in range(head.led, head.rows, CHUNK):
            table = table_of(rows[start : start + CHUNK], basis)
            if table is None:
                break
            self._append(f"leads-{end}", table)
            head = msgspec.structs.replace(head, led=start + len(table))
        return head

    def _sweep(self, head: Head) -> None:
        """Delete the files of other generations, and of other directions."""
        kept = {f"{kind}-{head.generation}" for kind in ("vectors", "entries", "payloads")}
        kept |= {f"{kind}-{head.generation}-{head.leads_at}" for kind in ("basis", "leads")} | {HEAD}
        for path in self._folder.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)

    def _forget(self, pattern: str) -> None:
        for path in self._folder.glob(pattern):
            path.unlink(missing_ok=True)


def _float() -> "np.dtype[Any]":
    import numpy as np

    return np.dtype("<f4")


def _entry() -> "np.dtype[Any]":
    """The record of a row: `replaces` is a row, or -1."""
    import numpy as np

    return np.dtype(
        [("id", f"V{ID_BYTES}"), ("added", "<f8"), ("start", "<u8"), ("length", "<u4"), ("replaces", "<i8")]
    )


def _entries(items: Sequence[Item], added: float, start: int) -> "Entries":
    import numpy as np

    made = np.zeros(len(items), _entry())
    made["id"] = np.frombuffer(b"".join(item.id for item in items), f"V{ID_BYTES}")
    made["added"] = added
    made["length"] = [len(item.payload) for item in items]
    made["start"] = start + np.cumsum(made["length"], dtype=np.uint64) - made["length"]
    return made


def _vectors(items: Sequence[Item]) -> "Floats":
    import numpy as np

    return np.array([item.vector for item in items], "<f4")


def _replaced(view: View, ids: "NDArray[Any]") -> "NDArray[np.int64]":
    """For each id the row that bears it and can be found, or -1."""
    import numpy as np

    rows = _alive(view)
    known = {
        view.entries["id"][row].tobytes(): row for row in rows[np.isin(_heads(view.entries["id"][rows]), _heads(ids))]
    }
    return np.array([known.get(number.tobytes(), -1) for number in ids], np.int64)


def _heads(ids: "NDArray[Any]") -> "NDArray[np.uint64]":
    """The first eight bytes of ids: enough to find who may be meant."""
    import numpy as np

    return np.ascontiguousarray(ids).view("<u8").reshape(len(ids), ID_BYTES // 8)[:, 0]


def _alive(view: View) -> "NDArray[np.int64]":
    import numpy as np

    return np.delete(np.arange(view.head.rows), view.matrix.gone)


def _newest(view: View, count: int) -> "NDArray[np.int64]":
    return _alive(view)[-max(count, 0) :] if count > 0 else _alive(view)[:0]
