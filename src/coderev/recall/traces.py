"""Why a question was not answered from memory: the first thing that differs from when its unit was last asked about.

Beside an answer a trace is kept, of digests: of each part of the question, and of each token of the unit.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

from coderev.recall.code import Code
from coderev.recall.key import Asked

DIGEST_BYTES = 4  # of a token: one in four billion changes is told by a later token
MAX_TOKENS = 4_000
UNKNOWN = "it was never asked about, or that was forgotten"


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What a question about a unit was when it was last answered."""

    parts: Mapping[str, bytes]
    tokens: Sequence[bytes]


def trace_of(asked: Asked, weights: Sequence[str]) -> Trace | None:
    """The trace of a question about a unit with a structure."""
    parts, code = asked.structure, asked.subject.code if asked.subject else None
    if parts is None or code is None:
        return None
    speakers = [(speaker.model, speaker.version, file) for speaker, file in zip(asked.speakers, weights, strict=True)]
    told = {**parts, **{f"model {model}": repr(rest).encode() for model, *rest in speakers}}
    return Trace({name: blake2b(told[name], digest_size=8).digest() for name in told}, token_digests(code))


def trace_name(asked: Asked) -> tuple[bytes, ...]:
    """What the trace of a unit is kept by."""
    subject = asked.subject
    words = (subject.repository, subject.path, subject.unit) if subject else ()
    return (b"trace", asked.task.encode(), *(word.encode("utf-8", "surrogatepass") for word in words))


def token_digests(code: Code) -> list[bytes]:
    """A digest for each token of a unit: of its kind, its text, and how deep it stands."""
    if code.structure is None:
        return []
    told, places = code.structure.told, {place for place, _, _ in code.structure.tokens[:MAX_TOKENS]}
    digests, depth = [], 0
    for place, mark in enumerate(told):
        if place in places:
            what = repr((told[place - 1], mark, depth)).encode()
            digests.append(blake2b(what, digest_size=DIGEST_BYTES).digest())
        elif mark is None:
            depth -= 1
        elif isinstance(mark, int) and mark < 0:
            depth += 1
    return digests


def why_missed(before: Trace | None, now: Trace | None, code: Code | None) -> str:
    """What differs first between two questions about one unit."""
    if now is None or code is None:
        return "it is known by its bytes only, and they are new"
    if before is None:
        return UNKNOWN
    differing = [name for name in {**now.parts, **before.parts} if now.parts.get(name) != before.parts.get(name)]
    if not differing:
        return "its answer was not kept or could not be carried, or is too old"
    if before.tokens != now.tokens:
        return _token(before.tokens, now.tokens, code)
    return f"{', '.join(_plain(name) for name in differing)} changed"


def _token(before: Sequence[bytes], now: Sequence[bytes], code: Code) -> str:
    same = next((at for at, (one, other) in enumerate(zip(before, now, strict=False)) if one != other), None)
    at = min(len(before), len(now)) if same is None else same
    if at >= len(now):
        return f"something after line {code.token_lines[-1] if code.token_lines else code.first_line} is gone"
    return f"the first token that differs is {code.token_text(at)!r} in line {code.token_lines[at]}"


def _plain(name: str) -> str:
    """The name of a part without the number that tells it apart."""
    number, _, rest = name.partition(" ")
    return rest if number.isdigit() else name
