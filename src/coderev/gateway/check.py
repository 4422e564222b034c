"""`coderev models list` and `check`: what each endpoint really serves, how fast, and which routes are too short."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from coderev.errors import InputError, TrustError, Unavailable
from coderev.gateway.cascade import Endpoint
from coderev.gateway.opening import open_site
from coderev.gateway.registry import Model
from coderev.gateway.speed import Speed, measure, short_routes
from coderev.settings import Configuration

Depth = Literal["list", "check", "measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """One model of the registry, and what was found where it is served.

    *closed*: it is not used here; *open*: it would be; *answers* and *fails*: its endpoint was asked.
    """

    model: Model
    status: Literal["closed", "open", "answers", "fails"]
    detail: str = ""
    serves: tuple[str, ...] = ()  # the names that its endpoint lists
    served_name: str | None = None  # the one of them that is asked
    speed: Speed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Every model in the order of the registry, and each route that cannot hold an answer."""

    models: tuple[ModelCheck, ...]
    short_routes: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether every model that was asked answers, and every route can hold its answer."""
        return not self.short_routes and all(check.status != "fails" for check in self.models)


async def check_models(configuration: Configuration, depth: Depth = "check") -> Checkup | None:
    """Look at every model of the registry: only *list* them, *check* what their endpoints serve, or *measure* too.

    None where no model is configured. Raises as `open_gateway` does; a model that fails is in the checkup.
    """
    async with open_site(configuration) as site:
        if site is None:
            return None
        checks: list[ModelCheck] = []
        for model in site.routing.models.values():
            if reason := site.routing.closed(model):
                checks.append(ModelCheck(model=model, status="closed", detail=reason))
            elif depth == "list":
                checks.append(ModelCheck(model=model, status="open"))
            else:
                checks.append(await _asked(site.endpoints[model.id], depth))
        speeds = {check.model.id: check.speed for check in checks if check.speed is not None}
        short = short_routes(site.routing, speeds, configuration.settings.limits.answer_tokens)
        return Checkup(models=tuple(checks), short_routes=tuple(short))


async def _asked(endpoint: Endpoint, depth: Depth) -> ModelCheck:
    model = endpoint.model
    try:
        check = judged(model, await endpoint.backend.served())
        if depth == "measure" and check.status == "answers":
            check = replace(check, speed=await measure(endpoint.backend))
    except (InputError, TrustError, Unavailable) as fault:  # BackendFailed is one
        return ModelCheck(model=model, status="fails", detail=str(fault))
    return check


def judged(model: Model, serves: Sequence[str]) -> ModelCheck:
    """Whether an endpoint that lists these names serves a model: by its name, or as the only one that there is."""
    name, serves = model.served_name or model.id, tuple(serves)
    if name in serves:
        return ModelCheck(model=model, status="answers", serves=serves, served_name=name)
    if len(serves) == 1:
        detail = f"is asked as {serves[0]}, the only model of its endpoint"
        return ModelCheck(model=model, status="answers", detail=detail, serves=serves, served_name=serves[0])
    listed = ", ".join(serves) or "no model"
    detail = f"its endpoint lists {listed}, and not {name}: set served_name"
    return ModelCheck(model=model, status="fails", detail=detail, serves=serves)
