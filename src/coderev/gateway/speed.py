"""How fast a model is here, and which routes are too short for it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coderev.files import monotonic
from coderev.gateway.backends import Backend
from coderev.gateway.prompt import Message, Patience, Prompt
from coderev.gateway.routing import Routing

PROBES = 3
PROBE_LINES = 110  # of code in each prompt: about a thousand tokens
PROBE_TOKENS = 64  # of the longer answer
PATIENCE = 120.0  # seconds for one answer
CHARACTERS_PER_TOKEN = 4  # where a server does not count
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 4 * PROBE_TOKENS}},
    "required": ["text"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What was measured, as the median of a few fixed prompts of about a thousand tokens, one at a time."""

    first_token_ms: float
    tokens_per_second: float

    def answer_ms(self, tokens: int) -> float:
        """How long an answer of so many tokens takes."""
        return self.first_token_ms + (1000 * tokens / self.tokens_per_second if self.tokens_per_second else math.inf)


async def measure(backend: Backend) -> Speed:
    """Ask a model a few fixed prompts, each for one token and for sixty-four, after one that warms it up.

    Raises BackendFailed.
    """
    await _timed(backend, probe(-1, max_tokens=1))
    firsts: list[float] = []
    rates: list[float] = []
    for number in range(PROBES):
        short_tokens, short_seconds = await _timed(backend, probe(2 * number, max_tokens=1))
        tokens, seconds = await _timed(backend, probe(2 * number + 1, max_tokens=PROBE_TOKENS))
        firsts.append(short_seconds)
        if tokens > short_tokens and seconds > short_seconds:
            rates.append((tokens - short_tokens) / (seconds - short_seconds))
        else:  # the server does not keep to max_tokens; this errs towards slow
            rates.append(tokens / seconds)
    return Speed(first_token_ms=1000 * _median(firsts), tokens_per_second=_median(rates))


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]  # of PROBES values, an odd number; `statistics` takes longer to import


def probe(number: int, *, max_tokens: int) -> Prompt:
    """One of the fixed prompts; they differ from their first line on, so that no prefix cache shortens them."""
    code = "\n".join(f"total_{number}_{line} = price[{line}] * quantity[{number}]" for line in range(PROBE_LINES))
    return Prompt(
        messages=(Message("user", f"Probe {number}. Repeat this code.\n{code}"),),
        schema=SCHEMA,
        schema_name="Probe",
        max_tokens=max_tokens,
    )


def short_routes(routing: Routing, speeds: Mapping[str, Speed], answer_tokens: int) -> Iterator[str]:
    """Each route in force whose time-outs cannot hold an answer of `answer_tokens` by one of its models, and why."""
    for policy, rule, action in routing.actions():
        group = routing.groups[action.model_group]
        for name, timeout_ms in zip(group.models, group.timeout_cascade_ms, strict=True):
            if (speed := speeds.get(name)) is None:
                continue
            route = f"{policy.id} / {rule.name}: {group.name}: {name}"
            if speed.first_token_ms > timeout_ms:
                yield f"{route} takes {speed.first_token_ms:.0f} ms to its first token, its time-out is {timeout_ms} ms"
            needed, allowed = speed.answer_ms(answer_tokens), action.budget.max_latency_ms
            if needed > allowed:
                yield f"{route} takes {needed:.0f} ms for {answer_tokens} tokens, max_latency_ms is {allowed}"


async def _timed(backend: Backend, prompt: Prompt) -> tuple[float, float]:
    """How many tokens came, and in how many seconds."""
    started = monotonic()
    patience = Patience(first_token_seconds=PATIENCE, gap_seconds=PATIENCE, deadline=started + PATIENCE)
    completion = await backend.complete(prompt, patience)
    counted = completion.output_tokens
    tokens = len(completion.text) / CHARACTERS_PER_TOKEN if counted is None else counted
    return tokens, monotonic() - started
