"""Asking through recall: look up, carry, or compute once and remember.

An answer is remembered when it is whole and every quote in it was found; errors never are. How long it lives is decided
when it is made: a hit does not prolong it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from coderev.errors import Unavailable
from coderev.files import now
from coderev.recall.carrying import Answer, Remembered, anchored, carried, quotes_of
from coderev.recall.flights import Flights
from coderev.recall.key import Asked, Speaker, exact_parts, structure_parts
from coderev.recall.memory import Memory
from coderev.recall.related import ANSWER, Earlier, Related
from coderev.recall.traces import Trace, trace_name, trace_of, why_missed
from coderev.recall.weights import weights_of

Tier = Literal["exact", "structure", "similar"]
Compute = Callable[[], Awaitable["Reply"]]

UNREAD = "unread"  # the weights of a model whose file cannot be read, and which then cannot answer either
MAX_SERVED = 10_000  # kept for the run record, the first ones


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """What a model said, with what stands for secrets still in it: one JSON object, and what it cost to get it."""

    text: str
    model: str  # its id in the registry
    version: str
    served_name: str
    seconds: float
    tokens: int  # of question and answer
    whole: bool = True  # it was not cut short


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered: a reply to the same bytes, with its text; or to the same structure, with `remembered`."""

    made: float  # Unix seconds
    expires: float
    reply: Reply
    remembered: Remembered | None
    repository: str


class Served(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question and where its answer came from. For the run record; `why` says what a miss is due to."""

    task: str
    path: str
    unit: str
    source: Tier | Literal["model", "shared", "none"]
    model: str = ""
    why: str = ""


class NotRemembered(Unavailable):
    """A question has no remembered answer, and models are not asked: recall only explains."""

    message = "no remembered answer: {why}"
    hint = "run `coderev review` to ask the models"


class Recall:
    """Remembers one tenant's answers. One recall serves one event loop.

    `explains`: nothing is computed; a question that is not remembered raises NotRemembered, and is told why. `unsafe`:
    one that is not remembered may have the answer about similar code.
    """

    def __init__(
        self, memory: Memory, related: Related | None = None, *, explains: bool = False, unsafe: bool = False
    ) -> None:
        self._memory, self._explains, self._unsafe = memory, explains, unsafe
        self._flights: Flights[tuple[Reply, Tier | None]] = Flights()
        self._files: dict[Path, asyncio.Future[str]] = {}
        self._saved_seconds = 0.0
        self.related = related
        self.served: list[Served] = []

    async def ask(self, asked: Asked, compute: Compute) -> tuple[Reply, Tier | None]:
        """A remembered reply and its tier, or a new one and None. Raises what `compute` raises."""
        ways = [_Way(asked, speaker, await self._weights(speaker), self._memory) for speaker in asked.speakers]
        question = self._memory.tag(*(way.exact for way in ways))
        if question not in self._flights and (found := await self._look_up(asked, ways)) is not None:
            self._count(asked, *found)
            return found
        (reply, tier), shared = await self._flights.join(question, lambda: self._answer(asked, ways, compute))
        self._count(asked, reply, "shared" if shared else tier or "model")
        return reply, tier

    async def _look_up(self, asked: Asked, ways: "Sequence[_Way]") -> tuple[Reply, Tier] | None:
        """What is remembered for one of the ways, in the order of the cascade."""
        wanted = [pair for way in ways for pair in way.in_order]
        for (key, tier), sealed in zip(wanted, await self._memory.sealed([key for key, _ in wanted]), strict=True):
            if sealed is not None and (reply := self._opened(asked, key, tier, sealed)) is not None:
                return reply, tier
        return None

    async def _answer(self, asked: Asked, ways: "Sequence[_Way]", compute: Compute) -> tuple[Reply, Tier | None]:
        """Compute and remember, unless somebody did so a moment ago."""
        if (found := await self._look_up(asked, ways)) is not None:
            return found
        if self._explains:
            await self._explain(asked, ways)
        if self._unsafe and (similar := await self._unsafe_similar(asked)) is not None:
            return similar, "similar"
        reply = await compute()
        await self._remember(asked, ways, reply)
        return reply, None

    def _opened(self, asked: Asked, key: bytes, tier: Tier, sealed: bytes) -> Reply | None:
        """The reply of a sealed entry, carried onto the code that is asked about; None where it cannot be served."""
        entry = self._memory.opened(key, sealed, Entry)
        if entry is None or entry.expires <= now().timestamp():
            return None
        if tier == "exact":
            return entry.reply
        answer = _carried(entry, asked)
        if answer is None:
            self._memory.counts["refused"] += 1
            return None
        return msgspec.structs.replace(entry.reply, text=msgspec.json.encode(answer).decode())

    async def _remember(self, asked: Asked, ways: "Sequence[_Way]", reply: Reply) -> None:
        """Keep a reply for each tier that may serve it, and what was asked, for `_explain`."""
        way = next(way for way in ways if way.speaker.model == reply.model)
        answer: Answer = msgspec.json.decode(reply.text)
        if not reply.whole or not all(_stands(asked, *quote) for quote in quotes_of(answer)):
            self._memory.counts["unplaceable"] += 1
            return
        made = now().timestamp()
        life = (made, made + asked.ttl_seconds)
        subject = asked.subject
        entry = Entry(*life, reply, None, subject.repository if subject else "")
        await self._memory.keep(way.exact, entry, asked, life, reply.model)
        if way.structure is not None and subject and subject.code and (told := anchored(answer, subject.code)):
            without = msgspec.structs.replace(reply, text="")
            entry = msgspec.structs.replace(entry, reply=without, remembered=told)
            await self._memory.keep(way.structure, entry, asked, life, reply.model)
        if (trace := trace_of(asked, [way.weights for way in ways])) is not None:
            await self._memory.keep(self._memory.tag(*trace_name(asked)), trace, asked, life)
        if self._unsafe and self.related is not None and subject is not None:
            kept = Earlier(subject.path, subject.unit, "", (), msgspec.msgpack.encode(reply))
            await self.related.keep(subject, kept, ANSWER + asked.task.encode())

    async def _explain(self, asked: Asked, ways: "Sequence[_Way]") -> None:
        """Say why a question is not remembered. Raises NotRemembered."""
        key, subject = self._memory.tag(*trace_name(asked)), asked.subject
        (sealed,) = await self._memory.sealed([key])
        before = self._memory.opened(key, sealed, Trace) if sealed else None
        why = why_missed(before, trace_of(asked, [way.weights for way in ways]), subject.code if subject else None)
        path, unit = (subject.path, subject.unit) if subject else ("", "")
        self.served.append(Served(asked.task, path, unit, "none", why=why))
        raise NotRemembered(why=why)

    async def _unsafe_similar(self, asked: Asked) -> Reply | None:
        """The answer about the most similar code: the guide's semantic cache, which is wrong about most small bugs."""
        if self.related is None or asked.subject is None or asked.subject.code is None:
            return None
        for _, earlier in await self.related.near(asked.subject, ANSWER + asked.task.encode()):
            with suppress(msgspec.DecodeError):
                reply = msgspec.msgpack.decode(earlier.reply, type=Reply)
                if reply.model in {speaker.model for speaker in asked.speakers}:
                    return reply
        return None

    async def _weights(self, speaker: Speaker) -> str:
        """The digest of the file that a model is, read once; none for one that a server runs."""
        if speaker.weights is None:
            return ""
        if speaker.weights not in self._files:
            self._files[speaker.weights] = asyncio.ensure_future(asyncio.to_thread(weights_of, speaker.weights))
        try:
            return await asyncio.shield(self._files[speaker.weights])
        except OSError:
            return UNREAD

    def _count(self, asked: Asked, reply: Reply, source: Tier | Literal["model", "shared"]) -> None:
        self._memory.counts.update(("asked", source))
        if source != "model":
            self._saved_seconds += reply.seconds
            self._memory.counts["saved_tokens"] += reply.tokens
        if len(self.served) < MAX_SERVED:
            path, unit = (asked.subject.path, asked.subject.unit) if asked.subject else ("", "")
            self.served.append(Served(asked.task, path, unit, source, reply.model))

    def stats(self) -> dict[str, float]:
        """How many questions were asked, how many of each tier were served, and what that saved."""
        return {**self._memory.counts, "saved_seconds": round(self._saved_seconds, 3)}

    @property
    def unsafe_served(self) -> int:
        """How many answers were given about similar code."""
        return self._memory.counts["similar"]

    def told(self) -> dict[str, object]:
        """What the run record says: the counts, where each answer came from, and what a person should know."""
        notes = [*self._memory.notes, *(self.related.notes if self.related else ())]
        return {"counts": self.stats(), "served": msgspec.to_builtins(self.served), "notes": notes}

    async def close(self) -> None:
        """Add what was counted to the tenant's totals, and let go of what is open."""
        await self._memory.close({} if self._explains else self.stats())
        if self.related is not None:
            await self.related.close()


class _Way:
    """One model's way to an answer, and the keys that it is remembered by."""

    def __init__(self, asked: Asked, speaker: Speaker, weights: str, memory: Memory) -> None:
        self.speaker, self.weights = speaker, weights
        self.exact = memory.tag(*exact_parts(asked, speaker, weights))
        parts = structure_parts(asked, speaker, weights)
        self.structure = None if parts is None else memory.tag(*parts)

    @property
    def in_order(self) -> list[tuple[bytes, Tier]]:
        """The keys in the order in which they are looked up, with their tiers."""
        found: list[tuple[bytes, Tier]] = [(self.exact, "exact")]
        return found if self.structure is None else [*found, (self.structure, "structure")]


def _carried(entry: Entry, asked: Asked) -> Answer | None:
    subject = asked.subject
    if entry.remembered is None or subject is None or subject.code is None:
        return None
    try:
        return carried(entry.remembered, subject.code, same_repository=entry.repository == subject.repository)
    except (msgspec.ValidationError, AttributeError, TypeError):  # another form than was remembered
        return None


def _stands(asked: Asked, path: str, quote: str, line: int) -> bool:
    """Whether a quote of an answer is in the code that was asked about."""
    code = asked.subject.codes.get(path) if asked.subject else None
    return code is not None and code.find(asked.restore(quote) if asked.restore else quote, line) is not None
