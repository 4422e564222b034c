"""What the gateway says: an answer or that there is none, and what was tried on the way."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from coderev.errors import Unavailable
from coderev.gateway.prompt import Cause

T = TypeVar("T")

Outcome = Literal["answered", "unreadable", "skipped"] | Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One model, asked or skipped. For the run record: it differs from run to run."""

    model: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What a model answered, and who it was."""

    value: T
    text: str  # the JSON object that it was read from, with what redaction took out still out
    whole: bool  # it was not cut at its longest
    model: str  # its id in the registry
    version: str  # as the registry says
    served_name: str  # as the answer names the model
    attempts: tuple[Attempt, ...]


class NoAnswer(Unavailable):
    """No model answered a question. `attempts` tells what was tried."""

    message = "no answer to {task}: {reason}"
    hint = "see what decides with `coderev route explain`, and what the endpoints serve with `coderev models check`"

    def __init__(self, *, task: str, reason: str, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(task=task, reason=reason)
        self.attempts = attempts
