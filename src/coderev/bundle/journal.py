"""The site's journal: every attempt to install or to go back, with who, what and how it ended, in lines that only grow.

Clause 10.5 of spec/bundle.md. An attempt has two lines: the first before anything is changed, so that even what a
power cut ended is told, and the second with the outcome.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from coderev.bundle.format.entries import Count, Digest, Entry
from coderev.bundle.host.disk import sync_folder, write_all, writing
from coderev.errors import CoderevError, TrustError
from coderev.trust import chain

MAX_JOURNAL_BYTES = 256 * 1024 * 1024
JOURNAL_FILE = "journal.jsonl"
MAX_REASON = 1024  # characters

What = Literal["install", "rollback"]
Outcome = Literal["installed", "live already", "gone back", "refused", "declined", "failed", "swapped back"]
_Short = Annotated[str, msgspec.Meta(max_length=MAX_REASON)]


class JournalBroken(TrustError):
    """The journal holds a line that no version of coderev writes."""

    message = "line {line} of the journal is refused: {reason}"
    hint = "compare the journal with another copy, and find out who could write to it"


class Began(Entry, frozen=True, kw_only=True, tag_field="line", tag="began"):
    """An attempt begins: who tries what, on which host, from which media."""

    what: What
    at: datetime  # UTC, whole seconds
    operator: _Short
    host: _Short
    media: tuple[_Short, ...] = ()


class Ended(Entry, frozen=True, kw_only=True, tag_field="line", tag="ended"):
    """How the attempt before it ended, and with which bundle, as far as that was known."""

    at: datetime
    outcome: Outcome
    kind: Literal["release", "advisories"] | None = None
    seq: Count | None = None
    version: _Short | None = None
    manifest: Digest | None = None
    generation: _Short | None = None
    before: _Short | None = None  # the generation that was live
    tuf: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)  # role → key ids; empty: not checked
    openpgp: tuple[str, ...] = ()  # fingerprints; empty: not checked
    expired: tuple[_Short, ...] = ()  # what `--unsafe-accept-expired` let pass
    reason: _Short | None = None  # of a refusal or failure
    custody: Digest | None = None  # of the last line that the attempt added to custody (10.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt as history tells it; `ended` is None where it was interrupted."""

    number: int  # of its first line
    began: Began
    ended: Ended | None


class Journal:
    """The journal below a site's state folder. Whoever adds to it holds the lock of the site."""

    def __init__(self, state: Path) -> None:
        self._path = state / JOURNAL_FILE

    def add(self, record: Began | Ended) -> None:
        """Add a line, and bring it to disk. Raises DiskFull, DiskFails.

        A line without an end was being written when something stopped: it never was a line, and goes.
        """
        with writing(self._path):
            fresh = not self._path.exists()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            with FileIO(os.open(self._path, flags, 0o644), "r+") as file:
                whole, last = _last_line(file)
                file.truncate(whole)
                previous = None if last is None else sha256(last).hexdigest()
                plain: dict[str, object] = msgspec.to_builtins(record)
                try:
                    write_all(file, memoryview(chain.next_line(plain, previous)))
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(whole)
                    raise
            if fresh:
                sync_folder(self._path.parent)

    @contextmanager
    def attempt(self, began: Began) -> Iterator["Notes"]:
        """Record an attempt: its beginning, and how the block ends it. Raises as `add`, and what the block raises."""
        self.add(began)
        notes = Notes(at=began.at)
        try:
            yield notes
        except CoderevError as error:
            outcome = notes.outcome or ("refused" if isinstance(error, TrustError) else "failed")
            self._add_last(notes.ended(outcome, f"{error}"), error)
            raise
        except Exception as error:
            self._add_last(notes.ended("failed", f"{type(error).__name__}: {error}"), error)
            raise
        self.add(notes.ended(notes.outcome or "failed"))

    def _add_last(self, ended: Ended, error: Exception) -> None:
        """A journal that cannot be written does not hide why the attempt failed: history tells it as interrupted."""
        try:
            self.add(ended)
        except CoderevError as another:
            error.add_note(f"{another}")

    def history(self) -> tuple[Attempt, ...]:
        """Every attempt, oldest first. Raises ChainBroken, JournalBroken, DiskFails."""
        attempts: list[Attempt] = []
        for number, link in enumerate(chain.read_chain(self._content()), start=1):
            match _record(number, link.record):
                case Began() as began:
                    attempts.append(Attempt(number=number, began=began, ended=None))
                case Ended() as ended:
                    if not attempts or attempts[-1].ended is not None:
                        raise JournalBroken(line=number, reason="it ends an attempt that never began")
                    attempts[-1] = Attempt(number=attempts[-1].number, began=attempts[-1].began, ended=ended)
        return tuple(attempts)

    def _content(self) -> bytes:
        """The whole lines; a tail without an end is not one (see `add`)."""
        with writing(self._path):
            try:
                with self._path.open("rb") as file:
                    content = file.read(MAX_JOURNAL_BYTES + 1)
            except FileNotFoundError:
                return b""
        if len(content) > MAX_JOURNAL_BYTES:
            raise JournalBroken(line=1, reason=f"the journal has more than {MAX_JOURNAL_BYTES} bytes")
        return content[: content.rfind(b"\n") + 1]


class Notes:
    """What becomes known during an attempt, for its last line."""

    def __init__(self, *, at: datetime) -> None:
        self._at, self._known = at, dict[str, Any]()
        self.outcome: Outcome | None = None

    def know(self, **facts: Any) -> None:
        """Note facts of `Ended`."""
        self._known |= facts

    def ended(self, outcome: Outcome, reason: str | None = None) -> Ended:
        """The last line."""
        text = None if reason is None else reason[:MAX_REASON]
        return Ended(at=self._at, outcome=outcome, reason=text, **self._known)


def _record(number: int, record: Mapping[str, object]) -> Began | Ended:
    try:
        return msgspec.convert(record, Began | Ended)
    except msgspec.ValidationError as error:
        raise JournalBroken(line=number, reason=error) from error


def _last_line(file: FileIO) -> tuple[int, bytes | None]:
    """Where the whole lines end, and the last one without its break."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 2 * (chain.MAX_LINE_BYTES + 1))
    tail = os.pread(file.fileno(), size - start, start)
    whole = tail.rfind(b"\n") + 1
    if not whole:
        return start, None
    return start + whole, tail[tail.rfind(b"\n", 0, whole - 1) + 1 : whole - 1]
