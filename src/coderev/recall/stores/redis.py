"""Answers in the site's Redis (7 or later): shared by machines, forgotten by Redis itself when they expire.

What a site needs is one user that reaches nothing but our keys, and can run nothing but these commands:

    ACL SETUSER coderev on >PASSWORD resetkeys ~coderev:* resetchannels -@all \
        +select +hmget +hset +expireat +multi +exec +scan +unlink +hstrlen +hincrbyfloat +hgetall

(`+select` only for a database other than 0.) SCAN, which `coderev recall stats` and `purge` need, shows the names of
other keys too, never what they hold. Keys are `coderev:TENANT:a:KEY` (a hash: v value, m made, x expires, l model,
p path) and `coderev:TENANT:totals`; TENANT and KEY are tags.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from coderev.egress import Egress
from coderev.recall.stores.redis_line import Command, Line, Login
from coderev.recall.stores.store import Choice, Labels, Size, is_live, unix_now
from coderev.settings import Settings

COMMAND_SECONDS = 120.0  # for which looking through all entries may take
SCANNED_AT_ONCE = 500  # keys
RUBBISH = "it answers what was not asked"


class RedisStore:
    """One tenant's entries in Redis. A line for reading and one for writing: no answer waits behind what is stored."""

    def __init__(self, login: Login, egress: Egress, tenant: bytes, clock: Callable[[], float] = unix_now) -> None:
        self._clock, self._latest = clock, 0.0
        self._prefix = f"coderev:{tenant.hex()}:"
        self._reading, self._writing = Line(login, egress), Line(login, egress)

    @classmethod
    def of(cls, settings: Settings, egress: Egress, tenant: bytes) -> Self:
        """The store that the settings name. Raises StoreMisconfigured, NotPermitted, BadCertificateFile."""
        return cls(Login.of(settings, egress), egress, tenant)

    @property
    def notes(self) -> list[str]:
        """Nothing: what happens to a server is its operator's to know."""
        return []

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys (Store.get)."""
        replies = await self._reading.ask([("HMGET", self._name(key), "v", "m", "x") for key in keys])
        try:
            return [self._live(*reply) for reply in replies]
        except (TypeError, ValueError) as error:
            raise self._reading.unavailable(RUBBISH) from error

    async def put(self, key: bytes, value: bytes, labels: Labels, *, made: float, expires: float) -> None:
        """Keep a value (Store.put). Redis forgets it at the first whole second after it expired."""
        name = self._name(key)
        fields = ("v", value, "m", repr(made), "x", repr(expires), "l", labels.model, "p", labels.path)
        commands: list[Command] = [
            ("MULTI",),  # never an entry that does not expire
            ("HSET", name, *fields),
            ("EXPIREAT", name, math.ceil(expires)),
            ("EXEC",),
        ]
        *_, done = await self._writing.ask(commands)
        if not isinstance(done, list) or any(isinstance(reply, Exception) for reply in done):
            raise self._writing.unavailable("it did not keep an entry")

    async def purge(self, choice: Choice) -> int:
        """Forget what is chosen (Store.purge)."""
        purged, until = 0, None if choice.older_than is None else self._clock() - choice.older_than
        async with self._command():
            async for names in self._pages():
                replies = await self._writing.ask([("HMGET", name, "l", "p", "m") for name in names])
                chosen = [name for name, reply in zip(names, replies, strict=True) if _chosen(choice, until, *reply)]
                if chosen:
                    (number,) = await self._writing.ask([("UNLINK", *chosen)])
                    purged += int(number)
        return purged

    async def size(self) -> Size:
        """How much is kept (Store.size)."""
        entries = dict[bytes, tuple[float, int]]()  # by name: SCAN may name one twice
        async with self._command():
            async for names in self._pages():
                lengths = await self._writing.ask([("HSTRLEN", name, "v") for name in names])
                times = await self._writing.ask([("HMGET", name, "m", "x") for name in names])
                for name, length, (made, expires) in zip(names, lengths, times, strict=True):
                    if made is not None and float(expires) > self._seen():
                        entries[name] = float(made), int(length)
        oldest = min((made for made, _ in entries.values()), default=None)
        return Size(len(entries), sum(length for _, length in entries.values()), oldest)

    async def add(self, counts: Mapping[str, float]) -> None:
        """Add to the running totals (Store.add)."""
        if counts:
            name = f"{self._prefix}totals"
            await self._writing.ask([("HINCRBYFLOAT", name, each, repr(amount)) for each, amount in counts.items()])

    async def counts(self) -> dict[str, float]:
        """The running totals (Store.counts)."""
        async with self._command():
            (found,) = await self._writing.ask([("HGETALL", f"{self._prefix}totals")])
            return {name.decode(): float(amount) for name, amount in zip(found[::2], found[1::2], strict=True)}

    async def close(self) -> None:
        """Let go of both connections (Store.close): what was asked was waited for by whoever asked."""
        self._reading.close()
        self._writing.close()
        await asyncio.sleep(0)  # so that the event loop lets go of them too

    def _name(self, key: bytes) -> str:
        return f"{self._prefix}a:{key.hex()}"

    def _seen(self) -> float:
        self._latest = max(self._latest, self._clock())
        return self._latest

    def _live(self, value: bytes | None, made: bytes | None, expires: bytes | None) -> bytes | None:
        """The value when it may be served. Raises TypeError, ValueError for what is no entry."""
        if value is None or made is None or expires is None:
            return None
        if not isinstance(value, bytes):
            raise TypeError
        live = is_live(float(made), float(expires), now=self._clock(), latest=self._seen())
        return value if live else None

    @asynccontextmanager
    async def _command(self) -> AsyncIterator[None]:
        """What a person waits for: it ends, and whatever goes wrong in it is StoreUnavailable."""
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                yield
        except TimeoutError as error:
            raise self._writing.unavailable("it does not come to an end") from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._writing.unavailable(RUBBISH) from error

    async def _pages(self) -> AsyncIterator[list[bytes]]:
        """The names of the tenant's entries, some at a time; one may come twice, or be gone when it is looked at."""
        cursor: bytes = b"0"
        while True:
            page: Command = ("SCAN", cursor, "MATCH", f"{self._prefix}a:*", "COUNT", SCANNED_AT_ONCE)
            ((cursor, names),) = await self._writing.ask([page])
            if names:
                yield names
            if cursor == b"0":
                return


def _chosen(choice: Choice, until: float | None, model: bytes | None, path: bytes | None, made: bytes | None) -> bool:
    return (
        made is not None
        and choice.model in {None, model}
        and choice.path in {None, path}
        and (until is None or float(made) <= until)
    )
