"""The page of access records: who did what, when, where from, and whether it was allowed."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.api.forms import Text
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import framed, html
from coderev.server.pages.frame import Frame, link, page
from coderev.store import records

PAGE = 100  # records


class AccessSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an auditor looks for; empty: everything. `before` is the id of a record."""

    subject: Text = ""
    action: Text = ""
    outcome: Literal["", "allowed", "denied"] = ""
    before: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None

    @property
    def any(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.subject or self.action or self.outcome)

    def address(self, **changed: object) -> str:
        """The address of this search, with what is changed about it."""
        return link("/access", **msgspec.structs.asdict(self) | changed)


def render_accesses(
    frame: Frame, accesses: Sequence[records.AccessRecord], asked: AccessSearch, *, older: int | None = None
) -> str:
    """The page; `older` is the place where the next page begins."""
    return page(
        "accesses.html.j2",
        frame,
        title="Access records",
        here="/access",
        accesses=accesses,
        asked=asked,
        actions=tuple(map(str, Action)),
        newest=asked.address(before=None) if asked.before else "",
        older=asked.address(before=older) if older else "",
    )


async def show_accesses(ask: Ask) -> web.StreamResponse:
    """A page of access records; looking at them is one too."""
    asked = ask.query(AccessSearch)
    async with ask.site.store.work() as work:
        found = await work.accesses.search(
            asked.subject or None, asked.action or None, asked.outcome or None, asked.before, PAGE
        )
    older = found[-1].id if len(found) == PAGE else None
    return html(render_accesses(framed(ask), found, asked, older=older))


ROUTES = (Route(method="GET", path="/access", action=Action.LIST_ACCESSES, handler=show_accesses),)
