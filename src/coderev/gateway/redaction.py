"""What leaves for a model is redacted first, whoever serves it; the answer is restored when it is back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from coderev.gateway.prompt import Message
from coderev.gateway.question import Question
from coderev.sensitive import redact
from coderev.settings import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A question that may be sent, and how strings of its answer are restored; None: nothing was taken out."""

    question: Question
    restore: Callable[[str], str] | None


def redacted(question: Question, mode: Mode) -> Redaction:
    """Take secrets and identifiers out of a question, with one mapping for all its messages.

    In hybrid mode a question in which something was found is sensitive. A detector that fails makes it sensitive in
    every mode, and leaves its text as it is: such a question only goes to a model of the site. What is told aside is
    left out where something was found in it.
    """
    try:
        found = redact("\n".join(message.text for message in question.messages))
        messages = tuple(_parted(question.messages, found.text))
        if question.aside and redact(question.aside).placeholders:
            question = replace(question, aside="")
    except Exception:  # noqa: BLE001 - whatever failed, what was not judged stays inside
        return Redaction(question=replace(question, sensitive=True), restore=None)
    if messages == question.messages:
        return Redaction(question=question, restore=None)
    sensitive = question.sensitive or mode == "hybrid"
    return Redaction(question=replace(question, messages=messages, sensitive=sensitive), restore=found.restore)


def _parted(messages: tuple[Message, ...], text: str) -> Iterator[Message]:
    """The messages that were one text: redaction keeps the number of lines. Raises ValueError where it did not."""
    lines = text.split("\n")
    at = 0
    for message in messages:
        count = message.text.count("\n") + 1
        yield Message(message.role, "\n".join(lines[at : at + count]))
        at += count
    if at != len(lines):
        broken = f"{at} lines became {len(lines)}"
        raise ValueError(broken)
