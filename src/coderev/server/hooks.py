"""Webhooks: checked, recorded and queued in one transaction, and answered; nothing is asked of anybody here."""

from aiohttp import web

from coderev.errors import InputError, TrustError, Unavailable
from coderev.forge import open_change, values
from coderev.server.access.actions import Action
from coderev.server.access.deciding import Decision
from coderev.server.asking import Ask, Route
from coderev.server.bodies import read_capped
from coderev.server.jobs import AnswerIt, queue_answer, queue_review, review_of
from coderev.server.patience import within
from coderev.store import Work

SECONDS = 7.0  # until a webhook is refused that is not durable: forges hang up after ten
GENUINE = Decision(allowed=True, why="the forge's own signature")


class NotTaken(Unavailable):
    """A webhook could not be made durable in time; whether it is, is not known."""

    message = "the database did not take the webhook within {seconds:.0f} s"
    hint = "the forge may send it again; missed pushes are found within ten minutes of the database's return"


async def receive(ask: Ask) -> web.Response:
    """Take a webhook of a forge: 202 when it is durable, whatever becomes of it; the same again is not queued again."""
    try:
        hint = await _read(ask)
    except (InputError, TrustError) as error:
        await ask.record(Action.DELIVER, ask.request.path, Decision(allowed=False, why=str(error)))
        raise
    try:
        await within(SECONDS, _take(ask, hint))
    except TimeoutError:
        raise NotTaken(seconds=SECONDS) from None
    ask.decided = True
    return web.Response(status=202)


async def _take(ask: Ask, hint: values.Hint | None) -> None:
    async with ask.site.store.batch() as work:
        await work.accesses.add(ask.access(Action.DELIVER, ask.request.path, GENUINE))
        if hint is not None and await _is_new(ask, work, hint):
            await _queue(ask, work, hint)


async def _read(ask: Ask) -> values.Hint | None:
    forge = ask.site.forge(ask.path("forge"))
    body = await read_capped(ask.request, ask.site.settings.server.request_bytes)
    return open_change(forge, {name.lower(): value for name, value in ask.request.headers.items()}, body)


async def _is_new(ask: Ask, work: Work, hint: values.Hint) -> bool:
    return await work.deliveries.accept(hint.forge, hint.delivery, hint.event, ask.at, ask.request_id)


async def _queue(ask: Ask, work: Work, hint: values.Hint) -> None:
    store = ask.site.store
    if hint.event == "commented":
        wanted = AnswerIt(
            forge=hint.forge,
            repository=hint.repository,
            number=hint.number,
            comment=hint.comment or "",
            request_id=ask.request_id,
        )
        await queue_answer(store, work, wanted)
    else:
        await queue_review(store, work, review_of(hint, ask.request_id, f"forge:{hint.forge}"))


ROUTES = (Route(method="POST", path="/hooks/{forge}", action=Action.DELIVER, handler=receive, decides=True),)
