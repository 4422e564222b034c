"""Trying a route's models in order, within one deadline and one budget, until one gives a readable answer.

The next model is tried after a time-out, a failed connection, status 429 or 5xx, and where a model is skipped; never
after another 4xx. An answer that cannot be read is repaired once, by the same model; a second one ends the question.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from coderev.errors import InputError, TrustError, Unavailable
from coderev.files import monotonic
from coderev.gateway.answer import Answer, Attempt, NoAnswer
from coderev.gateway.backends import Backend
from coderev.gateway.breaker import Breaker
from coderev.gateway.form import Form, Unreadable, first_object
from coderev.gateway.prompt import BackendFailed, Completion, Message, Patience, Prompt
from coderev.gateway.question import BYTES_PER_TOKEN_AT_LEAST, Question
from coderev.gateway.rate import Rate
from coderev.gateway.registry import Model
from coderev.gateway.routing import Candidate, Route, expected_cost, over_budget

T = TypeVar("T")

MAX_QUOTED = 500  # characters of an unreadable answer that its repair quotes
BILLED = ("timeout", "garbled")  # failures after which the work may have been done, and paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model of the registry with what serves it, and what is known of it now."""

    model: Model
    backend: Backend
    breaker: Breaker
    rate: Rate
    place: Callable[[], AbstractAsyncContextManager[None]] = nullcontext  # among those that it answers at a time


class _Skipped(Exception):
    """A model is not asked."""


@dataclass(slots=True, kw_only=True)
class Cascade(Generic[T]):
    """One question on its way through the models of its route. `restore` puts back what redaction took out."""

    question: Question  # redacted
    route: Route
    form: Form[T]
    endpoints: Mapping[str, Endpoint]
    restore: Callable[[str], str] | None = None
    attempts: list[Attempt] = field(default_factory=list)
    _deadline: float = 0.0

    async def run(self) -> Answer[T]:
        """Ask one model after the other. Raises NoAnswer."""
        self._deadline = monotonic() + self.route.budget.max_latency_ms / 1000
        for candidate in self.route.candidates:
            try:
                return await self._ask(candidate)
            except _Skipped as skipped:
                self.attempts.append(Attempt(model=candidate.model.id, outcome="skipped", detail=str(skipped)))
            except BackendFailed as failed:
                if failed.cause == "refused":
                    break
            except Unreadable:
                break
        tried = "; ".join(map(_told, self.attempts))
        raise NoAnswer(task=self.question.task, reason=tried, attempts=tuple(self.attempts))

    async def _ask(self, candidate: Candidate) -> Answer[T]:
        messages = self.question.sent
        try:
            return await self._once(candidate, messages)
        except Unreadable as fault:
            return await self._once(candidate, (*messages, repair(fault)))

    async def _once(self, candidate: Candidate, messages: tuple[Message, ...]) -> Answer[T]:
        endpoint = self.endpoints[candidate.model.id]
        await self._admission(endpoint)
        started = monotonic()
        try:
            async with self._place(endpoint):
                started = monotonic()
                completion = await endpoint.backend.complete(self._prompt(messages), self._patience(candidate))
        except BackendFailed as failed:
            self._failed(endpoint, failed, started)
            raise
        except (InputError, TrustError, Unavailable) as fault:  # it cannot be asked at all: no file, no record, no way
            raise _Skipped(str(fault)) from None
        endpoint.breaker.succeeded()
        return self._read(endpoint.model, completion, started)

    async def _admission(self, endpoint: Endpoint) -> None:
        """Wait for the model's turn. Raises _Skipped when it must not be asked, or not in time."""
        now = monotonic()
        start = self._turn(endpoint, now)
        if isinstance(start, str):
            raise _Skipped(start)
        if start > now:
            await asyncio.sleep(start - now)

    @asynccontextmanager
    async def _place(self, endpoint: Endpoint) -> AsyncIterator[None]:
        """A place among the requests that the model answers at a time. Raises _Skipped when none is free in time."""
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(max(self._deadline - monotonic(), 0)):
                    await held.enter_async_context(endpoint.place())
            except TimeoutError:
                raise _Skipped("has no place in time among those that it answers at once") from None
            yield

    def _turn(self, endpoint: Endpoint, now: float) -> float | str:
        """When the model may be asked, or why it is not."""
        budget = self.route.budget
        if now >= self._deadline:
            return f"no time left of {budget.max_latency_ms} ms"
        spent = sum(attempt.cost_usd for attempt in self.attempts)
        if reason := over_budget(endpoint.model, self.question, budget, spent):
            return reason
        start = endpoint.rate.reserve(now, self._deadline)
        if start is None:
            return "has no turn left in time under its rate limit"
        return start if endpoint.breaker.admit(now) else "is left alone after repeated failures"

    def _prompt(self, messages: tuple[Message, ...]) -> Prompt:
        return Prompt(
            messages=messages,
            schema=self.form.schema,
            schema_name=self.form.name,
            max_tokens=self.question.answer_tokens,
            temperature=self.question.temperature,
            seed=self.question.seed,
        )

    def _patience(self, candidate: Candidate) -> Patience:
        seconds = candidate.timeout_ms / 1000
        return Patience(first_token_seconds=seconds, gap_seconds=seconds, deadline=self._deadline)

    def _failed(self, endpoint: Endpoint, failed: BackendFailed, started: float) -> None:
        now, model = monotonic(), endpoint.model
        if failed.cause == "refused":
            endpoint.breaker.succeeded()  # it is alive
        elif failed.cause == "throttled":
            endpoint.rate.hold(now, failed.retry_after or 0.0)
        else:
            endpoint.breaker.failed(now)
        cost = expected_cost(model, self.question) if failed.cause in BILLED else 0.0
        attempt = Attempt(
            model=model.id, outcome=failed.cause, detail=failed.detail, seconds=now - started, cost_usd=cost
        )
        self.attempts.append(attempt)

    def _read(self, model: Model, completion: Completion, started: float) -> Answer[T]:
        attempt = _answered(model, self.question, completion, monotonic() - started)
        try:
            value = self.form.read(completion.text, self.restore)
        except Unreadable as fault:
            reason = f"cut after {self.question.answer_tokens} tokens" if completion.finish == "length" else str(fault)
            self.attempts.append(replace(attempt, outcome="unreadable", detail=reason))
            raise Unreadable(reason, completion.text) from None
        self.attempts.append(attempt)
        return Answer(
            value=value,
            text=first_object(completion.text),
            whole=completion.finish != "length",
            model=model.id,
            version=model.version,
            served_name=completion.served_name,
            attempts=tuple(self.attempts),
        )


def _told(attempt: Attempt) -> str:
    """What a result says of an attempt: a host stands in the run record only, so that two results are the same."""
    if attempt.outcome == "connection":
        return f"{attempt.model} connection: it could not be reached"
    return f"{attempt.model} {attempt.outcome}: {attempt.detail}"


def repair(fault: Unreadable) -> Message:
    """What a model is told after an answer that could not be read; it quotes at most 500 characters of it."""
    return Message(
        "user",
        f"Your answer could not be read: {fault}. It began so:\n{fault.text[:MAX_QUOTED]}\n\n"
        "Answer again: one JSON object of the given schema, short enough to be complete, and nothing else.",
    )


def _answered(model: Model, question: Question, completion: Completion, seconds: float) -> Attempt:
    """The attempt with its tokens as the server counted them, or else as our estimate has them."""
    asked, said = completion.input_tokens, completion.output_tokens
    asked = question.bytes // BYTES_PER_TOKEN_AT_LEAST if asked is None else max(asked, 0)
    said = len(completion.text) // BYTES_PER_TOKEN_AT_LEAST if said is None else max(said, 0)
    return Attempt(
        model=model.id,
        outcome="answered",
        seconds=seconds,
        input_tokens=asked,
        output_tokens=said,
        cost_usd=model.cost(asked, said),
    )
