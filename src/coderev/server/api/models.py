"""`/models` and `/recall/stats`: what models say and did, and what recall saved."""

from datetime import timedelta

import msgspec
from aiohttp import web

from coderev.recall import open_upkeep
from coderev.server.access.actions import Action
from coderev.server.api.answers import API, as_json
from coderev.server.api.forms import ModelAnswer, ModelList
from coderev.server.asking import Ask, Description, Route

RECENT = timedelta(days=1)


async def list_models(ask: Ask) -> web.StreamResponse:
    """Each model of the registry: what its endpoint says, and what it did in the last day."""
    checkup = await ask.site.checkups.checkup()
    async with ask.site.store.work() as work:
        uses = {use.model: use for use in await work.uses.since(ask.at - RECENT)}
    items = []
    for check in checkup.models if checkup else ():
        use = uses.get(check.model.id)
        items.append(
            ModelAnswer(
                id=check.model.id,
                status=check.status,
                detail=check.detail,
                **({} if use is None else {k: v for k, v in msgspec.structs.asdict(use).items() if k != "model"}),
            )
        )
    return as_json(ModelList(items=tuple(items)))


async def recall_stats(ask: Ask) -> web.StreamResponse:
    """The totals of recall over all reviews."""
    async with open_upkeep(ask.site.settings) as upkeep:
        return as_json(await upkeep.stats())


ROUTES = (
    Route(
        method="GET",
        path=f"{API}/models",
        action=Action.SEE_MODELS,
        handler=list_models,
        describes=Description(summary="The models of the registry, and how they do.", answer=ModelList),
    ),
    Route(
        method="GET",
        path=f"{API}/recall/stats",
        action=Action.SEE_RECALL,
        handler=recall_stats,
        describes=Description(summary="What recall remembers and saved.", answer=dict[str, float]),
    ),
)
