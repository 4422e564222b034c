"""Who is it: a token in `Authorization`, or the cookie of a session; anything else is nobody."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from coderev.errors import TrustError
from coderev.files import monotonic
from coderev.server.access import sessions, tokens
from coderev.server.access.deciding import NOBODY, Subject
from coderev.server.access.lockout import check_lockout, count_failure
from coderev.settings import ServerSettings
from coderev.store import Store, records

KEEP_SECONDS = 1.0  # for which a token that was looked up is believed: a revoked one opens nothing after that
USED_EVERY = timedelta(minutes=1)  # at most so often the database learns that a token is used
MOST = 10_000  # tokens that are remembered


class WrongToken(TrustError):
    """A token opens nothing here."""

    http_status = 401
    message = "this token is {reason}"
    hint = "make another one, or ask an admin of this site for one"


@dataclass(frozen=True, slots=True)
class Known:
    """Who asks, and what their forms carry."""

    subject: Subject
    csrf: str = ""


class Credentials:
    """Finds out who makes a request."""

    def __init__(self, store: Store, settings: ServerSettings) -> None:
        self._store, self._settings = store, settings
        self._tokens: OrderedDict[bytes, tuple[float, records.Token]] = OrderedDict()

    async def known(self, request: web.Request, at: datetime) -> Known:
        """Who makes a request. Raises WrongToken, LockedOut; an old cookie is nobody's."""
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, secret = header.partition(" ")
            if scheme.lower() != "bearer":
                raise WrongToken(reason="not of the scheme Bearer")
            token = await self.token(secret.strip(), request.remote or "unknown", at)
            return Known(tokens.subject_of(token))
        cookie = sessions.read_cookie(request)
        return Known(NOBODY) if cookie is None else await self._session(cookie, at)

    async def token(self, secret: str, source: str, at: datetime) -> records.Token:
        """The token of a secret. Raises WrongToken and LockedOut; a wrong one is counted."""
        macs = tokens.macs_of(self._store.seal, secret)
        token = self._remembered(macs[0]) or await self._looked_up(macs, source, at)
        if not tokens.is_valid(token, at):  # somebody had it once: no guess
            raise WrongToken(reason="revoked" if token.revoked else "expired")
        return token

    def forget(self) -> None:
        """Look every token up again: one was revoked in this process."""
        self._tokens.clear()

    def _remembered(self, mac: bytes) -> records.Token | None:
        known = self._tokens.get(mac)
        return known[1] if known is not None and monotonic() < known[0] else None

    async def _looked_up(self, macs: Sequence[bytes], source: str, at: datetime) -> records.Token:
        async with self._store.work() as work:
            failed_before = await check_lockout(work, source, at)
            token = await work.tokens.find(*macs)
            if token is None:
                await count_failure(work, source, at)
            elif tokens.is_valid(token, at):
                if failed_before:
                    await work.failures.clear(source)
                if token.used is None or at - token.used >= USED_EVERY:
                    await work.tokens.used(token.id, at)
        if token is None:
            raise WrongToken(reason="not known")
        self._tokens[macs[0]] = (monotonic() + KEEP_SECONDS, token)
        self._tokens.move_to_end(macs[0])
        while len(self._tokens) > MOST:
            self._tokens.popitem(last=False)
        return token

    async def _session(self, cookie: sessions.Cookie, at: datetime) -> Known:
        mac = sessions.mac_of(self._store.seal, cookie)
        async with self._store.work() as work:
            session = await work.sessions.find(mac)
            if session is None:
                return Known(NOBODY)
            token = await work.tokens.find(cookie.token_mac) if cookie.token_mac else None
            if not sessions.is_alive(session, self._settings, at) or not _holds(session, token, at):
                await work.sessions.end(mac)
                return Known(NOBODY)
            if at - session.seen >= sessions.SEEN_EVERY:
                await work.sessions.seen(mac, at)
        return Known(sessions.subject_of(session, token), sessions.csrf_of(self._store.seal, cookie))


def _holds(session: records.Session, token: records.Token | None, at: datetime) -> bool:
    """Whether a session that a token opened still has that token behind it."""
    opener = sessions.opened_by(session)
    if opener is None:
        return token is None
    return token is not None and token.id == opener and tokens.is_valid(token, at)
