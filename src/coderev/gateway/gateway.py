"""The gateway: one question in, one decoded answer out.

`ask` redacts the question, finds its route, asks recall, and else waits for its turn and goes down the cascade.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeVar

from coderev.gateway.answer import Answer, Attempt, NoAnswer
from coderev.gateway.cascade import Cascade
from coderev.gateway.form import form_of
from coderev.gateway.opening import LIVE, OpenSite, Tape, open_site
from coderev.gateway.prefixes import Prefixes
from coderev.gateway.question import Question
from coderev.gateway.redaction import redacted
from coderev.gateway.remembering import answer_of, asked_of, reply_of
from coderev.gateway.routing import Explanation, Route
from coderev.recall import Recall, Reply, open_recall
from coderev.settings import Configuration

T = TypeVar("T")

MAX_ATTEMPTS = 10_000  # kept for the run record, the latest ones


@contextlib.asynccontextmanager
async def open_gateway(
    configuration: Configuration,
    *,
    record: Path | None = None,
    replay: Path | None = None,
    recall: Literal["use", "off", "explain"] = "use",
    models: OpenSite | None = None,
) -> AsyncIterator["Gateway | None"]:
    """The gateway of a site; None where no model is configured. Nothing is connected to until something is asked.

    `record` is a folder that questions and answers are kept in, `replay` one that answers are taken from instead: a
    record without remembered answers could not be replayed, so with either recall is off. `recall="explain"` asks no
    model: what is not remembered has no answer. `models` are those of `open_models`, where they outlive this gateway.
    Raises BadConfiguration, CannotReadConfiguration, NoKey, ProxyRefused, and what `open_recall` raises.
    """
    settings, tape = configuration.settings, Tape(record=record, replay=replay)
    async with contextlib.nullcontext(models) if models else open_site(configuration, tape) as site:
        if site is None:
            yield None
        elif recall == "off" or tape != LIVE:
            yield Gateway(site, concurrency=settings.limits.concurrency)
        else:
            async with open_recall(settings, site.egress, explains=recall == "explain") as remembering:
                yield Gateway(site, remembering, concurrency=settings.limits.concurrency)


class Gateway:
    """Asks a site's models, and counts what it did. One gateway serves one event loop."""

    def __init__(self, site: OpenSite, recall: Recall | None = None, *, concurrency: int) -> None:
        self._routing, self._endpoints, self._egress = site.routing, site.endpoints, site.egress
        self.recall = recall
        self._slots = asyncio.Semaphore(concurrency)
        self._prefixes = Prefixes()
        self._counts: Counter[str] = Counter()
        self._cost_usd = 0.0
        self.attempts: deque[Attempt] = deque(maxlen=MAX_ATTEMPTS)

    @property
    def outside_bytes(self) -> int:
        """How many bytes of questions went outside of the site."""
        return self._egress.outside_bytes

    def explain(self, question: Question) -> Explanation:
        """Which rule chooses what for a question as it stands, and why the others do not."""
        return self._routing.explain(question)

    def route(self, question: Question) -> Route:
        """The route of a question as it stands. Raises NoAnswer when no rule leads to a usable model."""
        explanation = self._routing.explain(question)
        if explanation.route is None:
            raise NoAnswer(task=question.task, reason=explanation.reason)
        return explanation.route

    async def ask(self, question: Question, form: type[T]) -> Answer[T]:
        """Ask the models of the question's route for an answer of this form. Raises NoAnswer.

        Every member of the form is asked for; one that has a default may be missing from an answer.
        """
        self._counts["asked"] += 1
        ready = redacted(question, self._routing.mode)
        cascade = Cascade(
            question=ready.question,
            route=self.route(ready.question),
            form=form_of(form),
            endpoints=self._endpoints,
            restore=ready.restore,
        )
        if self.recall is None or not cascade.route.cache.enabled:
            return await self._compute(cascade)
        return await self._recalled(self.recall, cascade)

    async def _recalled(self, recall: Recall, cascade: Cascade[T]) -> Answer[T]:
        """The answer of recall, or of the cascade, which is then remembered."""
        computed: list[Answer[T]] = []

        async def compute() -> Reply:
            computed.append(await self._compute(cascade))
            return reply_of(computed[0])

        reply, _tier = await recall.ask(asked_of(cascade), compute)
        return computed[0] if computed else answer_of(reply, cascade.form, cascade.restore)

    async def _compute(self, cascade: Cascade[T]) -> Answer[T]:
        """The answer of the models themselves."""
        prefix = (cascade.route.candidates[0].model.id, cascade.question.messages[:1])
        try:
            async with self._prefixes.turn(prefix), self._slots:
                return await cascade.run()
        finally:
            self._count(cascade.attempts)

    def stats(self) -> dict[str, float]:
        """Questions asked, attempts by their outcome, tokens, and US dollars."""
        return {**self._counts, "cost_usd": round(self._cost_usd, 6)}

    def told(self) -> dict[str, Any]:
        """What a run record says of the models: it differs from run to run."""
        return {
            "gateway": self.stats(),
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "recall": self.recall.told() if self.recall else {},
        }

    def _count(self, attempts: Iterable[Attempt]) -> None:
        for attempt in attempts:
            self.attempts.append(attempt)
            self._counts[attempt.outcome] += 1
            self._counts["input_tokens"] += attempt.input_tokens
            self._counts["output_tokens"] += attempt.output_tokens
            self._cost_usd += attempt.cost_usd
