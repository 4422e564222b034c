"""Everything that is looked at, here or in a pool of processes, and what could not be."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from coderev.analysis.crew import Crew
from coderev.analysis.examine import Chunk, Ends, Examined, examine
from coderev.analysis.imports import Imports
from coderev.analysis.intake import Pair
from coderev.diff import Change
from coderev.finding import FileCoverage

Outcome = tuple[Examined, ...] | None
POOL_FROM = 200  # changed files: fewer are done before a second process has started
UNREADABLE = "is not in the repository, or over a cap"
DIED = "analysing it ended the process"


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, in the order of the change; the files that were not; and whose base could not be judged.

    What could not be judged at base matches nothing: its findings count as new.
    """

    examined: tuple[Examined, ...]
    failed: tuple[FileCoverage, ...]
    notes: tuple[str, ...]


def survey(
    change: Change, chunks: Iterable[tuple[Pair, ...]], crew: Crew, imports: Imports, flows: Mapping[int, Ends]
) -> Survey:
    """Examine every chunk; memory holds a few chunks and all that was found."""
    tasks = (_chunk(chunk, crew, imports, flows) for chunk in chunks)
    if len(change.files) < POOL_FROM:
        return gathered(change, ((task, examine(task)) for task in tasks))
    from coderev.analysis.pool import spread  # multiprocessing costs more than a small review

    return gathered(change, spread(examine, tasks))


def gathered(change: Change, done: Iterable[tuple[Chunk, Outcome]]) -> Survey:
    """What came of each chunk. One whose process died has no outcome: its files have failed."""
    examined: list[Examined] = []
    failed: list[FileCoverage] = []
    notes: list[str] = []
    for task, outcome in done:
        for pair in task.pairs:
            path = change.files[pair.number].path
            if outcome is None or "head" in pair.missing:
                reason = DIED if outcome is None else UNREADABLE
                failed.append(FileCoverage(path=path, status="failed", reason=reason))
            if "base" in pair.missing:
                notes.append(f"{path}: base {UNREADABLE}")
        for each in outcome or ():
            examined.append(each)
            notes += _unjudged(change.files[each.number].path, each)
    return Survey(examined=tuple(examined), failed=tuple(failed), notes=tuple(notes))


def _chunk(chunk: tuple[Pair, ...], crew: Crew, imports: Imports, flows: Mapping[int, Ends]) -> Chunk:
    numbers = [pair.number for pair in chunk]
    return Chunk(
        pairs=chunk,
        analysers=tuple(crew.able),
        seconds=crew.seconds,
        imported={number: imports.seen[number] for number in numbers if number in imports.seen},
        flows={number: flows[number] for number in numbers if number in flows},
    )


def _unjudged(path: str, each: Examined) -> Iterator[str]:
    return (f"{path}: base not judged by {analyser}: {reason}" for analyser, reason in each.base.failures)
