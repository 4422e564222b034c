"""What the gateway hands to a backend and gets back: prompt, patience, completion, and how a backend fails."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from coderev.errors import Unavailable

Role = Literal["system", "user"]
Finish = Literal["stop", "length", "other"]
Cause = Literal["timeout", "connection", "throttled", "server", "refused", "garbled"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Everything that decides an answer, but for the model itself. Redacted before it comes here."""

    messages: tuple[Message, ...]
    schema: dict[str, Any]  # JSON schema of the answer
    schema_name: str
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0

    def digest(self) -> str:
        """64 hex digits over every field: the same in each process, on each machine."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a backend may take. Only answer text counts as progress, never a comment or white space."""

    first_token_seconds: float
    gap_seconds: float  # between two pieces of the answer
    deadline: float  # of the whole answer, on the clock `files.monotonic`


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model said. `text` has not been checked against the schema."""

    text: str
    served_name: str  # as the answer names the model; empty where it does not
    finish: Finish  # "length": cut at max_tokens
    input_tokens: int | None
    output_tokens: int | None


class BackendFailed(Unavailable):
    """A model did not answer one prompt.

    The next model of the cascade may be tried after every cause but `refused`, which is another status 4xx:
    the same prompt would be refused again. `garbled`: status 200, and no completion in it.
    """

    message = "{cause}: {detail}"
    hint = "see what the endpoint serves with `coderev models check`"

    def __init__(self, cause: Cause, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(cause=cause, detail=detail)
        self.cause: Cause = cause
        self.detail = detail
        self.retry_after = retry_after  # seconds that the server asked for
