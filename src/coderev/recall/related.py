"""The similar tier: earlier reviews of related code, to be shown to a model as context.

They are no part of any key, and nothing is answered from them; but see `recall.unsafe_serve_similar`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from coderev.errors import InputError, Unavailable
from coderev.recall.key import Subject
from coderev.recall.sealing import Seal, Tampered, TooLong
from coderev.recall.similar import Embedder, Index, Item, Near
from coderev.recall.similar.encoder import TooLongToEmbed
from coderev.settings import SimilarSettings

if TYPE_CHECKING:
    from coderev.recall.similar.encoder import Vectors
    from coderev.recall.similar.index import Vector

EXAMPLE = ""  # stands for a commit: an operator chose this code as an example
EVERYBODY = ""  # the repository of examples that stand in none
REVIEW, ANSWER = b"review", b"answer to "  # kinds of what is kept: to be shown, and, with a task, to be served
MAX_TITLE = 200  # characters of what was found
MAX_VECTORS = 4_096  # kept, so that what was looked for is not embedded again when it is remembered


class Earlier(msgspec.Struct, frozen=True, array_like=True):
    """An earlier review of one unit: where it stood, at which commit, and what was found, as (category, title)."""

    path: str
    unit: str
    head: str
    findings: tuple[tuple[str, str], ...]
    reply: bytes = b""  # the whole answer, only for `unsafe_serve_similar`


class Related:
    """One tenant's earlier reviews, found by what their code is like.

    The first fault of the embedder or the index is noted, and then they are left alone: a review never fails for them.
    """

    def __init__(self, embedder: Embedder, index: Index, seal: Seal, settings: SimilarSettings) -> None:
        self._embedder, self._index, self._seal, self._settings = embedder, index, seal, settings
        self._vectors: dict[str, asyncio.Future[Vectors]] = {}
        self._is_off = False
        self.notes: list[str] = []

    async def context(self, subject: Subject, is_merged: Callable[[str], bool]) -> str:
        """Earlier reviews of similar code as a question shows them: merged ones only; empty where there is none."""
        return "\n".join(
            f"{earlier.unit} in {earlier.path} ({cosine:.2f}): "
            + ("; ".join(f"{category}: {title}" for category, title in earlier.findings) or "nothing was found")
            for cosine, earlier in await self.near(subject)
            if earlier.head == EXAMPLE or is_merged(earlier.head)
        )

    async def remember(self, subject: Subject, head: str, findings: Sequence[tuple[str, str]]) -> None:
        """Have what was found in a unit, as (category, title), shown with similar code. Raises nothing."""
        found = tuple((category, title[:MAX_TITLE]) for category, title in findings)
        await self.keep(subject, Earlier(subject.path, subject.unit, head, found))

    async def near(self, subject: Subject, kind: bytes = REVIEW) -> list[tuple[float, Earlier]]:
        """The nearest reviews of the repository, and of examples for everybody, with their cosines. Raises nothing."""
        found: list[tuple[float, Earlier]] = []
        if self._is_off or not _text(subject):
            return found
        try:
            vector = await self._vector(subject)
            for repository in dict.fromkeys((subject.repository, EVERYBODY)):
                scope, least = self._scope(kind, repository), self._settings.threshold
                near = await self._index.nearest(vector, self._settings.shown, scope, least)
                found += [(one.cosine, earlier) for one in near if (earlier := self._opened(one)) is not None]
        except (InputError, Unavailable) as fault:
            self._leave_alone(fault)
        return sorted(found, key=lambda pair: -pair[0])[: self._settings.shown]

    async def keep(self, subject: Subject, earlier: Earlier, kind: bytes = REVIEW) -> None:
        """Remember a review. Raises nothing."""
        text, scope = _text(subject), self._scope(kind, subject.repository)
        if self._is_off or not text:
            return
        words = (earlier.path, earlier.unit, earlier.head, text)
        name = self._seal.tag(scope, *(word.encode("utf-8", "surrogatepass") for word in words))
        try:
            payload = self._seal.seal(name, msgspec.msgpack.encode(earlier))
            item = Item(id=name, scope=scope, vector=await self._vector(subject), payload=payload)
            await self._index.add([item])
        except (InputError, Unavailable, TooLong) as fault:
            self._leave_alone(fault)

    async def close(self) -> None:
        """Close what is open."""
        await self._index.close()
        await self._embedder.close()

    async def _vector(self, subject: Subject) -> "Vector":
        text = _text(subject)
        if text not in self._vectors:
            if len(self._vectors) >= MAX_VECTORS:
                self._vectors.clear()
            self._vectors[text] = asyncio.ensure_future(self._embedder.embed([text]))
        vectors = await asyncio.shield(self._vectors[text])
        vector: Vector = vectors[0]
        return vector

    def _scope(self, kind: bytes, repository: str) -> bytes:
        return self._seal.tag(b"similar", kind, repository.encode("utf-8", "surrogatepass"))

    def _opened(self, near: Near) -> Earlier | None:
        try:
            return msgspec.msgpack.decode(self._seal.open(near.id, near.payload), type=Earlier)
        except (Tampered, msgspec.DecodeError) as fault:
            self.notes.append(f"an earlier review was not shown: {fault}")
            return None

    def _leave_alone(self, fault: Exception) -> None:
        if not isinstance(fault, TooLongToEmbed) and not self._is_off:
            self._is_off = True
            self.notes.append(f"no earlier reviews were looked for: {fault}")


def _text(subject: Subject) -> str:
    """What of a unit is embedded: its code, as the question shows it."""
    return "\n".join(line for line in subject.code.lines if line.strip()) if subject.code else ""
