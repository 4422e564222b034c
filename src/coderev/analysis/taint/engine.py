"""The taint engine, from files to flows. `trace` is the recipe; each of its verbs has a module."""

import gc
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from coderev.analysis.taint import calls, expressions, operations, statements
from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.entries import walk_entry
from coderev.analysis.taint.flow import Flow, FlowStep, Traced
from coderev.analysis.taint.form import Module
from coderev.analysis.taint.loading import packs as all_packs
from coderev.analysis.taint.lowering import lower
from coderev.analysis.taint.pack import EntryRow
from coderev.analysis.taint.project import Project
from coderev.analysis.taint.reach import Reach
from coderev.analysis.taint.root import Sink
from coderev.analysis.taint.run import Run, Unreachable
from coderev.analysis.taint.shared import ENTRY, Walked
from coderev.analysis.taint.state import State
from coderev.analysis.taint.summaries import summary_of
from coderev.analysis.taint.value import FunctionSite, Label, Mark, steps
from coderev.errors import CoderevError
from coderev.finding import Confidence
from coderev.syntax import language_of, parse

LANGUAGES: Mapping[str, str] = {  # of a file → of the packs
    "python": "python", "javascript": "javascript", "typescript": "javascript", "tsx": "javascript",
}  # fmt: skip
RECURSION = 12_000  # Python frames: some 30 for each level that `run.DEEPEST` allows, in every walk inside another
MOST_STEPS = 24  # of one flow
_WORDS = (calls, expressions, operations, statements)  # who knows what a word of the form does registers itself


def trace(files: Mapping[str, bytes], *, only: frozenset[str] | None = None, packs: Path | None = None) -> Traced:
    """Find every flow in some files: all that a program consists of, by their paths. The same files, the same flows.

    `only` are the paths whose findings are wanted (None: all). `packs` is a site's folder of rule packs.
    Raises what `loading.packs` does.
    """
    unread: dict[str, str] = {}
    modules = _lowered(files, unread)
    imported = _imported(modules, packs)
    project = Project(modules, lambda language: catalogue(packs, LANGUAGES[language], imported))
    with _room_to_walk():
        _walk(project)
    return Traced(flows=_flows(project, only), unread=unread, partly={**_broken(modules), **project.caps})


@contextmanager
def _room_to_walk() -> Iterator[None]:
    """Room for deep walks, and no search for cycles: values have none, and the search took a tenth of the time."""
    limit, is_searching = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, RECURSION))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if is_searching:
            gc.enable()


@lru_cache(maxsize=8)
def catalogue(folder: Path | None, language: str, imported: frozenset[str] | None = None) -> Catalogue:
    """The packs of one language that apply where some modules are imported (None: all), with a site's own."""
    return Catalogue(all_packs(folder), language, imported)


def _imported(modules: Mapping[str, Module], folder: Path | None) -> frozenset[str]:
    """The modules that packs require and any file may bring in: too many rather than too few."""
    required = {name: name.partition(".")[0] for pack in all_packs(folder) for name in pack.requires}
    words = frozenset((*required, *required.values()))
    seen: set[str] = set()
    for module in modules.values():
        seen |= words & module.imports
        if module.language != "python":  # `express/lib/router` is below `express`
            seen |= {above for word in module.imports if "/" in word for above in _above(word)}
    return frozenset(name for name, first in required.items() if name in seen or first in seen)


def _above(module: str) -> Iterator[str]:
    """What a module of JavaScript lies below."""
    parts = module.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def _lowered(files: Mapping[str, bytes], unread: dict[str, str]) -> dict[str, Module]:
    """The form of each file that the engine can read; of the others, why not."""
    modules: dict[str, Module] = {}
    for path in sorted(files):
        language = language_of(path, files[path])
        if language is None or language not in LANGUAGES:
            continue
        try:
            module = lower(parse(files[path], language), path)
        except CoderevError as error:
            unread[path] = str(error)
            continue
        if module is not None:
            modules[path] = module
    return modules


def _broken(modules: Mapping[str, Module]) -> dict[str, str]:
    """What of each file did not parse: the rest was analysed."""
    found: dict[str, str] = {}
    for path, module in modules.items():
        if module.unread:
            first, last = module.unread[0]
            lines = f"lines {first} to {last}" if first != last else f"line {first}"
            more = f" and {len(module.unread) - 1} more places" if len(module.unread) > 1 else ""
            found[path] = f"did not parse in {lines}{more}: the rest was analysed"
    return found


def _walk(project: Project) -> None:
    """Load every file, then walk what a framework calls, then what else meets a source.

    What a walk stores in a variable of a module may concern one that was walked before: that is walked once more.
    """
    for path in project.files:
        project.load(path)
    reach = _reach(project)
    by_name = [site for site in project.top.values() if project.convention(project.file(site.home), site)]
    readers = (reach.readers_of_module(path, project.from_sources(path)) for path in project.files)
    first = [*reach.first, *(site for found in readers for site in found), *by_name]
    for entry in project.entries.values():
        _walk_entry(project, *entry)
    walked = set[Walked]()
    _follow(project, reach, first, walked)
    _again(project, reach, walked)


def _again(project: Project, reach: Reach, walked: set[Walked]) -> None:
    """Walk anew what did not see what was stored later, and what used that, as far as it makes a difference; once."""
    entries = {_entry(entry[0]): entry for entry in project.entries.values()}
    waiting, seen = deque(project.shared.take_stale()), set[Walked]()
    while waiting:
        each = waiting.popleft()
        if each in seen:
            continue
        seen.add(each)
        project.begin()
        if each in entries:
            _walk_entry(project, *entries[each])
        elif not project.is_again(each):
            continue
        elif (site := project.top.get(each)) is not None and project.summaries[each].met:
            _follow(project, reach, reach.users(site), walked)
        waiting += project.shared.users(each)


def _walk_entry(project: Project, site: FunctionSite, row: EntryRow, route: str) -> None:
    _from_top(project, site, lambda run: walk_entry(run, site, row, route))


def _entry(site: FunctionSite) -> Walked:
    return (*site.identity[:3], ENTRY)


def _reach(project: Project) -> Reach:
    modules = {path: file.module for path, file in project.files.items()}
    catalogues = {path: file.catalogue for path, file in project.files.items()}
    reach = Reach(project.top.values(), modules, catalogues)
    project.leading = reach.leading
    return reach


def _follow(project: Project, reach: Reach, first: list[FunctionSite], walked: set[Walked]) -> None:
    """Sum up functions, and then whoever uses one that met a source, or reads what one stored."""
    waiting = deque(first)
    while waiting:
        site = waiting.popleft()
        if site.identity[:3] in walked:
            continue
        walked.add(site.identity[:3])
        project.begin()
        entry = project.convention(project.file(site.home), site)
        if entry is not None and site.walk not in project.invoked:
            _walk_entry(project, site, entry, "")
        summary = summary_of(project, site)
        if summary.met:
            waiting += reach.users(site)
            waiting += reach.readers(summary.stored, site)


def _from_top(project: Project, site: FunctionSite, walk: object) -> None:
    project.begin()
    file = project.file(site.home)
    run = Run(
        project=project, file=file, function=file.module.body, frames=((file.frame, file.bound),), state=State(),
        key=(site.home,),
    )  # fmt: skip
    project.shared.walking = _entry(site)
    try:
        walk(run)  # type: ignore[operator]
    except Unreachable:
        return
    finally:
        project.shared.walking = None


def _flows(project: Project, only: frozenset[str] | None) -> tuple[Flow, ...]:
    found = [
        _flow(project, sink, label, mark)
        for sink, label, mark in project.found.values()
        if (only is None or sink.path in only) and (sink.rule, sink.path, sink.start) not in project.harmless
    ]
    return tuple(sorted(found, key=lambda flow: (flow.path, flow.start, flow.end, flow.rule.id, flow.source)))


def _flow(project: Project, sink: Sink, label: Label | None, mark: Mark | None) -> Flow:
    rule = project.file(sink.path).catalogue.rules[sink.rule]
    if label is None or mark is None:
        message = rule.message.format_map(_Named(source="a value", sink=sink.note or "this"))
        return Flow(
            rule=rule, path=sink.path, start=sink.start, end=sink.end, confidence=rule.confidence, message=message
        )
    path = [FlowStep(path=each.path, start=each.start, end=each.end, note=each.note) for each in steps(mark.trace)]
    if len(path) > MOST_STEPS:
        path = [*path[: MOST_STEPS // 2], *path[-MOST_STEPS // 2 :]]
    path.append(FlowStep(path=sink.path, start=sink.start, end=sink.end, note=f"reaches this: {rule.title}"))
    confidence: Confidence = "high" if mark.sure and sink.sure else "medium"
    return Flow(
        rule=rule,
        path=sink.path,
        start=sink.start,
        end=sink.end,
        confidence=confidence,
        message=rule.message.format_map(_Named(source=_source(path[0].note), sink=sink.note or "this")),
        steps=tuple(path),
        source=f"{label.place[1]}\0{label.kind}",
    )


def _source(note: str) -> str:
    """The first step as the subject of a sentence."""
    what, _, kind = note.removeprefix("comes from ").partition(" is ")
    return f"{what}, {kind}," if kind else what


class _Named(dict[str, str]):
    """What a message may name; a site's own pack may write other braces."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
