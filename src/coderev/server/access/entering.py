"""Coming in and going out: an invitation or a token becomes a session."""

import secrets
from datetime import datetime, timedelta

from aiohttp import web

from coderev.server.access import sessions, tokens
from coderev.server.access.actions import Action
from coderev.server.access.deciding import Decision, Subject
from coderev.server.access.knowing import WrongToken
from coderev.server.access.lockout import check_lockout, count_failure
from coderev.server.asking import Ask, Route
from coderev.server.bodies import read_form
from coderev.store import Store, records

INVITATION_MINUTES = 30
INVITATION_PREFIX = "cri_"
INVITATION_PURPOSE = b"invitation"
FIELD = "token"  # of the form


async def invite(store: Store, role: records.Role, at: datetime) -> str:
    """A one-time token that opens a session of this role within half an hour: `serve` prints it on its console."""
    secret = INVITATION_PREFIX + secrets.token_urlsafe(32)
    async with store.work() as work:
        mac = store.seal.mac(INVITATION_PURPOSE, secret.encode())
        await work.invitations.add(mac, role, at, at + timedelta(minutes=INVITATION_MINUTES))
    return secret


def invitation_address(url: str, secret: str) -> str:
    """Where a browser goes with an invitation: what stands behind `#` is never sent, so no log ever has it."""
    return f"{url.rstrip('/')}/enter#{secret}"


async def enter(ask: Ask) -> web.StreamResponse:
    """Open a session for whoever has an invitation or a token. Raises WrongToken, LockedOut."""
    fields = await read_form(ask.request)  # no mark is in it: whoever comes in has no session yet
    secret = fields.get(FIELD, "").strip()
    subject, token_mac = await _entering(ask, secret)
    cookie, old = sessions.new_cookie(token_mac), sessions.read_cookie(ask.request)
    seal = ask.site.store.seal
    async with ask.site.store.work() as work:
        if old is not None:
            await work.sessions.end(sessions.mac_of(seal, old))
        await sessions.open_session(work, seal, subject, cookie, ask.at)
    ask.subject = subject
    await ask.record(Action.ENTER, "session", Decision(allowed=True, why=f"{subject.kind} of role {subject.role}"))
    ask.decided = True
    response = web.Response(status=303, headers={"Location": "/"})
    sessions.give_cookie(response, cookie)
    return response


async def _entering(ask: Ask, secret: str) -> tuple[Subject, bytes | None]:
    site = ask.site
    if tokens.is_token(secret):
        token = await site.credentials.token(secret, ask.source, ask.at)
        async with site.store.work() as work:
            macs = tokens.macs_of(site.store.seal, secret)
            found = [mac for mac in macs if await work.tokens.find(mac) is not None]
        return tokens.subject_of(token), found[0]
    async with site.store.work() as work:
        failed_before = await check_lockout(work, ask.source, ask.at)
        role = await work.invitations.use(site.store.seal.mac(INVITATION_PURPOSE, secret.encode()), ask.at)
        if role is None:
            await count_failure(work, ask.source, ask.at)
        elif failed_before:
            await work.failures.clear(ask.source)
    if role is None:
        await ask.record(Action.ENTER, "session", Decision(allowed=False, why="no such invitation"))
        raise WrongToken(reason="not known, or was used already, or is too old")
    return Subject(kind="session", name=role, role=role), None


async def leave(ask: Ask) -> web.StreamResponse:
    """End the session."""
    await ask.form()
    cookie = sessions.read_cookie(ask.request)
    if cookie is not None:
        async with ask.site.store.work() as work:
            await work.sessions.end(sessions.mac_of(ask.site.store.seal, cookie))
    response = web.Response(status=303, headers={"Location": "/enter"})
    sessions.take_cookie(response)
    return response


ROUTES = (
    Route(method="POST", path="/enter", action=Action.ENTER, handler=enter, decides=True),
    Route(method="POST", path="/leave", action=Action.LEAVE, handler=leave),
)
