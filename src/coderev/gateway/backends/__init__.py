"""What answers a prompt: a server that speaks the OpenAI protocol, a GGUF file in process, or a folder of records.

Each backend is one module; which one serves a model of the registry is decided by `open_gateway`.
"""

from typing import Protocol

from coderev.gateway.prompt import Completion, Patience, Prompt

__all__ = ["Backend"]


class Backend(Protocol):
    """One model that can be asked. Every fault is BackendFailed."""

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        """Answer one prompt in time."""
        ...

    async def served(self) -> tuple[str, ...]:
        """The names of the models that answer here."""
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...
