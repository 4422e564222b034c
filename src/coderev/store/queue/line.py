"""Connections of the queue's own, beside the pool: one that asks, and one that listens."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from coderev.errors import InputError, TrustError, Unavailable
from coderev.store.queue.statements import statement
from coderev.store.queue.values import Connection

Connect = Callable[[], Awaitable[Connection]]  # one that is not of the pool; may raise errors of ours

# of a database that is away, slow or restarts, or whose name or password changes now; a time-out is an OSError
FAULTS = (psycopg.Error, OSError, Unavailable, InputError, TrustError)
STATEMENT_SECONDS = 30.0  # for one statement, before the connection is given up
RECONNECT_SECONDS = 1.0  # before the next attempt to listen

_log = logging.getLogger(__name__)


class Line:
    """One connection that asks one question at a time, each a transaction; made when needed, and anew after a fault."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()
        self.number = 0  # of connections so far: what a session held is gone when this grows

    async def ask(self, statement: bytes, asked: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows of a statement. Raises one of FAULTS; whether a statement that failed was done is then not known."""
        async with self._turn:
            try:
                async with asyncio.timeout(STATEMENT_SECONDS):
                    connection = await self._open()
                    cursor = await connection.execute(statement, asked)
                    return await cursor.fetchall() if cursor.description else []
            finally:
                await self._check()

    async def close(self) -> None:
        """Close the connection, and with it what its session holds."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _open(self) -> Connection:
        if self._connection is None:
            connection = await self._connect()
            await connection.set_autocommit(True)
            await connection.execute(statement("session"))
            self._connection = connection
            self.number += 1
        return self._connection

    async def _check(self) -> None:
        """After a time-out or a cancellation a connection may be in the middle of something: it is not used again."""
        if self._connection and self._connection.info.transaction_status != TransactionStatus.IDLE:
            await self.close()


async def listen(connect: Connect, channel: str, hear: Callable[[str], None]) -> None:
    """Hear what is said on a channel until cancelled; after a fault listen again, and hear "" for what was missed."""
    while True:
        try:
            connection = await connect()
            async with connection:
                await connection.set_autocommit(True)
                await connection.execute(b'LISTEN "%s"' % channel.encode())
                hear("")
                async for note in connection.notifies():
                    hear(note.payload)
        except FAULTS as error:
            _log.warning("the queue does not hear what is new, and looks by itself: %s", type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)
