"""What is remembered: sealed values under tags, in the site's store and, for what was just written, at hand."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from coderev.recall.circuit import Guarded
from coderev.recall.key import Asked
from coderev.recall.sealing import Seal, Tampered, TooLong
from coderev.recall.stores import Labels

T = TypeVar("T")

AT_HAND = 1_024  # values that this process wrote last: the store may not have them yet, or may be gone


class Memory:
    """One tenant's values. `counts` says what became of them, `notes` what a person should be told."""

    def __init__(self, store: Guarded, seal: Seal) -> None:
        self._store, self._seal = store, seal
        self._at_hand: OrderedDict[bytes, bytes] = OrderedDict()
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []

    def tag(self, *parts: bytes) -> bytes:
        """The key of what these parts name: 32 bytes that tell nothing."""
        return self._seal.tag(*parts)

    async def sealed(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The sealed values of some keys, in their order. Raises nothing: a store in trouble has none."""
        found = [self._at_hand.get(key) for key in keys]
        if any(found):
            return found
        return await self._store.get(keys)

    def opened(self, key: bytes, sealed: bytes, form: type[T]) -> T | None:
        """What was sealed under a key; None, and a note, for what does not open or is no such thing."""
        try:
            return msgspec.msgpack.decode(self._seal.open(key, sealed), type=form)
        except (Tampered, msgspec.DecodeError) as fault:
            self.counts["tampered"] += 1
            self.notes.append(f"a remembered answer was not used: {fault}")
            return None

    async def keep(self, key: bytes, value: object, asked: Asked, life: tuple[float, float], model: str = "") -> None:
        """Remember a value from its making until it expires (Unix seconds). Raises nothing."""
        try:
            sealed = self._seal.seal(key, msgspec.msgpack.encode(value))
        except TooLong:
            self.counts["too_long"] += 1
            return
        self._at_hand[key] = sealed
        if len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)
        path = path_tag(self._seal, asked.subject.repository, asked.subject.path) if asked.subject else b""
        labels = Labels(model=model_tag(self._seal, model), path=path)
        await self._store.put(key, sealed, labels, made=life[0], expires=life[1])

    async def close(self, totals: dict[str, float]) -> None:
        """Add to the tenant's totals, and let go of the store."""
        await self._store.add(totals)
        await self._store.close()
        self.notes += self._store.notes
        if self._store.reason is not None:
            self.notes.append(f"the store of remembered answers was left alone: {self._store.reason}")


def path_tag(seal: Seal, repository: str, path: str) -> bytes:
    """What the entries about one file are purged by."""
    return seal.tag(b"path", repository.encode("utf-8", "surrogatepass"), path.encode("utf-8", "surrogatepass"))


def model_tag(seal: Seal, model: str) -> bytes:
    """What the answers of one model are purged by."""
    return seal.tag(b"model", model.encode())
