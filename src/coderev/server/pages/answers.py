"""Pages as answers: what surrounds them for whoever asks, and where a form leads when it was done."""

from typing import Literal, TypeAlias

from aiohttp import web

from coderev.server.asking import Ask
from coderev.server.pages.frame import BAR, Frame, link

Done: TypeAlias = Literal["", "revoked", "replayed", "dismissed"]

SAID = {
    "": "",
    "revoked": "It is revoked.",
    "replayed": "It is in the queue again.",
    "dismissed": "It is dismissed: later reviews of this change will not tell it as new.",
}


def framed(ask: Ask, done: Done = "", *, refused: str = "") -> Frame:
    """What surrounds a page for whoever asks; their bar offers what they may see."""
    subject = ask.subject
    known = subject.kind != "nobody"
    return Frame(
        at=ask.at,
        who=subject.name or str(subject) if known else "",
        role=subject.role or "",
        bar=tuple(entry for entry in BAR if ask.allows(entry.action).allowed) if known else (),
        csrf=ask.csrf,
        done=SAID[done],
        refused=refused,
    )


def html(text: str, *, status: int = 200) -> web.Response:
    """A page as an answer; repository text may hold halves of characters, which are shown before they come here."""
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)


def see(path: str, done: Done) -> web.Response:
    """Where a browser looks after a form was done, so that a reload does not send it again (RFC 9110, 15.4.4)."""
    return web.Response(status=303, headers={"Location": link(path, done=done)})
