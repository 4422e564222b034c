"""Our own PostgreSQL, shared by the processes of one user on one host.

1. Whoever needs it takes `starting`, then a share of `clients`; where `server` is free, nobody runs it: start it.
2. Where `server` is held, another process of ours started it: wait until it answers.
3. Whoever leaves takes `starting`, and asks for `clients` alone: who gets it was the last one, and stops the server.
   So it does not matter who started it. After `kill -9` of the last one it runs on, until the next one comes and goes.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from coderev.files import monotonic
from coderev.process import Account, Started
from coderev.settings import DatabaseSettings
from coderev.store.embedded.folder import Folder, make_folder
from coderev.store.embedded.programs import Programs, account, programs
from coderev.store.embedded.server import OWNER, ROLE, START_SECONDS, Server, give

LOOK_SECONDS = 0.01


class OwnPostgres:
    """Our own PostgreSQL, which runs while this is held. `hold` makes one.

    `alone`: no other process of ours used it when we came.
    """

    def __init__(self, server: Server, *, alone: bool) -> None:
        self._server, self.alone = server, alone
        self._started: Started | None = None

    @property
    def folder(self) -> Folder:
        """Where it lives."""
        return self._server.folder

    @property
    def programs(self) -> Programs:
        """Its programs, such as `pg_dump`."""
        return self._server.programs

    def facts(self, *, owner: bool = False) -> dict[str, object]:
        """What libpq is told, as the service's role, or as the owner of its tables."""
        return self._server.connection_facts(OWNER if owner else ROLE)

    async def ready(self, *, patient: bool = True) -> None:
        """See to it that it runs: start it where it does not, or not any more; `patient`: until it answers.

        Raises OwnPostgresFailed.
        """
        async with _starting(self._server):
            lock = await self._free(patient=patient)
            if lock is None:
                return
            try:
                await self._server.make()
                before, self._started = self._started, await self._server.begin(lock)
                if before is not None:  # it was killed
                    await self._server.let_go(before)
            finally:
                os.close(lock)  # the server has it now, or nobody

    async def _free(self, *, patient: bool) -> int | None:
        """The lock of the server, when none runs; None when one answers. One that ends or recovers is waited for."""
        until = monotonic() + START_SECONDS
        while (lock := self.folder.lock("server")) is None:
            if not patient and self._server.stands():
                return None
            if (reason := await self._server.reached()) is None:
                return None
            if monotonic() > until:
                raise self._server.failed("does not answer", reason)
            await asyncio.sleep(LOOK_SECONDS)
        return lock

    async def leave(self, clients: int) -> None:
        """Give up our share of `clients`; stop the server if it was the last."""
        async with _starting(self._server):
            os.close(clients)
            last = self.folder.lock("clients")
            if last is None:
                if self._started is not None:
                    await self._server.let_go(self._started)
                return
            try:
                await self._server.end(self._started)
            finally:
                os.close(last)


@asynccontextmanager
async def hold(settings: DatabaseSettings) -> AsyncIterator[OwnPostgres]:
    """Our own PostgreSQL, started if no other process of ours did, and stopped when the last of us has left.

    Raises FolderRefused, NoAccount, NoDatabase, OwnPostgresFailed.
    """
    folder = make_folder(settings)
    runs_as = account(folder.cluster)
    with _reach(folder, runs_as) as socket:
        server = Server(
            folder=folder,
            programs=programs(runs_as),
            account=runs_as,
            connections=settings.connections,
            socket=socket,
        )
        own, clients = await _come(server)
        try:
            await own.ready()
            yield own
        finally:
            await asyncio.shield(own.leave(clients))


@contextmanager
def _reach(folder: Folder, runs_as: Account | None) -> Iterator[str]:
    """The folder of the socket, by a path that is short enough for ourselves and for programs that we start."""
    with suppress(FileExistsError):
        give(folder.socket, runs_as)
    if not folder.is_long:
        yield str(folder.socket)
        return
    handle = os.open(folder.socket, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/{os.getpid()}/fd/{handle}"
    finally:
        os.close(handle)


async def _come(server: Server) -> tuple[OwnPostgres, int]:
    """Be one of the clients: what they hold, and our share of `clients`."""
    folder = server.folder
    async with _starting(server):
        others = folder.lock("clients")
        if others is not None:
            os.close(others)
        clients = folder.lock("clients", shared=True)
    assert clients is not None  # noqa: S101  # who has it alone has `starting` too
    return OwnPostgres(server, alone=others is not None), clients


@asynccontextmanager
async def _starting(server: Server) -> AsyncIterator[None]:
    """Be the only process that starts or stops the server. Raises OwnPostgresFailed when it is not our turn in time."""
    until = monotonic() + START_SECONDS
    while (lock := server.folder.lock("starting")) is None:
        if monotonic() > until:
            raise server.failed("is not ours to start", "another process of ours has been at it for minutes")
        await asyncio.sleep(LOOK_SECONDS)
    try:
        yield
    finally:
        os.close(lock)
