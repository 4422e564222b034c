"""A backend that answers as a test says, in process: for what the gateway decides, not for what the wire does."""

import asyncio
from collections.abc import Sequence
from typing import Any

from coderev.gateway.breaker import Breaker
from coderev.gateway.cascade import Endpoint
from coderev.gateway.prompt import BackendFailed, Cause, Completion, Finish, Patience, Prompt
from coderev.gateway.rate import Rate
from coderev.gateway.registry import Registry

Step = str | BackendFailed | Completion


def said(text: str, *, finish: Finish = "stop", tokens: tuple[int, int] | None = None) -> Completion:
    asked, answered = tokens or (None, None)
    return Completion(text=text, served_name="served", finish=finish, input_tokens=asked, output_tokens=answered)


def fails(cause: Cause, detail: str = "as scripted", retry_after: float | None = None) -> BackendFailed:
    return BackendFailed(cause, detail, retry_after=retry_after)


class ScriptedBackend:
    """Takes one step for each prompt; the last one repeats. It keeps what it was asked."""

    def __init__(self, *steps: Step, seconds: float = 0.0, serves: Sequence[str] = ("served",)) -> None:
        self._steps = list(steps)
        self._seconds, self._serves = seconds, tuple(serves)
        self.prompts: list[Prompt] = []
        self.patience: list[Patience] = []
        self.at_once = self.most_at_once = 0

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        self.prompts.append(prompt)
        self.patience.append(patience)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.at_once -= 1
        if isinstance(step, BackendFailed):
            raise step
        return said(step) if isinstance(step, str) else step

    async def served(self) -> tuple[str, ...]:
        return self._serves

    async def close(self) -> None:
        """Nothing is open."""


def endpoints(made: Registry, **backends: Any) -> dict[str, Endpoint]:
    """Each model of a registry with its backend, as the gateway puts them together."""
    return {
        model.id: Endpoint(
            model=model,
            backend=backends[model.id],
            breaker=Breaker(),
            rate=Rate(model.constraints.rate_limit_rpm),
        )
        for model in made.models
    }
