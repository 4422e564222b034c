"""The taint engine, from files to flows. `trace` is the recipe; each of its verbs has a module."""

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from coderev.analysis.taint import calls, expressions, operations, statements
from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.entries import walk_entry
from coderev.analysis.taint.flow import Traced
from coderev.analysis.taint.form import Module
from coderev.analysis.taint.loading import packs as all_packs
from coderev.analysis.taint.lowering import lower
from coderev.analysis.taint.outline import FileOutline, Outline, outline_of_file
from coderev.analysis.taint.project import Project
from coderev.analysis.taint.reach import Reach
from coderev.analysis.taint.registry import convention
from coderev.analysis.taint.run import Run, Unreachable
from coderev.analysis.taint.shared import ENTRY, Unit, Walked
from coderev.analysis.taint.state import State
from coderev.errors import CoderevError
from coderev.syntax import language_of, parse

LANGUAGES: Mapping[str, str] = {  # of a file → of the packs
    "python": "python", "javascript": "javascript", "typescript": "javascript", "tsx": "javascript",
}  # fmt: skip
RECURSION = 12_000  # Python frames: some 30 for each level that `run.DEEPEST` allows, in every walk inside another
_WORDS = (calls, expressions, operations, statements)  # who knows what a word of the form does registers itself


def trace(files: Mapping[str, bytes], *, only: frozenset[str] | None = None, packs: Path | None = None) -> Traced:
    """Find every flow in some files: all that a program consists of, by their paths. The same files, the same flows.

    `only` are the paths whose findings are wanted (None: all). `packs` is a site's folder of rule packs.
    Raises what `loading.packs` does.
    """
    unread: dict[str, str] = {}
    modules = lowered(files, unread)
    outlines = {path: outline_of_file(module) for path, module in modules.items()}
    return follow(Project(outlines, modules.__getitem__, catalogues(imported(outlines, packs), packs)), unread, only)


def follow(project: Project, unread: Mapping[str, str], only: frozenset[str] | None = None) -> Traced:
    """Walk all that may matter in a project, and tell what was found."""
    with _room_to_walk():
        _walk(project)
    files = project.files
    flows = project.together.flows(only, lambda path, rule: files[path].catalogue.rules[rule])
    broken = {path: file.outline.broken for path, file in files.items() if file.outline.broken is not None}
    return Traced(flows=flows, unread=dict(unread), partly={**broken, **project.together.caps})


def catalogues(brought: frozenset[str], packs: Path | None) -> Callable[[str], Catalogue]:
    """The packs that apply where some modules are `imported`, by their language."""
    return lambda language: catalogue(packs, LANGUAGES[language], brought)


@contextmanager
def _room_to_walk() -> Iterator[None]:
    """Room for deep walks."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        with without_search():
            yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def without_search() -> Iterator[None]:
    """No search for cycles: values have none, and the search took a tenth of the time."""
    is_searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_searching:
            gc.enable()


@lru_cache(maxsize=8)
def catalogue(folder: Path | None, language: str, imported: frozenset[str] | None = None) -> Catalogue:
    """The packs of one language that apply where some modules are imported (None: all), with a site's own."""
    return Catalogue(all_packs(folder), language, imported)


def imported(files: Mapping[str, FileOutline], folder: Path | None) -> frozenset[str]:
    """The modules that packs require and any file may bring in: too many rather than too few."""
    required = {name: name.partition(".")[0] for pack in all_packs(folder) for name in pack.requires}
    words = frozenset((*required, *required.values()))
    seen: set[str] = set()
    for module in files.values():
        seen |= words & module.imports
        if module.language != "python":  # `express/lib/router` is below `express`
            seen |= {above for word in module.imports if "/" in word for above in _above(word)}
    return frozenset(name for name, first in required.items() if name in seen or first in seen)


def _above(module: str) -> Iterator[str]:
    """What a module of JavaScript lies below."""
    parts = module.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def lowered(files: Mapping[str, bytes], unread: dict[str, str]) -> dict[str, Module]:
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


def _walk(project: Project) -> None:
    """Load every file, then walk what a framework calls, then what else meets a source.

    What a walk stores in a variable of a module may concern one that was walked before: that is walked once more.
    """
    for path in project.files:
        project.load(path)
    outlines = project.outlines()
    reach = _reach(project, outlines)
    by_name = [each for each in outlines if each.called]
    readers = (reach.readers_of_module(path, project.from_sources(path)) for path in project.files)
    first = [*reach.first, *(each for found in readers for each in found), *by_name]
    for entry in project.entries.all():
        _walk_entry(project, entry)
    walked = set[Walked]()
    _follow(project, reach, first, walked)
    _again(project, reach, {each.identity: each for each in outlines}, walked)


def _again(project: Project, reach: Reach, outlines: Mapping[Walked, Outline], walked: set[Walked]) -> None:
    """Walk anew what did not see what was stored later, and what used that, as far as it makes a difference; once."""
    entries: dict[Walked, list[Unit]] = {}
    for entry in project.entries.all():
        entries.setdefault(_entry(entry), []).append(entry)
    waiting, seen = deque(project.shared.take_stale()), set[Walked]()
    while waiting:
        each = waiting.popleft()
        if each in seen:
            continue
        seen.add(each)
        if each in entries:
            for entry in entries[each]:
                _walk_entry(project, entry)
        elif not project.is_again(each):
            continue
        elif (outline := outlines.get(each)) is not None and project.outcome(each)[0]:
            _follow(project, reach, reach.users(outline), walked)
        waiting += project.shared.users(each)


def _entry(entry: Unit) -> Walked:
    """Who is walked where a framework calls an entry."""
    return (*entry[:3], ENTRY)


def _reach(project: Project, outlines: list[Outline]) -> Reach:
    files = {path: file.outline for path, file in project.files.items()}
    reach = Reach(outlines, files, {path: file.catalogue for path, file in project.files.items()})
    project.leading = reach.leading
    return reach


def _follow(project: Project, reach: Reach, first: list[Outline], walked: set[Walked]) -> None:
    """Sum up functions, and then whoever uses one that met a source, or reads what one stored."""
    waiting = deque(first)
    while waiting:
        outline = waiting.popleft()
        name = outline.identity
        if name in walked:
            continue
        walked.add(name)
        if outline.called and not project.shared.is_marked("invoked", name):
            _walk_by_name(project, name)
        met, stored = project.outcome(name)
        if met:
            waiting += reach.users(outline)
            waiting += reach.readers(stored, outline)


def _walk_entry(project: Project, entry: Unit) -> None:
    def work() -> None:
        site, row, route = project.entries.of(entry)
        _from_top(project, site.home, lambda run: walk_entry(run, site, row, route))

    project.walk(("entry", *entry), _entry(entry), work)


def _walk_by_name(project: Project, name: Walked) -> None:
    """Walk what a framework calls by the name of its first parameter."""

    def work() -> None:
        site = project.top(name)
        assert site is not None  # noqa: S101 - it has an outline
        row = convention(project.file(site.home), site)
        assert row is not None  # noqa: S101 - so its outline says
        _from_top(project, site.home, lambda run: walk_entry(run, site, row, ""))

    project.walk(("called", *name), _entry(name), work)


def _from_top(project: Project, home: str, walk: Callable[[Run], object]) -> None:
    file = project.file(home)
    run = Run(
        project=project, file=file, function=project.module(home).body, frames=((file.frame, file.bound),),
        state=State(), key=(home,),
    )  # fmt: skip
    with suppress(Unreachable):
        walk(run)
