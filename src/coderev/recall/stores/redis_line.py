"""A connection to the site's Redis, to addresses that were judged, and where to connect and as whom.

No name is looked up but by Egress.permit (spec/egress.md, clause 3.6). RESP2 is spoken: in RESP3 a server may tell the
client to connect elsewhere. Nothing is tried twice, and closing waits for nobody.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from redis.asyncio import Connection
from redis.exceptions import RedisError

from coderev.egress import Egress
from coderev.errors import CoderevError
from coderev.recall.stores.store import StoreMisconfigured, StoreUnavailable
from coderev.settings import RecallSettings, Settings

SECONDS = 2.0  # for which a connection or a reply is waited for; the circuit of a review waits for less
MAX_PASSWORD_BYTES = 4096
MAX_DATABASE = 16383  # number of a database; a server has 16 unless it was told otherwise
MAX_REASON = 200  # characters of what a server says
Command = tuple[str | bytes | int | float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where to connect, and as whom."""

    url: str
    host: str  # what the server's certificate must name
    port: int
    database: int
    user: str | None
    password: str | None
    tls: ssl.SSLContext | None

    @classmethod
    def of(cls, settings: Settings, egress: Egress) -> Self:
        """What the settings say. Raises StoreMisconfigured, NotPermitted, BadCertificateFile."""
        recall = settings.recall
        permitted = egress.judge_store(recall.store or "")
        return cls(
            url=permitted.url,
            host=permitted.host,
            port=permitted.port,
            database=_database(permitted.url),
            user=recall.user,
            password=_password(recall),
            tls=_tls(egress) if permitted.url.startswith("rediss:") else None,
        )


class _Judged(Connection):
    """A connection to an address that was judged; the certificate must be for the name."""

    def __init__(self, login: Login, address: str) -> None:
        super().__init__(
            host=address,
            port=login.port,
            db=login.database,
            username=login.user,
            password=login.password,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            protocol=2,
            driver_info=None,  # it would need the command CLIENT
        )
        self._tls = {} if login.tls is None else {"ssl": login.tls, "server_hostname": login.host}

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), **self._tls}

    async def disconnect(self, *_: Any, **__: Any) -> None:
        """Close at once: a server that hangs does not take part in it."""
        self.abort()

    def abort(self) -> None:
        """Close at once, and wait for nobody."""
        writer, self._writer, self._reader = self._writer, None, None
        self._parser.on_disconnect()  # type: ignore[no-untyped-call]
        if writer is not None:
            writer.transport.abort()


class Line:
    """One connection, made when it is needed, on which one exchange follows the other."""

    def __init__(self, login: Login, egress: Egress) -> None:
        self._login, self._egress = login, egress
        self._turn = asyncio.Lock()
        self._connection: _Judged | None = None

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to these commands, in one round trip. Raises StoreUnavailable, NotPermitted."""
        async with self._turn:
            try:
                connection = await self._ready()
                packed = connection.pack_commands(commands)
                await connection.send_packed_command(packed, check_health=False)
                return [await connection.read_response(disable_decoding=True) for _ in commands]
            except CoderevError:
                raise
            except Exception as error:  # whatever the client makes of a server's rubbish
                raise self.unavailable(error) from error
            except BaseException:  # cancelled: a reply may still come, and would be taken for the next one's
                self.close()
                raise

    def unavailable(self, error: object) -> StoreUnavailable:
        """The error for what went wrong; what the connection would say next is not heard."""
        self.close()
        return StoreUnavailable(store=self._login.url, reason=str(error)[:MAX_REASON] or type(error).__name__)

    def close(self) -> None:
        """Close at once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()

    async def _ready(self) -> _Judged:
        if self._connection is not None and await self._connection.can_read():
            self.close()  # nothing was asked: the server closed it, or speaks out of turn
        if self._connection is None:
            self._connection = await self._connect()
        return self._connection

    async def _connect(self) -> _Judged:
        failed: object = "its name has no address"
        for address in await self._egress.permit(self._login.url):
            connection = _Judged(self._login, address)
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
            except RedisError as error:
                failed = error
            else:
                return connection
        raise self.unavailable(failed)


def _database(url: str) -> int:
    parts = urlsplit(url)
    number = parts.path.removeprefix("/") or "0"
    if parts.query or not (number.isdecimal() and len(number) <= len(str(MAX_DATABASE))):
        reason = "after host and port it may name the number of a database, as in redis://cache.internal:6379/1"
        raise StoreMisconfigured(key="store", reason=reason)
    return int(number)


def _password(recall: RecallSettings) -> str | None:
    if recall.password_file is None:
        return None
    path = Path(recall.password_file)
    try:
        with path.open("rb") as file:
            password = file.read(MAX_PASSWORD_BYTES + 1).decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise StoreMisconfigured(key="password_file", reason=f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise StoreMisconfigured(key="password_file", reason=f"{path} is no UTF-8") from error
    if not password or "\n" in password or len(password) > MAX_PASSWORD_BYTES:
        raise StoreMisconfigured(key="password_file", reason=f"{path} does not hold one line, the password")
    return password


def _tls(egress: Egress) -> ssl.SSLContext:
    """What the server is verified by (spec/egress.md, clause 5). Raises BadCertificateFile."""
    return ssl.create_default_context() if egress.tls is True else egress.tls
