"""The page of dismissals: what people decided not to be told again, and the button that ends such a decision."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from coderev.server.access.actions import Action
from coderev.server.api.dismissals import revoke_dismissal
from coderev.server.api.numbers import number_of
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import Done, framed, html, see
from coderev.server.pages.frame import Frame, link, page
from coderev.store import records

PAGE = 100  # dismissals

Show = Literal["active", "all"]


class DismissalSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dismissals a person wants to see. `before` is the id of one."""

    show: Show = "active"
    before: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    done: Done = ""


def render_dismissals(
    frame: Frame,
    dismissals: Sequence[records.Dismissal],
    *,
    asked: DismissalSearch,
    older: int | None = None,
    may_revoke: bool = False,
) -> str:
    """The page; `older` is where the next one begins."""
    return page(
        "dismissals.html.j2",
        frame,
        title="Dismissals",
        here="/dismissals",
        dismissals=dismissals,
        show=asked.show,
        newest=link("/dismissals", show=asked.show) if asked.before else "",
        older=link("/dismissals", show=asked.show, before=older) if older else "",
        may_revoke=may_revoke,
    )


async def show_dismissals(ask: Ask) -> web.StreamResponse:
    """A page of the dismissals that whoever asks may know of."""
    asked = ask.query(DismissalSearch)
    active_at = ask.at if asked.show == "active" else None
    tenants = await ask.tenants()
    async with ask.site.store.work() as work:
        found = await work.dismissals.search(tenants, active_at, PAGE, asked.before)
    older = found[-1].id if len(found) == PAGE else None
    may_revoke = ask.allows(Action.REVOKE_DISMISSAL).allowed
    return html(render_dismissals(framed(ask, asked.done), found, asked=asked, older=older, may_revoke=may_revoke))


async def revoke(ask: Ask) -> web.StreamResponse:
    """End a dismissal."""
    id_ = number_of(ask, "dismissal")
    await ask.form()
    await revoke_dismissal(ask, id_)
    return see("/dismissals", "revoked")


ROUTES = (
    Route(method="GET", path="/dismissals", action=Action.LIST_DISMISSALS, handler=show_dismissals),
    Route(
        method="POST",
        path="/dismissals/{number}/revoke",
        action=Action.REVOKE_DISMISSAL,
        handler=revoke,
        decides=True,
    ),
)
