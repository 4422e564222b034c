"""What recall is told of a question, and how an answer is kept and taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from coderev.gateway.answer import Answer
from coderev.gateway.cascade import Cascade
from coderev.gateway.form import Form
from coderev.gateway.registry import Model
from coderev.recall import Asked, Reply, Speaker

T = TypeVar("T")

SECONDS_PER_HOUR = 3600


def asked_of(cascade: Cascade[T]) -> Asked:
    """A question as recall looks it up: redacted, with everything that decides its answer."""
    question, route, form = cascade.question, cascade.route, cascade.form
    messages = [(message.role, message.text) for message in question.messages]
    return Asked(
        task=question.task,
        prompt=messages,
        frame={
            "question": question.version,
            "system text and guidelines": messages[:1],
            "form of the answer": (form.name, form.schema),
            "limits": (question.answer_tokens, question.temperature, question.seed),
            "policy": (route.policy, route.policy_version),
        },
        speakers=[_speaker(candidate.model) for candidate in route.candidates],
        subject=question.subject,
        ttl_seconds=route.cache.ttl_hours * SECONDS_PER_HOUR,
        restore=cascade.restore,
    )


def _speaker(model: Model) -> Speaker:
    return Speaker(model=model.id, version=model.version, weights=None if model.path is None else Path(model.path))


def reply_of(answer: Answer[T]) -> Reply:
    """What is remembered of an answer."""
    return Reply(
        text=answer.text,
        model=answer.model,
        version=answer.version,
        served_name=answer.served_name,
        seconds=sum(attempt.seconds for attempt in answer.attempts),
        tokens=sum(attempt.input_tokens + attempt.output_tokens for attempt in answer.attempts),
        whole=answer.whole,
    )


def answer_of(reply: Reply, form: Form[T], restore: Callable[[str], str] | None) -> Answer[T]:
    """A remembered reply as an answer to this question. Raises Unreadable, which only a fault of ours can cause."""
    return Answer(
        value=form.read(reply.text, restore),
        text=reply.text,
        whole=True,
        model=reply.model,
        version=reply.version,
        served_name=reply.served_name,
        attempts=(),
    )
