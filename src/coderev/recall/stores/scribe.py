"""The scribe of a file: one thread that opens it, and writes in batches what the event loop hands over.

The event loop only reads, with a connection that the scribe opened for it. Whatever hangs, such as a file system, hangs
here, in a thread that nobody has to wait for.
"""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from coderev.recall.stores.sqlite_file import FILE, identity_of, is_damage, open_file, set_aside
from coderev.recall.stores.store import StoreUnavailable

MAX_BATCH = 256  # pieces of work in one transaction
MAX_BATCH_BYTES = 1 << 20  # of values in one transaction
MAX_LOG_BYTES = 4 << 20  # of values in the write-ahead log, before they are written into the file
MAX_LATE_LOG_BYTES = 32 << 20  # the same while more work waits
MAX_SET_ASIDE = 1  # files that one scribe sets aside: a second damaged one means that the disk is
T = TypeVar("T")
Around = Callable[[sqlite3.Connection], AbstractContextManager[None]]


@dataclass(slots=True, eq=False)
class _Work:
    """Something to do in a transaction. It is done again when the file turns out to be damaged."""

    write: Callable[[sqlite3.Connection], Any]
    weight: int  # bytes of values
    done: Future[Any] = field(default_factory=Future)


@dataclass(slots=True, eq=False)
class _Complaint:
    """A reader found the file damaged."""

    reader: sqlite3.Connection
    reason: str
    done: Future[Any] = field(default_factory=Future)


class Scribe:
    """Owns the file in the folder that `folder` gives. `around` runs before and after the work of each transaction.

    `reader` is for the event loop alone; it is another one after the file was set aside. `latest` is kept by whoever
    knows the clock. Raises nothing when made.
    """

    def __init__(self, folder: Callable[[], Path], around: Around) -> None:
        self.reader: sqlite3.Connection | None = None
        self.latest = 0.0  # Unix seconds: the latest time seen, here or by whoever wrote the file
        self.notes: list[str] = []
        self.opened: Future[None] = Future()
        self.ended: Future[None] = Future()
        self._folder_of, self._around = folder, around
        self._folder: Path
        self._writer: sqlite3.Connection
        self._connections: list[sqlite3.Connection] = []  # all: the event loop may still be reading with an old one
        self._identity: int | None = None
        self._lost = True  # there is no file that is open
        self._queue = SimpleQueue[_Work | _Complaint | None]()
        self._ahead: list[_Work | _Complaint | None] = []  # taken from the queue, and not of the last batch
        self.over: StoreUnavailable | None = None  # why nothing more is done
        self._logged = 0  # bytes of values since the last checkpoint
        for future in (self.opened, self.ended):
            future.set_running_or_notify_cancel()  # somebody who stops waiting for it does not cancel it
        Thread(target=self._live, name="coderev-recall", daemon=True).start()

    def do(self, write: Callable[[sqlite3.Connection], T], weight: int = 0) -> Future[T]:
        """Have something written. The future fails with StoreUnavailable."""
        return self._handed(_Work(write, weight))

    def replace(self, reader: sqlite3.Connection, reason: str) -> Future[None]:
        """Set the file aside that `reader` found damaged, unless that was done already."""
        return self._handed(_Complaint(reader, reason))

    def end(self) -> None:
        """Finish what was handed over before, then close; `ended` tells when. Nothing may be read any more."""
        self.reader = None
        self._queue.put(None)

    def _handed(self, item: _Work | _Complaint) -> Future[Any]:
        self._queue.put(item)
        if self.over is not None:
            self._refuse(self.over)
        return item.done

    def _live(self) -> None:
        over = StoreUnavailable(store="in a file", reason="it is closed")
        try:
            self._folder = self._folder_of()
            self._open()
            self.opened.set_result(None)
            while (item := self._take()) is not None:
                self._serve(item)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must be told
            over = _unavailable(error)
        if not self.opened.done():
            self.opened.set_exception(over)
        self.over = over
        self._refuse(over)
        for connection in self._connections:
            _close(connection)
        self.ended.set_result(None)

    def _refuse(self, error: StoreUnavailable) -> None:
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if item is not None and item.done.set_running_or_notify_cancel():
                    item.done.set_exception(error)

    def _open(self) -> None:
        opened, notes = open_file(self._folder)
        self._connections += opened.writer, opened.reader
        self._writer, self.latest = opened.writer, max(self.latest, opened.latest)
        self.reader = opened.reader
        self._identity, self._lost = identity_of(self._folder), False
        self.notes += notes

    def _take(self, *, block: bool = True) -> _Work | _Complaint | None:
        return self._ahead.pop() if self._ahead else self._queue.get(block)

    def _serve(self, item: _Work | _Complaint) -> None:
        if isinstance(item, _Work):
            self._write(self._batch(item))
        elif item.done.set_running_or_notify_cancel():
            with _telling([item.done]) as results:
                if item.reader is self.reader:
                    self._replace(item.reason)
                results.append(None)

    def _batch(self, first: _Work) -> list[_Work]:
        batch, weight = [first], first.weight
        with suppress(Empty):
            while weight < MAX_BATCH_BYTES and len(batch) < MAX_BATCH:
                item = self._take(block=False)
                if not isinstance(item, _Work):
                    self._ahead.append(item)
                    break
                batch.append(item)
                weight += item.weight
        return batch

    def _write(self, batch: list[_Work]) -> None:
        running = [work for work in batch if work.done.set_running_or_notify_cancel()]
        with _telling([work.done for work in running]) as results:
            results.extend(self._written(running))
        self._shorten_log(sum(work.weight for work in running))

    def _written(self, batch: list[_Work]) -> list[Any]:
        """Do all in one transaction; a damaged file is set aside, and the batch written into a new one."""
        try:
            if (
                self._lost or identity_of(self._folder) != self._identity
            ):  # another process set it aside, or somebody removed it
                self._reopen()
            return self._transacted(batch)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            self._replace(str(error))
            return self._transacted(batch)

    def _transacted(self, batch: list[_Work]) -> list[Any]:
        writer = self._writer
        writer.execute("BEGIN IMMEDIATE")
        try:
            with self._around(writer):
                results = [work.write(writer) for work in batch]
            writer.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                writer.rollback()
            raise
        return results

    def _replace(self, reason: str) -> None:
        if len(self.notes) >= MAX_SET_ASIDE:
            raise StoreUnavailable(store=f"in {self._folder / FILE}", reason=f"it is damaged again: {reason}")
        self.notes += set_aside(self._folder, self._identity, reason)
        self._reopen()

    def _reopen(self) -> None:
        self.reader, self._lost = None, True
        _close(self._writer)
        self._open()

    def _shorten_log(self, weight: int) -> None:
        """Move the log into the file, which waits for the disk, when nobody waits for us or it gets long."""
        self._logged += weight
        if self._logged < (MAX_LOG_BYTES if self._queue.empty() else MAX_LATE_LOG_BYTES):
            return
        self._logged = 0
        with suppress(sqlite3.Error):  # the next transaction finds what is wrong
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


@contextmanager
def _telling(waiting: list[Future[Any]]) -> Iterator[list[Any]]:
    """A list for the results of those that wait; they are told these, or why there are none."""
    results = list[Any]()
    try:
        yield results
    except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must be told
        for future in waiting:
            future.set_exception(_unavailable(error))
    else:
        for future, result in zip(waiting, results, strict=True):
            future.set_result(result)


def _close(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # such as of a last checkpoint: the log stays, and whoever opens next reads it
        connection.close()


def _unavailable(error: Exception) -> StoreUnavailable:
    if isinstance(error, StoreUnavailable):
        return error
    reason = error.strerror if isinstance(error, OSError) else error
    return StoreUnavailable(store="in a file", reason=reason or type(error).__name__)
