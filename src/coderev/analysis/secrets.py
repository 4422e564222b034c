"""Secrets and identifiers of people, as `coderev.sensitive` detects them. No message and no evidence quotes one."""

from collections.abc import Iterator, Sequence

from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting
from coderev.finding import Severity
from coderev.sensitive import Sensitive, find

UNTOLD: Severity = "info"  # an author's address in a licence: redacted before a model reads it, no finding
SHOWN = 4  # characters of a secret that evidence may show
_CONTINUATION = range(0x80, 0xC0)  # UTF-8's second and later bytes

_CWE = {"secret": "CWE-798", "identifier": "CWE-359"}
_ADVICE = {
    "secret": "revoke it, and read it from the environment or a secret store",
    "identifier": "replace it by an invented value",
}


class Secrets:
    """The analyser `secrets`."""

    name = "secrets"
    version = "1"

    def look(self, files: Sequence[SourceFile]) -> Looked:
        """Judge every file, whatever its language."""
        found = ((file, [each for each in find(file.source) if each.severity != UNTOLD]) for file in files)
        return Looked(sightings={file.key: tuple(_sightings(file, here)) for file, here in found if here})


def _sightings(file: SourceFile, found: Sequence[Sensitive]) -> Iterator[Sighting]:
    lines, source = file.lines, file.source
    for each in found:
        last = max(each.end_byte - 1, each.start_byte)
        shown = _shown(source[each.start_byte : each.end_byte])
        yield Sighting(
            rule=_rule(each),
            start_line=lines.number(each.start_byte),
            end_line=lines.number(last),
            start_column=lines.column(each.start_byte),
            end_column=lines.column(last) + 1,
            message=each.title,
            hidden=(each.start_byte + shown, each.end_byte),
        )


def _shown(secret: bytes) -> int:
    """How many bytes its first characters take."""
    begins = [offset for offset, byte in enumerate(secret[: 4 * SHOWN + 4]) if byte not in _CONTINUATION]
    return begins[SHOWN] if len(begins) > SHOWN else len(secret)


def _rule(each: Sensitive) -> Rule:
    return Rule(
        id=f"secrets/{each.kind}",
        title=each.title,
        severity=each.severity,
        confidence=each.confidence,
        category="security",
        cwe=_CWE[each.category],
        advice=_ADVICE[each.category],
        textual=True,
    )
