"""The page of models: which there are, whether they answer, how fast, and how many tokens they took and gave."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

from aiohttp import web

from coderev.errors import CoderevError
from coderev.gateway import Checkup
from coderev.recall import open_upkeep
from coderev.server.access.actions import Action
from coderev.server.asking import Ask, Route
from coderev.server.pages.answers import framed, html
from coderev.server.pages.frame import Frame, page, plural
from coderev.server.pages.settings import without_secrets
from coderev.store import records

T = TypeVar("T")
Mark = Literal["good", "warn", "bad", "none"]

DAYS = 7  # that uses are counted over
NO_ANSWER = "the models did not say in time how they are"
LEFT_ALONE = "it failed several times in a row; one question now and then probes it"
STATES: Mapping[str, tuple[str, Mark]] = {
    "answers": ("answers", "good"),
    "fails": ("fails", "bad"),
    "open": ("not asked yet", "none"),
    "closed": ("not used here", "none"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model of the registry, and what it did; `seconds` are those of all its answers together."""

    id: str
    provider: str
    version: str
    where: str = ""  # its endpoint, without a name or password in it
    lanes: tuple[str, ...] = ()
    state: str  # in words
    mark: Mark = "none"
    why: str = ""
    questions: int = 0
    answered: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    objective_ms: int | None = None


def render_models(frame: Frame, models: Sequence[ModelRow], recall: Mapping[str, str], *, known: bool = True) -> str:
    """The page; `recall` are counts with their names; not `known`: something did not answer, as `frame` says."""
    return page(
        "models.html.j2",
        frame,
        title="Models",
        here="/models",
        models=models,
        recall=recall,
        days=DAYS,
        known=known,
        sentence=sentence(models) if models or known else "",
    )


def sentence(models: Sequence[ModelRow]) -> str:
    """What a person must do, if anything."""
    failing = [model.id for model in models if model.mark == "bad"]
    if failing:
        return f"{plural(len(failing), 'model does', 'models do')} not answer: {', '.join(failing)[:500]}."
    return f"{plural(len(models), 'model')}, none of them failing." if models else "Static only."


async def show_models(ask: Ask) -> web.StreamResponse:
    """Each model of the registry: what its endpoint says now, and what it did in the last days."""
    site = ask.site
    missing: list[str] = []
    async with site.store.work() as work:
        uses = {use.model: use for use in await work.uses.since(ask.at - timedelta(days=DAYS))}
    checkup = await _told(site.checkups.checkup(), missing)
    known = not missing
    recall = await _told(_recall(ask), missing)
    left_alone = site.open_models.left_alone if site.open_models else {}
    frame = framed(ask, refused="; ".join(missing))
    return html(render_models(frame, rows_of(checkup, uses, left_alone), recall or {}, known=known))


async def _told(answer: Awaitable[T], missing: list[str]) -> T | None:
    """An answer; what does not come is said on the page, and the page stands."""
    try:
        return await answer
    except (CoderevError, TimeoutError) as error:
        missing.append(str(error) or NO_ANSWER)
        return None


async def _recall(ask: Ask) -> dict[str, str]:
    async with open_upkeep(ask.site.settings) as upkeep:
        return {name.replace("_", " "): f"{count:,}" for name, count in (await upkeep.stats()).items()}


def rows_of(
    checkup: Checkup | None, uses: Mapping[str, records.ModelUse], left_alone: Mapping[str, bool]
) -> tuple[ModelRow, ...]:
    """The models in the registry's order."""
    rows = []
    for check in checkup.models if checkup else ():
        model, use = check.model, uses.get(check.model.id)
        state, mark = STATES[check.status]
        failing = left_alone.get(model.id, False)
        rows.append(
            ModelRow(
                id=model.id,
                provider=model.provider,
                version=model.version,
                where=without_secrets(model.endpoint) if model.endpoint else "",
                lanes=model.allowed_versions,
                state="left alone" if failing else state,
                mark="bad" if failing else mark,
                why=LEFT_ALONE if failing else check.detail,
                questions=use.questions if use else 0,
                answered=use.answered if use else 0,
                tokens_in=use.tokens_in if use else 0,
                tokens_out=use.tokens_out if use else 0,
                seconds=use.seconds if use else 0.0,
                objective_ms=model.slo.p95_latency_ms,
            )
        )
    return tuple(rows)


ROUTES = (Route(method="GET", path="/models", action=Action.SEE_MODELS, handler=show_models),)
