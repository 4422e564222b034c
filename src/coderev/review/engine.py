"""A review, in eight steps: read, cut, analyse, ask, place, doubt, settle, and a result for the report."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from coderev import __version__
from coderev.analysis import Analysis, Choice, analyse
from coderev.diff import Change
from coderev.finding import ChangeName, Coverage, FileCoverage, Finding, ModelCoverage, Result, Tool
from coderev.gateway import Gateway
from coderev.review.asking import Asked, Progress, ask_models, silent
from coderev.review.dismissals import Dismissed, dismiss, unit_digests
from coderev.review.guidelines import Guidelines, read_guidelines
from coderev.review.interview import Material
from coderev.review.material import (
    Read,
    ReviewUnit,
    Text,
    Tree,
    exclude,
    generated_markers,
    read_texts,
    touched_units,
    unit_coverage,
)
from coderev.review.neighbours import Neighbours
from coderev.review.settle import decide, settle, stricter
from coderev.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person ordered: the parts of a review that are not in the change and not the site's decision."""

    sarif: tuple[bytes, ...] = ()  # documents to import
    ask: bool = True  # whether models are asked, where some are configured
    units: bool = True  # whether the touched units are cut where no model is asked; `--all` would cut every one
    seconds: float | None = None  # for the questions, from the end of the analysis until the deadline
    baseline: tuple[str, ...] = ()  # fingerprints that are known
    dismissed: tuple[Dismissed, ...] = ()  # what the team decided
    guidelines: bytes | None = None  # the repository's `.coderev.yaml` at base
    repository: str = ""  # which one it is: renamed locals are recalled only within one
    remembers: bool = True  # what the analysis found, where the site remembers at all
    warms: bool = False  # ahead of time: units only, and what is found is an example for similar code


async def review(
    change: Change,
    repository: Tree | None,
    settings: Settings,
    order: Order,
    *,
    gateway: Gateway | None = None,
    progress: Progress = silent,
) -> Result:
    """Review a change. The same change, settings and answers give the same result.

    A patch may have no repository behind it; then only what its lines show is judged.
    Faults of single files, units and models are coverage of the result.
    """
    wishes, notes = read_guidelines(order.guidelines)
    change = exclude(change, settings.exclude)
    read = repository.read if repository else _nothing
    asking = gateway is not None and order.ask
    texts, units = await asyncio.to_thread(_cut, change, read, wishes) if asking or order.units else ((), ())
    choice = Choice(
        without=frozenset(settings.without),
        sarif=order.sarif,
        packs=Path(settings.rule_packs) if settings.rule_packs else None,
        process_seconds=settings.limits.process_seconds,
        files=settings.limits.files,
        exclude=tuple(path for exclusion in settings.exclude for path in exclusion.paths),
        remembers=order.remembers and settings.recall.enabled,
    )
    listing = repository.listing if repository else None
    analysing = asyncio.create_task(asyncio.to_thread(analyse, change, read, choice, listing))
    asked = _not_asked(units, configured=gateway is not None)
    if gateway is not None and asking:
        material = Material(
            texts=texts,
            units=units,
            guidelines=wishes.guidelines,
            ignore=wishes.ignore,
            neighbours=Neighbours(partial(repository.grep, tree=change.head), read) if repository else None,
            repository=order.repository,
            head="" if order.warms else change.head,
            whole=not order.warms,
            is_merged=partial(repository.is_merged, into=change.base) if repository else lambda _: False,
            settings=settings,
            seconds=order.seconds,
        )
        asked = await ask_models(gateway, material, _findings(analysing), progress)
    analysis = await analysing
    coverage = _coverage(change, analysis, asked, (*change.notes, *analysis.notes, *notes, *generated_markers(texts)))
    settled = settle([*analysis.findings, *asked.findings], order.baseline)
    findings = dismiss(settled, order.dismissed, lambda some: unit_digests(some, change, repository))
    verdict, outcome = decide(findings, coverage, stricter(settings.gate, wishes.fail_on))
    return Result(
        tool=Tool(name="coderev", version=__version__),
        change=ChangeName(base=change.base, head=change.head),
        verdict=verdict,
        gate=outcome,
        findings=findings,
        coverage=coverage,
    )


def _nothing(_: Iterable[str]) -> dict[str, bytes]:
    return {}


async def _findings(analysing: Awaitable[Analysis]) -> Sequence[Finding]:
    return (await analysing).findings


def _cut(change: Change, read: Read, wishes: Guidelines) -> tuple[tuple[Text, ...], tuple[ReviewUnit, ...]]:
    texts = read_texts(change, read, wishes.languages)
    return texts, touched_units(texts)


def _not_asked(units: Sequence[ReviewUnit], *, configured: bool) -> Asked:
    return Asked(
        findings=(),
        units=tuple(unit_coverage(unit, "reviewed") for unit in units),
        models=ModelCoverage(status="not-asked" if configured else "not-configured"),
    )


def _coverage(change: Change, analysis: Analysis, asked: Asked, notes: tuple[str, ...]) -> Coverage:
    failed = {
        file.path: f"{analyser.name}: {file.reason}" for analyser in analysis.coverage for file in analyser.failed
    } | {file.path: file.reason for file in analysis.failed}
    files = [
        FileCoverage(path=file.path, status=file.unread.status, reason=file.unread.reason)
        if file.unread
        else FileCoverage(path=file.path, status="failed", reason=failed[file.path])
        if file.path in failed
        else FileCoverage(path=file.path, status="reviewed")
        for file in change.files
    ]
    return Coverage(
        files=tuple(files),
        units=asked.units,
        analysers=analysis.coverage,
        models=asked.models,
        suppressions=analysis.suppressions,
        notes=notes,
    )
