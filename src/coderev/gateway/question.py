"""What the engine asks the gateway."""

from dataclasses import dataclass
from typing import Literal

from coderev.gateway.prompt import Message
from coderev.recall import Subject

Task = Literal["code-review", "change-review", "security-audit", "documentation", "verify"]

BYTES_PER_TOKEN_AT_MOST = 4  # code has fewer: what is too long by this measure is too long by every tokenizer's
BYTES_PER_TOKEN_AT_LEAST = 3  # code seldom has fewer: what is paid is not estimated too low


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to a model, and the facts that policy looks at. Messages come unredacted; the gateway redacts.

    Questions that share their first message share a server's prefix cache, so what they have in common goes there.
    `subject` is what recall knows the question by; without it only an answer that quotes nothing is remembered.
    `aside` is told before the last message, and is no part of what the question is known by.
    """

    task: Task
    version: str  # of the question's text
    messages: tuple[Message, ...]
    answer_tokens: int  # the longest answer
    language: str | None = None
    labels: frozenset[str] = frozenset()
    complexity: int = 1
    sensitive: bool = False  # never goes to an external model
    seed: int = 0
    temperature: float = 0.0
    subject: Subject | None = None
    aside: str = ""

    @property
    def sent(self) -> tuple[Message, ...]:
        """The messages with what is told aside."""
        if not self.aside or not self.messages:
            return self.messages
        last = self.messages[-1]
        return (*self.messages[:-1], Message(last.role, f"{self.aside}\n\n{last.text}"))

    @property
    def bytes(self) -> int:
        """The length of all that is sent in UTF-8."""
        return sum(len(message.text.encode(errors="surrogatepass")) for message in self.sent)
