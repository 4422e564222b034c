"""Where vectors are kept and the nearest are found: the Protocol, and what goes in and comes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from coderev.errors import InputError, Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

ID_BYTES = 32
SCOPE_BYTES = range(1, 65)  # how long a scope or a tenant's tag may be
MAX_PAYLOAD = 1 << 20  # bytes


class BadIndex(InputError):
    """What `recall.similar.index` and the settings beside it name cannot be used."""

    message = "{place} cannot be the index of the similar tier: {reason}"
    hint = "name postgresql://host/database, a user, and a file with the password that this user may read"


class IndexUnavailable(Unavailable):
    """The index of the similar tier does not answer, or what it holds cannot be read."""

    message = "the index {place} cannot be used: {reason}"
    hint = "reviews go on without related ones; the index may be deleted at any time, and fills again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One vector to remember, with what belongs to it. `payload` is sealed: an index never reads it."""

    id: bytes  # ID_BYTES; the same again in the same scope replaces
    scope: bytes  # whose it is; nothing is found from another scope
    vector: "Vector"  # (dimensions,) of length 1
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """One item that is near, and how near."""

    cosine: float  # 1 is the same direction
    id: bytes
    payload: bytes


class Index(Protocol):
    """The vectors of one tenant and one embedder's identity. Every method raises IndexUnavailable."""

    async def add(self, items: Sequence[Item]) -> None:
        """Remember items; those of one scope all or not at all."""
        ...

    async def nearest(self, vector: "Vector", k: int, scope: bytes, at_least: float = -1.0) -> list[Near]:
        """At most `k` items of the scope whose cosine with `vector` is at least `at_least`, the nearest first."""
        ...

    async def remove(self, *, ids: Sequence[bytes] | None = None, before: datetime | None = None) -> int:
        """Forget items with one of these ids, those older than `before`, or with neither all; how many they were."""
        ...

    async def size(self) -> int:
        """How many items there are, in all scopes."""
        ...

    async def close(self) -> None:
        """Close files or connections."""
        ...
