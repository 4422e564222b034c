"""Analysis, from a change to its findings. `analyse` is the recipe; each of its verbs has a module."""

import msgspec

from coderev.analysis.all_analysers import ANALYSERS
from coderev.analysis.crew import covered, muster
from coderev.analysis.fixes import with_tried_fixes
from coderev.analysis.imports import take_in
from coderev.analysis.intake import Read, pairs
from coderev.analysis.judging import judge
from coderev.analysis.rules import structural_rules
from coderev.analysis.survey import survey
from coderev.diff import Change
from coderev.errors import InputError
from coderev.finding import AnalyserCoverage, FileCoverage, Finding
from coderev.syntax import language_of


class UnknownAnalyser(InputError):
    """An analyser was named that does not exist."""

    message = "there is no analyser {name}"
    hint = "name one of {known}"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the site and the user decided. Raises UnknownAnalyser."""

    without: frozenset[str] = frozenset()  # analysers that do not run
    sarif: tuple[bytes, ...] = ()  # documents of the site's own tools
    process_seconds: int = 300  # of one program that is run

    def __post_init__(self) -> None:
        """Refuse to leave out what does not exist: it would run."""
        for name in sorted(self.without - ANALYSERS.keys()):
            raise UnknownAnalyser(name=name, known=", ".join(ANALYSERS))


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of a change, worst first, and what was not looked at.

    `suppressions` are "path:line: code" that the change adds; `failed` are files that no analyser saw;
    `notes` are facts that make a finding count, such as a base that could not be judged, or a clean result less.
    """

    findings: tuple[Finding, ...]
    coverage: tuple[AnalyserCoverage, ...]
    suppressions: tuple[str, ...] = ()
    failed: tuple[FileCoverage, ...] = ()
    notes: tuple[str, ...] = ()


def analyse(change: Change, read: Read, choice: Choice) -> Analysis:
    """Judge a change without asking anybody: the same change gives the same bytes. Raises UnreadableSarif."""
    crew = muster(change, choice.without, choice.process_seconds)
    imports = take_in(choice.sarif, change, read)
    surveyed = survey(change, pairs(change, read), crew, imports)
    judged = judge(change, surveyed.examined)
    return Analysis(
        findings=with_tried_fixes(judged.findings, change, read, crew),
        coverage=(*covered(change, crew, surveyed.examined), *imports.coverage),
        suppressions=judged.suppressions,
        failed=surveyed.failed,
        notes=(*surveyed.notes, *_unruled(change)),
    )


def _unruled(change: Change) -> tuple[str, ...]:
    """Say in which languages no analyser of ours judges the code: a clean result must not look like more than it is."""
    ruled = {language for rule in structural_rules() for language in rule.header.languages}
    known = (language_of(file.path) for file in change.files if file.head and not file.unread)
    unruled = [language for language in known if language and language not in ruled]
    if not unruled:
        return ()
    files = "1 file" if len(unruled) == 1 else f"{len(unruled)} files"
    names = ", ".join(sorted(set(unruled)))
    return (f"our analysers have no rules for {names}: they read the text of {files}, not its code",)
