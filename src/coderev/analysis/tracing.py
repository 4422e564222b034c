"""The taint engine over a whole change: both sides are traced with all files of the repository, then compared.

An analyser of a chunk sees its files only; a value runs through any file. So this is one step for all of them:
read both sides, trace both, hand each file of the change what ends in it, and keep of all other files what the change
opened or touches there.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from coderev import __version__
from coderev.analysis.all_analysers import TAINT
from coderev.analysis.examine import Ends, Examined
from coderev.analysis.intake import Read, is_loose
from coderev.analysis.trees import BothSides, Listing, both_sides, changed_files
from coderev.diff import Change, FileChange
from coderev.errors import CoderevError, InputError
from coderev.files import now
from coderev.finding import AnalyserCoverage, FileCoverage, Finding
from coderev.settings import matches

if TYPE_CHECKING:
    from coderev.analysis.taint.flow import Traced

LANGUAGES = frozenset({"python", "javascript", "typescript", "tsx"})
NAMED = 5  # unchanged files that a note names
_DIGEST_DIGITS = 12
_LOADED = now()  # a source that is younger may not be what this process runs


class Trace(Protocol):
    """What follows values: the door of the engine, or who stands in for it."""

    def __call__(self, files: Mapping[str, bytes], /, *, packs: Path | None = None) -> "Traced":
        """All flows in some files, which are all that there is. Raises InputError where a pack is wrong."""
        ...


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about tracing: whether it runs, with which packs of the site, and in how many files at most.

    No finding is wanted in unchanged files that the patterns of `exclude` name. Where it `remembers`, what was
    found on a side is kept for the next review.
    """

    runs: bool = True
    packs: Path | None = None
    files: int = 20_000
    exclude: tuple[str, ...] = ()
    remembers: bool = True


class Tracing(msgspec.Struct, frozen=True, kw_only=True):
    """What flows end in each changed file, by its number in the change; and in `beyond`, files that did not change.

    The numbers of `examined`, which are the files beyond, go on where those of the change end.
    """

    coverage: AnalyserCoverage
    ends: dict[int, Ends] = {}
    beyond: tuple[FileChange, ...] = ()
    examined: tuple[Examined, ...] = ()
    notes: tuple[str, ...] = ()


def follow(change: Change, read: Read, listing: Listing | None, wanted: Wanted, trace: Trace | None = None) -> Tracing:
    """Trace both sides of a change. The engine is imported only where a file in one of its languages changed."""
    if not wanted.runs:
        return _without(status="not-run", reason="switched off")
    if any(is_loose(file) for file in change.files if file.unread is None):
        return _without(status="not-run", reason="no file")
    changed = changed_files(change, LANGUAGES, read)
    if not changed:
        return _without(status="not-run", reason="no file in its languages")
    try:
        sides = both_sides(change, changed, read, listing or _nothing, languages=LANGUAGES, most=wanted.files)
    except CoderevError as error:
        return _without(status="failed", reason=str(error))
    try:
        return _traced(change, changed, sides, wanted, trace or _engine(wanted))
    except InputError:
        raise  # a pack of the site is wrong
    except Exception as error:  # noqa: BLE001 - a fault of the engine must not take the other analysers with it
        return _without(status="failed", reason=f"{type(error).__name__}: {error}")


def shown(findings: Iterable[Finding], change: Change) -> tuple[Finding, ...]:
    """The findings without those in files that did not change, where the change neither opened nor touches them."""
    paths = {file.path for file in change.files}
    return tuple(each for each in findings if each.path in paths or each.status == "new" or each.touched)


def version(packs: Path | None = None) -> str:
    """What changes whenever the engine's answers may: the version of the program, and a digest of the rule packs."""
    from coderev.analysis.taint.loading import packs as loaded

    digest = hashlib.sha256(msgspec.json.encode(loaded(packs))).hexdigest()
    return f"{__version__}-{digest[:_DIGEST_DIGITS]}"


def _engine(wanted: Wanted) -> Trace:
    if wanted.remembers:
        from coderev.analysis.taint.remembered import trace_once

        return partial(trace_once, _LOADED)
    from coderev.analysis.taint import trace

    return trace


def _without(*, status: Literal["not-run", "failed"], reason: str) -> Tracing:
    return Tracing(coverage=AnalyserCoverage(name=TAINT, version="", status=status, reason=reason))


def _nothing(_: str) -> tuple[tuple[str, str, int], ...]:
    return ()


def _traced(change: Change, changed: Collection[FileChange], sides: BothSides, wanted: Wanted, trace: Trace) -> Tracing:
    from coderev.analysis.comparison import Comparison

    own = version(wanted.packs)
    head = trace(sides.head, packs=wanted.packs)
    base = trace(sides.base, packs=wanted.packs) if sides.is_compared else None
    comparison = Comparison(change, changed, sides, head.flows, base.flows if base else None, own)
    beyond = tuple(path for path in comparison.opened if not matches(path, wanted.exclude))
    unread = sides.unread | head.unread
    paths = {file.path for file in changed if file.head}
    return Tracing(
        coverage=AnalyserCoverage(name=TAINT, version=own, status="ran", failed=_failed(unread, paths)),
        ends=comparison.ends,
        beyond=tuple(comparison.unchanged(path) for path in beyond),
        examined=tuple(comparison.examined(path, number) for number, path in enumerate(beyond, len(change.files))),
        notes=(*_unjudged(changed, base), *_partly(unread, paths), *_cut_short(head, paths)),
    )


def _failed(unread: Mapping[str, str], paths: Collection[str]) -> tuple[FileCoverage, ...]:
    return tuple(
        FileCoverage(path=path, status="failed", reason=unread[path]) for path in sorted(unread) if path in paths
    )


def _unjudged(changed: Iterable[FileChange], base: "Traced | None") -> Iterator[str]:
    for file in changed:
        reason = base.unread.get(file.old_path or file.path) if base and file.base else None
        if reason:
            yield f"{file.path}: base not judged by {TAINT}: {reason}"


def _cut_short(head: "Traced", paths: Collection[str]) -> Iterator[str]:
    """What of a changed file did not parse, or was larger than the engine follows."""
    return (f"{path}: {TAINT}: {head.partly[path]}" for path in sorted(head.partly) if path in paths)


def _partly(unread: Mapping[str, str], paths: Collection[str]) -> Iterator[str]:
    """What of the files that did not change is not known: a flow through them may be missed."""
    told = [f"{path} ({unread[path]})" for path in sorted(unread) if path not in paths]
    if told:
        more = f", and {len(told) - NAMED} more" if len(told) > NAMED else ""
        yield f"{TAINT} does not know all of what did not change: {', '.join(told[:NAMED])}{more}"
