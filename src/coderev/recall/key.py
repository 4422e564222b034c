"""What an answer is remembered by: everything that decided it. Pure.

The exact key is over the prompt, to the byte. The structure key is over what the prompt says apart from the layout of
the code and the names of its locals. Both hold the model, its weights, the policy and the tenant.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from coderev.recall.code import Code

VERSION = 1  # raised whenever remembered answers must not be served any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a question is about, as recall knows it again.

    `parts` name everything that the question shows, told by structure in plain values; None where only the same bytes
    have the same answer. `codes` are the code that claims may quote, by path, or by "" where there is one.
    """

    codes: Mapping[str, Code]
    parts: Mapping[str, object] | None
    repository: str
    path: str
    unit: str

    @property
    def code(self) -> Code | None:
        """The code of a question about one unit."""
        return self.codes.get("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A model that may answer, and what makes its answers its own: its version, and its file where we run it."""

    model: str
    version: str
    weights: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question on its way: what was asked of whom, under which rule.

    `prompt` is all that is sent but for what recall itself adds, `frame` what every tier tells apart: question, system
    text, form, limits, policy. Both are plain values. `speakers` come in the order in which the cascade tries them.
    """

    task: str
    prompt: object
    frame: Mapping[str, object]
    speakers: Sequence[Speaker]
    subject: Subject | None
    ttl_seconds: float
    restore: Callable[[str], str] | None = None  # puts back what redaction took out of an answer

    @property
    def structure(self) -> dict[str, bytes] | None:
        """The digest of each part that decides an answer of the structure tier."""
        if self.subject is None or self.subject.parts is None:
            return None
        return {name: digest(value) for name, value in {**self.frame, **self.subject.parts}.items()}


def exact_parts(asked: Asked, speaker: Speaker, weights: str) -> tuple[bytes, ...]:
    """What the exact key is over."""
    return (b"exact", *_common(asked, speaker, weights), digest(asked.prompt, asked.frame))


def structure_parts(asked: Asked, speaker: Speaker, weights: str) -> tuple[bytes, ...] | None:
    """What the structure key is over; None where there is none."""
    if asked.subject is None or asked.subject.parts is None:
        return None
    return (b"structure", *_common(asked, speaker, weights), digest(asked.frame, asked.subject.parts))


def digest(*values: object) -> bytes:
    """32 bytes over some plain values: the same on each machine, different for different values."""
    try:
        told = msgspec.json.encode(values, order="deterministic")
    except UnicodeEncodeError:  # a path that is not UTF-8
        told = json.dumps(values, sort_keys=True).encode()
    return sha256(told).digest()


def _common(asked: Asked, speaker: Speaker, weights: str) -> tuple[bytes, ...]:
    parts = (str(VERSION), asked.task, speaker.model, speaker.version, weights)
    return tuple(part.encode("utf-8", "surrogatepass") for part in parts)
