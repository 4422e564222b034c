"""Analysis, from a change to its findings. `analyse` is the recipe; each of its verbs has a module."""

from dataclasses import replace
from pathlib import Path

import msgspec

from coderev.analysis.all_analysers import NAMES, TAINT
from coderev.analysis.crew import covered, muster
from coderev.analysis.fixes import with_tried_fixes
from coderev.analysis.imports import take_in
from coderev.analysis.intake import Read, pairs
from coderev.analysis.judging import judge
from coderev.analysis.rules import structural_rules
from coderev.analysis.survey import survey
from coderev.analysis.tracing import Trace, Wanted, follow, shown
from coderev.analysis.trees import Listing
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
    packs: Path | None = None  # a folder of the site's own rule packs
    files: int = 20_000  # of the repository that values are followed through
    exclude: tuple[str, ...] = ()  # patterns of paths in which no finding is wanted
    remembers: bool = True  # what was found on a side, for the next review

    def __post_init__(self) -> None:
        """Refuse to leave out what does not exist: it would run."""
        for name in sorted(self.without.difference(NAMES)):
            raise UnknownAnalyser(name=name, known=", ".join(NAMES))

    @property
    def wanted(self) -> Wanted:
        """What was decided about following values."""
        return Wanted(
            runs=TAINT not in self.without,
            packs=self.packs,
            files=self.files,
            exclude=self.exclude,
            remembers=self.remembers,
        )


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


def analyse(
    change: Change, read: Read, choice: Choice, listing: Listing | None = None, *, trace: Trace | None = None
) -> Analysis:
    """Judge a change without asking anybody: the same change gives the same bytes.

    Values are followed through all files of the trees that `listing` lists, or without it through the changed files
    alone. `trace` stands in for the taint engine. Raises UnreadableSarif, and BadConfiguration for a site's rule pack.
    """
    crew = muster(change, choice.without, choice.process_seconds)
    imports = take_in(choice.sarif, change, read)
    traced = follow(change, read, listing, choice.wanted, trace)
    surveyed = survey(change, pairs(change, read), crew, imports, traced.ends)
    wider = replace(change, files=(*change.files, *traced.beyond))
    judged = judge(wider, (*surveyed.examined, *traced.examined))
    return Analysis(
        findings=with_tried_fixes(shown(judged.findings, change), change, read, crew),
        coverage=(*covered(change, crew, surveyed.examined), traced.coverage, *imports.coverage),
        suppressions=judged.suppressions,
        failed=surveyed.failed,
        notes=(*surveyed.notes, *traced.notes, *_unruled(change)),
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
