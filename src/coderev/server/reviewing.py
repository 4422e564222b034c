"""From a folder of git objects, or a patch, to all that is kept of a review. Nothing here talks to a forge."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from coderev import git
from coderev.diff import Change, lines_only, parse_patch
from coderev.files import monotonic, now
from coderev.finding import Result
from coderev.gateway import Gateway, OpenSite, open_gateway
from coderev.review import GUIDELINES_FILE, Dismissed, Order, review, silent, unit_digests
from coderev.settings import Configuration, Limits
from coderev.store import records

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The configuration in force, and its models, which outlive a review; none: reviews are static only."""

    configuration: Configuration
    open_models: OpenSite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is reviewed, and for whom. `is_guided`: the base may say how, since nobody alone can write to it."""

    tenant: str
    base: str = ""
    head: str = ""
    is_guided: bool = False
    dismissals: Sequence[records.Dismissal] = ()
    notes: tuple[str, ...] = ()  # for coverage: a history that was cut
    asks: bool = True  # models, where some are configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What is kept of a review. `units` are the digests of the findings' units, in their order."""

    change: Change
    result: Result
    patch: bytes
    units: tuple[str, ...]
    uses: tuple[records.ModelUse, ...]
    record: bytes


async def review_commits(models: Models, folder: Path, wanted: Wanted, progress: Progress = silent) -> Reviewed:
    """Review what `head` has over its merge base with `base`, both of which the repository in `folder` has.

    Raises what `git.change_between` raises. Faults of single files, units and models are coverage of the result.
    """
    async with _opened(folder, models.configuration.settings.limits) as repository:
        selection = git.Range(f"{wanted.base}...{wanted.head}")
        change = await asyncio.to_thread(git.change_between, repository, selection)
        change = replace(change, notes=(*change.notes, *wanted.notes))
        guidelines = None
        if wanted.is_guided:
            guidelines = await asyncio.to_thread(repository.file_at, wanted.base, GUIDELINES_FILE)
        order = Order(
            ask=wanted.asks,
            guidelines=guidelines,
            repository=wanted.tenant,
            dismissed=tuple(map(_dismissed, wanted.dismissals)),
        )
        patch = await asyncio.to_thread(repository.patch, change.base, change.head)
        return await _reviewed(models, wanted.tenant, (change, repository, patch), order, progress)


async def review_patch(models: Models, text: bytes, wanted: Wanted, progress: Progress = silent) -> Reviewed:
    """Review a patch by its lines alone. Raises UnreadablePatch."""
    change = lines_only(parse_patch(text))
    order = Order(ask=wanted.asks, repository=wanted.tenant)
    return await _reviewed(models, wanted.tenant, (change, None, text), order, progress)


def dismissals_of(
    result: Result, units: Sequence[str], known: Iterable[records.Dismissal]
) -> dict[str, records.Dismissal]:
    """The dismissal that silenced each dismissed finding, by the finding's fingerprint."""
    decisions = [(each, _dismissed(each)) for each in known]
    return {
        finding.fingerprint: next(each for each, decision in decisions if decision.covers(finding, unit))
        for finding, unit in zip(result.findings, units, strict=True)
        if finding.status == "dismissed" and any(decision.covers(finding, unit) for _, decision in decisions)
    }


@asynccontextmanager
async def _opened(folder: Path, limits: Limits) -> AsyncIterator[git.Repository]:
    """A repository, opened and closed beside the loop: git runs, and folders are written and removed."""
    opening = git.open_repository(folder, limits)
    entering = asyncio.ensure_future(asyncio.to_thread(opening.__enter__))
    try:
        yield await asyncio.shield(entering)
    finally:
        await asyncio.shield(_left(entering, opening))


async def _left(entering: "asyncio.Future[git.Repository]", opening: AbstractContextManager[git.Repository]) -> None:
    """Leave what was entered, also when whoever entered it was cancelled meanwhile."""
    with suppress(Exception):  # who waited for it was told
        await entering
        await asyncio.to_thread(opening.__exit__, None, None, None)


def _dismissed(known: records.Dismissal) -> Dismissed:
    return Dismissed(
        scope=known.scope, fingerprint=known.fingerprint, unit=known.unit, rule=known.rule, path=known.path
    )


async def _reviewed(
    models: Models, tenant: str, sides: tuple[Change, git.Repository | None, bytes], order: Order, progress: Progress
) -> Reviewed:
    change, repository, patch = sides
    settings = models.configuration.settings
    started, clock = now(), monotonic()
    async with _gateway(models, tenant) as gateway:
        result = await review(change, repository, settings, order, gateway=gateway, progress=progress)
    units = await asyncio.to_thread(unit_digests, result.findings, change, repository)
    return Reviewed(
        change=change,
        result=result,
        patch=patch,
        units=units,
        uses=_uses(gateway) if gateway else (),
        record=_run_record(gateway, started, monotonic() - clock),
    )


def _gateway(models: Models, tenant: str) -> Any:
    """The gateway for one review: each tenant has a recall of its own."""
    configuration = models.configuration
    recall = configuration.settings.recall
    own = msgspec.structs.replace(recall, tenant=f"{recall.tenant}/{tenant}")
    settings = msgspec.structs.replace(configuration.settings, recall=own)
    return open_gateway(msgspec.structs.replace(configuration, settings=settings), models=models.open_models)


def _uses(gateway: Gateway) -> tuple[records.ModelUse, ...]:
    """What each model did, counted from what was tried."""
    by_model = defaultdict(list)
    for attempt in gateway.attempts:
        by_model[attempt.model].append(attempt)
    return tuple(
        records.ModelUse(
            model=model,
            questions=len(tried),
            answered=sum(each.outcome == "answered" for each in tried),
            tokens_in=sum(each.input_tokens for each in tried),
            tokens_out=sum(each.output_tokens for each in tried),
            seconds=sum(each.seconds for each in tried if each.outcome == "answered"),
        )
        for model, tried in sorted(by_model.items())
    )


def _run_record(gateway: Gateway | None, started: datetime, seconds: float) -> bytes:
    told = {
        "started": started.isoformat(),
        "seconds": round(seconds, 3),
        "outside_bytes": gateway.outside_bytes if gateway else 0,
        **(gateway.told() if gateway else {}),
    }
    return msgspec.json.encode(told)
