"""Put placeholders where sensitive text stands, and take them back out of an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import re2

from coderev.errors import Bug
from coderev.sensitive.detectors import latin1
from coderev.sensitive.search import Sensitive, find, placeholder

MAX_ROUNDS = 16  # a placeholder may uncover what stood beside it; more often than this, the text is an attack
SHORTEST_LINE = 12  # bytes: a line of a longer secret is replaced elsewhere too if it has as many
_ISSUED = re.compile("«(?:SECRET|IDENTIFIER):[a-z0-9-]+:[0-9]+»")
_SURROGATES = "surrogatepass"  # text that was read with errors="surrogateescape" survives the round trip


class RedactionUnsettled(Bug):
    """Each placeholder uncovered another secret: the text must be treated as sensitive as a whole."""

    message = "a text still held secrets after {rounds} rounds of redaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text without its secrets and identifiers. Placeholders are numbered by kind; one secret has one placeholder."""

    text: str
    placeholders: Mapping[str, str] = field(repr=False)  # placeholder → what it stands for

    def restore(self, answer: str) -> str:
        """An answer about `text` with the placeholders that it quotes replaced by what they stand for."""
        return _ISSUED.sub(lambda match: self.placeholders.get(match[0], match[0]), answer)


def redact(text: str) -> Redacted:
    """Replace everything sensitive, wherever it is repeated, by placeholders such as `«SECRET:jwt:1»`.

    Lines keep their number: a secret of several lines has a placeholder on each. What looks like a placeholder
    already is left as it is, and is restored as it was. Redacting twice changes nothing.
    Raises RedactionUnsettled.
    """
    names = _Names(text)
    redacted = text.encode(errors=_SURROGATES)
    for _ in range(MAX_ROUNDS):
        found = find(redacted)
        if not found:
            return Redacted(text=redacted.decode(errors=_SURROGATES), placeholders=names.placeholders())
        redacted = _replaced(redacted, found, names)
    raise RedactionUnsettled(rounds=MAX_ROUNDS)


class _Names:
    """Which placeholder stands for which bytes; never one that the text already held."""

    def __init__(self, text: str) -> None:
        self._taken = frozenset(_ISSUED.findall(text))
        self._given: dict[bytes, bytes] = {}
        self._last: dict[str, int] = {}

    def of(self, secret: bytes, found: Sensitive) -> bytes:
        if secret not in self._given:
            self._given[secret] = self._next(f"{found.category.upper()}:{found.kind}").encode()
        return self._given[secret]

    def given(self, secret: bytes) -> bytes:
        """The placeholder of these bytes; what has none is itself a placeholder and stays."""
        return self._given.get(secret, secret)

    def placeholders(self) -> dict[str, str]:
        return {name.decode(): secret.decode(errors=_SURROGATES) for secret, name in self._given.items()}

    def _next(self, kind: str) -> str:
        while True:
            self._last[kind] = self._last.get(kind, 0) + 1
            name = f"«{kind}:{self._last[kind]}»"
            if name not in self._taken:
                return name


def _replaced(text: bytes, found: tuple[Sensitive, ...], names: _Names) -> bytes:
    spans = [_in_lines(text[one.start_byte : one.end_byte], one, names) for one in found]
    repeats = _repeats(text, found)
    pieces: list[bytes] = []
    at = 0
    for one, placeholders in zip(found, spans, strict=True):
        pieces += (repeats.sub(lambda match: names.given(match[0]), text[at : one.start_byte]), placeholders)
        at = one.end_byte
    return b"".join((*pieces, repeats.sub(lambda match: names.given(match[0]), text[at:])))


def _in_lines(secret: bytes, found: Sensitive, names: _Names) -> bytes:
    return b"\n".join(names.of(line, found) if line.strip() else line for line in secret.split(b"\n"))


def _repeats(text: bytes, found: tuple[Sensitive, ...]) -> Any:
    """An expression for these secrets anywhere, the longest first; placeholders match too, so that they stay whole."""
    secrets = {text[one.start_byte : one.end_byte] for one in found}
    lines = {line for secret in secrets for line in secret.split(b"\n") if line == secret or len(line) >= SHORTEST_LINE}
    literals = map(re2.escape, sorted(lines, key=lambda line: (-len(line), line)))
    room = (64 << 20) + 64 * sum(map(len, lines))  # bytes: RE2 compiles each literal byte to an instruction or two
    return re2.compile(b"|".join((placeholder().pattern, *literals)), latin1(max_mem=room))
