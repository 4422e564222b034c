"""The index in files of our own: exact, for several processes at once, one folder of files for each scope.

FOLDER/TENANT/IDENTITY/lock      held by whoever writes
FOLDER/TENANT/IDENTITY/SCOPE/    see `shelf.py`
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coderev.errors import CoderevError
from coderev.files import monotonic, now
from coderev.recall.similar.encoder import ExtraMissing, Identity
from coderev.recall.similar.index import ID_BYTES, MAX_PAYLOAD, SCOPE_BYTES, IndexUnavailable, Item, Near
from coderev.recall.similar.scan import nearest
from coderev.recall.similar.shelf import Damaged, Shelf, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coderev.recall.similar.index import Vector

T = TypeVar("T")
PRIVATE = 0o700
LOCK_SECONDS = 10.0  # that a writer waits for another
LOCK_PAUSE = 0.01  # seconds
SET_ASIDE = ".damaged"


class Embedded:
    """The vectors of one tenant and one identity, below a folder that only this user may enter."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self._folder, self._dimensions = folder, identity.dimensions
        self._shelves: dict[bytes, Shelf] = {}

    async def add(self, items: Sequence[Item]) -> None:
        """Remember items, scope by scope: those of one scope all or not at all."""
        for item in items:
            self._judge(item)
        await asyncio.to_thread(self._add, items)

    async def nearest(self, vector: "Vector", k: int, scope: bytes, at_least: float = -1.0) -> list[Near]:
        """At most `k` items of the scope, the nearest first; exact."""
        return await asyncio.to_thread(self._nearest, vector, k, scope, at_least)

    async def remove(self, *, ids: Sequence[bytes] | None = None, before: datetime | None = None) -> int:
        """Forget items: their bytes are gone from the files. How many they were."""
        return await asyncio.to_thread(self._remove, ids, before)

    async def size(self) -> int:
        """How many items there are."""
        return await asyncio.to_thread(lambda: sum(self._on(scope, _alive) for scope in self._scopes()))

    async def close(self) -> None:
        """Let go of the files."""
        self._shelves.clear()

    def _judge(self, item: Item) -> None:
        """Raises ValueError for what a caller may not hand in."""
        import numpy as np

        shape, length = item.vector.shape, float(np.linalg.norm(item.vector))
        if shape != (self._dimensions,) or not abs(length - 1) < 1e-3:  # noqa: PLR2004 - rounding is far below
            wrong = f"a vector of the shape {shape} and the length {length:.4f}"
            raise ValueError(wrong)
        if len(item.id) != ID_BYTES or len(item.scope) not in SCOPE_BYTES or len(item.payload) > MAX_PAYLOAD:
            wrong = "an id, a scope or a payload of another length than is kept"
            raise ValueError(wrong)

    def _add(self, items: Sequence[Item]) -> None:
        added = now().timestamp()
        by_scope: dict[bytes, dict[bytes, Item]] = {}
        for item in items:
            by_scope.setdefault(item.scope, {})[item.id] = item
        with self._writing():
            for scope, found in by_scope.items():
                _make(self._folder / scope.hex())
                self._on(scope, partial(Shelf.add, items=list(found.values()), added=added))

    def _nearest(self, vector: "Vector", k: int, scope: bytes, at_least: float) -> list[Near]:
        def found(shelf: Shelf) -> list[Near]:
            view = shelf.view()
            rows = nearest(view.matrix, vector, k, at_least)
            return [Near(cosine=cosine, id=view.id(row), payload=view.payload(row)) for row, cosine in rows]

        return self._on(scope, found)

    def _remove(self, ids: Sequence[bytes] | None, before: datetime | None) -> int:
        def without(shelf: Shelf) -> int:
            view = shelf.view()
            kept = _kept(view, ids, before)
            if len(kept) < view.head.rows:
                shelf.keep(kept)
            return view.head.alive - len(kept)

        with self._writing():
            return sum(self._on(scope, without) for scope in self._scopes())

    def _scopes(self) -> list[bytes]:
        if not self._folder.is_dir():
            return []
        names = sorted(path.name for path in self._folder.iterdir() if path.is_dir())
        return [bytes.fromhex(name) for name in names if not name.endswith(SET_ASIDE)]

    def _on(self, scope: bytes, work: Callable[[Shelf], T]) -> T:
        """Work on a scope's files. Raises IndexUnavailable; damaged files are set aside, and the scope begins anew."""
        folder = self._folder / scope.hex()
        shelf = self._shelves.setdefault(scope, Shelf(folder, self._dimensions))
        try:
            return work(shelf)
        except Damaged as damage:
            self._shelves.pop(scope, None)
            aside = folder.with_suffix(SET_ASIDE)
            shutil.rmtree(aside, ignore_errors=True)
            with suppress(OSError):  # another may have done it
                folder.rename(aside)
            raise IndexUnavailable(place=folder, reason=f"{damage}; it was set aside as {aside.name}") from None
        except (OSError, CoderevError) as error:
            raise IndexUnavailable(place=folder, reason=getattr(error, "strerror", None) or error) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Alone among all processes. Raises IndexUnavailable."""
        _make(self._folder)
        until = monotonic() + LOCK_SECONDS
        with (self._folder / "lock").open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            while not _locked(file.fileno()):
                if monotonic() > until:
                    raise IndexUnavailable(place=self._folder, reason="another process writes all the time")
                time.sleep(LOCK_PAUSE)
            yield


def open_embedded(folder: Path, tenant: bytes, identity: Identity) -> Embedded:
    """The index of a tenant and an embedder below a folder; nothing is read or written yet. Raises ExtraMissing."""
    try:
        import numpy as np  # noqa: F401 - whether it is there
    except ImportError:
        raise ExtraMissing(place="recall.similar", extra="embeddings") from None
    name = hashlib.sha256(tenant).hexdigest()[:32]
    return Embedded(folder / name / identity.digest.hex(), identity)


def _kept(view: View, ids: Sequence[bytes] | None, before: datetime | None) -> "NDArray[np.int64]":
    """The rows that stay."""
    import numpy as np

    goes = np.ones(view.head.rows, np.bool_)
    if ids is not None:
        wanted = set(ids)
        goes &= np.array([number.tobytes() in wanted for number in view.entries["id"]], np.bool_)
    if before is not None:
        goes &= view.entries["added"] < before.timestamp()
    goes[view.matrix.gone] = True
    return np.flatnonzero(~goes)


def _alive(shelf: Shelf) -> int:
    return shelf.head().alive


def _make(folder: Path) -> None:
    """A folder, and those above it, for this user alone. Raises IndexUnavailable."""
    try:
        for missing in [path for path in (folder, *folder.parents) if not path.exists()][::-1]:
            missing.mkdir(mode=PRIVATE, exist_ok=True)
    except OSError as error:
        raise IndexUnavailable(place=folder, reason=error.strerror or error) from error


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
