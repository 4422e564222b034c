"""Sessions of people in a browser: a random cookie, kept as HMAC, that ends when it idles and ends in any case."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from coderev.server.access.deciding import Subject
from coderev.settings import ServerSettings
from coderev.store import Seal, Work, records

COOKIE = "__Host-coderev"  # the prefix: https or loopback, this host alone, no Domain, Path=/ (RFC 6265bis, 4.1.3.2)
PURPOSE, CSRF_PURPOSE = b"session", b"csrf"
SEEN_EVERY = timedelta(minutes=1)  # at most so often the database learns that a session is used
_FORM = re.compile(r"([A-Za-z0-9_-]{43})(?:\.([0-9a-f]{64}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """What a browser brings: the secret, and for a session that a token opened, what that token is found by.

    The second part opens nothing alone, and the session nothing without it: a revoked token ends its sessions.
    """

    secret: str
    token_mac: bytes | None = None

    def __str__(self) -> str:
        return f"{self.secret}.{self.token_mac.hex()}" if self.token_mac else self.secret


def read_cookie(request: web.Request) -> Cookie | None:
    """The cookie of a request, if it has the form of ours."""
    found = _FORM.fullmatch(request.cookies.get(COOKIE, ""))
    if found is None:
        return None
    return Cookie(secret=found[1], token_mac=bytes.fromhex(found[2]) if found[2] else None)


def new_cookie(token_mac: bytes | None = None) -> Cookie:
    """A cookie that no browser has yet: a new one at each sign-in, so that nobody can bring one along."""
    return Cookie(secret=secrets.token_urlsafe(32), token_mac=token_mac)


def mac_of(seal: Seal, cookie: Cookie) -> bytes:
    """What a session is found by."""
    return seal.mac(PURPOSE, cookie.secret.encode())


def csrf_of(seal: Seal, cookie: Cookie) -> str:
    """What forms of this session carry, and no other site can know."""
    return seal.mac(CSRF_PURPOSE, cookie.secret.encode()).hex()


def is_alive(session: records.Session, settings: ServerSettings, at: datetime) -> bool:
    """Whether a session has neither idled too long nor lasted too long."""
    return at - session.seen < timedelta(minutes=settings.idle_minutes) and at - session.created < timedelta(
        hours=settings.session_hours
    )


def give_cookie(response: web.StreamResponse, cookie: Cookie) -> None:
    """Set the cookie: no script reads it, no other site's request carries it, and it is gone with the browser."""
    response.set_cookie(COOKIE, str(cookie), path="/", secure=True, httponly=True, samesite="Strict")


def take_cookie(response: web.StreamResponse) -> None:
    """Delete the cookie."""
    response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")


def subject_of(session: records.Session, token: records.Token | None) -> Subject:
    """Who somebody in this session is. A session that a token opened is worth what its token is worth now."""
    if token is not None:
        return Subject(kind="session", name=token.subject, role=token.role, login=token.login)
    return Subject(kind="session", name=session.subject, role=session.role, login=session.login)


def opened_by(session: records.Session) -> int | None:
    """The id of the token that opened a session; None: an invitation did."""
    kind, _, rest = session.subject.partition(" ")
    return int(kind.removeprefix("token:")) if rest and kind.startswith("token:") else None


async def open_session(work: Work, seal: Seal, subject: Subject, cookie: Cookie, at: datetime) -> None:
    """Keep a new session of a subject."""
    await work.sessions.add(
        mac_of(seal, cookie),
        records.Session(
            subject=str(subject) if subject.kind == "token" else subject.name,
            role=subject.role or "reader",
            login=subject.login,
            created=at,
            seen=at,
        ),
    )
