"""Traces a side by what is known of another that is like it: only what a changed file reaches is walked again."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from coderev.analysis.taint.engine import LANGUAGES, catalogues, follow, imported
from coderev.analysis.taint.flow import Traced
from coderev.analysis.taint.form import Module
from coderev.analysis.taint.ledger import Ledger
from coderev.analysis.taint.loading import packs as all_packs
from coderev.analysis.taint.lowering import lower
from coderev.analysis.taint.outline import FileOutline, outline_of_file
from coderev.analysis.taint.project import Project
from coderev.analysis.taint.reach import vocabulary
from coderev.analysis.taint.records import Ground, Past, Records, digest_of, grounded, told
from coderev.analysis.taint.writing import UNWRITABLE
from coderev.errors import CoderevError
from coderev.syntax import language_of, parse

WORTH = 10  # of so many walks one must be new, for what is known to be written down again


class Known:
    """What is known of a side that was traced, and how much of that is new: walks, and files that were read."""

    def __init__(self, ledger: Ledger, ground: Ground, read: int, *, is_first: bool) -> None:
        self._ledger, self._ground, self._is_first = ledger, ground, is_first
        self.walks, self.files = ledger.anew, read

    @property
    def is_worth(self) -> bool:
        """Whether so much is new that writing it down costs less than finding it again."""
        return self._is_first or self.walks * WORTH > self._ledger.count

    def records(self) -> Records:
        """All of it, for another run."""
        return self._ledger.records(grounded(self._ground))

    def told(self) -> bytes | None:
        """All of it as bytes; None where that cannot be written down, such as a path that is no text."""
        try:
            return told(self.records())
        except UNWRITABLE:
            return None


class Sources:
    """The files of a side: outlines of all that can be read, and the form of each when it is first needed."""

    def __init__(self, files: Mapping[str, bytes], past: Past | None) -> None:
        self._files = files
        self._modules: dict[str, Module] = {}
        self._same: set[str] = set()
        self.unread: dict[str, str] = {}
        self.outlines: dict[str, tuple[bytes, FileOutline]] = {}
        for path in sorted(files):
            language = language_of(path, files[path])
            if language is not None and language in LANGUAGES:
                self._outline(path, language, past)

    def _outline(self, path: str, language: str, past: Past | None) -> None:
        digest = digest_of(language, self._files[path])
        known = past.ground.files.get(path) if past is not None else None
        if known is not None and known[0] == digest:
            self.outlines[path] = known
            self._same.add(path)
            return
        try:
            self.outlines[path] = digest, outline_of_file(self.module(path))
        except CoderevError as error:
            self.unread[path] = str(error)

    def module(self, path: str) -> Module:
        """The form of a file. Raises CoderevError for what cannot be read."""
        if path not in self._modules:
            language = language_of(path, self._files[path])
            assert language is not None  # noqa: S101 - it has an outline
            module = lower(parse(self._files[path], language), path)
            assert module is not None  # noqa: S101 - all of these languages are lowered
            self._modules[path] = module
        return self._modules[path]

    @property
    def same(self) -> frozenset[str]:
        """The files that are as they were in the past."""
        return frozenset(self._same)

    @property
    def count(self) -> int:
        """How many files were read."""
        return len(self._modules)


def trace_anew(
    files: Mapping[str, bytes],
    past: Past | None,
    *,
    only: frozenset[str] | None = None,
    packs: Path | None = None,
) -> tuple[Traced, Known]:
    """What `engine.trace` says of some files, by what is known of other ones; and what is known then."""
    sources = Sources(files, past)
    outlines = {path: outline for path, (_, outline) in sources.outlines.items()}
    brought = imported(outlines, packs)
    of_language = catalogues(brought, packs)
    words = {language: vocabulary(of_language(language)) for language in {each.language for each in outlines.values()}}
    guard = digest_of(sorted(words), brought, msgspec.msgpack.encode(all_packs(packs)))
    fitting = past if past is not None and past.ground.guard == guard else None
    if fitting is not None:
        mentioned = frozenset[str]().union(*(outline.mentions for _, outline in fitting.ground.files.values()))
        for language, known in fitting.ground.named.items():
            words[language].know(mentioned, known)
    ledger = Ledger(files, fitting, sources.same)
    traced = follow(Project(outlines, sources.module, of_language, ledger), sources.unread, only)
    ledger.close()
    ground = Ground(guard, sources.outlines, {language: each.known for language, each in words.items()})
    return traced, Known(ledger, ground, sources.count, is_first=fitting is None)
