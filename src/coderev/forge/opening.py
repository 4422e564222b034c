"""The forges of a site, open while the service runs, and what a webhook of one says."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress

from coderev.egress import Egress
from coderev.errors import CoderevError, InputError, Unavailable
from coderev.forge.host import Forge
from coderev.forge.hosts import HOSTS
from coderev.forge.values import Hint
from coderev.settings import ForgeSettings

AGAIN = 15.0  # seconds until a forge that did not answer is asked again


class ForgeTwice(InputError):
    """Two forges have one name."""

    message = "two of `forges` are called {name}"
    hint = "give each forge in coderev.yaml a name of its own"


class Forges(Mapping[str, Forge]):
    """The forges that have answered, by name. One that is down when the service starts joins when it is up."""

    def __init__(self, configured: tuple[ForgeSettings, ...], egress: Egress) -> None:
        self._configured = {each.name: each for each in configured}
        self._egress = egress
        self._open: dict[str, Forge] = {}

    def __getitem__(self, name: str) -> Forge:
        return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def absent(self) -> tuple[str, ...]:
        """Those that are configured and have not answered yet."""
        return tuple(name for name in self._configured if name not in self._open)

    async def look(self) -> None:
        """Open those that have not answered yet. Raises what is wrong with the configuration, not what is down."""
        for name in self.absent:
            with suppress(Unavailable):
                await self._join(name)

    async def look_again(self) -> None:
        """The same, while the service runs: one that refuses us by now, or is revoked, keeps no other away."""
        for name in self.absent:
            with suppress(CoderevError):
                await self._join(name)

    async def _join(self, name: str) -> None:
        settings = self._configured[name]
        self._open[name] = await HOSTS[settings.kind](settings, self._egress)

    async def close(self) -> None:
        """Close them all."""
        await asyncio.gather(*(forge.close() for forge in self._open.values()))


@asynccontextmanager
async def open_forges(configured: tuple[ForgeSettings, ...], egress: Egress) -> AsyncIterator[Forges]:
    """The forges of a site. Raises ForgeTwice, UnusableSecret, NotPermitted, and ForgeRefused for a wrong token."""
    names = [each.name for each in configured]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ForgeTwice(name=twice[0])
    forges = Forges(configured, egress)
    looking: asyncio.Task[None] | None = None
    try:
        await forges.look()
        looking = asyncio.create_task(_look_again(forges)) if forges.absent else None
        yield forges
    finally:
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        await forges.close()


def open_change(forge: Forge, headers: Mapping[str, str], body: bytes) -> Hint | None:
    """Which merge request a webhook is about; None for one that is none of our business.

    Header names are lower case. It is checked first that the forge sent it; what it says is a hint, to be read again.
    Raises ForgedWebhook, BadWebhook.
    """
    return forge.read_webhook(headers, body)


async def _look_again(forges: Forges) -> None:
    while forges.absent:
        await asyncio.sleep(AGAIN)
        await forges.look_again()
