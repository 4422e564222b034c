"""Structural rules: shapes of code that are nearly always wrong, found by tree-sitter queries (`rules/*.scm`)."""

import re
from collections.abc import Sequence
from functools import cached_property

import msgspec

from coderev.analysis.analyser import Looked, SourceFile
from coderev.analysis.rule import Rule
from coderev.analysis.rules import StructuralRule, candidates, digest
from coderev.analysis.rules.places import places
from coderev.analysis.sighting import Sighting
from coderev.errors import CoderevError, Unavailable
from coderev.files import thread_seconds
from coderev.finding import Severity
from coderev.syntax import Span

MAX_SECONDS = 10.0  # of CPU, for one file; 2 MiB of honest code need some 0.5
TEST_CODE = re.compile(r"(^|/)(tests?|__tests__|specs?|testdata|fixtures|__mocks__)/|[._-](test|spec)\.\w+$")
_IN_TESTS: dict[Severity, Severity] = {"critical": "medium", "high": "medium"}


class RulesTookTooLong(Unavailable):
    """A file keeps the structural rules busy for longer than a review may wait."""

    message = "the structural rules did not finish within {seconds} s of CPU"
    hint = "exclude the file in coderev.yaml if it is not meant to be read by people"


class Structural:
    """The analyser of structural rules."""

    name = "structural"

    @cached_property
    def version(self) -> str:
        """A digest of the rules."""
        return digest()

    def look(self, files: Sequence[SourceFile]) -> Looked:
        """Run the rules of each file's language; a file that cannot be parsed or queried has failed."""
        sightings: dict[str, tuple[Sighting, ...]] = {}
        failed: dict[str, str] = {}
        for file in files:
            try:
                sightings[file.key] = _sightings(file)
            except CoderevError as error:
                failed[file.key] = str(error)
        return Looked(sightings=sightings, failed=failed)


def _sightings(file: SourceFile) -> tuple[Sighting, ...]:
    chosen = candidates(file.language)(file.source) if file.language else []
    if not chosen or file.parsed is None:
        return ()
    seen: list[Sighting] = []
    deadline = thread_seconds() + MAX_SECONDS
    for rule in chosen:
        seen += (_sighting(rule, span, file.path) for span in places(rule, file.parsed))
        if thread_seconds() > deadline:
            raise RulesTookTooLong(seconds=int(MAX_SECONDS))
    return tuple(sorted(seen, key=lambda sighting: (sighting.start_line, sighting.start_column or 0, sighting.rule.id)))


def in_tests(rule: Rule, path: str) -> Rule:
    """The rule as it is reported in a file: in test code a serious one is worth a look and does not stop a merge."""
    if not TEST_CODE.search(path):
        return rule
    return msgspec.structs.replace(rule, severity=_IN_TESTS.get(rule.severity, rule.severity))


def _sighting(rule: StructuralRule, span: Span, path: str) -> Sighting:
    return Sighting(
        rule=in_tests(rule.rule, path),
        start_line=span.start_line,
        end_line=span.end_line,
        start_column=span.start_column,
        end_column=span.end_column,
        message=rule.header.message,
    )
