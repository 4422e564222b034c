"""How people and programs come in: tokens, sessions, invitations, and who tried in vain.

Secrets are not kept, but what `Seal.mac` makes of them.
"""

# ruff: noqa: A002 - an id is called `id`
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from coderev.store.records import Role, Session, Token
from coderev.store.tables.statements import Statements, read

if TYPE_CHECKING:
    import psycopg


class Tokens:
    """The table `token`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "tokens")

    async def add(  # noqa: PLR0913, PLR0917 - what a token is
        self,
        hmac: bytes,
        name: str,
        subject: str,
        role: Role,
        login: str,
        at: datetime,
        created_by: str,
        expires: datetime,
    ) -> Token:
        """A new token, of which only the tag is kept."""
        values = {"name": name, "subject": subject, "role": role, "login": login, "created_by": created_by}
        row = await self._sql.row("add", hmac=hmac, at=at, expires=expires, **values)
        return msgspec.convert(row, Token)

    async def find(self, *hmacs: bytes) -> Token | None:
        """The token of one of these tags (`Seal.macs`), though it be expired or revoked: the caller looks."""
        return read(await self._sql.row("find", hmacs=list(hmacs)), Token)

    async def all(self) -> tuple[Token, ...]:
        """All tokens, the newest first."""
        return msgspec.convert(await self._sql.rows("all"), tuple[Token, ...])

    async def revoke(self, id: int, at: datetime) -> bool:
        """It opens nothing any more; False: there is none, or it was revoked before."""
        return await self._sql.changed("revoke", id=id, at=at) == 1

    async def used(self, id: int, at: datetime) -> None:
        """It was used, to the minute."""
        await self._sql.changed("used", id=id, at=at)


class Sessions:
    """The table `session`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "sessions")

    async def add(self, hmac: bytes, session: Session) -> None:
        """A session begins, whose cookie has this tag."""
        await self._sql.changed("add", hmac=hmac, **msgspec.structs.asdict(session))

    async def find(self, hmac: bytes) -> Session | None:
        """The session of a cookie, though it be too old: the caller looks."""
        return read(await self._sql.row("find", hmac=hmac), Session)

    async def seen(self, hmac: bytes, at: datetime) -> None:
        """It was used."""
        await self._sql.changed("seen", hmac=hmac, at=at)

    async def end(self, hmac: bytes) -> bool:
        """It ends; False: there is none."""
        return await self._sql.changed("end", hmac=hmac) == 1

    async def end_older(self, created_before: datetime, seen_before: datetime) -> int:
        """Those end that began, or were used last, before these times. Returns how many."""
        return await self._sql.changed("end_older", created_before=created_before, seen_before=seen_before)


class Invitations:
    """The table `invitation`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "invitations")

    async def add(self, hmac: bytes, role: Role, at: datetime, expires: datetime) -> None:
        """A token that opens a session once."""
        await self._sql.changed("add", hmac=hmac, role=role, at=at, expires=expires)

    async def use(self, hmac: bytes, at: datetime) -> Role | None:
        """The role that the invitation gives, once: of several who use it at a time, to one."""
        row = await self._sql.row("use", hmac=hmac, at=at)
        return None if row is None else msgspec.convert(row["role"], Role)


class Failures:
    """The table `failed_entry`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._sql = Statements(connection, "failures")

    async def add(self, source: str, at: datetime) -> int:
        """One more wrong token from there; returns how many there were since the last right one."""
        row = await self._sql.row("add", source=source, at=at)
        return int((row or {})["count"])

    async def of(self, source: str) -> tuple[int, datetime] | None:
        """How many wrong tokens came from there, and when the last did."""
        row = await self._sql.row("of", source=source)
        return None if row is None else (row["count"], row["latest"])

    async def clear(self, source: str) -> None:
        """A right token came from there."""
        await self._sql.changed("clear", source=source)
