"""`/tokens`: make tokens, see which there are, and revoke them."""

from aiohttp import web

from coderev.server.access import tokens
from coderev.server.access.actions import Action
from coderev.server.access.deciding import Decision, NotAllowed, NotFound, Subject
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import NewToken, TokenList, TokenMade, token_answer
from coderev.server.api.numbers import number_of
from coderev.server.asking import Ask, Description, Route
from coderev.store import records


async def visible_tokens(ask: Ask) -> tuple[records.Token, ...]:
    """The tokens that whoever asks may know of: all by their role, or their own."""
    async with ask.site.store.work() as work:
        known = await work.tokens.all()
    return tuple(token for token in known if _is_theirs(token, ask.subject))


async def make_token(ask: Ask, order: tokens.TokenOrder) -> tuple[str, records.Token]:
    """Make a token, whose secret is shown once. Raises BadToken, NotAllowed."""
    store = ask.site.store
    try:
        checked = tokens.check_order(order, ask.subject, ask.site.settings.server.token_days)
    except NotAllowed as refused:
        await ask.record(ask.route.action, f"token of role {order.role}", Decision(allowed=False, why=str(refused)))
        raise
    async with store.work() as work:
        return await tokens.create_token(work, store.seal, checked, ask.subject, ask.at)


async def revoke_token(ask: Ask, id_: int) -> None:
    """Revoke a token. Raises NotFound for one that is not there, not theirs, or revoked already."""
    async with ask.site.store.work() as work:
        token = next((each for each in await work.tokens.all() if each.id == id_), None)
        if token is None or not _is_theirs(token, ask.subject) or not await work.tokens.revoke(id_, ask.at):
            raise NotFound(what=f"token {id_} to revoke")
    ask.site.credentials.forget()


def _is_theirs(token: records.Token, subject: Subject) -> bool:
    return subject.is_everywhere or (token.subject, token.login) == (subject.name, subject.login)


async def list_tokens(ask: Ask) -> web.StreamResponse:
    """All tokens that whoever asks may know of, without their secrets."""
    return as_json(TokenList(items=tuple(map(token_answer, await visible_tokens(ask)))))


async def create_token(ask: Ask) -> web.StreamResponse:
    """Make a token."""
    new = await ask.body(NewToken)
    order = tokens.TokenOrder(name=new.name, role=new.role, subject=new.subject, login=new.login, days=new.days)
    secret, token = await make_token(ask, order)
    return as_json(TokenMade(secret=secret, token=token_answer(token)), status=201)


async def delete_token(ask: Ask) -> web.StreamResponse:
    """Revoke a token."""
    await revoke_token(ask, number_of(ask, "token"))
    return web.Response(status=204)


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/tokens",
        action=Action.LIST_TOKENS,
        handler=list_tokens,
        describes=Description(summary="All tokens that one may know of.", answer=TokenList),
    ),
    Route(
        method="POST",
        path=f"{API}/tokens",
        action=Action.CREATE_TOKEN,
        handler=create_token,
        describes=Description(
            summary="Make a token; its secret is shown once.",
            body=NewToken,
            answer=TokenMade,
            status=201,
            problems=(408, 413, 415),
        ),
    ),
    Route(
        method="DELETE",
        path=f"{API}/tokens/{{number}}",
        action=Action.REVOKE_TOKEN,
        handler=delete_token,
        describes=Description(summary="Revoke a token.", status=204, problems=(404,)),
    ),
)
