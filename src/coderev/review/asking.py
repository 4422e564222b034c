"""Steps 4 to 6 of a review: ask models about each unit and about the whole, place what they claim, doubt it.

The riskiest units are asked about first; what a deadline or a cap leaves unasked is named. The question about the
whole needs no analyser, so it is asked while they work, and goes first for all that begin as it does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Literal

from coderev.finding import SEVERITIES, Finding, ModelCoverage, UnitCoverage
from coderev.gateway import Answer, Gateway, Task
from coderev.recall import RULES, Code
from coderev.review.answers import ChangeAnswer, FileClaim, UnitAnswer
from coderev.review.claims import PlacedClaim, Speaker, merge_samples, to_finding
from coderev.review.context import Context, names_of, unit_context
from coderev.review.doubting import Doubted, doubt
from coderev.review.interview import Interview, Material
from coderev.review.material import NewFindings, ReviewUnit, Text, unit_around, unit_coverage
from coderev.review.whole import change_context
from coderev.settings import matches

LOOK_AHEAD = 32  # units whose names are searched for at once
NOWHERE = Code(b"", 1)  # what a claim about a file that was not shown can quote
MAX_NAMED = 5  # pieces that a note names

Progress = Callable[[int, int], None]  # how many questions were answered, of how many


def silent(_done: int, _of: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came back: findings with a place, and what became of every unit."""

    findings: tuple[Finding, ...]
    units: tuple[UnitCoverage, ...]
    models: ModelCoverage


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    findings: tuple[Finding, ...] = ()
    models: tuple[str, ...] = ()
    reason: str | None = None  # why there is no answer
    cut: tuple[str, ...] = ()


async def ask_models(
    gateway: Gateway, material: Material, analysed: Awaitable[Sequence[Finding]], progress: Progress
) -> Asked:
    """Ask about the whole, and when the analysers are done, about every unit.

    A question without an answer is coverage, never an exception; what `analysed` raises is raised.
    """
    wanted = [unit for unit in material.units if not matches(unit.path, material.ignore)]
    interview = Interview(gateway, material)
    whole = asyncio.create_task(_ask_whole(interview, wanted) if wanted and material.whole else _nothing())
    try:
        found = NewFindings(await analysed)
        interview.start_clock()
        ordered = sorted(wanted, key=lambda unit: risk(unit, found))
        outcomes = await _ask_units(interview, ordered, found, whole, progress)
        about_whole = await whole
    finally:
        whole.cancel()
    findings = [finding for outcome in (*outcomes.values(), about_whole) for finding in outcome.findings]
    return Asked(
        findings=tuple(findings),
        units=tuple(_coverage(unit, outcomes.get(unit)) for unit in material.units),
        models=_models(interview, about_whole, wanted),
    )


async def _nothing() -> _Outcome:
    return _Outcome()


def risk(unit: ReviewUnit, findings: NewFindings) -> tuple[int, int, str, int]:
    """Sorts the riskiest unit first: the worst new finding in it, then how much of it changed, then its place."""
    worst = min((SEVERITIES.index(finding.severity) for finding in findings.within(unit)), default=len(SEVERITIES))
    return worst, -unit.touched_count * unit.complexity, unit.path, unit.unit.start_line


async def _ask_units(
    interview: Interview,
    units: Sequence[ReviewUnit],
    found: NewFindings,
    whole: asyncio.Task[_Outcome],
    progress: Progress,
) -> dict[ReviewUnit, _Outcome]:
    """Ask about as many units as the site's limit holds beside the whole."""
    settings = interview.material.settings
    fitting = (settings.limits.questions - 1) // len(settings.questions) if settings.questions else 0
    asked = units[:fitting]
    ahead = {unit: asked[at : at + LOOK_AHEAD] for at, unit in enumerate(asked) if at % LOOK_AHEAD == 0}
    tasks = [asyncio.create_task(_ask_unit(interview, unit, found, ahead.get(unit, (unit,)))) for unit in asked]
    done = count(1)
    for task in (whole, *tasks):
        task.add_done_callback(lambda _: progress(next(done), len(tasks) + 1))
    outcomes = dict(zip(asked, await asyncio.gather(*tasks), strict=True))
    why = (
        f"over the site's limit of {settings.limits.questions} questions" if fitting else "the site allows no question"
    )
    return outcomes | dict.fromkeys(units[fitting:], _Outcome(reason=f"not asked: {why}"))


async def _ask_unit(
    interview: Interview, unit: ReviewUnit, found: NewFindings, ahead: Sequence[ReviewUnit]
) -> _Outcome:
    neighbours, tasks = interview.material.neighbours, interview.material.settings.questions

    def make(*, comments: bool) -> Context:
        if neighbours is not None:
            neighbours.look_up(name for each in ahead for name in names_of(each))
        return unit_context(unit, found.within(unit), neighbours, interview.budget, comments=comments)

    async with interview.slots:
        contexts: dict[bool, Context] = {}
        for comments in dict.fromkeys(RULES[task].comments for task in tasks):
            context = await interview.read(partial(make, comments=comments))
            if isinstance(context, str):
                return _Outcome(reason=context)
            if not context.parts[-1].text:
                return _Outcome(reason="no changed line of it fits into a question", cut=context.cut)
            contexts[comments] = context
        asking = (_ask_task(interview, unit, contexts[RULES[task].comments], task) for task in tasks)
        outcomes = await asyncio.gather(*asking)
    cut = dict.fromkeys(name for context in contexts.values() for name in context.cut)
    return _Outcome(
        findings=tuple(finding for outcome in outcomes for finding in outcome.findings),
        models=tuple(dict.fromkeys(model for outcome in outcomes for model in outcome.models)),
        reason=next((outcome.reason for outcome in outcomes if outcome.reason), None),
        cut=tuple(dict.fromkeys((*cut, *(name for outcome in outcomes for name in outcome.cut)))),
    )


async def _ask_task(interview: Interview, unit: ReviewUnit, context: Context, task: Task) -> _Outcome:
    question = await interview.with_earlier(interview.question(task, context, unit))
    answers = await interview.answers(question, UnitAnswer)
    if isinstance(answers, str):
        return _Outcome(reason=answers)
    code = context.codes[""]
    claims = merge_samples([interview.place(interview.first(answer.value.findings), code) for answer in answers])
    await interview.remember(question, claims)
    doubts = await asyncio.gather(*(doubt(interview, unit, context, claim) for claim in claims))
    return _Outcome(
        findings=_found(claims, [unit] * len(claims), doubts, answers[0]),
        models=tuple(dict.fromkeys(answer.model for answer in answers)),
        cut=tuple(name for each in doubts for name in each.cut),
    )


async def _ask_whole(interview: Interview, units: Sequence[ReviewUnit]) -> _Outcome:
    material = interview.material
    texts = {text.path: text for text in material.texts if not matches(text.path, material.ignore)}
    context = await interview.read(
        lambda: change_context(tuple(texts.values()), units, material.neighbours, interview.budget)
    )
    if isinstance(context, str):
        return _Outcome(reason=context)
    answers = await interview.answers(interview.question("change-review", context, None), ChangeAnswer)
    if isinstance(answers, str):
        return _Outcome(reason=answers, cut=context.cut)
    samples = [_by_file(interview, answer.value.findings, context.codes) for answer in answers]
    outcomes = [
        await _about_file(interview, texts[path], [sample.get(path, []) for sample in samples], context, answers[0])
        for path in dict.fromkeys(path for sample in samples for path in sample)
    ]
    return _Outcome(
        findings=tuple(finding for outcome in outcomes for finding in outcome.findings),
        cut=tuple(dict.fromkeys((*context.cut, *(name for outcome in outcomes for name in outcome.cut)))),
    )


def _by_file(
    interview: Interview, claims: Sequence[FileClaim], codes: Mapping[str, Code]
) -> dict[str, list[PlacedClaim]]:
    """The claims about each file; one about a file that the question did not show is dropped."""
    placed: dict[str, list[PlacedClaim]] = {}
    for claim in interview.first(claims):
        code = codes.get(claim.path, NOWHERE)
        placed.setdefault(claim.path, []).extend(interview.place((claim,), code))
    return {path: there for path, there in placed.items() if there}


async def _about_file(
    interview: Interview,
    text: Text,
    samples: Sequence[Sequence[PlacedClaim]],
    context: Context,
    answer: Answer[ChangeAnswer],
) -> _Outcome:
    claims = merge_samples(samples)
    units = [unit_around(text, claim.place.start_line) for claim in claims]
    doubts = await asyncio.gather(
        *(doubt(interview, unit, context, claim, show_unit=True) for unit, claim in zip(units, claims, strict=True))
    )
    return _Outcome(
        findings=_found(claims, units, doubts, answer),
        cut=tuple(name for each in doubts for name in each.cut),
    )


def _found(
    claims: Sequence[PlacedClaim], units: Sequence[ReviewUnit], doubts: Sequence[Doubted], answer: Answer[Any]
) -> tuple[Finding, ...]:
    speaker = Speaker(model=answer.model, version=answer.version)
    return tuple(
        to_finding(claim, unit, speaker, doubted=each.refuted)
        for claim, unit, each in zip(claims, units, doubts, strict=True)
    )


def _coverage(unit: ReviewUnit, outcome: _Outcome | None) -> UnitCoverage:
    if outcome is None:
        outcome = _Outcome(reason="ignored by the repository's guidelines: models were not asked")
        status: Literal["reviewed", "excluded", "failed"] = "excluded"
    else:
        status = "failed" if outcome.reason else "reviewed"
    model = ", ".join(outcome.models) or None
    return unit_coverage(unit, status, model=model, reason=outcome.reason, cut=outcome.cut)


def _models(interview: Interview, whole: _Outcome, wanted: Sequence[ReviewUnit]) -> ModelCoverage:
    reason = f"the question about the whole: {whole.reason}" if whole.reason else None
    status: Literal["answered", "incomplete", "not-asked"] = "answered"
    if interview.asked != interview.answered or reason:
        status, reason = "incomplete", reason or "some questions had no answer"
    elif interview.material.units and not wanted:
        status, reason = "not-asked", "every unit is ignored by the repository's guidelines"
    return ModelCoverage(
        status=status,
        reason=reason,
        models=tuple(sorted(interview.speakers)),
        questions=interview.asked,
        answered=interview.answered,
        dropped=interview.dropped,
        notes=(*((_not_shown(whole.cut),) if whole.cut else ()), *interview.warnings),
    )


def _not_shown(cut: Sequence[str]) -> str:
    more = f" and {len(cut) - MAX_NAMED} more" if len(cut) > MAX_NAMED else ""
    return f"the question about the whole did not show: {', '.join(cut[:MAX_NAMED])}{more}"
