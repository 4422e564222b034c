"""Comments that silence somebody's analyser. None is obeyed; those that a change adds are listed.

They are looked for as an analyser looks, and matched as findings are: a moved comment is not an added one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import re2

from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.rule import Rule
from coderev.analysis.sighting import Sighting

RULE = Rule(
    id="suppressions/comment",
    title="comment that silences an analyser",
    severity="info",
    confidence="high",
    category="maintainability",
    textual=True,
)

# A word that must stand in the file, and what makes it a suppression. Coverage pragmas silence no analyser.
_WORDS: tuple[tuple[bytes, re.Pattern[bytes]], ...] = tuple(
    (word, re.compile(pattern, re.IGNORECASE))
    for word, pattern in (
        (b"noqa", rb"#[^\n]*\bnoqa\b"),
        (b"NOQA", rb"#[^\n]*\bnoqa\b"),
        (b"nosec", rb"#\s*nosec\b|//\s*#nosec\b"),
        (b"type: ignore", rb"#\s*type: ignore\b"),
        (b"pyright:", rb"#\s*pyright:\s*(?:ignore|basic|off)\b"),
        (b"pylint:", rb"#\s*pylint:\s*(?:disable|skip-file)"),
        (b"mypy:", rb"#\s*mypy:\s*(?:ignore|disable|allow)"),
        (b"ruff:", rb"#\s*ruff:\s*(?:noqa|ignore|disable|file-ignore)"),
        (b"eslint-", rb"\beslint-disable\b"),
        (b"tslint:", rb"\btslint:disable\b"),
        (b"@ts-", rb"@ts-(?:ignore|expect-error|nocheck)\b"),
        (b"biome-ignore", rb"\bbiome-ignore\b"),
        (b"deno-lint-ignore", rb"\bdeno-lint-ignore\b"),
        (b"NOLINT", rb"\bNOLINT(?:NEXTLINE|BEGIN)?\b"),
        (b"nolint", rb"//\s*nolint\b"),
        (b"lint:ignore", rb"//\s*lint:(?:file-)?ignore\b"),
        (b"#nosec", rb"//\s*#nosec\b"),
        (b"SuppressWarnings", rb"@SuppressWarnings\b"),
        (b"SuppressFBWarnings", rb"@SuppressFBWarnings\b"),
        (b"SuppressMessage", rb"\[[^\n]*SuppressMessage\b"),
        (b"warning disable", rb"#\s*pragma\s+warning\s+disable\b"),
        (b"NOPMD", rb"//\s*NOPMD\b"),
        (b"NOSONAR", rb"\bNOSONAR\b"),
        (b"allow(", rb"#!?\[(?:[^\n]*[\s,(])?allow\("),
        (b"expect(", rb"#!?\[(?:[^\n]*[\s,(])?expect\("),
        (b"rubocop:", rb"#\s*rubocop:\s*(?:disable|todo)\b"),
        (b"brakeman:", rb"#\s*brakeman:ignore\b"),
        (b"phpcs:", rb"\bphpcs:\s*(?:ignore|disable|ignoreFile)\b"),
        (b"@phpstan-ignore", rb"@phpstan-ignore\b"),
        (b"@psalm-suppress", rb"@psalm-suppress\b"),
        (b"shellcheck disable", rb"#\s*shellcheck disable="),
        (b"nosemgrep", rb"\bnosemgrep\b"),
        (b"codeql[", rb"\bcodeql\["),
        (b"lgtm", rb"(?:#|//)\s*lgtm\b"),
        (b"allowlist secret", rb"pragma:\s*allowlist secret"),
        (b"gitleaks:allow", rb"\bgitleaks:allow\b"),
        (b"checkov:skip", rb"\bcheckov:skip="),
        (b"hadolint ignore", rb"#\s*hadolint ignore="),
    )
)


class Suppressions:
    """Looks like an analyser, and reports what is listed in coverage instead of findings."""

    name = "suppressions"
    version = "1"

    def look(self, files: Sequence[SourceFile]) -> Looked:
        """Find every line that holds a suppression."""
        found = ((file.key, tuple(_sightings(file))) for file in files)
        return Looked(sightings={key: sightings for key, sightings in found if sightings})


@cache
def _words() -> Any:
    """All words in one pass: most files hold none."""
    words = re2.Set.SearchSet()
    for word, _ in _WORDS:
        words.Add(re2.escape(word))
    words.Compile()
    return words


def _sightings(file: SourceFile) -> Iterator[Sighting]:
    patterns = [_WORDS[number][1] for number in sorted(_words().Match(file.source) or ())]
    found = (match.start() for pattern in patterns for match in pattern.finditer(file.source))
    for line in sorted(set(map(file.lines.number, found))):
        yield Sighting(rule=RULE, start_line=line, end_line=line, message=RULE.title)
