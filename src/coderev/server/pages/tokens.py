"""The page of API tokens: a new one is shown once, those that were made are listed, and can be ended."""

from collections.abc import Sequence

import msgspec
from aiohttp import web

from coderev.errors import InputError
from coderev.server.access.actions import Action, grantable
from coderev.server.access.deciding import NotAllowed
from coderev.server.access.tokens import TokenOrder
from coderev.server.api.numbers import number_of
from coderev.server.api.tokens import make_token, revoke_token, visible_tokens
from coderev.server.asking import Ask, Route, converted
from coderev.server.pages.answers import Done, framed, html, see
from coderev.server.pages.frame import Frame, page
from coderev.store import records


def render_tokens(
    frame: Frame,
    tokens: Sequence[records.Token],
    *,
    roles: Sequence[records.Role] = (),
    most_days: int = 90,
    made: str = "",
) -> str:
    """The page. `roles` are those that whoever looks may give, none: they may only look; `made` is a new token."""
    return page(
        "tokens.html.j2",
        frame,
        title="API tokens",
        here="/tokens",
        tokens=tokens,
        roles=roles,
        most_days=most_days,
        made=made,
        may_change=bool(roles),
    )


class TokenQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page says was done."""

    done: Done = ""


class TokenForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form that makes a token."""

    name: str
    role: records.Role
    login: str = ""
    days: int


async def show_tokens(ask: Ask) -> web.StreamResponse:
    """The tokens that whoever asks may know of."""
    return html(await _rendered(ask, framed(ask, ask.query(TokenQuery).done)))


async def make(ask: Ask) -> web.StreamResponse:
    """Make a token, and show it this once; what cannot be made is said on the same page."""
    try:
        form = converted(dict(await ask.form()), TokenForm, "form", strict=False)
        order = TokenOrder(name=form.name, role=form.role, login=form.login.strip(), days=form.days)
        secret, _ = await make_token(ask, order)
    except (InputError, NotAllowed) as error:
        return html(await _rendered(ask, framed(ask, refused=str(error))), status=error.http_status)
    return html(await _rendered(ask, framed(ask), made=secret))


async def revoke(ask: Ask) -> web.StreamResponse:
    """End a token."""
    id_ = number_of(ask, "token")
    await ask.form()
    await revoke_token(ask, id_)
    return see("/tokens", "revoked")


async def _rendered(ask: Ask, frame: Frame, made: str = "") -> str:
    role = ask.subject.role
    return render_tokens(
        frame,
        await visible_tokens(ask),
        roles=[each for each in records.ROLES if role and each in grantable(role)],
        most_days=ask.site.settings.server.token_days,
        made=made,
    )


ROUTES = (
    Route(method="GET", path="/tokens", action=Action.LIST_TOKENS, handler=show_tokens),
    Route(method="POST", path="/tokens", action=Action.CREATE_TOKEN, handler=make),
    Route(method="POST", path="/tokens/{number}/revoke", action=Action.REVOKE_TOKEN, handler=revoke),
)
